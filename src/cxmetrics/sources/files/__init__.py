"""Files of answers: CSV, JSON lines, JSON and Parquet, read strictly."""

from cxmetrics.sources.files._base import FileTable
from cxmetrics.sources.files.reading import read_file

__all__ = ["FileTable", "read_file"]
