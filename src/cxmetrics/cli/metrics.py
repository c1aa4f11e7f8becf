"""`cxmetrics metrics`: the catalogue of metrics and concepts, and one of them in full."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import click

from cxmetrics.cli.examples import example
from cxmetrics.cli.listing import as_json
from cxmetrics.cli.question import options_of
from cxmetrics.cli.screen import Screen, screen
from cxmetrics.cli.signature import keywords, typed
from cxmetrics.cli.table import table
from cxmetrics.errors import NotFoundError, did_you_mean
from cxmetrics.metrics import Metric
from cxmetrics.metrics.text import number
from cxmetrics.plugins import registry
from cxmetrics.stats.intervals import IntervalMethod, default_method, methods_for

if TYPE_CHECKING:
    from rich.text import Text

    from cxmetrics.concepts import Concept

_BESIDE: Final = " " * 11


@click.command(short_help="List metrics and concepts, or explain one.")
@click.argument("name", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: a list of objects, or one object.",
)
def metrics(*, name: str | None, form: str) -> None:
    """List the metrics and concepts, or explain the one called NAME: formula, options, an example.

    A metric makes a score of ratings (`measure`), a concept takes more than one rating (`concept`).

    \b
    Examples:
      cxmetrics metrics
      cxmetrics metrics csat
      cxmetrics metrics five_a
      cxmetrics metrics --format json
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    metrics: list[Metric] = registry.every("metric")
    concepts: list[Concept] = registry.every("concept")
    here = screen()
    if name is None:
        if form == "json":
            as_json([*map(_told, metrics), *map(_told_of, concepts)])
        else:
            here.show(_listed(metrics, concepts, here))
        return
    wanted = {name, name.replace("-", "_").lower()}
    concept = next((each for each in concepts if each.name in wanted), None)
    if concept is not None:
        if form == "json":
            as_json(_told_of(concept))
        else:
            here.show(_explained_concept(concept, here))
        return
    known = [*(each.name for each in metrics), *(each.name for each in concepts)]
    metric = next((each for each in metrics if each.name in wanted), None)
    if metric is None:
        raise NotFoundError(f"no metric or concept is called {name!r}; {did_you_mean(name, known)}")
    if form == "json":
        as_json(_told_in_full(metric))
    else:
        here.show(_explained(metric, here))


def _sample(metric: Metric) -> Any:
    """Return a sample of one answer a point: enough to ask what kind of score it is."""
    return metric(list(metric.scale.points)).sample


def _told(metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "title": metric.title,
        "scale": metric.scale.spell(),
        "unit": metric.unit,
        "direction": metric.direction,
        "default_interval": default_method(_sample(metric)),
        "reference": metric.reference,
    }


def _told_of(concept: Concept) -> dict[str, Any]:
    return {
        **{name: getattr(concept, name) for name in ("name", "title", "french", "topic", "scale")},
        "unit": concept.unit,
        "direction": concept.direction,
        "formula": concept.formula,
        "default_interval": concept.interval,
        "reference": concept.reference,
        "limits": list(concept.limits),
        "notice": concept.notice,
        "command": verb_of(concept),
    }


def verb_of(concept: Concept) -> str:
    """Return what to type for a concept."""
    return concept.verb or f"cxmetrics concept {concept.name.replace('_', '-')} FILE"


def _listed(metrics: list[Metric], concepts: list[Concept], here: Screen) -> Iterator[Text | str]:
    """Yield the catalogue: a name, and beside it what the number is; nothing is cut."""
    from rich.text import Text

    from cxmetrics.concepts import TOPICS

    names = [*(metric.name for metric in metrics), *(concept.name for concept in concepts)]
    wide = max(map(len, names)) + 2

    def entry(name: str, title: str, facts: str, reference: str) -> Iterator[Text | str]:
        beside = " " * wide
        first, *others = here.prose(title, indent=beside)
        yield Text.assemble((name.ljust(wide), "bold"), first)
        yield from others
        for text in (facts, f"Source: {reference or 'none is given'}."):
            first, *others = here.prose(text, indent=beside)
            yield beside + first
            yield from others

    yield Text("Of one rating: cxmetrics measure FILE --metric NAME", style="bold")
    yield ""
    for metric in metrics:
        told = _told(metric)
        facts = f"{metric.unit}; {_good(metric)}; scale {told['scale']}; interval "
        facts += f"{told['default_interval']}."
        yield from entry(metric.name, metric.title, facts, metric.reference)
    yield ""
    yield from here.prose("A scale that ends in ! is one where low is good; --scale sets another.")
    for topic, title in TOPICS.items():
        found = [concept for concept in concepts if concept.topic == topic]
        if found:
            yield from ("", Text(title, style="bold"), "")
        for one in found:
            facts = f"{one.unit}; {_good(one)}. Asked: {one.scale}."
            yield from entry(one.name, one.title, facts, one.reference)
    yield ""
    yield from here.prose(
        "cxmetrics metrics NAME explains one, and says what to type: cxmetrics concept NAME FILE "
        "for what takes more than one rating, or a verb of its own."
    )


