"""A release of Tryton: its pinned packages, in an environment of its own."""

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
RELEASES = tuple(sorted(path.stem.removeprefix("requirements-") for path in HERE.glob("requirements-*.txt")))


@dataclass(frozen=True, slots=True)
class Release:
    """One release, e.g. "7.0", with its environment below `store`."""

    name: str
    store: Path

    def __post_init__(self) -> None:
        if self.name not in RELEASES:
            raise ValueError(f'no release "{self.name}" of Tryton is pinned here; there are {", ".join(RELEASES)}')

    @property
    def pins(self) -> Path:
        """The file that pins every package of the release."""
        return HERE / f"requirements-{self.name}.txt"

    @property
    def rpc(self) -> str:
        """Where below a database's address the release takes remote calls: series before 8.0 take them right there."""
        return "" if tuple(map(int, self.name.split("."))) < (8, 0) else "rpc/"

    @property
    def folder(self) -> Path:
        """The environment's folder."""
        return self.store / f"tryton-{self.name}"

    @property
    def python(self) -> Path:
        """The release's own interpreter."""
        return self.folder / "bin" / "python"

    @property
    def is_built(self) -> bool:
        """Whether the environment holds exactly the pinned packages, in the place where it was made."""
        stamp = self.folder / "built"
        return stamp.is_file() and stamp.read_text(encoding="utf-8") == self._stamp()

    def build(self) -> None:
        """Make the environment unless it is there. Raises RuntimeError with pip's last words when that fails."""
        if self.is_built:
            return
        self.store.mkdir(parents=True, exist_ok=True)
        environment = [sys.executable, "-m", "venv", "--clear", str(self.folder)]
        run(environment, f"making the environment of Tryton {self.name}")
        quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
        run([str(self.python), "-m", "pip", "install", *quiet, "-r", str(self.pins)], f"installing Tryton {self.name}")
        (self.folder / "built").write_text(self._stamp(), encoding="utf-8")

    def _stamp(self) -> str:
        return f"{self.folder.resolve()} {hashlib.sha256(self.pins.read_bytes()).hexdigest()}"


def run(command: Sequence[str], what: str, environment: dict[str, str] | None = None) -> str:
    """What a command printed. Raises RuntimeError that says what was attempted and the command's last words."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL)
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip())[-1500:]
        raise RuntimeError(f"{what} failed (exit code {done.returncode}):\n{words}")
    return done.stdout
