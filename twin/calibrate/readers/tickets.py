"""Exports with one row per ticket, as the updates they stand for: it opened, and it was resolved."""

import numpy as np
import pandas as pd

from twin.calibrate.readers.column_map import ColumnMap
from twin.calibrate.readers.rows import Rows
from twin.calibrate.readers.table import Table

_OPEN, _DONE = "(open)", "(resolved)"


def rows_of(table: Table, column_map: ColumnMap, most_bad_ratio: float) -> Rows:
    """The rows of a table as updates of tickets, whichever way it is written."""
    if column_map.rows == "updates":
        return Rows(table, column_map, most_bad_ratio)
    columns = column_map.columns.model_copy(update={"updated": column_map.columns.opened, "state": "(state)"})
    meanings = {_OPEN: "active", _DONE: "resolved"}
    return Rows(_updates(table), column_map.model_copy(update={"columns": columns, "states": meanings}), most_bad_ratio)


def _updates(table: Table) -> Table:
    """Every ticket twice: as it opened, and, if it is resolved, as it was resolved."""
    count = len(table)
    done = np.flatnonzero(table.columns["resolved"].notna().to_numpy())
    every = np.concatenate([np.arange(count), done])
    columns = {name: cells.iloc[every].reset_index(drop=True) for name, cells in table.columns.items()}
    by_row = pd.Series([f"row {row + 2}" for row in every.tolist()], dtype=str)
    columns["case"] = columns["case"].fillna(by_row)
    opened, resolved = table.columns["opened"], table.columns["resolved"].iloc[done]
    columns["updated"] = pd.concat([opened, resolved], ignore_index=True)
    columns["state"] = pd.Series([_OPEN] * count + [_DONE] * len(done), dtype=str)
    columns["closed"] = columns.get("closed", pd.Series([np.nan] * len(every), dtype=object))
    return Table(table.file, table.digest, columns, table.absent, every + 2)
