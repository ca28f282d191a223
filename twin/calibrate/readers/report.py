"""What reading a log found: counts, rows set aside with their reasons, and what had to be assumed."""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from twin.spec.problems import one_line

_QUOTED = re.compile(r'"[^"]*"|\b[0-9]+\b')


class ReadError(ValueError):
    """A log that can't be used: one line with file, row, reason and remedy."""


@dataclass(frozen=True)
class BadRow:
    """A row set aside. `row` counts rows of the file from 1, the header; it is the line unless cells span lines."""

    file: str
    row: int
    case: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        case = f"{self.case}: " if self.case else ""
        return one_line(f"{self.file}:{self.row}: {case}{self.reason}; {self.remedy}")


def write_bad_rows(report: "ReadReport", path: Path) -> None:
    """Write the rows set aside as CSV: how many for each reason, then each with its place, reason and remedy."""
    counts = Counter(_QUOTED.sub("…", bad.reason) for bad in report.bad)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["row", "case", "count", "reason", "remedy"])
        lines.writerows(["", "", count, reason, ""] for reason, count in counts.most_common())
        lines.writerows([bad.row, bad.case, 1, bad.reason, bad.remedy] for bad in report.bad)


@dataclass(frozen=True)
class ReadReport:
    """Counts of the file as it is, bad rows included, and what the log takes for granted.

    states, priorities  rows per state; incidents per priority (the last one recorded).
    seen_heads          per group: how many resolvers were seen to act.
    pending_ratio       share of the time from opening to resolution spent waiting on customer or vendor.
    cases_lost          incidents none of whose rows could be used.
    """

    file: str
    digest: str
    rows: int
    cases: int
    states: Mapping[str, int]
    priorities: Mapping[str, int]
    bad: tuple[BadRow, ...]
    cases_lost: int
    as_of: str
    pending_ratio: float
    seen_heads: Mapping[str, int] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
