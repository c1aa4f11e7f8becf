from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import cxmetrics as cx
from cxmetrics.errors import UsageError
from cxmetrics.metrics.text import count, limits, number
from cxmetrics.plots import DARK, LIGHT
from cxmetrics.report import render, write

HOSTILE = '</text></svg><script>alert(1)</script>"\' onload="x()" {{ 7 * 7 }} <img src=x onerror=x>'
VOID = {"meta", "input", "link", "img", "br", "hr"}


class Page(HTMLParser):
    """Read a page: its tags, attributes and text, and whether every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).replace("\xa0", " ").split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def survey(months: int = 3, each: int = 40) -> dict[str, list[Any]]:
    rows = range(months * each)
    return {
        "recommend": [(7 * i + i // 11) % 11 for i in rows],
        "month": [f"2026-{1 + i // each:02d}" for i in rows],
        "shop": ["north" if i % 3 else "south" for i in rows],
        "wifi": [1 + i % 5 for i in rows],
        "signs": [5 - (i % 4 == 0) for i in rows],
    }


def full() -> list[cx.Score | cx.Scores]:
    data = survey()
    return [
        cx.nps(data, rating="recommend", by="month"),
        cx.nps(data, rating="recommend", by="shop"),
        cx.nps(data, rating="recommend", by=["month", "shop"]),
        cx.csat(data, rating=["wifi", "signs"]),
    ]


@pytest.fixture(scope="module")
def page() -> Page:
    text = render(
        full(), title="Our year", time=["month"], notes=["A note."], generated="2026-04-01"
    )
    return Page(text)


def test_sections_are_there_and_linked(page: Page) -> None:
    ids = {attrs["id"] for attrs in page.named("section")}
    assert ids == {"summary", "distribution", "trend", "segments", "touchpoints", "data", "method"}
    links = [attrs["href"] for attrs in page.named("a")]
    assert {f"#{name}" for name in ids} == set(links)


def test_ids_are_unique(page: Page) -> None:
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def assert_harmless(page: Page) -> None:
    """Check that a page has no script, no handler and no reference but to itself."""
    tags = {tag for tag, _ in page.tags}
    assert not tags & {
        "script",
        "link",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "image",
        "use",
    }
    for tag, attrs in page.tags:
        for name, value in attrs.items():
            assert not name.startswith("on")
            assert name != "src"
            if name == "href":
                assert tag == "a"
                assert (value or "").startswith("#")
            if "url(" in (value or ""):
                assert (value or "").startswith("url(#")
            if name not in {"xmlns"}:
                assert "http:" not in (value or "")
                assert "https:" not in (value or "")


def test_it_runs_nothing_and_fetches_nothing(page: Page) -> None:
    (policy,) = [attrs["content"] or "" for attrs in page.named("meta") if "http-equiv" in attrs]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert_harmless(page)


def test_each_chart_has_words_and_a_table_behind_it(page: Page) -> None:
    charts = [attrs for attrs in page.named("svg") if attrs.get("role") == "img"]
    assert len(charts) == 2 * len(page.named("figure")) == 2 * len(page.named("details")) == 10
    assert all(len(attrs["aria-label"] or "") > 20 for attrs in charts)
    assert len(page.named("main")) == len(page.named("nav")) == len(page.named("h1")) == 1
    assert {attrs.get("scope") for attrs in page.named("th")} == {"col", "row"}


def test_every_number_is_there_as_text_writes_it(page: Page) -> None:
    for result in full():
        assert isinstance(result, cx.Scores)
        for score in result.values():
            interval = score.interval()
            unit = score.metric.unit
            assert number(score.value, unit) in page.text
            assert limits(interval.low, interval.high, unit) in page.text
            assert count(score.n) in page.text


def test_the_change_is_told_with_sign_words_and_interval(page: Page) -> None:
    waves = full()[0]
    assert isinstance(waves, cx.Scores)
    change = waves["2026-03"].compare(waves["2026-02"])
    assert number(change.value, "points", difference=True) in page.text
    between = limits(change.interval.low, change.interval.high, "points", difference=True)
    assert f"95 %: {between}" in page.text
    assert "no change can be shown between 2026-02 and 2026-03" in page.text
    assert f"a change of about {change.interval.margin:.1f} points would" in page.text


def test_touchpoints_are_ranked_best_first(page: Page) -> None:
    section = page.text.split("Touchpoints")[-1].split("Ratings counted")[0]
    assert section.index("signs") < section.index("wifi")


def test_method_is_that_of_the_scores(page: Page) -> None:
    method = page.text.split("An interval says how far")[1]
    for text in (cx.nps.formula, cx.nps.question, cx.nps.reference, cx.nps.notice, cx.csat.notes):
        assert text
        assert text in method
    largest = full()[1]
    assert isinstance(largest, cx.Scores)
    assert largest["north"].method in method


def test_both_themes_are_in_the_page_and_no_colour_in_the_charts() -> None:
    text = render(full()[1], title="t", generated="x")
    style = text.split("</style>")[0]
    for theme in (LIGHT, DARK):
        for role, colour in theme.roles():
            assert f"--{role}:{colour};" in style
    assert "prefers-color-scheme:dark" in style
    assert "#theme-dark:checked" in style
    assert "@media print" in style
    fills = [attrs.get("fill") for _, attrs in Page(text).tags if "fill" in attrs]
    assert fills
    assert not [fill for fill in fills if (fill or "").startswith("#")]
    assert {"var(--negative)", "var(--neutral)", "var(--positive)"} <= set(fills)


def test_the_same_input_makes_the_same_page() -> None:
    made = [render(full(), title="t", time="month", generated="2026-04-01") for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("generated", "shown"),
    [
        (date(2026, 4, 1), "Generated 2026-04-01 by"),
        (datetime(2026, 4, 1, 9, 30, tzinfo=UTC), "Generated 2026-04-01 09:30+00:00 by"),
        ("April", "Generated April by"),
    ],
)
def test_generated_is_shown(generated: Any, shown: str) -> None:
    assert shown in Page(render(cx.nps([10, 3]), title="t", generated=generated)).text


def test_whatever_people_type_is_text() -> None:
    data = {
        "r": [5, 4, 3, 2, 5, 1, 4, 4, None],
        HOSTILE: [HOSTILE, HOSTILE, "b", "b", HOSTILE, "b", "c", "c", "\x00\x08\u202e"],
        "wave": [HOSTILE, "w", HOSTILE, "w", HOSTILE, "w", "w", "w", "w"],
    }
    scale = cx.Scale(1, 5, labels=[HOSTILE, "2", "3", "4", HOSTILE])
    metric = cx.linear(HOSTILE, scale, {1: 0, 2: 0, 3: 50, 4: 50, 5: 100})
    results = [
        metric(data, rating="r", by=HOSTILE),
        metric(data, rating="r", by="wave"),
        metric(data, rating="r", by=["wave", HOSTILE]),
        metric(data["r"]),
        cx.mean_rating({HOSTILE: [5, 4, 1], "x": [1, 2, 3]}, rating=[HOSTILE, "x"]),
    ]
    found = Page(
        render(
            results,
            title=HOSTILE,
            source=HOSTILE,
            time=["wave"],
            notes=[HOSTILE],
            banner=HOSTILE,
            generated=HOSTILE,
        )
    )
    assert_harmless(found)
    assert not found.open
    assert "<script>alert(1)</script>" in found.text
    assert "{{ 7 * 7 }}" in found.text
    assert "img" not in {tag for tag, _ in found.tags}


CASES: dict[str, Any] = {
    "one score": cx.nps([10, 9, 8, 3, 2, 10]),
    "no answers": cx.nps([None, None]),
    "one answer": cx.nps([9]),
    "a mean": cx.mean_rating([5, 4, 1]),
    "a long scale": cx.mean_rating([0, 50, 100], scale="0:100"),
    "low is good": cx.ces1([1, 2, 5]),
    "hidden": cx.enps([9, 3, 3] + [8] * 9, by=["a"] * 3 + ["b"] * 9),
    "hidden by hand": cx.nps(
        cx.tally([9, 3, 3] + [8] * 9, cx.zero_to_ten, by=["a"] * 3 + ["b"] * 9).suppress(5)
    ),
    "a hidden score": cx.enps([9, 3, 3] + [8] * 9, by=["a"] * 3 + ["b"] * 9)["a"],
    "an empty group": cx.nps([9, 3, None], by=["a", "a", "b"]),
    "a group of one": cx.nps([9, 3, 8], by=["a", "a", "b"]),
    "sixty groups": cx.csat([5, 4, 1] * 60, by=[f"shop {i:02d}" for i in range(60) for _ in "abc"]),
    "no group has answers": cx.nps([None, None], by=["a", "b"]),
    "empty items": cx.csat({"a": [None, None], "b": [5, 4]}, rating=["a", "b"]),
}


@pytest.mark.parametrize("case", CASES)
def test_every_case_makes_a_page(case: str) -> None:
    found = Page(render(CASES[case], title=case, generated="x"))
    assert not found.open
    assert " nan" not in found.text.lower()
    assert "None" not in found.text


def test_what_is_undefined_or_hidden_is_said_and_never_zero() -> None:
    empty = Page(render(CASES["no answers"], title="t", generated="x"))
    assert "NPS has no answers, and so no score." in empty.text
    assert "+0.0" not in empty.text
    hidden = Page(render(CASES["hidden"], title="t", generated="x"))
    table = hidden.text.split("Data table")[1]
    assert "a – – – hidden – hidden" in table
    assert "SUPPRESSED" in hidden.text


@pytest.mark.parametrize("missing", [None, "2026-03"])
def test_the_last_waves_with_a_score_are_compared(missing: str | None) -> None:
    data = survey()
    data["recommend"] = [
        None if month == missing else r
        for r, month in zip(data["recommend"], data["month"], strict=True)
    ]
    found = Page(render(cx.nps(data, rating="recommend", by="month"), title="t", time="month"))
    before, after = ("2026-01", "2026-02") if missing else ("2026-02", "2026-03")
    assert f"Change {before} to {after}" in found.text
    assert ("NPS: 2026-03 has no answers" in found.text) is (missing is not None)


def test_one_wave_has_no_change() -> None:
    found = Page(render(cx.nps([9, 8, 3], by=["2026-01"] * 3), title="t", time="group"))
    assert "Change" not in found.text
    assert "NPS: 2026-01 is" in found.text


@pytest.mark.parametrize(
    ("results", "time", "message"),
    [
        ([], (), "at least one score"),
        (["x"], (), "not str"),
        ([cx.nps([9, 3], by=["a", "b"])], ["wave"], "no dimension"),
        (
            [cx.nps({"r": [9, 3], "a": [1, 2], "b": [1, 2]}, rating="r", by=["a", "b"])],
            ["a", "b"],
            "only one",
        ),
        (
            [cx.nps({"r": [9], "a": [1], "b": [1], "c": [1]}, rating="r", by=["a", "b", "c"])],
            "a",
            "at most one dimension beside time",
        ),
    ],
)
def test_what_can_not_be_reported_is_refused(results: Any, time: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        render(results, title="t", time=time)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(UsageError, match=r"install cxmetrics\[report\]"):
        render(cx.nps([9, 3]), title="t")


def test_write_writes_what_render_makes(tmp_path: Path) -> None:
    path = write(tmp_path / "report.html", [cx.nps([9, 3])], title="é", generated="x")
    assert path.read_text("utf-8") == render([cx.nps([9, 3])], title="é", generated="x")


def test_a_banner_is_the_first_line_on_every_medium() -> None:
    told = "Incomplete: 60 of 120 responses."
    html = render([cx.nps([9, 3])], title="t", banner=told)
    page = Page(html)
    assert page.text.removeprefix("t").strip().startswith(told)  # after the title of the window
    assert page.text.count(told) == 1
    rules = html.split("@media print")[1].split("</style>")[0]
    assert "banner" not in rules  # shown in print as on every screen
    assert 'class="banner"' not in render([cx.nps([9, 3])], title="t")


def test_the_airport(shared: Path) -> None:
    import polars as pl

    data = pl.read_csv(shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv")
    waves = cx.nps(data, rating="recommend", by="wave", weight="weight")
    found = Page(render(waves, title="SFO", time="wave"))
    assert "NPS fell by 5.3 points between 2017 and 2018" in found.text
    assert "the 95 % interval of the change (−9.5 to −1.1) excludes 0." in found.text
    assert "−5.3 worse" in found.text
    assert "NPS by wave 5,640 5,396 244 (4 %) 0 yes" in found.text
