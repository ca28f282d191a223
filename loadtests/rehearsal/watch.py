"""A load test under watch: its record is read as it grows, breaches are announced, and danger ends it in seconds."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from loadtests.journal import now
from loadtests.rehearsal.plan import Safety

ROOT = Path(__file__).parents[2]
GRACE_S = 3.0
STOPPED = "a person stopped it"
LOST = ("timeout", "reset", "cut")
BAD = ("error", *LOST)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """A transaction that ended: when in microseconds since 1970, what, how, and how long after its intended start."""

    at: int
    verb: str
    outcome: str
    length_s: float


@dataclass
class Tail:
    """The transactions that ended lately, read from the journals of a run's folder as they grow.

    recent  those of the last `within_s`; fresh  those that the last reading brought.
    """

    folder: Path
    within_s: float
    recent: deque[Ended] = field(default_factory=deque)
    fresh: list[Ended] = field(default_factory=list)
    done: int = 0
    bad: int = 0
    _places: dict[Path, int] = field(default_factory=dict)
    _open: dict[tuple[Path, str], tuple[str, int]] = field(default_factory=dict)

    def read(self) -> None:
        """Take in what was written since the last time, and forget what is too old."""
        self.fresh = []
        for path in self.folder.glob("journal-*.tsv"):
            with path.open("rb") as file:
                file.seek(self._places.get(path, 0))
                whole = file.read().rpartition(b"\n")[0]
            self._places[path] = self._places.get(path, 0) + len(whole) + bool(whole)
            for line in whole.decode(errors="replace").split("\n"):
                self._take(path, line.split("\t"))
        since = now() - round(1e6 * self.within_s)
        while self.recent and self.recent[0].at < since:
            self.recent.popleft()

    def _take(self, path: Path, fields: list[str]) -> None:
        if fields[0] == "T" and fields[4] != "log_in":
            self._open[path, fields[1]] = fields[4], int(fields[5])
        elif fields[0] == "t" and (path, fields[1]) in self._open:
            verb, intended_at = self._open.pop((path, fields[1]))
            self.fresh.append(Ended(int(fields[2]), verb, fields[3], (int(fields[2]) - intended_at) / 1e6))
            self.recent.append(self.fresh[-1])
            self.done += 1
            self.bad += fields[3] in BAD

    @property
    def waiting_s(self) -> list[float]:
        """How long each user who has no answer yet has waited."""
        at = now()
        return [max(0.0, (at - intended_at) / 1e6) for _, intended_at in self._open.values()]

    def danger(self, safety: Safety) -> str:
        """Why the load must end; empty while it may go on."""
        lengths = sorted([one.length_s for one in self.recent] + self.waiting_s)
        bad = sum(one.outcome in BAD for one in self.recent)
        if len(self.recent) >= safety.fewest and bad >= safety.errors * len(self.recent):
            return f"{bad} of the last {len(self.recent)} transactions failed"
        if lengths and lengths[len(lengths) // 2] > safety.latency:
            return f"half of all users wait longer than {safety.latency:g} s"
        return ""


@dataclass(frozen=True, slots=True)
class Watched:
    """How a load test ended. stopped  why it was ended early, empty when it was not."""

    folder: Path
    stopped: str


def run_watched(
    plan: dict[str, object], folder: Path, safety: Safety, say: Say, *, owned: str | None = None,
    web: int | None = None, each_second: Callable[[Tail, float], None] = lambda tail, at_s: None,
) -> Watched:  # fmt: skip
    """Run a load test in processes of its own until it ends, or is stopped for safety or by Ctrl-C.

    web  a port for Locust's own page meanwhile; each_second  is told the record so far and the seconds since the first
    user came, four times a second.
    Raises RuntimeError with its last words when it fails by itself.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = folder.with_suffix(".yaml")
    place.write_text(yaml.safe_dump(plan), encoding="utf-8")
    command = [sys.executable, "-m", "loadtests", "run", str(place), "--out", str(folder), "--json"]
    command += ["--i-own-this-target", owned] if owned else []
    command += ["--web", str(web)] if web else []
    words = folder.with_suffix(".log")
    with words.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    tail, stopped = Tail(folder, safety.within), ""
    try:
        while process.poll() is None and not stopped:
            time.sleep(0.25)
            tail.read()
            started = folder / "levels.json"
            each_second(tail, time.time() - started.stat().st_mtime if started.is_file() else -1.0)
            stopped = tail.danger(safety)
    except KeyboardInterrupt:
        stopped = STOPPED
    finally:
        _end(process)
    if stopped:
        say(f"load stopped: {stopped}")
    elif process.returncode:
        raise RuntimeError(f"the load test failed:\n{words.read_text(errors='replace')[-1500:]}")
    return Watched(folder, stopped)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a load test and the processes it started: asked first, killed after a few seconds."""
    if process.poll() is not None:
        return
    for number, wait_s in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, 10.0)):
        try:
            os.killpg(process.pid, number)
            process.wait(wait_s)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
    # locust runs in the same group: whatever is left of it ends with the group
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
