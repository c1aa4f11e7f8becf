"""The catalogue pages, written from the objects of the registry when the pages are built."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from inspect import signature
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from attrs import frozen

import cxmetrics as cx
from cxmetrics.cli.metrics import verb_of
from cxmetrics.concepts import TOPICS, Concept
from cxmetrics.metrics import Example
from cxmetrics.metrics.boxes import points_text
from cxmetrics.metrics.text import limits, number, p_text
from cxmetrics.plugins import registry
from cxmetrics.stats import compare
from cxmetrics.stats.intervals import DEFAULTS, IntervalMethod, default_method, methods_for

UNITS: Final = {
    "points": "points, −100 to +100",
    "percent": "percent, 0 to 100",
    "rating": "points of the scale",
}
KINDS: Final = {
    "share": "share: an answer is worth one of two values",
    "net": "net score: one of three equally spaced values",
    "mean": "mean: more values",
    "smooth": "smooth function of the shares",
}


@frozen
class Comparing:
    """What the page says about a comparison method."""

    name: str
    computes: str
    reference: str
    caution: str


COMPARISONS: Final = {
    "adjusted_wald": Comparing(
        "Adjusted Wald",
        "z on adjusted scores, pseudo-counts (.75, 1.5, .75) in each group",
        "Lewis & Sauro 2021; Rocks 2016, The American Statistician 70(4):365-372",
        "The interval belongs to the difference of the adjusted scores, so its middle is not "
        "exactly the difference that is reported.",
    ),
    "newcombe": Comparing(
        "Newcombe",
        "Newcombe's hybrid score interval, N-1 chi-square test",
        "Newcombe 1998, Statistics in Medicine 17:873-890; Campbell 2007, Statistics in Medicine "
        "26:3661-3675",
        "Where an expected count is under 1 the p-value is Fisher-Irwin's with mid-P. Interval and "
        "test are two computations: at the edge they may disagree.",
    ),
    "agresti_caffo": Comparing(
        "Agresti-Caffo",
        "Wald after one success and one failure more in each group, N-1 chi-square test",
        "Agresti & Caffo 2000, The American Statistician 54:280-288",
        "Simple to check by hand.",
    ),
    "welch": Comparing(
        "Welch",
        "Welch's t, unequal variances",
        "Welch 1947, Biometrika 34:28-35; Satterthwaite's degrees of freedom",
        "With weights, on the linearised variances.",
    ),
    "mann_whitney": Comparing(
        "Mann-Whitney",
        "Mann-Whitney rank test, beside Welch's interval",
        "Mann & Whitney 1947, Annals of Mathematical Statistics 18:50-60",
        "Tests whether ratings of one group tend to be higher, not whether the means differ. "
        "Unweighted, independent answers only.",
    ),
    "mover": Comparing(
        "MOVER",
        "variances recovered from the limits of each score (MOVER); the p-value is 1 minus the "
        "level at which the interval first touches 0",
        "Zou & Donner 2008, Statistics in Medicine 27:1693-1702",
        "Always agrees with the one-sample intervals (Tango, Wilson).",
    ),
    "wald": Comparing(
        "Wald",
        "z on the two standard errors",
        "for reference, and for smooth scores",
        "Too many false alarms in small or unequal groups: .089 instead of .05 for an NPS of 10 "
        "and 40 answers.",
    ),
    "paired": Comparing(
        "Paired",
        "t on the linearised variance of the difference, with the covariance of shared units",
        "Binder 1983, International Statistical Review 51:279-292; the paired t test where every "
        "unit is in both groups",
        "Used whenever the groups share units, and then no other method is allowed.",
    ),
}


def metrics() -> str:
    """Return the page of metrics: one section each."""
    every: list[cx.Metric] = registry.every("metric")
    rows = [
        f"| [{heading(metric.title)}](#{metric.name}) | `{spelled(metric)}` | {metric.scale} | "
        f"{UNITS[metric.unit]} | {metric.direction} |"
        for metric in every
    ]
    table = ["| metric | call | scale | unit | good is |", "|---|---|---|---|---|", *rows, ""]
    return "\n".join([*table, *(section(metric) for metric in every)])


def section(metric: cx.Metric) -> str:
    """Return the section of one metric."""
    nobody = metric.sample(cx.Tally.of(metric.scale))
    method: IntervalMethod = registry.find("interval", default_method(nobody))
    others = ", ".join(f"`{name}`" for name in methods_for(nobody) if name != method.name)
    rows = {
        "scale": str(metric.scale),
        "unit": UNITS[metric.unit],
        "good is": metric.direction,
        "formula": metric.formula,
        "parts": ", ".join(f"{part.name} ({points_text(part.points)})" for part in metric.parts),
        "options": "<br>".join(f"`{option}`" for option in options(metric)),
        "interval": f"`{method.name}`, {method.title} ({method.reference}); also {others}",
        "comparison": f"`{compare.DEFAULTS[nobody.kind]}`",
        "hidden under": f"{metric.floor} answers" if metric.floor else "",
        "reference": metric.reference,
    }
    lines = [f"## {heading(metric.title)} {{ #{metric.name} }}", ""]
    if metric.question:
        lines += [f"> {metric.question}", ""]
    lines += ["| | |", "|---|---|"]
    lines += [f"| {name} | {text} |" for name, text in rows.items() if text]
    lines.append("")
    if metric.notes:
        lines += [metric.notes, ""]
    for variant, call, example in examples(metric):
        lines += [*shown(code(variant, call, example)), f"*Checked against:* {example.source}.", ""]
    if metric.notice:
        lines += ['!!! note "Trademark"', f"    {metric.notice}", ""]
    return "\n".join(lines)


def heading(title: str) -> str:
    """Return a title with a first capital, unless it begins like eNPS."""
    return title if title[1:2].isupper() else title[:1].upper() + title[1:]


def spelled(metric: cx.Metric) -> str:
    """Return the expression that names a metric."""
    own = getattr(cx, metric.name, None)
    if own is None:
        return f'registry.find("metric", "{metric.name}")'
    return f"cx.{metric.name}" if isinstance(own, cx.Metric) else f"cx.{metric.name}()"


def options(metric: cx.Metric) -> Iterator[str]:
    """Yield the options of a metric with their defaults."""
    if metric.factory is None:
        return
    for name, parameter in signature(metric.factory).parameters.items():
        default = parameter.default
        text = f'"{default.spell()}"' if isinstance(default, cx.Scale) else repr(default)
        yield f"{name}={text}"


def examples(metric: cx.Metric) -> Iterator[tuple[cx.Metric, str, Example]]:
    """Yield every worked example: of the metric itself, and of its other headlines."""
    for example in metric.examples:
        yield metric, spelled(metric), example
    hints = get_type_hints(metric.factory) if metric.factory else {}
    for option, hint in hints.items():
        if get_origin(hint) is Literal:
            for value in get_args(hint):
                variant = metric.using(**{option: value})
                if variant != metric:
                    for example in variant.examples:
                        yield variant, f'{spelled(metric)}.using({option}="{value}")', example


def code(metric: cx.Metric, call: str, example: Example) -> str:
    """Return the lines that compute a worked example."""
    names = [name for name in dir(cx) if getattr(cx, name) is metric.scale]
    scale = f"cx.{names[0]}" if names else f'cx.Scale.parse("{metric.scale.spell()}")'
    counts = ", ".join(f"{point}: {count}" for point, count in example.counts.items())
    return f"counts = cx.Tally.of({scale}, {{{counts}}})\nprint({call}(counts))"


def shown(source: str) -> list[str]:
    """Return a block of code and what it prints, run here and now."""
    return ["```python", source, "```", "", "```text", ran(source), "```", ""]


def ran(source: str) -> str:
    """Return what some lines print."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(source, {"cx": cx, "registry": registry})  # noqa: S102  # lines written above
    return printed.getvalue().rstrip()