def _good(one: Metric | Concept) -> str:
    ways = {"higher": "high is good", "lower": "low is good"}
    return ways.get(one.direction, "neither high nor low is good")


def _facts(facts: dict[str, str], here: Screen) -> Iterator[str]:
    for word, text in facts.items():
        if text:
            first, *others = here.prose(text, indent=_BESIDE)
            yield f"{word + ':':<{len(_BESIDE)}}{first}"
            yield from others


def _explained_concept(concept: Concept, here: Screen) -> Iterator[Text | str]:
    from rich.text import Text

    yield Text(f"{concept.title} ({concept.french})", style="bold")
    yield ""
    every = [] if concept.verb else keywords(concept.function)
    facts = {
        "Type": verb_of(concept),
        "Asked": concept.scale,
        "Formula": concept.formula,
        "Unit": f"{concept.unit}; {_good(concept)}",
        "Interval": typed(concept.interval, every),
        "Reference": concept.reference,
        "Limits": " ".join(concept.limits),
        "Notice": concept.notice,
    }
    yield from _facts(facts, here)
    if every:
        yield ""
        yield "Example:"
        yield ""
        yield from (f"  {line}" for line in example(concept, every))
    yield ""
    yield from here.prose(f"Worked example in Python ({concept.example.source}):")
    yield ""
    yield from (f"  {line}" for line in concept.example.code.splitlines())
    yield ""
    yield from (f"  {line}" for line in concept.example.shows.splitlines())


def _told_in_full(metric: Metric) -> dict[str, Any]:
    return {
        **_told(metric),
        "question": metric.question,
        "formula": metric.formula,
        "options": {name: _default(metric, name) for name in options_of(metric)},
        "intervals": methods_for(_sample(metric)),
        "notes": metric.notes,
        "notice": metric.notice,
    }


def _default(metric: Metric, name: str) -> Any:
    """Return what an option is set to where nothing is said."""
    value = metric.options.get(name, options_of(metric)[name].default)
    if value is inspect.Parameter.empty:
        return None
    return sorted(value) if isinstance(value, set | frozenset) else value


def _explained(metric: Metric, here: Screen) -> Iterator[Text | str]:
    from rich.text import Text

    sample = _sample(metric)
    own = default_method(sample)
    low, high = sample.bounds
    yield Text(f"{metric.title} (--metric {metric.name})", style="bold")
    yield ""
    facts = {
        "Question": metric.question,
        "Formula": metric.formula,
        "Scale": f"{metric.scale}, --scale for another" if metric.factory else str(metric.scale),
        "Score": f"{number(low, metric.unit)} to {number(high, metric.unit)}; {_good(metric)}",
        "Reference": metric.reference,
        "Notes": metric.notes,
        "Notice": metric.notice,
    }
    yield from _facts(facts, here)
    yield ""
    options = options_of(metric)
    if options:
        yield Text("Options", style="bold")
        for name in options:
            default = _default(metric, name)
            said = (
                "none"
                if default is None
                else str(default).lower()
                if isinstance(default, bool)
                else str(default)
            )
            choices = _choices(metric, name)
            yield f"  --option {name}=…  (default: {said}{choices})"
        yield ""
    yield Text("Intervals (--method)", style="bold")
    for method in methods_for(sample):
        about: IntervalMethod = registry.find("interval", method)
        mark = " (default)" if method == own else ""
        text = f"  {method}{mark}: {about.title}; {about.reference}. {about.caution}"
        yield from here.prose(text.rstrip(), indent="    ")
    for worked in metric.examples[:1]:
        ratings = [point for point, times in worked.counts.items() for _ in range(times)]
        yield ""
        shown = ", ".join(f"{times} × {point:g}" for point, times in worked.counts.items())
        yield from here.prose(f"Worked example ({worked.source}); answers: {shown}.")
        yield ""
        yield from table(metric(ratings), title="· worked example", screen=here)


def _choices(metric: Metric, name: str) -> str:
    """Return the values that an option may take, where its annotation lists them."""
    from typing import Literal, get_args, get_origin, get_type_hints

    factory = metric.factory
    kind = get_type_hints(factory).get(name) if factory is not None else None
    if get_origin(kind) is not Literal:
        return ""
    return "; one of: " + ", ".join(map(str, get_args(kind)))
