"""Names to objects: built-ins and plugins come through the same hooks.

The registry knows where built-ins live by module name only, so that a low floor may ask for an
object that a high floor registers, and nothing is imported before it is asked for. Entry points
are read only when no built-in has the name, or when everything is listed; the one that is called
like the object comes first, and if it has the object no other is imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from threading import RLock
from typing import Any, Final

import pluggy
from attrs import define, field

from cxmetrics.errors import (
    NotFoundError,
    PluginConflictError,
    UsageError,
    did_you_mean,
)
from cxmetrics.plugins import hookspecs
from cxmetrics.plugins.plugin import (
    NEEDED,
    Kind,
    Plugin,
    PluginInfo,
    Settings,
    discover,
    misfit,
    reason,
    skips_of,
)

_BUILT_IN: Final[dict[Kind, str]] = {
    "metric": "cxmetrics.metrics",
    "concept": "cxmetrics.concepts",
    "interval": "cxmetrics.stats.intervals",
    "plot": "cxmetrics.plots",
    "source": "cxmetrics.sources",
    "step": "cxmetrics.sources",
    "sentiment": "cxmetrics.verbatims",  # which has none of its own
    "command": "cxmetrics.cli.app",
}


def collected(package: str, name: str) -> list[Any]:
    """Return what every module of a package offers under a name: one new file is enough.

    Args:
        package: the package whose modules are imported, those starting with `_` apart.
        name: the module attribute, a sequence of objects.
    """
    home = import_module(package)
    found: list[Any] = []
    for module in iter_modules(home.__path__):
        if not module.name.startswith("_"):
            found += getattr(import_module(f"{package}.{module.name}"), name, ())
    return found


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


@define
class Registry:
    """Finds objects by kind and name. It is safe to use from several threads."""

    _own: dict[Kind, dict[str, Any]] = field(factory=dict)
    _known: dict[str, Plugin] = field(factory=dict)
    _foreign: pluggy.PluginManager | None = None
    _settings: Settings | None = None
    _lock: RLock = field(factory=RLock)

    @property
    def failures(self) -> dict[str, str]:
        """Plugins that can't be used, or not wholly, with the reason: as far as they were asked."""
        return {name: p.failure for name, p in self._known.items() if p.failure is not None}

    # -- asking ------------------------------------------------------------------------------------

    def find(self, kind: Kind, name: str) -> Any:
        """Return the object of a kind and name.

        Raises:
            NotFoundError: nobody registered it; the close names and failed plugins are said.
            PluginLoadError: the plugin of that name can't be used.
            PluginConflictError: two plugins claim the name.
        """
        own = self._built_in(kind)
        if name in own:
            return own[name]
        with self._lock:
            known = self._discovered()
            namesake = known.get(name)
            if namesake is not None:
                for thing in self._offers(namesake, kind):
                    if thing.name == name:
                        return thing
                if namesake.failure is not None:
                    raise namesake.error()
            claims = [(p, t) for p in list(known.values()) for t in self._offers(p, kind)]
        found = [(plugin, thing) for plugin, thing in claims if thing.name == name]
        for plugin, thing in found:
            if thing is not found[0][1]:
                raise _conflict(kind, name, plugin, found[0][0])
        if found:
            return found[0][1]
        names = {*own, *(thing.name for _, thing in claims)}
        raise NotFoundError(f"no {kind} is called {name!r}; {did_you_mean(name, names)}"
                            f"{self._why_not(name)}")  # fmt: skip

    def every(self, kind: Kind) -> list[Any]:
        """Return all objects of a kind, built-ins first.

        Raises:
            PluginConflictError: a plugin claims a name that is taken.
        """
        found, clashes = self._claims(kind)
        for plugin, name, other in clashes:
            raise _conflict(kind, name, plugin, other)
        return found

    def installed(self) -> list[PluginInfo]:
        """Import every plugin that is not blocked, and return what is known of each.

        The first is cxmetrics itself. What can't be used says why in `failure`.
        """
        offers: dict[str, tuple[str, ...]] = {}
        with self._lock:
            for kind in NEEDED:
                with suppress(ImportError):  # an extra is not installed: that of the command line
                    offers[kind] = tuple(self._built_in(kind))
                    for plugin, name, other in self._claims(kind)[1]:
                        for each in filter(None, (plugin, other)):
                            each.fail(str(_conflict(kind, name, plugin, other))[:-1])
            plugins = list(self._discovered().values())
        own = PluginInfo(
            name=hookspecs.PROJECT,
            version=import_module(hookspecs.PROJECT).__version__,
            distribution=hookspecs.PROJECT,
            origin="built in",
            hook_api=hookspecs.HOOK_API,
            offers=offers,
            skips=skips_of(self._own.get("source", {}).values()),
        )
        return [own, *(plugin.info() for plugin in plugins)]

    def owner(self, kind: Kind, name: str) -> PluginInfo | None:
        """Return whose object it is, among the plugins that were loaded; None for a built-in."""
        for plugin in self._known.values():
            if any(thing.name == name for thing in plugin.offers.get(kind, ())):
                return plugin.info()
        return None

    # -- telling -----------------------------------------------------------------------------------

    def use(self, settings: Settings) -> None:
        """Decide which plugins are used, in place of the environment variables.

        Plugins that were registered by hand stay.
        """
        with self._lock:
            by_hand = [plugin for plugin in self._known.values() if plugin.origin == "by hand"]
            self._settings, self._foreign, self._known = settings, None, {}
            for plugin in by_hand:
                self._discovered()[plugin.name] = plugin
                self._join(plugin)

    def register(self, plugin: object, name: str | None = None) -> None:
        """Add a plugin by hand, for instance in a notebook or a test.

        Raises:
            PluginLoadError: it was written for other hooks, or has a hook that does not exist.
        """
        with self._lock:
            known = self._discovered()
            own = Plugin(name=name or _name_of(plugin), bring=lambda: plugin)
            if own.name in known:
                raise UsageError(f"a plugin is called {own.name!r} already.")
            self._import(own)
            if own.failure is not None:
                raise own.error()
            known[own.name] = own

    def unregister(self, plugin: object) -> None:
        """Remove a plugin that was added by hand."""
        with self._lock:
            if self._foreign is None or not self._foreign.is_registered(plugin):
                raise UsageError(f"{plugin!r} is not registered.")
            name = self._foreign.get_name(plugin)
            self._foreign.unregister(plugin)
            self._known.pop(str(name), None)

    def pulled(self, receipt: object) -> None:
        """Tell plugins that a pull has ended; one that fails is noted in `failures`.

        Told are those that were imported, and those that `CXMETRICS_PULL_LISTENERS` names: nothing
        else is imported for it.
        """
        told: list[Any] = []
        with self._lock:
            for plugin in list(self._discovered().values()):
                listens = self._settings is not None and plugin.name in self._settings.listening
                if plugin.module is None and not listens:
                    continue
                for function, takes in self._hooks(plugin, "cxmetrics_pulled"):
                    if plugin.module in told:
                        continue
                    told.append(plugin.module)
                    try:
                        function(*(receipt for _ in takes))
                    except (Exception, SystemExit) as error:  # noqa: BLE001  # a stranger's code
                        plugin.fail(reason(error))

    # -- loading -----------------------------------------------------------------------------------

    def _claims(self, kind: Kind) -> tuple[list[Any], list[tuple[Plugin, str, Plugin | None]]]:
        """Return all objects of a kind, and who claims which name that another has."""
        found = dict(self._built_in(kind))
        owners: dict[str, Plugin] = {}
        clashes = []
        with self._lock:
            for plugin in list(self._discovered().values()):
                for thing in self._offers(plugin, kind):
                    if found.setdefault(thing.name, thing) is thing:
                        owners.setdefault(thing.name, plugin)
                    else:
                        clashes.append((plugin, thing.name, owners.get(thing.name)))
        return list(found.values()), clashes

    def _built_in(self, kind: Kind) -> dict[str, Any]:
        with self._lock:
            if kind not in self._own:
                manager = _manager()
                manager.register(import_module(_BUILT_IN[kind]))
                things = getattr(manager.hook, f"cxmetrics_{kind}s")()
                self._own[kind] = {thing.name: thing for each in things for thing in each}
            return self._own[kind]

    def _discovered(self) -> dict[str, Plugin]:
        """Return the plugins that are there, imported or not."""
        if self._foreign is None:
            self._foreign = _manager()
            self._settings = self._settings or Settings.of(os.environ)
            if self._settings.tracing:
                self._foreign.trace.root.setwriter(sys.stderr.write)
            self._known = discover(entry_points(group=hookspecs.PROJECT), self._settings)
        return self._known

    def _trace(self, *words: str) -> None:
        assert self._foreign is not None  # noqa: S101  # made by discovery
        self._foreign.trace.root.get("plugins")(*words)

    def _import(self, plugin: Plugin) -> None:
        plugin.load()
        self._join(plugin)
        self._trace(plugin.label, "failed" if plugin.failure else "loaded")

    def _join(self, plugin: Plugin) -> None:
        """Hand a plugin that was imported to pluggy, which knows the hooks."""
        if plugin.module is None or self._foreign is None:
            return
        if not self._foreign.is_registered(plugin.module):  # several entry points may name one
            try:
                self._foreign.register(plugin.module, plugin.name)
                self._foreign.check_pending()
            except pluggy.PluginValidationError as error:  # a hook that does not exist
                if self._foreign.is_registered(plugin.module):
                    self._foreign.unregister(plugin.module)
                plugin.fail(" ".join(str(error).split()))
                plugin.module = None

    def _hooks(
        self, plugin: Plugin, name: str
    ) -> Iterator[tuple[Callable[..., Any], tuple[str, ...]]]:
        """Yield a plugin's functions of a hook, which is imported now."""
        if plugin.module is None and not (plugin.failure or plugin.blocked):
            self._import(plugin)
        if plugin.module is None or self._foreign is None:
            return
        for implementation in getattr(self._foreign.hook, name).get_hookimpls():
            if implementation.plugin is plugin.module:
                self._trace(plugin.label, name)
                yield implementation.function, implementation.argnames

    def _offers(self, plugin: Plugin, kind: Kind) -> list[Any]:
        """Return what a plugin registers of a kind; a failing hook is noted."""
        if kind not in plugin.offers:
            fit = plugin.offers[kind] = []
            for function, _ in self._hooks(plugin, f"cxmetrics_{kind}s"):
                try:
                    for thing in function():
                        why = misfit(kind, thing)
                        plugin.fail(why) if why else fit.append(thing)
                except (Exception, SystemExit) as error:  # noqa: BLE001  # a stranger's code
                    plugin.fail(reason(error))
        return plugin.offers[kind]

    def _why_not(self, name: str) -> str:
        """Say what kept a name from being found."""
        assert self._settings is not None  # noqa: S101  # made by discovery
        if self._settings.safe:
            return " Plugins are not asked: safe mode."
        blocked = name in self._known and self._known[name].blocked
        return "".join(
            [
                f" Plugin {name!r} is blocked (CXMETRICS_BLOCK_PLUGINS)." if blocked else "",
                *(f" Plugin {n!r} failed to load: {why}." for n, why in self.failures.items()),
            ]
        )


def _name_of(plugin: object) -> str:
    return str(getattr(plugin, "__name__", None) or f"{type(plugin).__name__}-{id(plugin)}")


def _conflict(kind: Kind, name: str, one: Plugin, other: Plugin | None) -> PluginConflictError:
    if other is None:
        return PluginConflictError(
            f"a plugin, {one.label}, claims the {kind} name {name!r}, which is built in."
        )
    return PluginConflictError(
        f"{other.label} and {one.label} both register a {kind} called {name!r}: uninstall one, or "
        "ask its author to rename it."
    )


registry = Registry()
"""The one registry of the process."""
