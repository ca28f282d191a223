"""A progress bar on standard error for work that takes over a second."""

import time
from typing import Any, Self


class Progress:
    """Called with (done, expected); shows a bar and the time left once a second has passed."""

    def __init__(self, is_quiet: bool, what: str) -> None:
        self._is_quiet, self._what, self._start = is_quiet, what, time.monotonic()
        self._bar: Any = None

    def __call__(self, done: int, expected: int) -> None:
        """Show how far the work is."""
        if self._is_quiet or (self._bar is None and time.monotonic() - self._start < 1.0):
            return
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


class Counter(Progress):
    """A bar for work of which nobody knows how much there will be."""

    def told(self, stage: str, count: int) -> None:
        """Show what is being done and how far it is, once a second has passed."""
        if self._is_quiet or (self._bar is None and time.monotonic() - self._start < 1.0):
            return
        if self._bar is None:
            self._bar, self._task = self._started(0)
        self._bar.update(self._task, completed=count, total=None, description=f"{stage}: {self._what}")
