"""Finite populations: where a good part of everybody answered, less is left to chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import evolve

from cxmetrics.engines.encode import plain
from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.summaries import Cube


def finite_population(cube: Cube, *, population: float | Mapping[Any, float]) -> Cube:
    """Return the cube with the finite population correction, `1 - n_h / N_h` (Cochran 1977).

    For a good part of a small population (employees, business customers), drawn without
    replacement. The correction belongs to the units of the whole sample and follows the cube
    through roll-ups and slices.

    Args:
        cube: answers; with `unit=`, the units are what is finite (all customers, all stores).
        population: how many units there are; with strata, by stratum.

    Raises:
        UsageError: a stratum is missing or unknown, or holds no more units than answered: a census
            has no sampling error.

    Example:
        >>> from cxmetrics import nps, tally, zero_to_ten
        >>> staff = tally([10, 9, 9, 8, 7, 10, 3, 6, 9, 10] * 6, zero_to_ten)
        >>> print(nps(finite_population(staff, population=80).overall).interval().width < 25)
        True
    """
    design = cube.cells.units
    strata = [label for label in design.strata if label is not None]
    sizes: dict[Any, Any]
    if isinstance(population, Mapping):
        sizes = {plain(label): size for label, size in population.items()}
    elif strata:
        raise UsageError(
            "these answers have strata: say population={stratum: size, …}; the strata are "
            f"{', '.join(map(str, strata))}."
        )
    else:
        sizes = {None: population}
    for label in design.strata:
        if label not in sizes:
            raise UsageError(
                f"the population of stratum {label!r} is not given; "
                f"{did_you_mean(str(label), map(str, sizes))}"
            )
    for label in sizes:
        if label not in design.strata:
            raise UsageError(
                f"no answer is in stratum {label!r}, so nothing is known of it; "
                f"{did_you_mean(str(label), map(str, strata))}"
            )
    found = np.array([float(sizes[label]) for label in design.strata])
    for label, size, units in zip(design.strata, found, design.units.tolist(), strict=True):
        if not size > units:
            where = "" if label is None else f" in stratum {label!r}"
            raise UsageError(
                f"{units:,} units answered{where} of a population of {size:g}: "
                + (
                    "that is a census, which has no sampling error: report the score alone."
                    if size == units
                    else "a population is at least as large as its sample."
                )
            )
    return evolve(cube, cells=evolve(cube.cells, design=evolve(design, population=found)))
