"""A witness of how fast the machine is now for this kind of work: a second server of the same kind, all to itself.

    python -m loadtests.witness RECORD PLAN

It asks that server for something twice a second on average, the same fifty things again and again whatever the plan's
seed, and notes the CPU seconds of the server's processes for each: what the plan's users read, as often as they do.
Others on the host slow a server more than they slow a loop of arithmetic, so only the same kind of work tells by how
much. When it asks is left to chance, for a steady beat would meet users who come in bursts always or never. The second
server runs on the same core and has nothing else to do.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import FrameType

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from loadtests.client import Client, RequestError
from loadtests.crew import mix_of
from loadtests.deck import Deck, Draws
from loadtests.journal import Journal, now
from loadtests.plan import Plan, read_plan
from loadtests.targets.base import Visit, target_of
from twin.tape.streams import below, name_key, replication_key, uniform

READING = ("search", "open_item", "expand_bom", "where_used", "report")  # changes nothing, so it stays the same
PLACES, EVERY_S, SEED = 50, 0.5, 1
GAPS = below(replication_key(SEED, 0), int(name_key("witness gaps")))
LINES, RECORD = "witness.tsv", "witness.parquet"
COLUMNS = pa.schema([
    ("place", pa.int64()), ("started_at", pa.int64()), ("ended_at", pa.int64()), ("cpu_s", pa.float64()),
])  # fmt: skip


def cpu_s(heads: Iterable[int]) -> dict[int, float]:
    """CPU seconds, to the nanosecond, of each of these processes and their descendants that run."""
    found = {}
    for head in heads:
        for pid in [head, *(child.pid for child in psutil.Process(head).children(recursive=True))]:
            try:
                found[pid] = time.clock_gettime(~pid << 3 | 2)  # the number of that process's clock on Linux
            except OSError:
                continue
    return found


def asker(plan: Plan, journal: Journal) -> Callable[[int], None]:
    """What asks the witness for the thing at a place, always the same. Raises ValueError when there is none to read."""
    assert plan.target.witness is not None
    target = target_of(replace(plan.target.address, url=plan.target.witness.url))
    reading = {verb: share for verb, share in mix_of(plan).items() if verb in READING}
    if not reading:
        raise ValueError(f"the plan's users read nothing ({', '.join(READING)})")
    verbs = Deck(SEED, "witness", reading, PLACES)
    client = Client(plan.target.witness.url, journal, timeout_s=plan.timeout, judge=target.judge)
    session = target.log_in(client, 0)
    catalogue = target.catalogue(client, session)

    def ask(place: int) -> None:
        target.verbs[verbs.card(place)](Visit(client, catalogue, Draws(SEED, "witness", place), session))

    return ask


def watch(ask: Callable[[int], None], heads: Iterable[int], lines: Path) -> None:
    """Write a line for each answer, EVERY_S seconds apart on average, until a signal to end, or the parent has gone.

    What fails has no line.
    """
    ends: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        ends.append(number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    due, heads, parent = time.monotonic(), list(heads), os.getppid()
    with lines.open("w", encoding="utf-8") as file:
        for number in count():
            if ends or os.getppid() != parent:
                break
            place = number % PLACES
            before, started_at = cpu_s(heads), now()
            try:
                ask(place)
                ended_at, after = now(), cpu_s(heads)
                used = sum(value - before.get(pid, 0.0) for pid, value in after.items())
                file.write(f"{place}\t{started_at}\t{ended_at}\t{used!r}\n")
                file.flush()
            except RequestError as failure:
                print(f"witness: {failure}", file=sys.stderr)
            due = max(due + 2.0 * EVERY_S * float(uniform(GAPS, number)), time.monotonic())
            while not ends and (left := due - time.monotonic()) > 0:
                time.sleep(min(left, 0.2))


def main(arguments: list[str] | None = None) -> int:
    """Watch until told to end; the lines become Parquet. Exit code 2 with one line when nobody answers."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.witness", description=__doc__)
    parser.add_argument("record", type=Path)
    parser.add_argument("plan", type=Path)
    options = parser.parse_args(arguments)
    plan = read_plan(options.plan)
    if plan.target.witness is None:
        parser.error(f"{options.plan}: names no witness under target")
    lines: Path = options.record / LINES
    with tempfile.TemporaryDirectory() as aside:
        journal = Journal(Path(aside))
        try:
            heads = json.loads(Path(plan.target.witness.watch).read_text(encoding="utf-8"))
            watch(asker(plan, journal), [int(head[0]) for head in heads.values()], lines)
        except (RequestError, psutil.Error, ValueError, OSError) as error:
            print(f"the witness at {plan.target.witness.url} cannot be asked: {error}", file=sys.stderr)
            return 2
        finally:
            journal.close()
    rows = [line.split("\t") for line in lines.read_text(encoding="utf-8").splitlines()]
    names = COLUMNS.names
    told = [dict(zip(names, (*map(int, row[:3]), float(row[3])), strict=True)) for row in rows]
    pq.write_table(pa.Table.from_pylist(told, schema=COLUMNS), options.record / RECORD)
    lines.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
