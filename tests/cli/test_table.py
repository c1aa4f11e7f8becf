"""The table: aligned, within its width, readable without colour and without Unicode."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

import cxmetrics as cx
from cxmetrics.cli.screen import Screen
from cxmetrics.cli.table import table


class Ascii(io.StringIO):
    encoding = "ascii"


def drawn(result, *, width=100, colour=False, ascii_only=False, **options):
    console = Console(
        width=width,
        file=Ascii() if ascii_only else io.StringIO(),
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        highlight=False,
    )
    screen = Screen(console=console)
    lines = list(table(result, title="of q", screen=screen, **options))
    return screen, [line if isinstance(line, str) else line.plain for line in lines], lines


@pytest.fixture
def scores():
    answers = {
        "score": [10] * 40 + [7] * 20 + [2] * 10 + [10] * 10 + [8] * 10 + [3] * 40 + [9],
        "shop": ["Lyon"] * 70 + ["Paris"] * 60 + ["a very long name of a very far away shop 商店"],
    }
    return cx.nps(answers, rating="score", by="shop")


@pytest.mark.parametrize("width", [60, 80, 100, 132, 200])
def test_no_line_is_wider_than_the_screen(scores, width):
    _, lines, _ = drawn(scores, width=width)
    assert max(map(cell_len, lines)) <= width


def test_every_group_shows_its_numbers_picture_shares_and_letters(scores):
    _, lines, _ = drawn(scores, width=140)
    head = next(line for line in lines if "95 % interval" in line)
    lyon = next(line for line in lines if line.startswith("A  Lyon"))
    paris = next(line for line in lines if line.startswith("B  Paris"))
    assert "+42.9" in lyon
    assert "14 / 29 / 57 %" in lyon
    assert "●" in lyon
    assert lyon.endswith(" B")  # significantly higher than Paris
    assert not paris.endswith(" A")
    assert lyon.index("●") > paris.index("●") > head.index("−100")
    assert lyon.count("█") > lyon.count("▒") > 0
    assert sum(line.startswith("   all") for line in lines) == 1


def test_the_dot_stands_where_the_score_is_on_the_range_of_the_metric():
    for ratings, place in (([0] * 50, 0.0), ([7] * 50, 0.5), ([10] * 50, 1.0)):
        _, lines, _ = drawn(cx.nps(ratings), width=80)
        head = next(line for line in lines if "−100" in line)
        start, end = head.index("−100"), head.index("+100") + len("+100") - 1
        row = next(line for line in lines if "●" in line)
        assert row.index("●") == pytest.approx(start + place * (end - start), abs=0.51)


def test_bars_are_as_long_as_the_shares():
    _, lines, _ = drawn(cx.nps([0] * 25 + [8] * 25 + [10] * 50), width=80)
    bar = next(line for line in lines if "25 / 25 / 50 %" in line).split(" ")[0]
    assert len(bar) == 48
    assert [bar.count(sign) for sign in "▒·█"] == [12, 12, 24]


def test_colours_are_those_that_colour_blind_readers_tell_apart(scores):
    screen, _, lines = drawn(scores, width=140, colour=True)
    with screen.console.capture() as captured:
        for line in lines:
            screen.console.print(line, markup=False, no_wrap=True, overflow="ignore", crop=False)
    text = captured.get()
    for red, green, blue in ((0xD5, 0x5E, 0x00), (0xB0, 0xB0, 0xB0), (0x00, 0x72, 0xB2)):
        assert f"38;2;{red};{green};{blue}" in text
    assert "▒" not in text


def test_a_terminal_without_unicode_gets_ascii_pictures(scores):
    _, lines, _ = drawn(scores, width=140, ascii_only=True)
    lyon = next(line for line in lines if line.startswith("A  Lyon"))
    assert "o" in lyon[30:]
    assert "+++" in lyon
    assert "---" in lyon
    assert not set("●█▒╴╶─┊") & set("".join(lines))


def test_a_metric_without_parts_shows_its_distribution():
    answers = {"score": [5] * 8 + [1] * 2 + [4] * 10, "shop": ["a"] * 10 + ["b"] * 10}
    _, lines, _ = drawn(cx.mean_rating(answers, rating="score", by="shop"), width=110)
    row = next(line for line in lines if line.startswith("A  a"))
    assert "▂   ▇" in row or "▂   █" in row or "▂   ▆" in row


def test_cautions_stand_below_in_plain_words(scores):
    _, lines, _ = drawn(scores)
    assert any(line.startswith("! a very long name") and "1 answer" in line for line in lines)
    assert any("1!" in line for line in lines)
    assert not any("SMALL_SAMPLE" in line for line in lines)


def test_a_suppressed_group_shows_no_number():
    answers = {"score": [9] * 10 + [2] * 3 + [8] * 12, "team": ["a"] * 10 + ["b"] * 3 + ["c"] * 12}
    _, lines, _ = drawn(cx.enps(answers, rating="score", by="team"))
    hidden = next(line for line in lines if line.lstrip("ABC ").startswith("b "))
    assert "–" in hidden
    assert "−100.0" not in hidden
    assert any("singled out" in line for line in lines)


def test_labels_can_not_move_the_cursor():
    answers = {"score": [9, 3], "shop": ["\x1b[2Jx\u202etxt", "b"]}
    _, lines, _ = drawn(cx.nps(answers, rating="score", by="shop"))
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b[2Jx\\u202etxt" in text
