"""Strangers' metrics and intervals: found by name, refused where names clash, named when broken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import cxmetrics as cx
from cxmetrics.errors import NotFoundError, PluginError, UsageError
from cxmetrics.plugins import Registry, registry
from cxmetrics.stats.intervals import IntervalMethod

STRICT = cx.linear("strict_nps", cx.zero_to_ten, {(0, 7): -100, (8, 9): 0, 10: 100})
WIDE = IntervalMethod(
    name="everything",
    title="the whole range",
    kinds=frozenset({"net"}),
    reference="nobody",
    compute=lambda sample, level: sample.bounds,
)


class Acme:
    """A plugin with a metric and an interval."""

    @cx.hookimpl
    def cxmetrics_metrics(self) -> list[Any]:
        return [STRICT]

    @cx.hookimpl
    def cxmetrics_intervals(self) -> list[Any]:
        return [WIDE]


class Named:
    """A plugin that registers a metric under a name of our choice."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cx.hookimpl
    def cxmetrics_metrics(self) -> list[Any]:
        return [cx.linear(self.name, cx.one_to_five, {(1, 3): 0, (4, 5): 1})]


class Broken:
    """A plugin whose hook fails when it is called."""

    @cx.hookimpl
    def cxmetrics_metrics(self) -> list[Any]:
        raise RuntimeError("no licence key")


@pytest.fixture
def acme() -> Iterator[Acme]:
    plugin = Acme()
    registry.register(plugin, "acme")
    yield plugin
    if registry._foreign is not None and registry._foreign.is_registered(plugin):
        registry.unregister(plugin)


def entry(name: str, thing: Any) -> SimpleNamespace:
    def load() -> Any:
        if isinstance(thing, Exception):
            raise thing
        return thing

    return SimpleNamespace(name=name, load=load)


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Announce entry points to a fresh registry."""

    def announce(*entries: SimpleNamespace) -> Registry:
        module = sys.modules[Registry.__module__]  # the package has an object of that name
        monkeypatch.setattr(
            module, "entry_points", lambda group: entries if group == "cxmetrics" else ()
        )
        return Registry()

    return announce


def test_a_registered_metric_works(acme: Acme) -> None:
    assert registry.find("metric", "strict_nps") is STRICT
    assert STRICT in registry.every("metric")
    found = cx.measure([10, 10, 9, 3], ["strict_nps", "nps"])
    assert (found["strict_nps"].value, found["nps"].value) == (25, 50)  # type: ignore[union-attr]


def test_a_registered_interval_works(acme: Acme) -> None:
    interval = cx.nps([10, 9, 3], method="everything").interval()
    assert (interval.low, interval.high, interval.method) == (-100, 100, "everything")
    assert "the whole range (nobody)" in cx.nps([10, 9, 3], method="everything").method
    with pytest.raises(UsageError, match="not made for a mean score"):
        cx.mean_rating([5, 1]).interval(method="everything")


def test_an_unregistered_plugin_is_gone(acme: Acme) -> None:
    registry.unregister(acme)
    with pytest.raises(NotFoundError):
        registry.find("metric", "strict_nps")
    with pytest.raises(UsageError, match="is not registered"):
        registry.unregister(acme)


def test_a_smooth_metric_returns_from_json_if_it_is_registered() -> None:
    own = cx.smooth("squared", cx.one_to_five, lambda s: 100 * s[..., 4] ** 2)

    class Mine:
        @cx.hookimpl
        def cxmetrics_metrics(self) -> list[Any]:
            return [own]

    data = own([5, 5, 2, 3]).to_dict()
    with pytest.raises(NotFoundError, match="no metric is called 'squared'"):
        cx.Score.from_dict(data)
    plugin = Mine()
    registry.register(plugin)
    try:
        assert cx.Score.from_dict(data).to_dict() == data
    finally:
        registry.unregister(plugin)


def test_an_unknown_name_says_the_close_ones() -> None:
    with pytest.raises(
        NotFoundError, match=r"no metric is called 'npss'; did you mean .*'nps'"
    ) as e:
        registry.find("metric", "npss")
    assert isinstance(e.value, LookupError)
    with pytest.raises(NotFoundError, match="did you mean 'wilson'"):
        cx.csat([5, 1], method="wilsn")


def test_announced_plugins_are_loaded_when_asked_for(announced: Any) -> None:
    touched: list[str] = []

    class Lazy(Acme):
        @cx.hookimpl
        def cxmetrics_metrics(self) -> list[Any]:
            touched.append("metrics")
            return [STRICT]

    fresh = announced(entry("acme", Lazy()))
    assert fresh.find("metric", "nps").name == "nps"
    assert touched == []
    assert fresh.find("metric", "strict_nps") is STRICT
    assert touched


def test_a_plugin_that_does_not_load_is_named(announced: Any) -> None:
    fresh = announced(
        entry("acme", ImportError("no module named vendorsdk")), entry("fine", Acme())
    )
    assert fresh.find("metric", "strict_nps") is STRICT
    assert fresh.failures == {"acme": "ImportError: no module named vendorsdk"}
    with pytest.raises(NotFoundError, match="Plugin 'acme' failed to load: ImportError: no module"):
        fresh.find("metric", "acme_score")
    assert {"nps", "strict_nps"} <= {metric.name for metric in fresh.every("metric")}


def test_two_plugins_with_one_name_are_both_named(announced: Any) -> None:
    fresh = announced(entry("acme", Named("delight")), entry("bolt", Named("delight")))
    with pytest.raises(PluginError) as caught:
        fresh.find("metric", "delight")
    for word in ("acme", "bolt", "'delight'", "uninstall one"):
        assert word in str(caught.value)


def test_a_plugin_that_takes_a_built_in_name_is_named(announced: Any) -> None:
    # Once: the message says that "a plugin" claims the name, not which one.
    fresh = announced(entry("acme", Named("nps")))
    with pytest.raises(PluginError) as caught:
        fresh.every("metric")
    assert "'nps', which is built in" in str(caught.value)
    assert fresh.find("metric", "nps") == cx.nps  # nobody takes a name over
    assert "acme" in str(caught.value)


def test_a_plugin_whose_hook_fails_is_named_and_the_rest_works(announced: Any) -> None:
    # Once: the hook's own exception ends every listing, and hides the other plugins.
    fresh = announced(entry("acme", Broken()), entry("fine", Acme()))
    assert fresh.find("metric", "strict_nps") is STRICT
    assert "strict_nps" in {metric.name for metric in fresh.every("metric")}
    with pytest.raises(NotFoundError, match=r"Plugin 'acme' .*no licence key"):
        fresh.find("metric", "acme_score")


def test_a_misspelt_hook_is_refused(announced: Any) -> None:
    # Once: `cxmetrics_metric` is accepted and never called.
    class Misspelt:
        @cx.hookimpl
        def cxmetrics_metric(self) -> list[Any]:
            return [STRICT]

    fresh = announced(entry("acme", Misspelt()))
    with pytest.raises((PluginError, NotFoundError), match="acme"):
        fresh.find("metric", "strict_nps")


def test_built_in_names_do_not_ask_strangers(announced: Any) -> None:
    fresh = announced(entry("acme", RuntimeError("must not be loaded")))
    assert fresh.find("interval", "wilson").name == "wilson"
    assert fresh.failures == {}
