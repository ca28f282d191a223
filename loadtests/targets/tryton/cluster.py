"""The embedded PostgreSQL of a folder: started, stopped and copied with the release's own tools, never by name."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from loadtests.targets.tryton.release import HERE, Release, run

SCRIPT = HERE / "inside" / "database.py"
SERVER_FILES = ("postmaster.pid", ".handle_pids.json", "log")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A database server whose data lie in `folder`; it listens on a socket in that folder and on no network."""

    release: Release
    folder: Path

    def start(self, cores: Iterable[int] | None = None) -> tuple[str, int]:
        """The server's uri and the process id of its postmaster; cores pins it and all its processes."""
        text = self._tool("start", cores=cores)
        answer = json.loads(text.splitlines()[-1])
        return str(answer["uri"]), int(answer["pid"])

    def stop(self) -> None:
        """Stop the server and wait until it has written everything; nothing happens when it does not run."""
        if (self.folder / "PG_VERSION").is_file():
            self._tool("stop")

    def create(self, database: str) -> None:
        """Make an empty database on the running server."""
        self._tool("create", database)

    def set_durable(self, is_durable: bool) -> None:
        """Whether the running server waits for the disk; it need not while data are seeded that can be made again."""
        self._tool("durable", "on" if is_durable else "off")

    def copy_to(self, folder: Path) -> None:
        """Copy the data of the stopped server, owners and rights included."""
        run(["cp", "-a", "--reflink=auto", f"{self.folder}/.", str(folder)], f"copying the database to {folder}")
        for name in SERVER_FILES:
            (folder / name).unlink(missing_ok=True)

    def remove(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _tool(self, verb: str, *words: str, cores: Iterable[int] | None = None) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [*pinned(cores), str(self.release.python), str(SCRIPT), verb, str(self.folder), *words]
        return run(command, f"{verb} of the database in {self.folder}")


def pinned(cores: Iterable[int] | None) -> list[str]:
    """The words that start a command on these cores only. Raises RuntimeError where the system cannot pin."""
    if cores is None:
        return []
    if shutil.which("taskset") is None or not hasattr(os, "sched_setaffinity"):
        raise RuntimeError("this system has no taskset; leave the cores out, or install util-linux")
    return ["taskset", "--cpu-list", ",".join(str(core) for core in cores)]


def is_alive(pid: int, started_at: float) -> bool:
    """Whether the process is still the one that started then, and not a zombie."""
    try:
        process = psutil.Process(pid)
        return bool(abs(process.create_time() - started_at) < 1.0 and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def spawn(command: list[str], log: Path, environment: dict[str, str]) -> tuple[int, float]:
    """Process id and start time of a command that goes on after this process has ended, its words in `log`."""
    with log.open("ab") as words:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=words, stderr=words, env=environment, start_new_session=True
        )
    return process.pid, psutil.Process(process.pid).create_time()
