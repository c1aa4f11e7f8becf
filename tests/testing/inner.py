"""Running a module of tests by a pytest within pytest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


class Heard:
    """Notes how the tests of an inner run of pytest end."""

    def __init__(self) -> None:
        self.failed: dict[str, str] = {}
        self.skipped: dict[str, str] = {}
        self.passed: set[str] = set()

    @property
    def names(self) -> set[str]:
        """The tests that failed, without what they were run for."""
        return {test.partition("[")[0] for test in self.failed}

    def pytest_runtest_logreport(self, report: Any) -> None:
        test = report.nodeid.rpartition("::")[2]
        if report.failed:
            self.failed[test] = str(report.longrepr)
        elif report.skipped:
            self.skipped[test] = str(report.longrepr)
        elif report.when == "call":
            self.passed.add(test)


def run(tmp_path: Path, text: str) -> Heard:
    """Run a module of tests and say how they ended."""
    path = tmp_path / f"test_{tmp_path.name}.py"  # no two modules of one name in a process
    path.write_text(text, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    heard = Heard()
    ini = str(tmp_path / "pytest.ini")
    args = ["-q", "--tb=line", "-p", "no:cacheprovider", "-c", ini, str(path)]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        pytest.main(args, plugins=[heard])
    assert heard.failed or heard.passed
    return heard