def concepts() -> str:
    """Return the page of concepts: one section each, by topic."""
    every: list[Concept] = registry.every("concept")
    lines = ["| concept | call | unit | good is | source |", "|---|---|---|---|---|"]
    in_order = [one for topic in TOPICS for one in every if one.topic == topic]
    lines += [
        f"| [{heading(one.title)}](#{one.name}) | `{called(one)}` | {one.unit} | {one.direction} | "
        f"{one.reference} |"
        for one in in_order
    ]
    for topic, title in TOPICS.items():
        lines += ["", f"## {title} {{ #topic-{topic} }}", ""]
        lines += [concept_section(one) for one in in_order if one.topic == topic]
    return "\n".join(lines)


def called(concept: Concept) -> str:
    """Return how a concept is called in Python."""
    name = concept.function.__name__
    return f"cx.{name}" if hasattr(cx, name) else f'cx.concept("{concept.name}")'


def concept_section(concept: Concept) -> str:
    """Return the section of one concept."""
    place = f"{concept.function.__module__}.{concept.function.__name__}"
    rows = {
        "French": concept.french,
        "asked": concept.scale,
        "unit": concept.unit,
        "good is": concept.direction,
        "formula": concept.formula,
        "interval": concept.interval,
        "Python": f"[`{called(concept)}`][{place}]",
        "command line": f"`{verb_of(concept)}`",
        "reference": concept.reference,
    }
    lines = [f"### {heading(concept.title)} {{ #{concept.name} }}", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {text} |" for name, text in rows.items()]
    lines += ["", *(f"- {limit}" for limit in concept.limits), ""]
    lines += [*shown(concept.example.code), f"*Checked against:* {concept.example.source}.", ""]
    if concept.notice:
        lines += ['!!! note "Trademark"', f"    {concept.notice}", ""]
    return "\n".join(lines)


def intervals() -> str:
    """Return the page of interval methods."""
    every: list[IntervalMethod] = registry.every("interval")
    lines: list[str] = []
    for kind, what in KINDS.items():
        names = ", ".join(f"[`{m.name}`](#{m.name})" for m in every if kind in m.kinds)
        lines.append(f"- **{what}**: `{DEFAULTS[kind]}` by default; all that fit: {names}.")
    lines.append("")
    for title, score in _cases():
        lines += [f"### {title}", "", "| method | 95 % interval | width |", "|---|---|---|"]
        for name in methods_for(score.sample):
            interval = score.interval(method=name)
            lines.append(
                f"| `{name}` | {limits(interval.low, interval.high, score.metric.unit)} | "
                f"{interval.width:.2f} |"
            )
        lines.append("")
    for method in every:
        independent = "unweighted, independent answers only" if method.independent else ""
        unanimous = (
            "takes the bound for unanimous answers when all are worth the same"
            if method.sees_spread
            else ""
        )
        rows = {
            "`method=`": f'`"{method.name}"`',
            "fits": ", ".join(kind for kind in KINDS if kind in method.kinds),
            "needs": independent,
            "edge": unanimous,
            "reference": method.reference,
            "caution": method.caution,
        }
        lines += [f"## {heading(method.title)} {{ #{method.name} }}", "", "| | |", "|---|---|"]
        lines += [f"| {name} | {text} |" for name, text in rows.items() if text]
        lines.append("")
    return "\n".join(lines)


def _cases() -> Iterator[tuple[str, cx.Score]]:
    """Yield one score of each kind, small enough for the methods to differ."""
    five = cx.Tally.of(cx.one_to_five, {1: 2, 2: 3, 3: 6, 4: 14, 5: 15})
    yield "A share: CSAT, 29 of 40 satisfied", cx.csat(five)
    recommend = cx.Tally.of(cx.zero_to_ten, {3: 4, 8: 5, 10: 6})
    yield "A net score: NPS of 6 promoters, 5 passives, 4 detractors", cx.nps(recommend)
    yield "A mean: 40 ratings on 1-5", cx.mean_rating(five)


def fits(kind: str) -> Iterator[str]:
    """Yield the comparison methods made for a kind of score."""
    for name, (kinds, _) in compare._METHODS.items():
        if kind in kinds:
            yield name


def comparisons() -> str:
    """Return the page of comparison methods."""
    lines: list[str] = []
    for kind, what in KINDS.items():
        names = ", ".join(f"[`{name}`](#{name})" for name in fits(kind))
        lines.append(f"- **{what}**: `{compare.DEFAULTS[kind]}` by default; all that fit: {names}.")
    lines.append("")
    for title, first, second in _pairs():
        lines += [f"### {title}", "", "| method | difference | 95 % interval | p | test |"]
        lines.append("|---|---|---|---|---|")
        for name in fits(first.sample.kind):
            if name == "paired":
                continue
            pair, unit = first.compare(second, method=name), first.metric.unit
            interval = limits(pair.interval.low, pair.interval.high, unit, difference=True)
            lines.append(
                f"| `{name}` | {number(pair.value, unit, difference=True)} | {interval} | "
                f"{p_text(pair.p_value)} | {pair.difference.test} |"
            )
        lines.append("")
    for name, about in COMPARISONS.items():
        kinds = ", ".join(kind for kind in KINDS if name in set(fits(kind)))
        lines += [f"## {about.name} {{ #{name} }}", "", "| | |", "|---|---|"]
        lines += [
            f'| `method=` | `"{name}"` |',
            f"| fits | {kinds} |",
            f"| computes | {about.computes} |",
            f"| reference | {about.reference} |",
            f"| caution | {about.caution} |",
            "",
        ]
    return "\n".join(lines)


def _pairs() -> Iterator[tuple[str, cx.Score, cx.Score]]:
    def scores(metric: Callable[[Any], cx.Score], *counts: dict[float, int]) -> list[cx.Score]:
        scale = cx.zero_to_ten if metric is cx.nps else cx.one_to_five
        return [metric(cx.Tally.of(scale, count)) for count in counts]

    first, second = scores(
        cx.csat, {1: 2, 2: 3, 3: 6, 4: 14, 5: 15}, {1: 6, 2: 7, 3: 9, 4: 12, 5: 6}
    )
    yield "Two shares: 29 of 40 and 18 of 40 satisfied", first, second
    means = [cx.mean_rating(first.tally), cx.mean_rating(second.tally)]
    first, second = scores(cx.nps, {3: 10, 8: 20, 10: 40}, {3: 12, 8: 9, 10: 9})
    yield "Two net scores: NPS of 70 and of 30 answers", first, second
    yield "Two means: 40 ratings on 1-5 each", means[0], means[1]
