"""A kit for testing what is built on cxmetrics; nothing in the library imports it.

`cxmetrics.testing.strategies` holds Hypothesis strategies for scales, ratings, rows, frames,
tallies and cubes. It needs `hypothesis`, which the library itself does not.
"""
