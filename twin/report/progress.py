"""How far work that takes over a second is, and the time left: a bar on a terminal, lines in the log of a batch job."""

import sys
import time
from typing import Any, Final, Self

SETTLING_S: Final = 0.5  # what a checkpoint brings in at once says nothing about the time left
LONGEST_S: Final = 60.0  # between two lines


class Progress:
    """Called with (done, expected) on standard error; silent for the first second."""

    def __init__(self, is_quiet: bool, what: str) -> None:
        self._is_quiet, self._what, self._start = is_quiet, what, time.monotonic()
        self._next_s, self._known = 1.0, (0.0, 0)
        self._bar: Any = None

    def __call__(self, done: int, expected: int) -> None:
        """Show how far the work is."""
        passed_s = time.monotonic() - self._start
        if passed_s < SETTLING_S:
            self._known = (passed_s, done)
        if self._is_quiet or passed_s < 1.0:
            return
        if sys.stderr.isatty():
            self._draw(done, expected)
        elif passed_s >= self._next_s:
            self._next_s = passed_s + min(passed_s, LONGEST_S)
            left = f"about {told_s(self._left_s(passed_s, done, expected))} left"
            print(f"{self._what}: {done:,} of {expected:,}, {left}", file=sys.stderr, flush=True)

    def _left_s(self, passed_s: float, done: int, expected: int) -> float:
        since_s, known = self._known
        return (passed_s - since_s) * (expected - done) / max(done - known, 1)

    def _draw(self, done: int, expected: int) -> None:
        if self._bar is None:
            self._bar, self._task = self._started(expected)
        self._bar.update(self._task, completed=done, total=expected)

    def _started(self, expected: int) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = [TextColumn(self._what), BarColumn(), MofNCompleteColumn(), TextColumn("time left")]
        bar = Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
        bar.start()
        return bar, bar.add_task(self._what, total=expected)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def told_s(seconds: float) -> str:
    """A length of time for people: 40 s, 12 min, 3.5 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
