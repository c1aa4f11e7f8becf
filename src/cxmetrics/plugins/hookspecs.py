"""The hooks, all of them. They register objects; behaviour lives in the objects.

A plugin is a module (or object) with functions of these names, marked `@hookimpl`, that a
distribution announces under the entry-point group `cxmetrics`:

```toml
[project.entry-points.cxmetrics]
acme = "cxmetrics_acme"
```

Call the entry point as the thing it offers: it is then found without importing other plugins. A
plugin may state the version of these hooks it was written for, `cxmetrics_hook_api = 1`; one that
states another version than `HOOK_API` is not used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pluggy

PROJECT = "cxmetrics"

HOOK_API: Final = 1
"""The version of the hooks: it changes when a plugin of before would no longer work."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def cxmetrics_metrics() -> Iterable[Any]:  # type: ignore[empty-body]  # a specification
    """Return the metrics to offer, `cxmetrics.Metric` objects."""


@hookspec
def cxmetrics_concepts() -> Iterable[Any]:  # type: ignore[empty-body]  # a specification
    """Return concepts: `cxmetrics.concepts.Concept` objects, entries of the catalogue."""


@hookspec
def cxmetrics_intervals() -> Iterable[Any]:  # type: ignore[empty-body]  # a specification
    """Return interval methods, `cxmetrics.stats.intervals.IntervalMethod` objects."""


@hookspec
def cxmetrics_plots() -> Iterable[Any]:  # type: ignore[empty-body]  # a specification
    """Return plots, `cxmetrics.plots.Plot` objects."""


@hookspec
def cxmetrics_sources() -> Iterable[Any]:  # type: ignore[empty-body]  # a specification
    """Return sources, subclasses of `cxmetrics.sources.Source` (the classes themselves)."""


@hookspec
def cxmetrics_steps() -> Iterable[Any]:  # type: ignore[empty-body]  # a specification
    """Return steps that change records between a source and the store, by their names."""


@hookspec
def cxmetrics_sentiments() -> Iterable[Any]:  # type: ignore[empty-body]  # a specification
    """Return engines that judge the tone of texts, as `cxmetrics.verbatims.Sentiment` describes."""


@hookspec
def cxmetrics_commands() -> Iterable[Any]:  # type: ignore[empty-body]  # a specification
    """Return verbs of the command line, `click.Command` objects."""


@hookspec
def cxmetrics_pulled(receipt: Any) -> None:
    """Hear that a pull has ended; what is returned or raised changes nothing.

    Told are plugins that were imported already, such as that of the source itself, and those that
    the environment variable `CXMETRICS_PULL_LISTENERS` names.

    Args:
        receipt: what the pull did, a `cxmetrics.sources.receipt.Receipt`; it holds counts, no
            records and no secrets.
    """
