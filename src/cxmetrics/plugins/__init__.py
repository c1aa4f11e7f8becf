"""Plugins: hooks that register objects, and the registry that finds them by name."""

from cxmetrics.plugins.hookspecs import hookimpl
from cxmetrics.plugins.registry import Registry, collected, registry

__all__ = ["Registry", "collected", "hookimpl", "registry"]
