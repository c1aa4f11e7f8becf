"""Results of several rows: they fit the screen, and no number is cut."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from cxmetrics.cli.screen import Screen
from cxmetrics.cli.sheets import sheet_lines
from cxmetrics.metrics.sheet import Sheet

HEAD = ("shop", "score", "interval", "gap", "interval", "rank", "P(1st)")
NUMBERS = ("5.07", "4.54 to 5.61", "+0.05", "−0.56 to +0.66", "2 (1–4)", "24 %")


def lines(rows, *, head=HEAD, width=80):
    screen = Screen(console=Console(width=width, file=io.StringIO(), highlight=False))
    sheet = Sheet(title="t", head=head, rows=rows)
    return [line if isinstance(line, str) else line.plain for line in sheet_lines(sheet, screen)][
        2:
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("name", ["Lyon", "x" * 200, "商店" * 30, "a very long name " * 9])
def test_every_number_is_there_and_no_line_is_too_wide(name, width):
    shown = lines([(name, *NUMBERS), ("Lille", *NUMBERS)], width=width)
    assert max(map(cell_len, shown)) <= width
    text = "\n".join(shown)
    for number in NUMBERS:
        assert text.count(number) >= 2


def test_what_fits_is_one_table():
    shown = lines([("Lyon", *NUMBERS)], width=120)
    assert len(shown) == 3
    assert shown[0].split("  ")[0] == "shop"
    assert shown[2].endswith("24 %")


def test_the_columns_that_are_left_follow_with_the_names_and_intervals_stay_beside_numbers():
    shown = lines([("Lyon", *NUMBERS), ("Lille", *NUMBERS)], width=36)
    heads = [line.split() for line in shown if line.startswith("shop")]
    assert [head[1:] for head in heads] == [
        ["score", "interval"],
        ["gap", "interval", "rank"],
        ["P(1st)"],
    ]
    assert sum(line.startswith("Lille") for line in shown) == len(heads)


def test_a_label_of_several_lines_stays_in_its_row():
    shown = lines([("one\ntwo\tthree\x1b[31m", "1"), ("Lille", "2")], head=("shop", "score"))
    assert shown[2] == "one two three\\x1b[31m      1"
    assert shown[3].startswith("Lille")
    assert len(shown) == 4


def test_a_long_text_goes_on_below_and_has_an_end():
    path = " → ".join(["ask", "buy", "use"] * 9)
    shown = lines([("Lyon", "7", path)], head=("shop", "paths", "commonest"), width=60)
    assert shown[2].startswith("Lyon")
    assert all(line.startswith("   ") for line in shown[3:])
    assert "".join(" ".join(line.split()) for line in shown[2:]).count("buy") == 9
    assert len(lines([("word " * 900, "7")], head=("text", "n"), width=60)) == 6


def test_signs_of_tables_and_quotes_arrive_without_unicode(capsys):
    class Ascii(io.StringIO):
        encoding = "ascii"

    screen = Screen(console=Console(width=80, file=Ascii(), highlight=False))
    screen.show(["a → b × 1.96, R² “so”"])
    assert capsys.readouterr().out == 'a -> b x 1.96, R2 "so"\n'
