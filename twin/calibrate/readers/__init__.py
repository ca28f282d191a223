"""Readers: exports of ticket systems into the event log."""

from twin.calibrate.readers.column_map import ColumnMap, load_column_map
from twin.calibrate.readers.incidents import read_incidents
from twin.calibrate.readers.record import Record
from twin.calibrate.readers.report import BadRow, ReadError, ReadReport, write_bad_rows

__all__ = [
    "BadRow", "ColumnMap", "ReadError", "ReadReport", "Record", "load_column_map", "read_incidents", "write_bad_rows",
]  # fmt: skip
