"""Plugins: hooks that register objects, and the registry that finds them by name."""

from types import SimpleNamespace
from typing import Any

from cxmetrics.errors import UsageError
from cxmetrics.plugins.hookspecs import HOOK_API, hookimpl
from cxmetrics.plugins.plugin import Kind, PluginInfo, Settings, misfit
from cxmetrics.plugins.registry import Registry, collected, registry

__all__ = [
    "HOOK_API",
    "PluginInfo",
    "Registry",
    "Settings",
    "collected",
    "hookimpl",
    "installed",
    "register",
    "registry",
]


def installed() -> list[PluginInfo]:
    """Return every plugin that is there, cxmetrics itself first: version, offers, failures.

    All that are not blocked are imported. What can't be used says why.

    Example:
        >>> installed()[0].name
        'cxmetrics'
    """
    return registry.installed()


def register(thing: Any) -> Any:
    """Make a metric or a concept known by its name in this process, as if a plugin offered it.

    Then `cx.metric(name)`, JSON and, in the same process, the command line find it. For every
    process, put it into a file of the plugins folder.

    Args:
        thing: a metric, such as `cx.linear(…)` makes one, or a `cxmetrics.concepts.Concept`.

    Returns:
        The same.

    Raises:
        UsageError: it is neither, or its name is taken.

    Example:
        >>> import cxmetrics as cx
        >>> _ = cx.register(cx.linear("delight", cx.one_to_five, {(1, 4): 0, 5: 100}))
        >>> cx.metric("delight")([5, 5, 4, 1]).value
        50.0
    """
    kinds: tuple[Kind, ...] = ("metric", "concept")
    kind: Kind | None = next((kind for kind in kinds if not misfit(kind, thing)), None)
    if kind is None:
        raise UsageError(f"a {type(thing).__name__} is neither a metric nor a concept.")
    known = next((one for one in registry.every(kind) if one.name == thing.name), None)
    if known is thing:
        return thing
    if known is not None:
        raise UsageError(f"a {kind} is called {thing.name!r} already: give yours another name.")

    def offer() -> list[Any]:
        return [thing]

    offer.__name__ = f"cxmetrics_{kind}s"
    registry.register(SimpleNamespace(**{offer.__name__: hookimpl(offer)}), f"own:{thing.name}")
    return thing
