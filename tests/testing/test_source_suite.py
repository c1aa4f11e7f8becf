"""The suite for sources bites: each fault of an adapter is found, by the test that is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent

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


class Heard:
    """Notes how the tests of an inner run of pytest end."""

    def __init__(self) -> None:
        self.failed: dict[str, dict[str, str]] = {}
        self.skipped: dict[str, dict[str, str]] = {}
        self.passed: dict[str, set[str]] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        *_, suite, test = report.nodeid.split("::")
        if report.failed:
            self.failed.setdefault(suite, {})[test] = str(report.longrepr)
        elif report.skipped:
            self.skipped.setdefault(suite, {})[test] = str(report.longrepr)
        elif report.when == "call":
            self.passed.setdefault(suite, set()).add(test)


def run(tmp_path: Path, text: str) -> Heard:
    """Run a module of tests by an inner pytest."""
    path = tmp_path / f"test_{tmp_path.name}.py"
    path.write_text(text, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    heard = Heard()
    args = ["-q", "--tb=line", "-p", "no:cacheprovider", "-c", str(tmp_path / "pytest.ini")]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        pytest.main([*args, str(path)], plugins=[heard])
    return heard


def suite(name: str, source: str) -> str:
    return f"import acme\n\nclass Test{name}(acme.Well):\n    source = acme.{source}\n"


def test_a_source_without_fault_passes(tmp_path: Path) -> None:
    heard = run(tmp_path, suite("Well", "Acme"))
    assert heard.failed == {}
    assert set(heard.skipped["TestWell"]) == {
        "test_deletions_are_told_where_it_is_declared[responses]"
    }
    assert len(heard.passed["TestWell"]) > 35


@pytest.mark.parametrize("name", FOUND)
def test_each_fault_is_found_by_its_test(tmp_path: Path, name: str) -> None:
    failed = run(tmp_path, suite(name, name)).failed.get(f"Test{name}", {})
    assert {test.partition("[")[0] for test in failed} == FOUND[name], "\n".join(failed.values())
