"""A core kept awake: a loop that runs on it whenever nothing else does.

    python -m loadtests.awake CORE

A core that has been idle is slow for a while: caches are cold, the clock is low, on a virtual machine somebody else has
it. So the same request costs more at light load than at heavy load, by tens of percent, and demands measured at light
load mislead. The loop gives way at once (scheduling class idle) and ends with the process that started it.
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

PASSES = 20_000  # between two looks whether to go on: about a millisecond


def main(core: int) -> int:
    """Keep a core awake until a signal to end comes or the parent has gone."""
    ends: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        ends.append(number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    parent = os.getppid()
    os.sched_setaffinity(0, {core})
    give_way()
    while not ends and os.getppid() == parent:
        for _ in range(PASSES):
            pass
    return 0


def give_way() -> None:
    """Run only when nobody else wants the core, also where the system shares it between sessions first."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with suppress(OSError):  # a system that does not share between sessions has no such file
        Path("/proc/self/autogroup").write_text("19")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
