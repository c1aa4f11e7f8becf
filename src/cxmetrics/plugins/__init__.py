"""Plugins: hooks that register objects, and the registry that finds them by name."""

from cxmetrics.plugins.hookspecs import HOOK_API, hookimpl
from cxmetrics.plugins.plugin import PluginInfo, Settings
from cxmetrics.plugins.registry import Registry, collected, registry

__all__ = [
    "HOOK_API",
    "PluginInfo",
    "Registry",
    "Settings",
    "collected",
    "hookimpl",
    "installed",
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
