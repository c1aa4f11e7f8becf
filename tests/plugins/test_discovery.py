"""Where plugins come from, in which order they are imported, and how each of them can fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import cxmetrics as cx
from cxmetrics.errors import NotFoundError, PluginConflictError, PluginLoadError, UsageError
from cxmetrics.plugins import HOOK_API, Registry, Settings, hookspecs, installed

DOCS = Path(__file__).resolve().parents[2] / "docs"


def metric(name: str) -> cx.Metric:
    return cx.linear(name, cx.one_to_five, {(1, 3): 0, (4, 5): 1})


def offering(*names: str, **more: Any) -> SimpleNamespace:
    """Return a plugin with metrics of these names."""

    def cxmetrics_metrics() -> list[Any]:
        return [metric(name) for name in names]

    return SimpleNamespace(cxmetrics_metrics=cx.hookimpl(cxmetrics_metrics), **more)


def entry(name: str, thing: Any, dist: str = "", version: str = "1.0") -> SimpleNamespace:
    """Return an entry point; an exception is raised when it is loaded."""

    def load() -> Any:
        if isinstance(thing, BaseException):
            raise thing
        return thing

    found = SimpleNamespace(name=dist or f"cxmetrics-{name}", version=version)
    return SimpleNamespace(name=name, load=load, dist=found)


NEVER = RuntimeError("must not be imported")


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Announce entry points to a fresh registry."""

    def announce(*entries: Any, **settings: Any) -> Registry:
        module = sys.modules[Registry.__module__]  # the package has an object of that name
        monkeypatch.setattr(
            module, "entry_points", lambda group: entries if group == "cxmetrics" else ()
        )
        fresh = Registry()
        fresh.use(Settings(**settings))
        return fresh

    return announce


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of single-file plugins: one that works, one that does not, one private."""
    home = tmp_path / "plugins"
    home.mkdir(mode=0o755)
    (home / "small.py").write_text(
        "import attrs, cxmetrics as cx\n"
        "__version__ = '0.3'\n"
        "@attrs.frozen\n"
        "class Own:\n"
        "    text: str = ''\n"
        "@cx.hookimpl\n"
        "def cxmetrics_metrics():\n"
        "    return [cx.linear('small', cx.one_to_five, {(1, 4): 0, 5: 1})]\n"
    )
    (home / "broken.py").write_text("raise SystemError('half a plugin')\n")
    (home / "_draft.py").write_text("raise SystemError('not a plugin yet')\n")
    return home


# -- one by name -----------------------------------------------------------------------------------


def test_a_plugin_called_like_its_object_loads_without_the_others(announced: Any) -> None:
    fresh = announced(entry("aaa", NEVER), entry("delight", offering("delight")), entry("z", NEVER))
    assert fresh.find("metric", "delight").name == "delight"
    assert fresh.failures == {}


def test_an_object_under_another_name_is_found_in_the_rest(announced: Any) -> None:
    fresh = announced(entry("acme", offering("delight")), entry("delight", offering("other")))
    assert fresh.find("metric", "delight").name == "delight"


def test_the_failure_of_the_plugin_that_was_asked_for_is_a_load_error(announced: Any) -> None:
    fresh = announced(entry("acme", ImportError("no module named vendorsdk")))
    with pytest.raises(PluginLoadError) as caught:
        fresh.find("source", "acme")
    assert str(caught.value) == (
        "plugin acme (cxmetrics-acme 1.0) failed to load: ImportError: no module named vendorsdk."
    )
    with pytest.raises(NotFoundError, match="Plugin 'acme' failed to load"):
        fresh.find("source", "bolt")


def test_a_plugin_that_wants_to_end_the_program_does_not(announced: Any) -> None:
    fresh = announced(entry("acme", SystemExit(1)), entry("fine", offering("fine")))
    assert fresh.find("metric", "fine").name == "fine"
    fresh.every("metric")
    assert fresh.failures == {"acme": "SystemExit: 1"}


# -- versions of the hooks -------------------------------------------------------------------------


def test_a_plugin_of_another_hook_api_is_refused_with_both_versions(announced: Any) -> None:
    later = offering("later", cxmetrics_hook_api=HOOK_API + 1)
    fresh = announced(entry("later", later), entry("same", offering("same", cxmetrics_hook_api=1)))
    with pytest.raises(PluginLoadError, match="version 2 of the hooks, and this cxmetrics has ver"):
        fresh.find("metric", "later")
    assert fresh.find("metric", "same").name == "same"
    with pytest.raises(PluginLoadError, match="version 2 of the hooks"):
        fresh.register(later, "by hand")
    assert "by hand" not in fresh.failures


# -- conflicts -------------------------------------------------------------------------------------


def test_two_distributions_with_one_name_are_both_told_and_neither_is_imported(
    announced: Any,
) -> None:
    entries = (entry("acme", NEVER), entry("acme", NEVER, "evil", "6.6"), entry("b", offering("b")))
    fresh = announced(*entries)
    with pytest.raises(PluginConflictError) as caught:
        fresh.find("metric", "acme")
    for part in ("acme (cxmetrics-acme 1.0)", "acme (evil 6.6)", "CXMETRICS_BLOCK_PLUGINS"):
        assert part in str(caught.value)
    assert fresh.find("metric", "b").name == "b"
    kept = entry("acme", offering("acme"))
    fresh = announced(kept, entry("acme", NEVER, "evil"), blocked=frozenset({"evil"}))
    assert fresh.find("metric", "acme").name == "acme"


def test_two_plugins_with_one_object_are_named_with_their_versions(announced: Any) -> None:
    both = (entry("acme", offering("x")), entry("bolt", offering("x", "fine"), "bolt-cx", "2.1"))
    fresh = announced(*both, entry("nps", offering("nps")), entry("z", offering("last")))
    for ask in (lambda: fresh.find("metric", "x"), lambda: fresh.every("metric")):
        with pytest.raises(PluginConflictError) as caught:
            ask()
        assert "acme (cxmetrics-acme 1.0)" in str(caught.value)
        assert "bolt (bolt-cx 2.1)" in str(caught.value)
    assert fresh.find("metric", "fine").name == "fine"
    told = {info.name: info.failure for info in fresh.installed()}
    for name in ("acme", "bolt"):
        assert "both register a metric called 'x'" in str(told[name])
    assert "'nps', which is built in" in str(told["nps"])
    assert told["cxmetrics"] is told["z"] is None
    assert fresh.installed()[-1].offers == {"metric": ("last",)}


def test_one_module_may_have_two_entry_points(announced: Any) -> None:
    one, two = metric("one"), metric("two")
    heard: list[Any] = []
    module = SimpleNamespace(
        cxmetrics_metrics=cx.hookimpl(lambda: [one, two]),
        cxmetrics_pulled=cx.hookimpl(lambda receipt: heard.append(receipt)),
    )
    module.cxmetrics_metrics.__name__ = "cxmetrics_metrics"
    fresh = announced(entry("one", module), entry("two", module), listening=frozenset({"one"}))
    assert fresh.find("metric", "two") is two
    assert {"one", "two"} <= {each.name for each in fresh.every("metric")}
    fresh.pulled("receipt")
    assert heard == ["receipt"]
    assert fresh.failures == {}


# -- objects that are none -------------------------------------------------------------------------


class Rude:
    """An object whose attributes explode."""

    @property
    def name(self) -> str:
        raise RuntimeError("guess")


@pytest.mark.parametrize(
    ("things", "why"),
    [
        ([object()], "a metric has no name"),
        ([SimpleNamespace(name="x\x1b[31m")], "a metric has no name"),
        ([SimpleNamespace(name="x")], "'x' is no metric: it has no 'scale'"),
        ([Rude()], "RuntimeError: guess"),
        (5, "TypeError: 'int' object is not iterable"),
        (None, "TypeError: 'NoneType' object is not iterable"),
    ],
)
def test_what_is_no_metric_is_named_and_the_rest_works(
    announced: Any, things: Any, why: str
) -> None:
    def cxmetrics_metrics() -> Any:
        return things

    odd = SimpleNamespace(cxmetrics_metrics=cx.hookimpl(cxmetrics_metrics))
    fresh = announced(entry("odd", odd), entry("fine", offering("fine")))
    assert "fine" in {each.name for each in fresh.every("metric")}
    assert fresh.failures == {"odd": why}


def test_a_hook_with_unknown_arguments_is_refused(announced: Any) -> None:
    def cxmetrics_metrics(store: Any) -> Any:
        return []

    odd = SimpleNamespace(cxmetrics_metrics=cx.hookimpl(cxmetrics_metrics))
    fresh = announced(entry("odd", odd))
    fresh.every("metric")
    assert "store" in fresh.failures["odd"]


# -- the folder, the block list, safe mode ---------------------------------------------------------


def test_single_file_plugins(announced: Any, folder: Path) -> None:
    fresh = announced(folder=folder)
    assert fresh.find("metric", "small").name == "small"
    assert fresh.failures == {}
    told = {info.name: info for info in fresh.installed()}
    assert set(told) == {"cxmetrics", "small", "broken"}
    assert told["small"].version == "0.3"
    assert told["small"].origin == str(folder / "small.py")
    assert told["small"].offers == {"metric": ("small",)}
    assert told["broken"].failure == "SystemError: half a plugin"


def test_a_folder_that_is_none_breaks_nothing(announced: Any, tmp_path: Path) -> None:
    for place, why in ((tmp_path / "nowhere", "No such file"), (Path(__file__), "no folder")):
        fresh = announced(folder=place)
        assert fresh.find("metric", "nps").name == "nps"
        assert "nps" in {each.name for each in fresh.every("metric")}
        assert why in fresh.failures[place.name]


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_a_folder_that_anybody_may_write_into_is_not_run(announced: Any, folder: Path) -> None:
    folder.chmod(0o777)
    fresh = announced(folder=folder)
    with pytest.raises(NotFoundError, match="anybody may write into the folder of plugins"):
        fresh.find("metric", "small")


def test_a_blocked_plugin_is_not_imported(announced: Any) -> None:
    for word in ("acme", "cxmetrics-acme"):
        fresh = announced(entry("acme", NEVER), blocked=frozenset({word}))
        with pytest.raises(NotFoundError, match="'acme' is blocked"):
            fresh.find("source", "acme")
        info = fresh.installed()[1]
        assert (info.blocked, info.failure, info.offers) == (True, None, {})


def test_safe_mode_knows_built_ins_only(announced: Any, folder: Path) -> None:
    fresh = announced(entry("acme", NEVER), folder=folder, safe=True)
    with pytest.raises(NotFoundError, match="safe mode"):
        fresh.find("metric", "small")
    assert [info.name for info in fresh.installed()] == ["cxmetrics"]


def test_by_hand_stays_when_the_settings_change(announced: Any) -> None:
    fresh = announced()
    plugin = offering("own")
    fresh.register(plugin, "own")
    fresh.use(Settings(safe=True))
    assert fresh.find("metric", "own").name == "own"
    with pytest.raises(UsageError, match="called 'own' already"):
        fresh.register(offering("other"), "own")
    fresh.unregister(plugin)
    with pytest.raises(NotFoundError):
        fresh.find("metric", "own")


def test_the_environment_is_read() -> None:
    settings = Settings.of(
        {
            "CXMETRICS_PLUGINS_DIR": "here",
            "CXMETRICS_BLOCK_PLUGINS": "a, b,",
            "CXMETRICS_PULL_LISTENERS": "c",
            "CXMETRICS_TRACE_PLUGINS": "1",
            "CXMETRICS_SAFE": "0",
        }
    )
    assert settings == Settings(
        folder=Path("here"),
        blocked=frozenset({"a", "b"}),
        listening=frozenset({"c"}),
        tracing=True,
        safe=False,
    )
    assert Settings.of({}) == Settings()


def test_in_a_process_of_its_own(folder: Path) -> None:
    """The environment decides, tracing says what was done, and no value of an object is in it."""
    code = "import cxmetrics as cx; print(cx.metric('small').name, cx.plugins.registry.failures)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "CXMETRICS_PLUGINS_DIR": str(folder), "CXMETRICS_TRACE_PLUGINS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.split() == ["small", "{}"]
    assert "loaded" in ran.stderr
    assert "cxmetrics_metrics" in ran.stderr
    assert "Metric" not in ran.stderr


# -- telling ---------------------------------------------------------------------------------------


def test_a_pull_is_told_to_who_is_named_or_there_and_one_that_fails_disturbs_nobody(
    announced: Any,
) -> None:
    heard: list[Any] = []

    class Deaf:
        @cx.hookimpl
        def cxmetrics_pulled(self, receipt: Any) -> None:
            raise RuntimeError("no ears")

    class Ears:
        @cx.hookimpl
        def cxmetrics_pulled(self, receipt: Any) -> None:
            heard.append(receipt)

    listening = frozenset({"deaf", "ears"})
    entries = (entry("deaf", Deaf()), entry("ears", Ears()), entry("x", NEVER))
    fresh = announced(*entries, listening=listening)
    fresh.pulled("receipt")
    assert heard == ["receipt"]
    assert fresh.failures == {"deaf": "RuntimeError: no ears"}
    unnamed = announced(entry("ears", Ears()), entry("x", NEVER))
    unnamed.pulled("of nobody")
    assert unnamed.find("metric", "nps")
    assert heard == ["receipt"]
    unnamed.register(Ears(), "by hand")
    unnamed.pulled("another")
    assert heard == ["receipt", "another"]


# -- listing ---------------------------------------------------------------------------------------


def test_cxmetrics_itself_comes_first_with_all_it_offers() -> None:
    own = installed()[0]
    assert (own.name, own.version, own.origin) == ("cxmetrics", cx.__version__, "built in")
    assert "nps" in own.offers["metric"]
    assert "wilson" in own.offers["interval"]
    assert own.hook_api == HOOK_API


def test_whose_an_object_is(announced: Any) -> None:
    fresh = announced(entry("acme", offering("delight"), version="3.2"))
    assert fresh.owner("metric", "nps") is None
    fresh.find("metric", "delight")
    assert fresh.owner("metric", "delight").version == "3.2"


# -- documentation ---------------------------------------------------------------------------------

HOOKS = [name for name in vars(hookspecs) if name.startswith("cxmetrics_")]


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented(hook: str) -> None:
    assert len((getattr(hookspecs, hook).__doc__ or "").split()) > 3
    assert f"| `{hook}` |" in (DOCS / "guides" / "plugins.md").read_text("utf-8")


def test_no_hook_is_documented_that_does_not_exist() -> None:
    text = (DOCS / "guides" / "plugins.md").read_text("utf-8")
    named = set(re.findall(r"\bcxmetrics_[a-z]+(?=\(|`)", text))
    assert named - {"cxmetrics_acme"} <= {*HOOKS, "cxmetrics_hook_api"}
