"""Pieces of work done here, by workers or on a cluster, in whatever order they finish; a checkpoint keeps them."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from twin.compiled import state_of_sources

Numbers = NDArray[np.float64]
Progress = Callable[[int, int], None]
"""Called with (done, expected)."""

AHEAD: Final = 1000  # tasks handed out before the first is back: what waits takes memory, on a cluster in one process


@dataclass(frozen=True)
class Task:
    """A pure function and what to call it with; name  tells it from every other task of any command."""

    name: str
    call: Callable[..., Numbers]
    arguments: tuple[Any, ...]

    def done(self) -> Numbers:
        """What the function returns, called here."""
        return self.call(*self.arguments)


def finished(
    tasks: Sequence[Task], pool: Executor | None = None, kept: "Checkpoint | None" = None
) -> Iterator[tuple[int, Numbers]]:
    """Place and numbers of every task: those of the checkpoint first, the others as they finish."""
    left = []
    for place, task in enumerate(tasks):
        known = None if kept is None else kept.load(task.name)
        if known is None:
            left.append(place)
        else:
            yield place, known
    for place, numbers in _measured(tasks, left, pool):
        if kept is not None:
            kept.save(tasks[place].name, numbers)
        yield place, numbers


def in_order(
    tasks: Sequence[Task], pool: Executor | None = None, kept: "Checkpoint | None" = None,
    progress: Progress | None = None, expected: int = 0,
) -> list[Numbers]:  # fmt: skip
    """Numbers of every task, in the order of the tasks; progress  told how many rows of those expected are there."""
    found: dict[int, Numbers] = {}
    rows = 0
    for place, numbers in finished(tasks, pool, kept):
        found[place] = numbers
        rows += len(numbers)
        if progress is not None:
            progress(rows, expected)
    return [found[place] for place in range(len(tasks))]


def _measured(tasks: Sequence[Task], left: Sequence[int], pool: Executor | None) -> Iterator[tuple[int, Numbers]]:
    if pool is None:
        yield from ((place, tasks[place].done()) for place in left)
        return
    ready: SimpleQueue[tuple[int, Future[Numbers]]] = SimpleQueue()

    def hand_out(place: int) -> None:
        future = pool.submit(tasks[place].call, *tasks[place].arguments)
        future.add_done_callback(lambda done: ready.put((place, done)))

    for place in left[:AHEAD]:
        hand_out(place)
    for number in range(len(left)):
        place, future = ready.get()
        if number + AHEAD < len(left):
            hand_out(left[number + AHEAD])
        yield place, future.result()


def part_of(progress: Progress | None, before: int, expected: int) -> Progress | None:
    """Progress of a part of the work that begins when so much of all that is expected is done."""
    return None if progress is None else lambda done, _: progress(before + done, expected)


class Checkpoint:
    """Numbers of finished tasks on disk, each file written aside and renamed; gone when the work under it is complete.

    A file is found again by the same task under the same sources only: another scenario, seed or state of the code
    finds nothing. Several runs may share the folder. What can't be kept is measured again.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: set[Path] = set()

    @classmethod
    def beside(cls, folder: Path) -> Self:
        """The checkpoint of the run that will write the folder."""
        return cls(folder.parent / ".checkpoints")

    def file(self, name: str) -> Path:
        """Where the numbers of a task are kept."""
        return self.folder / f"{hashlib.sha256(f'{state_of_sources()} {name}'.encode()).hexdigest()[:32]}.npy"

    def load(self, name: str) -> Numbers | None:
        """The numbers of a task, None if they were not kept."""
        file = self.file(name)
        try:
            found = np.asarray(np.load(file))
        except (OSError, ValueError, EOFError):
            return None
        self._files.add(file)
        return found

    def save(self, name: str, numbers: Numbers) -> None:
        """Keep the numbers of a task."""
        file = self.file(name)
        aside = file.with_suffix(f".{os.getpid()}.part")
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            with aside.open("wb") as data:
                np.save(data, numbers)
            aside.replace(file)
            self._files.add(file)

    def clear(self) -> None:
        """Forget what was found or kept here, and what any run was killed at writing."""
        for file in self._files:
            file.unlink(missing_ok=True)
            for part in self.folder.glob(f"{file.stem}.*.part"):
                part.unlink(missing_ok=True)
        self._files.clear()
        with suppress(OSError):
            self.folder.rmdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self.clear()
