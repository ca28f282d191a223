"""Where records come from: folders of load tests, access logs, and series of a metrics server."""

import csv
import gzip
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from twin.calibrate.requests.limits import Limits, LogFormat
from twin.calibrate.requests.record import Level, Record, Series, read_load_test, sorted_record

LINE = re.compile(
    r'^(?P<host>\S+) \S+ (?P<user>\S+) \[(?P<at>[^\]]+)\] "(?P<method>[A-Z]+) (?P<path>\S+)[^"]*" (?P<status>\d{3}) \S+'
    r'(?P<rest>.*)$'
)  # fmt: skip
LAST_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*$")
UNIT_S = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
PARTS = 4
SUMMARIES = re.compile(r"(?i)percentile|quantile|\bp9[059]\b|^(50|66|75|80|90|95|98|99)%$|average response")


def read_sources(sources: Sequence[Path], limits: Limits) -> list[Record]:
    """One record for each load test or access log, with the series given beside them.

    Raises ValueError for what cannot be read or cannot be used, e.g. percentiles that were averaged before.
    """
    series: dict[str, Series] = {}
    records = []
    for source in sources:
        if source.is_dir():
            records.append(read_load_test(source))
        elif source.suffix == ".json":
            series |= read_prometheus(source)
        elif source.suffix == ".csv":
            refuse_summaries(source)
            series |= read_csv_series(source)
        else:
            records.append(read_access_log(source, limits.log))
    if not records:
        raise ValueError("no requests: give the folder of a load test, or an access log beside the series")
    return [record.with_usage(series) if series else record for record in records]


def read_access_log(file: Path, form: LogFormat | None) -> Record:
    """The requests of an access log in common or combined format that ends with the time each took.

    Time is in seconds since 1970. It is cut into four parts of equal length as levels of load.
    """
    if form is None:
        raise ValueError(f'{file}: say in the limits under "log" which paths are which transactions')
    rows = list(_lines(file, form))
    if not rows:
        raise ValueError(f"{file}: no line is in common or combined log format and matches a transaction")
    start, took = (np.array([row[k] for row in rows]) for k in (1, 2))
    start = start - took if form.stamp == "end" else start
    grain = 1.0 if np.all(np.array([row[1] for row in rows]) % 1 == 0) else 1e-3
    columns = {
        "verb": [row[0] for row in rows], "step": np.zeros(len(rows), np.int64), "name": [row[0] for row in rows],
        "chain": np.arange(len(rows)), "user": np.unique([row[3] for row in rows], return_inverse=True)[1],
        "intended_s": start, "start_s": start, "end_s": start + took,
        "is_good": np.array([row[4] < 500 for row in rows]),
    }  # fmt: skip
    edges = np.linspace(float(start.min()), float((start + took).max()), PARTS + 1)
    levels = tuple(Level(f"part {k + 1}", float(edges[k]), float(edges[k + 1])) for k in range(PARTS))
    return sorted_record(columns, levels, grain)


def _lines(file: Path, form: LogFormat) -> Iterator[tuple[str, float, float, str, int]]:
    """Transaction, time, seconds it took, who, status; lines of no transaction keep an empty one."""
    patterns = [(re.compile(pattern), verb) for pattern, verb in form.verbs.items()]
    with _opened(file) as lines:
        for text in lines:
            line = LINE.match(text)
            took = LAST_NUMBER.search(line["rest"]) if line else None
            if line is None or took is None:
                continue
            request = f"{line['method']} {line['path']}"
            verb = next((verb for pattern, verb in patterns if pattern.search(request)), "")
            who = f"{line['host']} {line['user']}"
            yield verb, _instant(line["at"]), float(took[1]) * UNIT_S[form.unit], who, int(line["status"])


def _opened(file: Path) -> TextIO:
    return gzip.open(file, "rt", encoding="utf-8", errors="replace") if file.suffix == ".gz" else file.open(
        encoding="utf-8", errors="replace"
    )  # fmt: skip


def _instant(text: str) -> float:
    """Seconds since 1970 of a time in a log: as Apache writes it, with or without fractions, or ISO 8601."""
    for form in ("%d/%b/%Y:%H:%M:%S %z", "%d/%b/%Y:%H:%M:%S.%f %z"):
        try:
            return datetime.strptime(text, form).timestamp()
        except ValueError:
            continue
    return datetime.fromisoformat(text).timestamp()


def read_prometheus(file: Path) -> dict[str, Series]:
    """CPU series by group from the answer of /api/v1/query_range; the group is the label group, job or instance.

    Raises ValueError for series of quantiles: percentiles that were averaged or pooled cannot be taken apart.
    """
    told = json.loads(file.read_text(encoding="utf-8"))
    found = told.get("data", {}).get("result", [])
    if not found:
        raise ValueError(f'{file}: no "data.result" as query_range answers')
    if any("quantile" in one["metric"] for one in found):
        raise ValueError(
            f"{file}: series of quantiles; averaged percentiles say nothing about any request: give raw requests, "
            "and the CPU seconds of the processes as a counter"
        )
    series = {}
    for one in found:
        labels = one["metric"]
        group = labels.get("group") or labels.get("job") or labels.get("instance") or labels.get("__name__", "")
        at, value = np.array([[float(t), float(v)] for t, v in one["values"]]).T
        series[group] = Series(at, _unbroken(value))
    return series


def read_csv_series(file: Path) -> dict[str, Series]:
    """CPU series from a CSV with the columns time (seconds since 1970), group, cpu_s (a counter)."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if not rows or not {"time", "group", "cpu_s"} <= rows[0].keys():
        raise ValueError(f"{file}: a series has the columns time, group, cpu_s")
    groups = sorted({row["group"] for row in rows})
    return {group: _series(row for row in rows if row["group"] == group) for group in groups}


def refuse_summaries(file: Path) -> None:
    """Raises ValueError for tables of percentiles, such as Locust's own statistics."""
    with file.open(encoding="utf-8", newline="") as lines:
        heads = next(csv.reader(lines), [])
    if summaries := [head for head in heads if SUMMARIES.search(head)]:
        raise ValueError(
            f"{file}: holds {', '.join(summaries[:3])}: rounded or averaged percentiles cannot be calibrated from; "
            "give the raw requests (the folder of the load test)"
        )


def _series(rows: Iterable[dict[str, Any]]) -> Series:
    at, value = np.array(sorted((float(row["time"]), float(row["cpu_s"])) for row in rows)).T
    return Series(at, _unbroken(value))


def _unbroken(counter: Any) -> Any:
    """A counter without its restarts from 0."""
    steps = np.diff(counter, prepend=counter[:1])
    return np.cumsum(np.where(steps < 0, counter, steps))
