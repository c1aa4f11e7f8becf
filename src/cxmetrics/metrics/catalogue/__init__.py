"""The built-in metrics: one file each, found by their `METRICS`."""
