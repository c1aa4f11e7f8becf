"""Moved to `cxmetrics.engines.instants`."""

from cxmetrics.engines.instants import EPOCH, MICROSECOND, Zone, instants, micros, utc

__all__ = ["EPOCH", "MICROSECOND", "Zone", "instants", "micros", "utc"]
