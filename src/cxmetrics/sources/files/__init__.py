"""Files of answers: CSV, JSON lines, JSON, Parquet and XLSX, read strictly."""

from cxmetrics.sources.files._base import FileTable
from cxmetrics.sources.files.reading import read_file

__all__ = ["FileTable", "read_file"]
