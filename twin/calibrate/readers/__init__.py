"""Readers: exports of ticket systems into the event log."""

from twin.calibrate.readers.column_map import ColumnMap, load_column_map
from twin.calibrate.readers.incidents import Record, read_incidents
from twin.calibrate.readers.report import BadRow, ReadError, ReadReport

__all__ = ["BadRow", "ColumnMap", "ReadError", "ReadReport", "Record", "load_column_map", "read_incidents"]
