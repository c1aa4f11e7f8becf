"""Where records come from: files, and the programs of vendors."""

from cxmetrics.sources.files import FileTable, read_file

__all__ = ["FileTable", "read_file"]
