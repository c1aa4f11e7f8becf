"""A user's own metric in one line, in a plugin, in a file of a folder; and a concept."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import cxmetrics as cx
from cxmetrics.cli.define import defined
from cxmetrics.errors import CxError, UsageError
from cxmetrics.plugins import registry

FILE = """
import cxmetrics as cx
from cxmetrics.concepts import Concept, Worked
from cxmetrics.metrics.sheet import Sheet

class Found:
    def sheet(self): return Sheet(title="Loyalty 42", head=("a",))
    def to_dict(self): return {"loyalty": 42}

def loyalty(data, *, column: str = "score"):
    '''Measure loyalty.

    Args:
        data: the rows.
        column: the column of ratings.
    '''
    return Found()

@cx.hookimpl
def cxmetrics_metrics():
    return [cx.linear("from_file", cx.one_to_five, {(1, 4): 0, 5: 100})]

@cx.hookimpl
def cxmetrics_concepts():
    return [Concept(
        name="loyalty", title="Loyalty", french="fidélité", topic="index", call=loyalty,
        unit="points", direction="higher", scale="1:5", formula="42", interval="none: it is 42",
        reference="nobody", limits=("It is always 42.",),
        example=Worked(code="print(42)", shows="42", source="by hand"),
    )]
"""
PLUGIN = """
import cxmetrics as cx

@cx.hookimpl
def cxmetrics_metrics():
    return [cx.linear("from_plugin", cx.zero_to_ten, {(0, 8): 0, (9, 10): 100}, unit="percent")]
"""


@pytest.fixture
def everywhere(tmp_path):
    """Run the program in a process of its own, with a folder of plugins and an installed one."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "loyal.py").write_text(FILE, encoding="utf-8")
    site = tmp_path / "site"
    info = site / "cxmetrics_acme-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "cxmetrics_acme.py").write_text(PLUGIN, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cxmetrics-acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cxmetrics]\nacme = cxmetrics_acme\n")

    def start(*words):
        return subprocess.run(
            [sys.executable, "-c", "import cxmetrics.cli; cxmetrics.cli.main()",
             "--plugins-dir", str(tmp_path / "folder"),
             "--define", "one_line 1:5 1-3=0 4-5=100", *words],
            capture_output=True, text=True, check=False, encoding="utf-8",
            env={**os.environ, "PYTHONPATH": str(site), "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip

    return start


def test_all_of_them_are_in_the_catalogue_and_can_be_used(everywhere, answers):
    listed = everywhere("metrics", "--format", "json")
    assert listed.returncode == 0, listed.stderr
    names = {told["name"] for told in json.loads(listed.stdout)}
    assert {"one_line", "from_plugin", "from_file", "loyalty"} <= names
    file = answers()
    for name, column in (("one_line", "stars"), ("from_plugin", "score"), ("from_file", "stars")):
        asked = ("measure", file, "--metric", name, "--rating", column, "--format", "json")
        result = everywhere(*asked)
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout)[0]["metric"] == name
    assert "Loyalty 42" in everywhere("concept", "loyalty", file).stdout
    assert json.loads(everywhere("concept", "loyalty", file, "--format", "json").stdout) == {
        "loyalty": 42
    }


def test_registered_in_python_it_is_found_by_name_and_once():
    own = cx.linear("own_in_python", cx.one_to_five, {(1, 4): 0, 5: 100})
    try:
        assert cx.register(own) is own
        assert cx.register(own) is own
        assert cx.metric("own_in_python") is own
        assert own in registry.every("metric")
        with pytest.raises(UsageError, match="already"):
            cx.register(cx.linear("own_in_python", cx.yes_no, {0: 0, 1: 100}))
        with pytest.raises(UsageError, match="neither a metric nor a concept"):
            cx.register(object())
        with pytest.raises(UsageError, match="already"):
            cx.register(cx.linear("nps", cx.yes_no, {0: 0, 1: 100}))
    finally:
        registry._known.pop("own:own_in_python")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("strict", "write a name"),
        ("strict 0:10", "write a name"),
        ("strict 0:10 0..7=1", "'0..7=1' is no value"),
        ("strict 0:10 0-7=x", "is no value"),
        ("strict ten 0-7=1", "ten"),
        ("strict 1:3 1-2=0", "no value"),
    ],
)
def test_a_definition_that_can_not_be_read_is_told(text, words):
    with pytest.raises(CxError, match=words):
        defined(text)


def test_negative_points_and_halves():
    metric = defined("felt -5:5 -5--1=-100 0=0 1-5=100")
    assert metric([-5, 0, 3, 4]).value == 25


def test_a_defined_metric_is_found_by_its_name(start):
    line = "my-score 0:10 0-7=-100 8-9=0 10=100"
    assert b"my-score" in start("--define", line, "metrics", "my-score").stdout
    assert b"Source: none is given." in start("--define", line, "metrics").stdout


def test_mistakes_in_a_definition_are_wrong_usage(run):
    for wrong, words in (("strict 0:10 0-9=1", "10 on 0-10"), ("strict 9:1 0-9=1", "high must")):
        result = run("--define", wrong, "metrics")
        assert result.exit_code == 2
        assert words in result.stderr
        assert "--define" in result.stderr
