"""The suite for sources bites: each fault of an adapter is found, by the test that is meant."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOUND = {
    "ForgetsPaging": {"test_all_records_come"},
    "DropsTheLastPage": {"test_all_records_come"},
    "CursorGoesBack": {"test_the_cursor_never_goes_back"},
    "CursorSkips": {
        "test_an_interrupted_pull_loses_nothing",
        "test_a_passing_fault_loses_nothing",
    },
    "LeaksTheToken": {"test_secrets_show_nowhere"},
    "Converts": {"test_ratings_are_on_their_scale"},
    "NaiveTimes": {"test_times_are_aware"},
    "AsksAnotherHost": {"test_only_the_declared_host_is_contacted"},
    "CrashesOnUnknownFields": {"test_unknown_fields_are_accepted"},
    "MakesUpIds": {"test_ids_are_unique_and_stable"},
    "TellsTheTimeOfNow": {"test_values_are_stable"},
    "NotInOrder": {"test_marks_are_in_order_where_it_is_declared"},
    "IgnoresSince": {"test_an_increment_asks_for_what_is_new"},
    "HasNoMark": {"test_the_watermark_moves"},
    "SwallowsErrors": {
        "test_a_passing_fault_loses_nothing",
        "test_a_lasting_fault_is_told",
        "test_drift_of_an_answer_is_told",
    },
    "GivesUp": {"test_a_passing_fault_loses_nothing"},
    "Crashes": {"test_drift_of_an_object_is_told"},
    "LosesTheRating": {"test_a_rating_that_is_gone_is_told"},
    "TakesTheEndForGranted": {"test_drift_of_an_answer_is_told"},
    "HasNoHelp": {"test_settings_are_documented"},
    "HasAnOpenSecret": {"test_settings_are_documented"},
    "TellsDeletions": {"test_deletions_are_told_where_it_is_declared"},
    "SkipsWithoutReason": {"test_skips_have_reasons"},
    "SkipsTheUnknown": {"test_skips_have_reasons"},
    "HasAnotherStream": {"test_every_stream_is_tried"},
}


@pytest.fixture
def inner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, str], Any]:
    """Runs the suite on a source of `acme.py`, and says how its tests ended."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.delitem(sys.modules, "acme", raising=False)
    from inner import run

    def suite(name: str, source: str) -> Any:
        text = f"import acme\n\nclass Test{name}(acme.Well):\n    source = acme.{source}\n"
        return run(tmp_path, text)

    return suite


def test_a_source_without_fault_passes(inner: Callable[[str, str], Any]) -> None:
    heard = inner("Well", "Acme")
    assert heard.failed == {}
    assert set(heard.skipped) == {"test_deletions_are_told_where_it_is_declared[responses]"}
    assert len(heard.passed) > 40


@pytest.mark.parametrize("name", FOUND)
def test_each_fault_is_found_by_its_test(inner: Callable[[str, str], Any], name: str) -> None:
    heard = inner(name, name)
    assert heard.names == FOUND[name], "\n".join(heard.failed.values())


@pytest.mark.parametrize(
    ("suite", "found"),
    [
        ("Careless", {"test_recordings_hold_no_personal_data"}),
        ("Leaky", {"test_recordings_hold_no_secret"}),
        ("Exact", set()),
    ],
)
def test_recordings_and_records_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, suite: str, found: set[str]
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    from inner import run

    heard = run(tmp_path, f"import acme\n\nclass Test{suite}(acme.{suite}):\n    pass\n")
    assert heard.names == found, "\n".join(heard.failed.values())


def test_what_is_left_out_is_told(inner: Callable[[str, str], Any]) -> None:
    heard = inner("LeavesOut", "LeavesOut")
    assert heard.failed == {}
    assert "Acme sends no order." in heard.skipped["test_the_watermark_moves[responses]"]


def test_the_source_of_the_guide_passes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    from inner import run

    page = Path(__file__).parents[2] / "docs" / "guides" / "sources.md"
    blocks = re.findall(r"^```python[^\n]*\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    heard = run(tmp_path, "\n".join(blocks))
    assert heard.failed == {}
    assert len(heard.passed) > 40
