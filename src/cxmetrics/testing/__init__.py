"""A kit for testing what is built on cxmetrics; nothing in the library imports it.

* `vendor`: a server on this machine that answers as recorded, and misbehaves on request,
* `faults`: what it can do wrong,
* `paged`: vendors with pages: in every known way, and with any number of records,
* `clock`: a clock that stands still,
* `strategies`: Hypothesis strategies for scales, ratings, rows, frames, tallies and cubes; they
  need `hypothesis`, which the library itself does not.
"""
