"""A metric of one's own, typed in one line."""

from __future__ import annotations

import re

import click

from cxmetrics.cli.question import as_number
from cxmetrics.errors import ScaleError, UsageError
from cxmetrics.metrics import Metric, linear
from cxmetrics.scale import Scale

_LIKE = "'strict 0:10 0-7=-100 8-9=0 10=100'"


class DefinitionType(click.ParamType[str]):
    """A definition; in the environment `;` stands between two."""

    name = "DEFINITION"
    envvar_list_splitter = ";"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Return it as it was typed."""
        return value


def defined(text: str) -> Metric:
    """Return the metric that a line defines: name, scale, and what each point is worth.

    Raises:
        UsageError: the line can't be read, the scale is none, or a point is left out or named
            twice.

    Example:
        >>> defined("strict 0:10 0-7=-100 8-9=0 10=100")([10, 10, 9, 3]).value
        25.0
    """
    words = text.split()
    if len(words) < 3:
        raise UsageError(f"--define {text!r}: write a name, a scale and values, such as {_LIKE}.")
    name, scale, *values = words
    points: dict[tuple[float, float], float] = {}
    for value in values:
        found = re.fullmatch(r"(-?[\d.]+)(?:-(-?[\d.]+))?=(-?[\d.]+)", value)
        ends = [None] if found is None else [as_number(part) for part in found.groups() if part]
        if None in ends:
            raise UsageError(f"--define {text!r}: {value!r} is no value; write it like {_LIKE}.")
        low, *high, worth = (number for number in ends if number is not None)
        points[(low, high[0] if high else low)] = worth
    try:
        return linear(name, Scale.parse(scale), points)
    except ScaleError as error:
        raise UsageError(f"--define {text!r}: {error}") from None
