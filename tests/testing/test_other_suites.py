"""The suites for metrics and stores bite too; what hypothesis draws is what it says."""

from __future__ import annotations

import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.records import Customer, Interaction, Invitation, Outcome, Record, Response
from cxmetrics.scale import Scale
from cxmetrics.summaries import Cube, Tally
from cxmetrics.testing.registration import register

HERE = Path(__file__).parent
METRIC = """
from attrs import evolve
import cxmetrics as cx
from cxmetrics.metrics import Example
from cxmetrics.testing import MetricSuite

good = evolve(
    cx.linear("delight", cx.zero_to_ten, {(0, 9): 0, 10: 100}, unit="percent", title="Delight"),
    formula="Percent tens.", reference="Acme", notes="Percent tens.",
    examples=(Example(counts={10: 3, 9: 1}, value=75.0, source="3 / 4"),),
)

class TestMetric(MetricSuite):
    metrics = [%s]
"""
METRICS: dict[str, set[str]] = {
    "good": set(),
    'evolve(good, reference=" ")': {"test_it_explains_itself"},
    "evolve(good, examples=())": {"test_it_explains_itself"},
    'evolve(good, examples=(Example(counts={10: 1}, value=99.0, source="?"),))': {
        "test_worked_examples"
    },
    'evolve(good, direction="lower")': {"test_the_direction_says_which_end_is_good"},
    "good, good": {"test_there_are_metrics"},
}
STORE = """
import pytest
from cxmetrics.store import open_store
from cxmetrics.store.store import Store
from cxmetrics.testing import StoreSuite

class Broken:
    def __init__(self, inner):
        self.inner = inner
    def __getattr__(self, name):
        return getattr(self.inner, name)
    %s

class TestStore(StoreSuite):
    @pytest.fixture
    def store(self):
        with open_store(":memory:") as inner:
            yield Broken(inner)
"""
STORES: dict[str, set[str]] = {
    "pass": set(),
    "def __cx_tally__(self, query):\n"
    "        import cxmetrics as cx\n"
    "        return cx.collect(self.inner.batch(cx.records.Response, gone=True), query)": {
        "test_it_counts_as_a_list_does"
    },
    "def refused(self, *args, **more): return self.inner.refused(*args, **more)[:0]": {
        "test_refused_objects_are_kept_until_a_good_version_comes",
    },
    "def receipts(self, source=None): return self.inner.receipts(source)[::-1]": {
        "test_receipts_are_kept_in_their_order"
    },
    "def lock(self, source):\n        import contextlib; return contextlib.nullcontext()": {
        "test_two_pulls_of_one_source_do_not_meet"
    },
    "def cursor(self, source, stream):\n"
    "        import attrs\n"
    "        state = self.inner.cursor(source, stream)\n"
    "        return state and attrs.evolve(state, resume=None)": {
        "test_a_cursor_comes_back_as_it_was",
        "test_records_and_cursor_are_one",
    },
}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.syspath_prepend(str(HERE))
    return lambda text: import_module("inner").run(tmp_path, text)


@pytest.mark.parametrize("metric", METRICS)
def test_what_is_wrong_with_a_metric_is_found(run: Any, metric: str) -> None:
    heard = run(METRIC % metric)
    assert heard.names == METRICS[metric], "\n".join(heard.failed.values())


@pytest.mark.parametrize("method", STORES)
def test_what_is_wrong_with_a_store_is_found(run: Any, method: str) -> None:
    heard = run(STORE % method)
    assert heard.names == STORES[method], "\n".join(heard.failed.values())


# -- strategies ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [Customer, Interaction, Invitation, Outcome, Response, Scale, Tally, Cube]
)
@given(data=st.data())
def test_our_types_can_be_drawn(kind: type, data: Any) -> None:
    register()
    drawn = data.draw(st.from_type(kind))
    assert isinstance(drawn, kind)
    if isinstance(drawn, Record):
        assert type(drawn).from_dict(drawn.to_dict()) == drawn


def test_hypothesis_is_told_where_to_find_them() -> None:
    project = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    module, _, name = project["entry-points"]["hypothesis"]["cxmetrics"].partition(":")
    assert getattr(import_module(module), name) is register
    assert "hypothesis" in sys.modules
