"""Programs that one starts: none outlives the one that started it."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

GRACE_S = 30.0


def end_in_order() -> None:
    """From now on a signal to end raises SystemExit, as Ctrl-C raises KeyboardInterrupt: what was started is ended."""

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)


def run_to_end(command: Sequence[str], **options: Any) -> int:
    """The exit code of a program, which is asked to end when the wait for it is interrupted, and killed if it won't.

    options  of subprocess.Popen.
    """
    with subprocess.Popen(command, **options) as program:
        try:
            return program.wait()
        except BaseException:
            program.terminate()
            try:
                program.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                program.kill()
            raise
