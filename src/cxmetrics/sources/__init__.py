"""Where ratings come from: for now, files."""

from cxmetrics.sources._base import FileTable
from cxmetrics.sources.files import read_file

__all__ = ["FileTable", "read_file"]
