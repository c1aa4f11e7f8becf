"""One plugin: where it comes from, what it offers, why it can't be used."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final, Literal

from attrs import define, field, frozen

from cxmetrics.errors import PluginConflictError, PluginError, PluginLoadError
from cxmetrics.plugins.hookspecs import HOOK_API

Kind = Literal["metric", "concept", "interval", "plot", "source", "step", "sentiment", "command"]

NEEDED: Final[Mapping[Kind, tuple[str, ...]]] = {
    "metric": ("scale", "examples"),
    "concept": ("call", "example", "interval", "reference"),
    "interval": ("kinds", "compute"),
    "plot": ("draw",),
    "source": ("Config", "streams", "pages"),
    "step": ("apply",),
    "sentiment": ("languages", "score"),
    "command": ("invoke",),
}
"""What an object of each kind has, beside its name."""


@frozen(kw_only=True)
class Settings:
    """What a user says about plugins.

    Attributes:
        folder: of single-file plugins.
        blocked: names of plugins, or of distributions, that are not used.
        listening: names of plugins that are told of every pull, imported for it if need be.
        tracing: whether to say on stderr what is loaded and what it offers.
        safe: True for built-in objects only.
    """

    folder: Path | None = None
    blocked: frozenset[str] = frozenset()
    listening: frozenset[str] = frozenset()
    tracing: bool = False
    safe: bool = False

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Settings:
        """Read the environment variables.

        `CXMETRICS_PLUGINS_DIR`; `CXMETRICS_BLOCK_PLUGINS` and `CXMETRICS_PULL_LISTENERS`, names
        with commas between them; `CXMETRICS_TRACE_PLUGINS` and `CXMETRICS_SAFE`, 1 for yes.
        """
        folder = environ.get("CXMETRICS_PLUGINS_DIR", "")

        def names(variable: str) -> frozenset[str]:
            parts = map(str.strip, environ.get(variable, "").split(","))
            return frozenset(filter(None, parts))

        def on(variable: str) -> bool:
            return environ.get(variable, "").casefold() not in {"", "0", "false", "no"}

        return cls(
            folder=Path(folder) if folder else None,
            blocked=names("CXMETRICS_BLOCK_PLUGINS"),
            listening=names("CXMETRICS_PULL_LISTENERS"),
            tracing=on("CXMETRICS_TRACE_PLUGINS"),
            safe=on("CXMETRICS_SAFE"),
        )


@frozen(kw_only=True)
class PluginInfo:
    """What is known of a plugin.

    Attributes:
        name: of the entry point, the file, or as it was registered.
        version: of the distribution, or the file's `__version__`; "" where none is known.
        distribution: what was installed; "" for a file, or a plugin added by hand.
        origin: "built in", "installed", the path of a file, or "by hand".
        hook_api: the version of the hooks it is used with; None where it was not loaded.
        offers: the names of what it offers, by kind.
        skips: what of its sources is not tested, as `source: test`, with the reasons.
        failure: why it, or a part of it, can't be used.
        blocked: whether the user does not want it.
    """

    name: str
    version: str = ""
    distribution: str = ""
    origin: str = ""
    hook_api: int | None = None
    offers: Mapping[str, tuple[str, ...]] = field(factory=dict)
    skips: Mapping[str, str] = field(factory=dict)
    failure: str | None = None
    blocked: bool = False


@define(kw_only=True, eq=False)
class Plugin:
    """A plugin as the registry keeps it; see `PluginInfo` for the words.

    Attributes:
        bring: imports it.
        module: what was imported.
        clash: whether the failure is that two plugins have one name.
    """

    name: str
    bring: Callable[[], Any]
    origin: str = "by hand"
    distribution: str = ""
    version: str = ""
    blocked: bool = False
    module: Any = None
    failure: str | None = None
    clash: bool = False
    offers: dict[Kind, list[Any]] = field(factory=dict)

    @property
    def label(self) -> str:
        """Its name, and what it was installed by: for messages about two of them."""
        whose = f"{self.distribution} {self.version}".strip() or self.origin
        return f"{self.name} ({whose})"

    def fail(self, why: str) -> None:
        """Note why it can't be used; the first reason stays."""
        self.failure = self.failure or why

    def error(self) -> PluginError:
        """Return the failure as an exception."""
        if self.clash:
            return PluginConflictError(f"{self.failure}.")
        return PluginLoadError(f"plugin {self.label} failed to load: {self.failure}.")

    def load(self) -> None:
        """Import it, and see that it was written for these hooks."""
        try:
            module = self.bring()
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a stranger's code
            self.fail(reason(error))
            return
        wanted = getattr(module, "cxmetrics_hook_api", HOOK_API)
        if wanted != HOOK_API:
            self.fail(
                f"it was written for version {wanted} of the hooks, and this cxmetrics has "
                f"version {HOOK_API}: install versions of both that belong together"
            )
            return
        self.module = module
        self.version = self.version or str(getattr(module, "__version__", ""))

    def info(self) -> PluginInfo:
        """Return what is known of it."""
        return PluginInfo(
            name=self.name,
            version=self.version,
            distribution=self.distribution,
            origin=self.origin,
            hook_api=None if self.module is None else HOOK_API,
            offers={
                kind: tuple(thing.name for thing in things)
                for kind, things in self.offers.items()
                if things
            },
            skips=skips_of(self.offers.get("source", ())),
            failure=self.failure,
            blocked=self.blocked,
        )


