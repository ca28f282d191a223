"""An export as columns of text, and text as instants."""

import bz2
import gzip
import hashlib
import hmac
import io
import lzma
import re
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.calibrate.readers.column_map import ColumnMap
from twin.calibrate.readers.report import ReadError
from twin.spec.problems import did_you_mean, one_line, shown

MISSING: Final = np.iinfo(np.int64).min
UNREADABLE: Final = MISSING + 1
MOST_BYTES: Final = 2_000_000_000
LATEST: Final = 7_258_118_400  # 2200-01-01
_OPENERS: Final[tuple[tuple[bytes, Any], ...]] = ((b"\x1f\x8b", gzip), (b"BZh", bz2), (b"\xfd7zXZ", lzma))
_MAY_BE_MISSING: Final = ("created", "sequence", "actor", "level")
PERSONS: Final = ("resolver", "actor")
_CHUNK: Final = 100_000  # rows parsed at a time, so that columns nobody asked for never pile up
_UNEVEN = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")


@dataclass(frozen=True)
class Table:
    """Columns of an export by meaning, as text (missing: NaN); `absent` names optional columns the file lacks.

    rows_of  row of the file (from 1, the header) of each row here; None: they follow the header.
    """

    file: str
    digest: str
    columns: dict[str, "pd.Series[Any]"]
    absent: tuple[str, ...]
    rows_of: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.columns["case"])

    def row_of(self, row: int) -> int:
        """Row of the file that a row here comes from, the header being row 1."""
        return row + 2 if self.rows_of is None else int(self.rows_of[row])

    def pseudonymised(self, secret: str) -> "Table":
        """The table with the names of persons replaced by hashes keyed by a secret."""
        columns = {
            name: cells.map(partial(_hashed, secret), na_action="ignore") if name in PERSONS else cells
            for name, cells in self.columns.items()
        }
        return replace(self, columns=columns)

    def codes(self, column: str) -> tuple[NDArray[np.int64], list[str]]:
        """Number of each cell's text (-1: missing) and the texts; all missing if there is no such column."""
        if column not in self.columns:
            return np.full(len(self), -1, np.int64), []
        codes, texts = pd.factorize(self.columns[column])
        return codes.astype(np.int64), [str(text) for text in texts]


def _hashed(secret: str, name: str) -> str:
    return hmac.new(secret.encode(), name.encode(), hashlib.sha256).hexdigest()[:16]


def read_table(path: Path, column_map: ColumnMap) -> Table:
    """The mapped columns of a CSV file, plain or compressed by gzip, bzip2 or xz.

    Raises ReadError, naming the line, if it can't be read, is no text, lacks a column or has uneven rows.
    """
    raw, digest = _content(path)
    text = _checked(raw, str(path), column_map.encoding)
    if not text.strip():
        raise ReadError(f"{path}: is empty; export at least a header and one row")
    header = [str(name) for name in _parsed(text, str(path), column_map).columns]
    used, absent = {}, []
    for meaning, name in column_map.columns.model_dump().items():
        if name in header:
            used[meaning] = name
        elif name is not None and meaning in _MAY_BE_MISSING:
            absent.append(name)
        elif name is not None:
            raise ReadError(f"{path}:1: no column {shown(name)} (for {meaning}); {did_you_mean(name, header)}")
    frame = _parsed(text, str(path), column_map, sorted(set(used.values())))
    if len(frame) == 0:
        raise ReadError(f"{path}:1: has a header but no rows; export at least one incident")
    return Table(str(path), digest, {meaning: frame[name] for meaning, name in used.items()}, tuple(absent))


def _content(path: Path) -> tuple[bytes, str]:
    try:
        with path.open("rb") as file:
            start = file.read(6)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            opener = next((module for magic, module in _OPENERS if start.startswith(magic)), None)
            content: bytes = (opener.open(file) if opener else file).read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ReadError(one_line(f"{path}: can't be read: {reason}; check that the file is whole")) from None
    if len(content) > MOST_BYTES:
        raise ReadError(f"{path}: holds more than {MOST_BYTES // 10**9} GB; split the export")
    return content, digest


def _checked(raw: bytes, file: str, encoding: str) -> bytes:
    """The content in UTF-8, without a mark at its start and empty lines at its end. ReadError if it is no such text."""
    is_utf_8 = encoding.lower() in ("utf-8", "utf8")
    try:
        text = raw.decode("utf-8-sig" if is_utf_8 else encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ReadError(f"{file}:{line}: is no {encoding} text; write its encoding into the column map") from None
    kept = raw.removeprefix(b"\xef\xbb\xbf") if is_utf_8 else text.encode("utf-8")
    return kept.rstrip(b"\r\n")


def _parsed(content: bytes, file: str, column_map: ColumnMap, wanted: list[str] | None = None) -> pd.DataFrame:
    """The wanted columns of a table, row by row as text; without any named, its header.

    The others are parsed too, for uneven rows must be seen, but never turned into text columns.
    """
    kinds: Any = defaultdict(lambda: object, {name: str for name in wanted or ()})
    try:
        with pd.read_csv(
            io.BytesIO(content), sep=column_map.delimiter, dtype=kinds, keep_default_na=False, skip_blank_lines=False,
            na_values=list(column_map.missing), index_col=False if wanted is None else None, encoding="utf-8",
            chunksize=_CHUNK, nrows=0 if wanted is None else None,
        ) as chunks:  # fmt: skip
            if wanted is None:
                return chunks.read()
            parts = [_columns(part, file, wanted) for part in chunks]
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        if isinstance(error, ReadError):
            raise
        uneven = _UNEVEN.search(str(error))
        if uneven:
            wide, line, seen = uneven.groups()
            reason = f"{file}:{line}: has {seen} cells where the header has {wide}; quote cells that hold the delimiter"
            raise ReadError(reason) from None
        raise ReadError(one_line(f"{file}: is no table: {error}; export it as CSV with a header")) from None
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=wanted)


def _columns(part: pd.DataFrame, file: str, wanted: list[str]) -> pd.DataFrame:
    if not isinstance(part.index, pd.RangeIndex):
        raise ReadError(f"{file}:2: has more cells than the header; quote cells that hold the delimiter")
    return part[wanted]


def instants(column: "pd.Series[Any]", formats: Sequence[str], zone: str) -> NDArray[np.int64]:
    """Seconds since 1970 (UTC) of local times; MISSING where nothing is written, UNREADABLE where no format fits
    or the year is not one of 1970 to 2199.

    An hour that a clock change repeats is taken as its first pass; one that it skips, as its end.
    """
    codes, texts = pd.factorize(column)
    stamps = pd.Series(pd.NaT, index=range(len(texts)), dtype="datetime64[s]")
    for layout in formats:
        open_ones = stamps.isna().to_numpy()
        if open_ones.any():
            found = pd.to_datetime(pd.Series(texts[open_ones], dtype=str), format=layout, errors="coerce")
            stamps[open_ones] = found.to_numpy().astype("datetime64[s]")
    local = pd.DatetimeIndex(stamps)
    aware = local.tz_localize(zone, ambiguous=np.ones(len(local), bool), nonexistent="shift_forward")
    seconds = aware.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64)
    is_sane = ~np.isnat(stamps.to_numpy()) & (seconds >= 0) & (seconds < LATEST)
    seconds = np.where(is_sane, seconds, UNREADABLE)
    return np.append(seconds, MISSING)[codes]
