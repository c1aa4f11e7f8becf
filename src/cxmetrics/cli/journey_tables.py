"""What `cxmetrics journeys` says: tables that fit the screen, and their JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, frozen

from cxmetrics.errors import Caution, DataError
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, label_text

if TYPE_CHECKING:
    from cxmetrics.cli.answers import Answers
    from cxmetrics.journeys import Paths, Variants
    from cxmetrics.summaries import Label

_PERCENT: Final = 100


@frozen(kw_only=True)
class Found:
    """What is said of the paths, each part with its sheet and its JSON."""

    summary: dict[str, Any]
    overview: Sheet
    variants: Variants
    top: int
    parts: dict[str, Any]

    @classmethod
    def of(
        cls, walked: Paths, events: Answers, *, by: str | None, types: bool, top: int, level: float
    ) -> Found:
        """Ask everything of the paths.

        Raises:
            DataError: there is no path.
        """
        from cxmetrics.journeys import durations, funnel, transitions

        if not len(walked):
            raise DataError("there is no path: no event has a customer, a step and a time.")
        variants, flow = walked.variants(), walked.flow()
        parts: dict[str, Any] = {"transitions": transitions(flow, level=level)}
        if walked.declared:
            parts["funnel"] = funnel(flow, level=level)
        parts["durations"] = durations(flow, level=level)
        if by is not None:
            parts["groups"] = _Groups.of(walked, by, events)
        if types:
            from cxmetrics.journeys.types import typical_journeys

            parts["types"] = typical_journeys(walked, level=level)
        summary = _summary(walked)
        return cls(
            summary=summary,
            overview=_overview(walked, summary),
            variants=variants,
            top=top,
            parts=parts,
        )

    def sheets(self) -> Iterator[Sheet]:
        """Yield the tables; a caution is said once."""
        said: set[Caution] = set()
        shown = self.variants.sheet()
        for sheet in (
            self.overview,
            evolve(shown, rows=_variant_rows(self.variants, self.top)),
            *(part.sheet() for part in self.parts.values()),
        ):
            yield evolve(sheet, cautions=[c for c in sheet.cautions if c not in said])
            said |= set(sheet.cautions)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        coverage = self.variants.coverage.tolist()
        return {
            "paths": self.summary,
            "variants": {
                "count": len(self.variants),
                "smallest_80": self.variants.smallest(),
                "top": [
                    {
                        "steps": list(self.variants.sequence(v)),
                        "paths": int(self.variants.counts[v]),
                        "together": coverage[v],
                    }
                    for v in range(min(self.top, len(self.variants)))
                ],
            },
            **{name: part.to_dict() for name, part in self.parts.items()},
        }


def _summary(walked: Paths) -> dict[str, Any]:
    return {
        "paths": len(walked),
        "customers": len(walked.customers),
        "events": walked.events,
        "step": walked.level,
        "steps": list(walked.steps),
        "mean_length": walked.events / len(walked),
        "censored": int(walked.censored.sum()),
        "gap_seconds": None if walked.gap is None else walked.gap.total_seconds(),
        "until": None if walked.until is None else walked.until.isoformat(),
        "left_out": dict(walked.left_out),
        "cautions": [{"code": c.code, "message": c.message} for c in walked.cautions],
    }


def _overview(walked: Paths, summary: dict[str, Any]) -> Sheet:
    censored = summary["censored"]
    told = [f"{summary['mean_length']:.1f} events a path"]
    if walked.gap is not None:  # without a gap nobody can say which paths may go on
        days = walked.gap / timedelta(days=1)
        told.append(f"a path ends after {days:g} days without an event")
        told.append(f"{_PERCENT * censored / len(walked):.1f} % may go on")
    if walked.until is not None:
        told.append(f"watched until {walked.until:%Y-%m-%d %H:%M} UTC")
    notes = [
        f"{'; '.join(told)}.",
        *(f"{count(n)} events left out: {why}." for why, n in walked.left_out.items() if n),
    ]
    return Sheet(
        title=(
            f"{count(len(walked))} paths of {count(len(walked.customers))} customers, "
            f"{count(walked.events)} events at {len(walked.steps)} steps ({walked.level})"
        ),
        head=(),
        notes=notes,
        cautions=walked.cautions,
    )


def _variant_rows(variants: Variants, top: int) -> list[tuple[str, str, str, str]]:
    coverage, total = variants.coverage, int(variants.counts.sum())
    return [
        (
            " → ".join(variants.sequence(v)),
            count(int(variants.counts[v])),
            f"{variants.counts[v] / total:.1%}",
            f"{coverage[v]:.1%}",
        )
        for v in range(min(top, len(variants)))
    ]


@frozen(kw_only=True)
class _Groups:
    """The paths of each group: how many, how long, and the commonest way."""

    by: str
    rows: tuple[tuple[Label, int, float, int, tuple[str, ...], float], ...]

    @classmethod
    def of(cls, walked: Paths, by: str, events: Answers) -> _Groups:
        import numpy as np

        from cxmetrics.engines.columns import columns_of
        from cxmetrics.engines.encode import encode

        column = columns_of(events.data, [by], where=events.where)[by]
        labels = encode(column)
        own = labels.codes[walked.rows[walked.starts[:-1]]]
        rows = []
        for code in np.unique(own).tolist():
            part = walked.only(own == code)
            variants = part.variants()
            first, share = variants.sequence(0), float(variants.coverage[0])
            length = part.events / len(part)
            rows.append((labels.labels[code], len(part), length, variants.smallest(), first, share))
        rows.sort(key=lambda row: -row[1])
        return cls(by=by, rows=tuple(rows))

    def sheet(self) -> Sheet:
        return Sheet(
            title=f"Paths by {self.by} (of their first event)",
            head=(self.by, "paths", "events a path", "variants for 80 %", "share", "commonest"),
            rows=[
                (
                    label_text(label),
                    count(paths),
                    f"{length:.1f}",
                    count(needed),
                    f"{share:.1%}",
                    " → ".join(first),
                )
                for label, paths, length, needed, first, share in self.rows
            ],
        )

    def to_dict(self) -> dict[str, Any]:
        names = ("group", "paths", "mean_length", "smallest_80", "commonest", "share")
        return {"by": self.by, "groups": [dict(zip(names, row, strict=True)) for row in self.rows]}
