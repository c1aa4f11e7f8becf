from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import cxmetrics as cx
from cxmetrics.errors import NotFoundError, UsageError
from cxmetrics.metrics.text import limits, number
from cxmetrics.plots import LIGHT, Plot
from cxmetrics.plots.distribution import distribution
from cxmetrics.plots.groups import letters_text
from cxmetrics.plots.trend import trend
from cxmetrics.plugins import hookimpl, registry

ANSWERS = {
    "rating": [10, 9, 9, 3, 7, 2, 10, 8, 6, 9, None, 4],
    "shop": ["a", "a", "a", "b", "b", "b", "a", "b", "a", "c", "d", "b"],
    "month": ["2026-01"] * 3 + ["2026-02"] * 4 + ["2026-04"] * 4 + ["2026-02"],
    "weight": [1.0, 2.0, 0.5, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5],
}


def by(dim: str | list[str], **options: Any) -> cx.Scores:
    return cx.nps(ANSWERS, rating="rating", by=dim, **options)


def views(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every single view of a chart."""
    inner = [v for key in ("hconcat", "vconcat", "concat", "layer") for v in spec.get(key, ())]
    if not inner:
        yield spec
    for view in inner:
        if "data" not in view and "data" in spec:
            view = {**view, "data": spec["data"]}
        yield from views(view)


def rows(chart: Any, mark: str, field: str) -> list[dict[str, Any]]:
    """Return the data of the views that draw `field` with a mark."""
    spec = chart.to_dict()
    found: dict[str, dict[str, Any]] = {}
    for view in views(spec):
        encoded = {e.get("field") for e in view.get("encoding", {}).values()}
        if view["mark"]["type"] == mark and field in encoded:
            found |= {repr(row): row for row in view["data"]["values"]}
    return list(found.values())


def without_words(spec: Any) -> Any:
    """Return a specification without its data and titles, which hold text and no code."""
    if isinstance(spec, dict):
        return {k: without_words(v) for k, v in spec.items() if k not in {"data", "title"}}
    return [without_words(entry) for entry in spec] if isinstance(spec, list) else spec


def test_importing_plots_and_finding_one_loads_no_altair() -> None:
    code = (
        "import sys, cxmetrics.plots; from cxmetrics.plugins import registry;"
        "registry.find('plot', 'shares'); registry.find('plot', 'trend');"
        "print([m for m in ('altair', 'vl_convert', 'jinja2') if m in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"


def test_built_in_plots_are_registered() -> None:
    assert {plot.name for plot in registry.every("plot")} >= {"shares", "trend", "distribution"}
    with pytest.raises(NotFoundError, match="shares"):
        by("shop").plot("share")


def test_a_plugin_plot_is_found_by_name() -> None:
    class Plugin:
        @hookimpl
        def cxmetrics_plots(self) -> list[Plot]:
            return [Plot(name="size", title="how many", draw=lambda scores: len(scores))]  # type: ignore[arg-type, return-value]  # a stand-in for a chart

    plugin = Plugin()
    registry.register(plugin)
    try:
        assert by("shop").plot("size") == 4
    finally:
        registry.unregister(plugin)


@pytest.mark.parametrize("weight", [None, "weight"])
def test_shares_holds_the_shares_of_the_scores(weight: str | None) -> None:
    scores = by("shop", weight=weight)
    found = rows(scores.plot(), "bar", "start")
    for shop, score in scores.defined.items():
        mine = [row for row in found if row["label"] == shop]
        assert [row["share"] / 100 for row in mine] == pytest.approx(list(score.parts.values()))
        assert mine[-1]["end"] == pytest.approx(100)
    axis = scores.plot().to_dict()["hconcat"][1]["layer"][0]["encoding"]["x"]["axis"]
    assert ("weighted" in axis["title"]) is (weight is not None)


def test_shares_writes_score_interval_and_answers() -> None:
    scores = by("shop")
    found = {row["label"]: row for row in rows(scores.plot(), "text", "interval_text")}
    assert list(found) == list(scores)
    for shop in ("a", "b"):
        score = scores[shop]
        interval = score.interval()
        assert found[shop]["score_text"] == number(score.value, "points")
        assert found[shop]["interval_text"] == limits(interval.low, interval.high, "points")
        assert found[shop]["n"] == score.n
    assert (found["c"]["interval_text"], found["c"]["n_text"]) == ("–", "1")


def test_a_group_without_answers_is_said_and_not_drawn() -> None:
    chart = by("shop").plot()
    assert "d" not in {row["label"] for row in rows(chart, "bar", "start")}
    assert "d" not in {row["label"] for row in rows(chart, "point", "value")}
    (gap,) = [row for row in rows(chart, "text", "text") if row.get("label") == "d"]
    assert (gap["text"], gap["value"]) == ("no answers", None)


def test_a_hidden_group_shows_no_count() -> None:
    scores = cx.enps([9, 9, 8, 3, 2] * 2 + [10, 1, 1], by=["a"] * 5 + ["b"] * 5 + ["c"] * 3)
    chart = scores.plot()
    hidden = [group for group, score in scores.items() if score.tally.suppressed]
    drawn = {row["label"] for row in rows(chart, "bar", "start")}
    assert hidden
    assert drawn == set(scores) - set(hidden)
    told = [row for v in views(chart.to_dict()) for row in v["data"]["values"]]
    told = [row for row in told if row.get("label") in hidden]
    assert {row["n"] for row in told} == {None}
    assert {row["n_text"] for row in told if "n_text" in row} == {"hidden"}


def test_letters_are_those_of_the_comparison() -> None:
    scores = cx.nps([10] * 40 + [1] * 40 + [9, 7] * 20, by=["x"] * 40 + ["y"] * 40 + ["z"] * 40)
    letters = scores.compare().letters
    found = {row["label"]: row["letters"] for row in rows(scores.plot(), "text", "letters")}
    assert found == letters
    assert found["x"] == "B C"
    assert "Holm-adjusted, 95 %" in scores.plot().to_dict()["title"]["subtitle"]


def test_many_letters_are_counted() -> None:
    assert letters_text(" ".join("ABCDEFG")) == "7 groups"


def test_sixty_groups_have_sixty_rows() -> None:
    labels = [f"shop {i:02d}" for i in range(60) for _ in range(4)]
    scores = cx.csat([5, 4, 3, 1] * 60, by=labels)
    chart = scores.plot()
    assert [row["label"] for row in rows(chart, "text", "score_text")] == list(scores)
    heights = {panel["height"] for panel in chart.to_dict()["hconcat"] if "height" in panel}
    assert min(heights) >= 60 * 20


def test_more_groups_than_can_be_compared_are_drawn_without_letters() -> None:
    labels = [f"shop {i:03d}" for i in range(101) for _ in range(3)]
    chart = cx.csat([5, 4, 1] * 101, by=labels).plot()
    assert "letters" not in chart.to_dict()["title"]["subtitle"]


def test_a_mean_is_drawn_by_points_in_its_own_unit() -> None:
    chart = cx.mean_rating([5, 4, 2, 1, 3, 3], by=["a"] * 3 + ["b"] * 3).plot()
    assert {row["band"] for row in rows(chart, "bar", "start")} == {"1", "2", "3", "4", "5"}
    assert "Mean rating, on 1-5 · 95 % interval" in str(chart.to_dict())


@pytest.mark.parametrize("narrow", [False, True])
def test_level_and_unit_are_named(narrow: bool) -> None:
    from cxmetrics.plots.shares import shares

    scores = cx.csat([5, 4, 2, 1], by=["a", "a", "b", "b"], level=0.9)
    text = str(shares(scores, narrow=narrow).to_dict())
    assert "90 % interval" in text
    assert "95 %" not in text


def test_distribution_has_a_bar_a_point_in_the_colour_of_its_part() -> None:
    score = by("shop")["a"]
    found = rows(score.plot(), "bar", "share")
    assert [row["share"] / 100 for row in found] == pytest.approx(score.share.tolist())
    assert [row["fill"] for row in found] == [LIGHT.negative] * 7 + [LIGHT.neutral] * 2 + [
        LIGHT.positive
    ] * 2


def test_distribution_has_a_panel_a_group_up_to_six() -> None:
    assert len(by("shop").plot("distribution").to_dict()["concat"]) == 4
    assert len(distribution(by("shop"), only=["a"]).to_dict()["concat"]) == 1
    seven = cx.csat([5] * 7, by=list("abcdefg"))
    with pytest.raises(UsageError, match="at most 6 groups"):
        seven.plot("distribution")


def test_distribution_says_what_the_ends_mean() -> None:
    chart = cx.ces1([1, 2, 5, 5, 3]).plot()
    assert "1 very low effort … 5 very high effort" in str(chart.to_dict())
    short = rows(cx.csat([0, 1, 1], scale=cx.yes_no).plot(), "bar", "share")
    assert [row["rating"] for row in short] == ["no", "yes"]


def test_a_distribution_without_answers_has_no_bars() -> None:
    chart = cx.nps([None, None]).plot()
    assert rows(chart, "bar", "share") == []
    assert any(row["text"] == "no answers" for row in rows(chart, "text", "text"))


def test_trend_holds_scores_and_intervals_in_the_order_of_time() -> None:
    scores = by("month")
    found = sorted(rows(scores.plot("trend"), "line", "value"), key=lambda row: row["at"])
    assert [row["when"] for row in found] == ["2026-01", "2026-02", "2026-04"]
    for row in found:
        interval = scores[row["when"]].interval()
        assert row["value"] == pytest.approx(scores[row["when"]].value)
        assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))


def test_dates_stand_as_far_apart_as_they_are() -> None:
    at = {row["when"]: row["at"] for row in rows(by("month").plot("trend"), "line", "value")}
    first, second = at["2026-02"] - at["2026-01"], at["2026-04"] - at["2026-02"]
    assert second / first == pytest.approx(59 / 31)
    plain = cx.nps([9, 9, 8, 8, 7, 7], by=["one"] * 2 + ["three"] * 2 + ["two"] * 2)
    steps = sorted(row["at"] for row in rows(plain.plot("trend"), "line", "value"))
    assert steps[2] - steps[1] == pytest.approx(steps[1] - steps[0])


def test_a_wave_without_answers_breaks_the_line_and_is_said() -> None:
    months = [f"2026-0{i}" for i in (1, 2, 3, 4) for _ in range(3)]
    chart = cx.nps([9, 9, 3, 8, 10, 3, None, None, None, 10, 9, 2], by=months).plot("trend")
    runs = {row["when"]: row["run"] for row in rows(chart, "line", "value")}
    assert "2026-03" not in runs
    assert runs["2026-01"] == runs["2026-02"] != runs["2026-04"]
    notes = [row for row in rows(chart, "text", "text") if row["text"] == "no answers"]
    assert [row["label"] for row in notes] == ["2026-03"]


def test_trend_labels_the_last_value_and_the_answers() -> None:
    scores = by("month")
    texts = [row["text"] for row in rows(scores.plot("trend"), "text", "text")]
    assert number(scores["2026-04"].value, "points") in texts
    assert {"n 3", "n 5"} <= set(texts)


def test_rows_without_a_wave_are_left_out_and_said() -> None:
    scores = cx.nps([9, 9, 3, 8, 10], by=["2026-01", "2026-01", "2026-02", "2026-02", None])
    chart = trend(scores)
    assert {row["when"] for row in rows(chart, "line", "value")} == {"2026-01", "2026-02"}
    assert "left out" in chart.to_dict()["title"]["subtitle"]


def test_a_second_dimension_makes_lines_and_many_make_panels() -> None:
    few = by(["month", "shop"]).plot("trend")
    names = " ".join(str(row["text"]) for row in rows(few, "text", "text"))
    assert all(f"  {shop}" in names for shop in ("a", "b", "c"))
    labels = [f"shop {i}" for i in range(9) for _ in range(4)]
    months = ["2026-01", "2026-01", "2026-02", "2026-02"] * 9
    many = cx.nps({"r": [9, 3, 8, 10] * 9, "g": labels, "m": months}, rating="r", by=["g", "m"])
    assert len(many.plot("trend").to_dict()["concat"]) == 9


def test_a_trend_needs_time() -> None:
    with pytest.raises(UsageError, match="several waves"):
        cx.nps([9, 3]).plot("trend")
    scores = cx.nps(
        {"r": [9, 3], "a": [1, 2], "b": [1, 2], "c": [1, 2]}, rating="r", by=list("abc")
    )
    with pytest.raises(UsageError, match="at most one more"):
        scores.plot("trend")


def test_labels_are_data_and_never_code() -> None:
    label = "datum.x == '\\' || alert(1)"
    scores = cx.nps([9, 3, 8, 2], by=[label, label, "b", "b"])
    for kind in ("shares", "trend", "distribution"):
        spec = scores.plot(kind).to_dict()
        assert "alert" in str(spec)
        assert "alert" not in str(without_words(spec))


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(UsageError, match=r"install cxmetrics\[report\]"):
        by("shop").plot()
