"""Names to objects: built-ins and plugins come through the same hooks.

The registry knows where built-ins live by module name only, so that a low floor may ask for an
object that a high floor registers, and nothing is imported before it is asked for. Entry points
are read only when no built-in has the name, or when everything is listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from threading import RLock
from typing import Any, Final, Literal

import pluggy
from attrs import define, field

from cxmetrics.errors import NotFoundError, PluginError, UsageError, did_you_mean
from cxmetrics.plugins import hookspecs

Kind = Literal["metric", "interval", "plot"]

_BUILT_IN: Final[dict[Kind, str]] = {
    "metric": "cxmetrics.metrics",
    "interval": "cxmetrics.stats.intervals",
    "plot": "cxmetrics.plots",
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
    """Finds objects by kind and name.

    Attributes:
        failures: entry points that could not be loaded, with the reason.
    """

    failures: dict[str, str] = field(factory=dict)
    _own: dict[Kind, dict[str, Any]] = field(factory=dict)
    _foreign: pluggy.PluginManager | None = None
    _lock: RLock = field(factory=RLock)

    def _built_in(self, kind: Kind) -> dict[str, Any]:
        with self._lock:
            if kind not in self._own:
                manager = _manager()
                manager.register(import_module(_BUILT_IN[kind]))
                self._own[kind] = _by_name(manager, kind, {})
            return self._own[kind]

    def _plugins(self, kind: Kind) -> dict[str, Any]:
        with self._lock:
            if self._foreign is None:
                self._foreign = _manager()
                for entry in entry_points(group=hookspecs.PROJECT):
                    self._load(self._foreign, entry)
            return _by_name(self._foreign, kind, self.failures)

    def _load(self, manager: pluggy.PluginManager, entry: Any) -> None:
        try:
            plugin = entry.load()
            manager.register(plugin, entry.name)
            manager.check_pending()
        except pluggy.PluginValidationError as error:  # a hook that does not exist
            manager.unregister(name=entry.name)
            self.failures[entry.name] = str(error)
        except Exception as error:  # noqa: BLE001  # a stranger's code may raise anything
            self.failures[entry.name] = f"{type(error).__name__}: {error}"

    def register(self, plugin: object, name: str | None = None) -> None:
        """Add a plugin by hand, for instance in a notebook or a test."""
        self._plugins("metric")
        assert self._foreign is not None  # noqa: S101  # made by the line above
        self._foreign.register(plugin, name)

    def unregister(self, plugin: object) -> None:
        """Remove a plugin that was added by hand."""
        if self._foreign is None or not self._foreign.is_registered(plugin):
            raise UsageError(f"{plugin!r} is not registered.")
        self._foreign.unregister(plugin)

    def every(self, kind: Kind) -> list[Any]:
        """Return all objects of a kind, built-ins first.

        Raises:
            PluginError: a plugin claims a name that is taken.
        """
        own, foreign = self._built_in(kind), self._plugins(kind)
        taken = own.keys() & foreign.keys()
        if taken:
            raise PluginError(
                f"a plugin ({', '.join(self._owners(kind, taken))}) claims the {kind} name "
                f"{min(taken)!r}, which is built in."
            )
        return [*own.values(), *foreign.values()]

    def _owners(self, kind: Kind, names: AbstractSet[str]) -> list[str]:
        assert self._foreign is not None  # noqa: S101  # somebody claimed a name
        return sorted(
            owner
            for owner, things in _offers(self._foreign, kind, {})
            if names & {thing.name for thing in things}
        )

    def find(self, kind: Kind, name: str) -> Any:
        """Return the object of a kind and name.

        Raises:
            NotFoundError: nobody registered it; the close names and failed plugins are said.
        """
        own = self._built_in(kind)
        if name in own:
            return own[name]
        foreign = self._plugins(kind)
        if name in foreign:
            return foreign[name]
        failed = "".join(
            f" Plugin {n!r} failed to load: {why}." for n, why in self.failures.items()
        )
        known = {*own, *foreign}
        raise NotFoundError(f"no {kind} is called {name!r}; {did_you_mean(name, known)}{failed}")


def _offers(
    manager: pluggy.PluginManager, kind: Kind, failures: dict[str, str]
) -> Iterator[tuple[str, list[Any]]]:
    """Yield each plugin's name and what it registers of a kind; a failing hook is noted."""
    for implementation in getattr(manager.hook, f"cxmetrics_{kind}s").get_hookimpls():
        owner = implementation.plugin_name
        try:
            things = list(implementation.function())
        except Exception as error:  # noqa: BLE001  # a stranger's code may raise anything
            failures[owner] = f"{type(error).__name__}: {error}"
        else:
            yield owner, things


def _by_name(manager: pluggy.PluginManager, kind: Kind, failures: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for owner, things in _offers(manager, kind, failures):
        for thing in things:
            if thing.name in found:
                raise PluginError(
                    f"{owners[thing.name]} and {owner} both register a {kind} called "
                    f"{thing.name!r}: uninstall one, or ask its author to rename it."
                )
            found[thing.name], owners[thing.name] = thing, owner
    return found


registry = Registry()
"""The one registry of the process."""
