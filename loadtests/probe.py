"""What happens on the server's side: CPU by group of processes, and how fast the machine is right now.

    python -m loadtests.probe RECORD [--watch FILE] [--core N] [--every SECONDS]

FILE is JSON that maps groups of processes to [process id, start time] of their head, as the bundled target
writes it; descendants count in. Each row has the CPU seconds a group has used so far. The group "machine" is all that
the server's core did: also what the kernel does for a request, and processes too short-lived to be looked at. "speed"
is the CPU time of a piece of fixed work on that core, several times a look: others on the host make a core and the
memory behind it slower by tens of percent for seconds at a time, and nothing else shows it.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import cycle
from pathlib import Path
from types import FrameType
from typing import TextIO

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from loadtests.journal import now

FIXED_WORK, WARM_UP = 20_000, 10_000
SCATTERED, FETCHED = 100_000, 7_000  # numbers in memory, of which each piece of fixed work fetches the next so many
SPEEDS_A_LOOK = 4
COUNTERS_EVERY_S, ANSWER_WITHIN_S = 30.0, 5.0
Commands = Mapping[str, Sequence[str]]
COLUMNS = pa.schema([("at", pa.int64()), ("group", pa.string()), ("measure", pa.string()), ("value", pa.float64())])


class Group:
    """A head process and its descendants, those that have ended included in the sum."""

    def __init__(self, name: str, pid: int) -> None:
        self.name, self._pid = name, pid
        self._known: dict[tuple[int, float], float] = {}

    def sample(self) -> dict[str, float]:
        """CPU seconds used so far, resident bytes and number of processes."""
        resident, processes = 0, 0
        for process in self._family():
            try:
                with process.oneshot():
                    spent, memory = process.cpu_times(), process.memory_info().rss
                    self._known[process.pid, process.create_time()] = spent.user + spent.system
            except psutil.Error:
                continue
            resident, processes = resident + memory, processes + 1
        return {"cpu_s": sum(self._known.values()), "resident_bytes": float(resident), "processes": float(processes)}

    def _family(self) -> list[psutil.Process]:
        try:
            head = psutil.Process(self._pid)
            return [head, *head.children(recursive=True)]
        except psutil.Error:
            return []


def fixed_work() -> float:
    """CPU seconds of a piece of work that is always the same: half of it arithmetic, on a core that is warm from some
    more of it, half fetching numbers from all over the memory, as servers do whose work is on objects.
    """
    numbers, start, total = next(scattered()), 0.0, 0
    for number in range(WARM_UP + FIXED_WORK):
        if number == WARM_UP:
            start = time.thread_time()
        total += number * number % 7
    for number in numbers:
        total += number & 7
    return time.thread_time() - start


@cache
def scattered() -> Iterator[list[int]]:
    """Numbers that lie in memory in another order than in the lists, one list after the other, again and again."""
    made = [1_000_000 + number for number in range(SCATTERED)]
    order = sorted(range(SCATTERED), key=lambda number: number * 7_919 * 104_729 % 1_000_003)
    lists = [[made[k] for k in order[first : first + FETCHED]] for first in range(0, SCATTERED - FETCHED, FETCHED)]
    return cycle(lists)


def speed_on(core: int | None) -> float:
    """CPU seconds of the fixed work on a core; on any core where the system cannot pin."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        return fixed_work()
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {core})
        return fixed_work()
    finally:
        os.sched_setaffinity(0, before)


def rows(groups: Iterable[Group], core: int | None, awake: int | None = None) -> list[tuple[int, str, str, float]]:
    """One look at everything. A core that process `awake` keeps busy does what is not that process's."""
    at = now()
    found = [(at, group.name, measure, value) for group in groups for measure, value in group.sample().items()]
    busy = psutil.cpu_times(percpu=True)
    whole = busy[core] if core is not None and core < len(busy) else psutil.cpu_times()
    spent = sum(whole[:8]) - whole.idle - float(getattr(whole, "iowait", 0.0))  # what follows is part of these
    if awake is not None:
        spent = at / 1e6 - sum(psutil.Process(awake).cpu_times()[:2])
    found += [(at, "machine", "cpu_s", spent), (at, "machine", "steal_s", float(getattr(whole, "steal", 0.0)))]
    return [*found, speed(core)]


