"""The tidy table: one row per measured number, with its interval over replications."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.experiment.intervals import (
    REASONS,
    Interval,
    mean_interval,
    paired_ratio_difference_interval,
    proportion_interval,
    quantile_interval,
    ratio_interval,
)
from twin.measures.cells import Cell

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]

_BLOCK_VALUES: Final = 2_000_000


@dataclass(frozen=True)
class Row:
    """An estimate with its confidence interval; bounds are NaN where `note` says why there are none."""

    name: str
    where: dict[str, str]
    unit: str
    estimate: float
    low: float
    high: float
    confidence: float
    n: int
    note: str


def tidy(cells: Sequence[Cell], raw: Array, confidence: float = 0.95) -> list[Row]:
    """Rows of the tidy table, in the order of the cells.

    raw  numerators and denominators per replication and cell, shape (replications, len(cells), 2).
    Raises ValueError if the shape does not fit.
    """
    _check_shape(cells, raw)
    rows: dict[int, Row] = {}
    for chosen in _blocks(cells, len(raw)):
        first = cells[chosen[0]]
        interval = _ESTIMATORS[first.kind](raw[:, chosen, 0], raw[:, chosen, 1], first, confidence)
        rows.update(zip(chosen.tolist(), _rows([cells[k] for k in chosen], interval, confidence), strict=True))
    return [rows[k] for k in range(len(cells))]


def tidy_difference(cells: Sequence[Cell], left: Array, right: Array, confidence: float = 0.95) -> list[Row]:
    """Rows of left - right over replications that share their random numbers, one per cell that is no quantile.

    left, right  shape (replications, len(cells), 2), as for `tidy`. Raises ValueError if a shape does not fit.
    """
    _check_shape(cells, left)
    _check_shape(cells, right)
    if len(left) != len(right):
        raise ValueError(f"{len(left)} replications can't be paired with {len(right)}; run both with the same number")
    chosen = np.array([k for k, cell in enumerate(cells) if cell.kind != "quantile"], np.intp)
    rows: list[Row] = []
    size = max(_BLOCK_VALUES // max(len(left), 1), 1)
    for start in range(0, len(chosen), size):
        block = chosen[start : start + size]
        interval = paired_ratio_difference_interval(left[:, block], right[:, block], confidence)
        rows += _rows([cells[k] for k in block], interval, confidence)
    return rows


def to_frame(rows: Sequence[Row]) -> "pd.DataFrame":
    """The rows as a data frame: name, one column per dimension, unit, estimate, low, high, confidence, n, note."""
    import pandas as pd

    dimensions = dict.fromkeys(key for row in rows for key in row.where)
    lines = []
    for row in rows:
        line = asdict(row)
        where = line.pop("where")
        lines.append({"name": line.pop("name"), **{key: where.get(key, "") for key in dimensions}, **line})
    return pd.DataFrame(lines)


def _check_shape(cells: Sequence[Cell], raw: Array) -> None:
    if raw.ndim != 3 or raw.shape[1:] != (len(cells), 2):
        raise ValueError(f"measures of shape {raw.shape} do not fit {len(cells)} cells: (replications, cells, 2)")


def _blocks(cells: Sequence[Cell], replications: int) -> Iterator[NDArray[np.intp]]:
    groups: dict[tuple[str, float | None], list[int]] = {}
    for k, cell in enumerate(cells):
        groups.setdefault((cell.kind, cell.p), []).append(k)
    size = max(_BLOCK_VALUES // max(replications, 1), 1)
    for members in groups.values():
        for start in range(0, len(members), size):
            yield np.array(members[start : start + size], np.intp)


def _rows(cells: Sequence[Cell], interval: Interval, confidence: float) -> Iterator[Row]:
    columns = (interval.estimate, interval.low, interval.high, interval.n, interval.reason)
    for cell, estimate, low, high, n, reason in zip(cells, *(column.tolist() for column in columns), strict=True):
        yield Row(cell.name, cell.dimensions, cell.unit, estimate, low, high, confidence, n, REASONS[reason])


def _mean(top: Array, bottom: Array, _: Cell, confidence: float) -> Interval:
    return mean_interval(top, confidence, None if bottom.all() else bottom > 0)


def _ratio(top: Array, bottom: Array, _: Cell, confidence: float) -> Interval:
    found = ratio_interval(top, bottom, confidence)
    floor = np.where((top >= 0).all(axis=0), 0.0, -np.inf)
    ceiling = np.where((top <= bottom).all(axis=0), 1.0, np.inf)
    return replace(found, low=np.maximum(found.low, floor), high=np.minimum(found.high, ceiling))


def _share(top: Array, bottom: Array, _: Cell, confidence: float) -> Interval:
    return proportion_interval(top.sum(axis=0), bottom.sum(axis=0), confidence)


def _quantile(top: Array, bottom: Array, cell: Cell, confidence: float) -> Interval:
    p = 0.5 if cell.p is None else cell.p
    return quantile_interval(top, p, confidence, None if bottom.all() else bottom > 0)


_ESTIMATORS: Final[dict[str, Callable[[Array, Array, Cell, float], Interval]]] = {
    "mean": _mean,
    "ratio": _ratio,
    "share": _share,
    "quantile": _quantile,
}
