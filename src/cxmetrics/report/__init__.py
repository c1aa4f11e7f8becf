"""Reports: one self-contained HTML file that a director can read and an analyst can check."""

from __future__ import annotations

from cxmetrics.report.page import render, write

__all__ = ["render", "write"]