def speed(core: int | None) -> tuple[int, str, str, float]:
    """One look at how fast the core is now."""
    return (now(), "machine", "speed", speed_on(core))


def counters(commands: Commands) -> list[tuple[int, str, str, float]]:
    """What a group's own command says of it, e.g. a database of its active time: lines of a measure and a number.

    A command that fails or says something else leaves one row "unread", for a probe must not end because of it.
    """
    found = []
    for group, command in commands.items():
        try:
            said = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_WITHIN_S, check=True).stdout
            pairs = [line.rsplit(maxsplit=1) for line in said.splitlines() if line.strip()]
            found += [(now(), group, measure, float(value)) for measure, value in pairs]
        except (OSError, ValueError, subprocess.SubprocessError):
            found.append((now(), group, "unread", 1.0))
    return found


def watch(
    groups: list[Group], core: int | None, every_s: float, lines: TextIO, commands: Commands, awake: int | None = None
) -> None:
    """Write a look each `every_s` seconds until a signal to end comes; counters rarely, and at both ends."""
    ends: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        ends.append(number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    due, counted_at = time.monotonic(), -COUNTERS_EVERY_S
    while not ends:
        _write(lines, rows(groups, core, awake))
        if time.monotonic() - counted_at >= COUNTERS_EVERY_S:
            counted_at = time.monotonic()
            _write(lines, counters(commands))
        for part in range(SPEEDS_A_LOOK):
            due = max(due + every_s / SPEEDS_A_LOOK, time.monotonic())
            while not ends and (left := due - time.monotonic()) > 0:
                time.sleep(min(left, 0.2))
            if not ends and part < SPEEDS_A_LOOK - 1:
                _write(lines, [speed(core)])
    _write(lines, counters(commands))


def _write(lines: TextIO, found: Iterable[tuple[int, str, str, float]]) -> None:
    for row in found:
        lines.write("\t".join(map(str, row)) + "\n")
    lines.flush()


def read_probe(folder: Path) -> pa.Table:
    """What the probe of a run wrote: rows of at (microseconds since 1970), group, measure, value.

    Raises FileNotFoundError when there was no probe.
    """
    lines = folder / "probe.tsv"
    if lines.is_file():
        whole = lines.read_text(encoding="utf-8").rpartition("\n")[0].split("\n")
        cells = [line.split("\t") for line in whole if line]
        records = [{"at": int(at), "group": g, "measure": m, "value": float(v)} for at, g, m, v in cells]
        return pa.Table.from_pylist(records, schema=COLUMNS)
    return pq.read_table(folder / "probe.parquet")


def main(arguments: list[str] | None = None) -> int:
    """Watch until told to end; what was seen becomes Parquet."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.probe", description=__doc__)
    parser.add_argument("record", type=Path)
    parser.add_argument("--watch", type=Path, metavar="FILE", help="groups of processes; only the core without it")
    parser.add_argument("--core", type=int, help="the server's core, for the speed of fixed work")
    parser.add_argument("--counters", type=json.loads, default={}, help="commands by group (JSON) that print counters")
    parser.add_argument("--awake", type=int, metavar="PID", help="the process that keeps the core from idling")
    parser.add_argument("--every", type=float, default=1.0)
    options = parser.parse_args(arguments)
    heads = json.loads(options.watch.read_text(encoding="utf-8")) if options.watch else {}
    options.record.mkdir(parents=True, exist_ok=True)
    lines = options.record / "probe.tsv"
    with lines.open("w", encoding="utf-8") as file:
        groups = [Group(name, int(head[0])) for name, head in heads.items()]
        watch(groups, options.core, options.every, file, options.counters, options.awake)
    pq.write_table(read_probe(options.record), options.record / "probe.parquet")
    lines.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
