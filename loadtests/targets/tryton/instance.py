"""A running Tryton: its own database, worker processes and port, below one folder; any number side by side."""

import contextlib
import json
import os
import shutil
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from loadtests.targets.tryton.cluster import Cluster, is_alive, pinned, spawn
from loadtests.targets.tryton.release import Release

HOST = "127.0.0.1"
DATABASE = "plm"
JSON = {"Content-Type": "application/json"}
SETTINGS = """[database]
uri = {uri}
path = {vault}
[session]
timeout = 86400
max_attempt = 1000
"""


@dataclass(frozen=True, slots=True)
class Instance:
    """A server in `folder` (data in `folder`/data), answering on a loopback port.

    workers  synchronous worker processes that share one accept queue of `backlog` connections.
    cores    cores that workers and database are pinned to; None: all.
    """

    release: Release
    folder: Path
    port: int = 8500
    workers: int = 4
    cores: tuple[int, ...] | None = None
    backlog: int = 2048

    @property
    def url(self) -> str:
        """Where the server answers."""
        return f"http://{HOST}:{self.port}/{DATABASE}/{self.release.rpc}"

    @property
    def cluster(self) -> Cluster:
        """The database server of the instance."""
        return Cluster(self.release, self.folder / "data")

    @property
    def vault(self) -> Path:
        """Where the server keeps the content of files."""
        return self.folder / "files"

    def start(self, timeout_s: float = 120.0) -> None:
        """Start database and workers and wait until every worker has loaded the application.

        Raises RuntimeError with the last words of the log when they do not come up; then nothing is left running.
        """
        if self.state():
            raise RuntimeError(f"{self.folder} already runs; stop it first")
        _refuse_taken(self.port)
        try:
            uri, database_pid = self.cluster.start(self.cores)
            self._note(database=[database_pid, psutil.Process(database_pid).create_time()])
            self._start_workers(uri)
            self.wait(timeout_s)
        except BaseException:
            self.stop()
            raise

    def stop(self, timeout_s: float = 30.0) -> None:
        """End workers, then the database, by process id; repeats do no harm."""
        known = self.state()
        if "workers" in known:
            pid, started_at = known["workers"]
            _end(int(pid), float(started_at), timeout_s)
        self.cluster.stop()
        self.processes_file.unlink(missing_ok=True)

    def remove(self) -> None:
        """Stop and delete everything the instance wrote."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait(self, timeout_s: float = 120.0) -> None:
        """Wait until the server is healthy. Raises RuntimeError with the log's last words after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while not self.is_healthy():
            if time.monotonic() > deadline or not is_alive(*self.state()["workers"]):
                raise RuntimeError(f"Tryton on port {self.port} did not come up:\n{self._log.read_text()[-1500:]}")
            time.sleep(0.1)

    def is_healthy(self) -> bool:
        """Whether all workers have loaded the application and one of them answers over the database."""
        return len(self.worker_pids()) >= self.workers and self._loaded() >= self.workers and self._answers()

    def worker_pids(self) -> list[int]:
        """Process ids of the workers, oldest first; none when it does not run."""
        known = self.state()
        if not known or not is_alive(*known.get("workers", (0, 0.0))):
            return []
        children = psutil.Process(known["workers"][0]).children()
        return sorted(child.pid for child in children if child.status() != psutil.STATUS_ZOMBIE)

    def database_pid(self) -> int:
        """Process id of the database's postmaster. Raises RuntimeError when the instance does not run."""
        if "database" not in (known := self.state()):
            raise RuntimeError(f"{self.folder} does not run")
        return int(known["database"][0])

    def kill_worker(self) -> int:
        """The process id of the oldest worker, killed without warning; its supervisor starts another one."""
        pid = self.worker_pids()[0]
        psutil.Process(pid).kill()
        return pid

    def restart_database(self) -> None:
        """Stop the database under the running workers (their connections break) and start it again."""
        self.cluster.stop()
        _, pid = self.cluster.start(self.cores)
        self._note(database=[pid, psutil.Process(pid).create_time()])

    def state(self) -> dict[str, Any]:
        """What runs: process id and start time of the workers' supervisor and of the database; empty when stopped."""
        try:
            return dict(json.loads(self.processes_file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    @property
    def processes_file(self) -> Path:
        """Where the process ids of the running instance are written, by group."""
        return self.folder / "running.json"

    @property
    def _log(self) -> Path:
        return self.folder / "workers.log"

    @property
    def settings(self) -> Path:
        """Tryton's configuration file; written at start."""
        return self.folder / "trytond.conf"

    def configure(self, uri: str) -> None:
        """Write Tryton's configuration for a database server's uri."""
        self.folder.mkdir(parents=True, exist_ok=True)
        place = uri.replace("/postgres?", "/?")
        self.settings.write_text(SETTINGS.format(uri=place, vault=self.vault), encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """The environment Tryton's programs run in."""
        return {
            **os.environ, "TRYTOND_CONFIG": str(self.settings), "TRYTOND_DATABASE_NAMES": DATABASE,
            "TRYTOND_LOGGING_LEVEL": "40", "PYTHONWARNINGS": "ignore",
        }  # fmt: skip

    def _start_workers(self, uri: str) -> None:
        self.configure(uri)
        self._log.write_bytes(b"")
        command = [
            *pinned(self.cores), str(self.release.python), "-m", "gunicorn", "--bind", f"{HOST}:{self.port}",
            "--workers", str(self.workers), "--worker-class", "sync", "--backlog", str(self.backlog),
            "--timeout", "600", "--graceful-timeout", "5", "--no-control-socket", "--worker-tmp-dir", str(self.folder),
            "--config", "python:loadtests_hooks", "trytond.application:app",
        ]  # fmt: skip
        inside = Path(__file__).parent / "inside"
        pid, started_at = spawn(command, self._log, {**self.environment(), "PYTHONPATH": str(inside)})
        self._note(workers=[pid, started_at])

    def _note(self, **facts: Any) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self.processes_file.with_suffix(".new")
        aside.write_text(json.dumps({**self.state(), **facts}), encoding="utf-8")
        aside.replace(self.processes_file)

    def _loaded(self) -> int:
        """How many of the workers now running have loaded the application."""
        words = self._log.read_text(encoding="utf-8", errors="replace")
        return sum(f"application loaded by {pid}\n" in words for pid in self.worker_pids())

    def _answers(self) -> bool:
        """Whether a worker finds the database."""
        body = json.dumps({"id": 1, "method": "common.db.list", "params": []}).encode()
        request = urllib.request.Request(f"http://{HOST}:{self.port}/{self.release.rpc}", body, JSON)
        with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(request, timeout=5) as answer:
            return DATABASE in json.load(answer)["result"]
        return False


def _end(pid: int, started_at: float, timeout_s: float) -> None:
    """End a supervisor and its workers: first politely, after `timeout_s` for good."""
    if not is_alive(pid, started_at):
        return
    supervisor = psutil.Process(pid)
    family = [supervisor, *supervisor.children(recursive=True)]
    supervisor.terminate()
    deadline = time.monotonic() + timeout_s
    while any(_runs(process) for process in family) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process in family:
        if _runs(process):
            process.kill()


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _refuse_taken(port: int) -> None:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise RuntimeError(f"port {port} is taken ({error.strerror}); name another one with --port") from None
