"""The record of a run, whatever it was written by: requests, levels of load, CPU used."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

GOOD = ("ok", "refused")


@dataclass(frozen=True, slots=True)
class Level:
    """A span of constant load, [from_s, to_s) on the record's clock.

    beat_s  closed users went on at its multiples only; 0: whenever they were due.
    first   levels with the same number were dealt the same transactions; None: that is not known.
    """

    label: str
    from_s: float
    to_s: float
    beat_s: float = 0.0
    first: int | None = None

    @property
    def length_s(self) -> float:
        """How long it lasted."""
        return self.to_s - self.from_s


@dataclass(frozen=True, slots=True)
class Series:
    """A measure that only grows, e.g. CPU seconds: its values at instants."""

    at_s: Any
    value: Any

    def grown(self, edges_s: Any) -> Any:
        """By how much it grew between each two instants; NaN more than two looks before the first or after the last."""
        slack = 2 * float(np.median(np.diff(self.at_s))) if len(self.at_s) > 1 else 0.0
        values = np.interp(edges_s, self.at_s, self.value)
        is_far = (edges_s < self.at_s[0] - slack) | (edges_s > self.at_s[-1] + slack)
        return np.diff(np.where(is_far, np.nan, values))


@dataclass(frozen=True, slots=True)
class Record:
    """Requests in order of their start; times in seconds on one clock.

    verbs  names of the transactions; verb, step, name  of each request; chain  the transaction it belongs to;
    user   who sent it; is_good  answered, granted or refused; intended_s  when it was due.
    usage  CPU seconds by group of processes; speed  CPU seconds of a fixed piece of work, if watched.
    grain_s  the resolution of the clock.
    """

    verbs: tuple[str, ...]
    verb: Any
    step: Any
    name: Any
    chain: Any
    user: Any
    intended_s: Any
    start_s: Any
    end_s: Any
    is_good: Any
    levels: tuple[Level, ...]
    usage: dict[str, Series] = field(default_factory=dict)
    speed: Any = None
    grain_s: float = 1e-6

    def __len__(self) -> int:
        return len(self.verb)

    def within(self, level: Level) -> Any:
        """Which requests came and went within a level."""
        return (self.start_s >= level.from_s) & (self.end_s < level.to_s)

    def with_usage(self, usage: dict[str, Series]) -> "Record":
        """The same with further CPU series."""
        return replace(self, usage={**self.usage, **usage})


def sorted_record(columns: dict[str, Any], levels: tuple[Level, ...], grain_s: float = 1e-6) -> Record:
    """A record from columns in any order; verbs and chains get numbers. Verb "" stands for requests to leave out."""
    order = np.lexsort((columns["step"], columns["start_s"]))
    taken: dict[str, Any] = {name: np.asarray(values)[order] for name, values in columns.items()}
    verbs = tuple(sorted({str(verb) for verb in taken["verb"]} - {""}))
    number = {verb: k for k, verb in enumerate(verbs)}
    taken["verb"] = np.array([number.get(str(verb), -1) for verb in taken["verb"]], np.int64)
    _, taken["chain"] = np.unique(taken["chain"], return_inverse=True)
    return Record(verbs, **taken, levels=levels, grain_s=grain_s)


def read_load_test(folder: Path) -> Record:
    """The record of a load test: requests-*.parquet, levels.json and, if there was a probe, probe.parquet.

    Logins, which happen once, are left out but keep their place in the line. Raises ValueError for a folder without.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = sorted(folder.glob("requests-*.parquet"))
    if not files or not (folder / "levels.json").is_file():
        raise ValueError(f"{folder}: no record of a load test (requests-*.parquet and levels.json)")
    table = pa.concat_tables([pq.read_table(file) for file in files])
    get: Callable[[str], Any] = lambda name: table.column(name).to_numpy(zero_copy_only=False)  # noqa: E731
    told = json.loads((folder / "levels.json").read_text(encoding="utf-8"))
    origin = int(told["started_at"])
    second: Callable[[str], Any] = lambda name: (get(name) - origin) / 1e6  # noqa: E731
    verbs = np.where(get("verb") == "log_in", "", get("verb"))
    chain = np.char.add(get("process").astype(str), np.char.add(".", get("transaction").astype(str)))
    columns = {
        "verb": verbs, "step": get("step"), "name": get("request"), "chain": chain, "user": get("user"),
        "intended_s": second("intended_at"), "start_s": second("started_at"), "end_s": second("ended_at"),
        "is_good": np.isin(get("outcome"), GOOD),
    }  # fmt: skip
    spans = [(label, start + settle, end, *dealt) for label, start, end, _, settle, *dealt in told["levels"]]
    levels = tuple(Level(*span) for span in spans if span[2] > span[1])
    return _with_probe(sorted_record(columns, levels), folder / "probe.parquet", origin)


def _with_probe(record: Record, file: Path, origin: int) -> Record:
    import pyarrow.parquet as pq

    if not file.is_file():
        return record
    rows = pq.read_table(file).to_pandas()
    rows["at_s"] = (rows["at"] - origin) / 1e6
    spent = rows[rows.measure == "cpu_s"]
    usage = {str(group): Series(of.at_s.to_numpy(), of.value.to_numpy()) for group, of in spent.groupby("group")}
    speed = rows[rows.measure == "speed"]
    return replace(record, usage=usage, speed=np.column_stack([speed.at_s, speed.value]) if len(speed) else None)