def reason(error: BaseException) -> str:
    """Return what a stranger's exception says, on one line."""
    return f"{type(error).__name__}: {error}".strip(": ")


def skips_of(sources: Iterable[Any]) -> dict[str, str]:
    """Return what is not tested of some sources, with the reasons."""
    told = [(each.name, getattr(each, "skips", None)) for each in sources]
    return {
        f"{name}: {test}": str(why)
        for name, skips in told
        if isinstance(skips, Mapping)
        for test, why in skips.items()
    }


def misfit(kind: Kind, thing: Any) -> str:
    """Say why an object can't be one of a kind, "" if it can."""
    name = getattr(thing, "name", None)
    if not isinstance(name, str) or not name.isprintable() or not name.strip():
        return f"a {kind} has no name"
    lacks = [each for each in NEEDED[kind] if not hasattr(thing, each)]
    return f"{name!r} is no {kind}: it has no {lacks[0]!r}" if lacks else ""


def discover(entries: Iterable[EntryPoint], settings: Settings) -> dict[str, Plugin]:
    """Return the plugins that are there, by name; none is imported yet."""
    found: dict[str, Plugin] = {}
    if settings.safe:
        return found
    for plugin in sorted((*_installed(entries), *_files(settings.folder)), key=lambda p: p.label):
        plugin.blocked = bool({plugin.name, plugin.distribution} & settings.blocked)
        other = found.get(plugin.name)
        if other is None or other.blocked:
            found[plugin.name] = plugin
        elif not plugin.blocked:
            other.clash = True
            other.fail(
                f"{other.label} and {plugin.label} are both called {plugin.name!r}: uninstall one, "
                "or block one by the name of its distribution in CXMETRICS_BLOCK_PLUGINS"
            )
    return found


def _installed(entries: Iterable[EntryPoint]) -> Iterator[Plugin]:
    for entry in entries:
        dist = getattr(entry, "dist", None)
        yield Plugin(
            name=entry.name,
            bring=entry.load,
            origin="installed",
            distribution="" if dist is None else dist.name,
            version="" if dist is None else dist.version,
        )


def _files(folder: Path | None) -> Iterator[Plugin]:
    if folder is None:
        return
    try:
        mode = folder.stat().st_mode
        paths = sorted(folder.glob("*.py"))
    except OSError as error:
        mode, paths = 0, [folder]
        why = f"the folder of plugins can't be read: {error.strerror}"
    else:
        why = "" if stat.S_ISDIR(mode) else "this is no folder"
    if os.name == "posix" and mode & stat.S_IWOTH:
        why = "anybody may write into the folder of plugins, and what is in it is run"
    if why:
        plugin = Plugin(name=folder.name, bring=lambda: None, origin=str(folder))
        plugin.fail(why)
        yield plugin
        return
    for path in paths:
        if not path.name.startswith("_"):
            yield Plugin(name=path.stem, bring=_importer(path), origin=str(path))


def _importer(path: Path) -> Callable[[], Any]:
    def bring() -> Any:
        name = f"cxmetrics_plugins_dir.{path.stem}"
        spec = spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} can't be imported")
        module = module_from_spec(spec)
        sys.modules[name] = module  # dataclasses and attrs look their module up
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        return module

    return bring
