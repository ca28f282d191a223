"""The law of processor sharing in whole ticks, used by both engines.

All jobs on a node get the same service, at most one core each, so one number tells how far everybody is: the service V
that each job present has received since the node was last empty, in 1/1024 ticks. A job that joins at V with w ticks of
work is done when V reaches V + 1024 w. V is rounded down whenever the node changes, instants are rounded up to whole
ticks, and nothing else is rounded. Where requests hinder each other, V grows at a rate (in 1/1024) that depends on how
many there are, and is rounded down once more.
"""

from typing import Any, Final

from twin.compiled import kernel

GRAIN_BITS: Final = 10
FULL_SPEED: Final = 100
FULL_RATE: Final = 1 << GRAIN_BITS
FOREVER: Final = 1 << 60
MOST_WORK: Final = 1 << 36  # ticks of one visit; longer ones are cut


@kernel
def shared(elapsed: Any, jobs: Any, servers: Any, speed: Any, rate: Any) -> Any:
    """By how much V grows in `elapsed` ticks with so many jobs on so many servers; speed in hundredths."""
    if jobs <= servers and speed == FULL_SPEED:
        grown = elapsed << GRAIN_BITS
    else:
        share, whole = speed * min(jobs, servers), FULL_SPEED * jobs
        grown = ((elapsed // whole * share) << GRAIN_BITS) + ((elapsed % whole * share) << GRAIN_BITS) // whole
    return grown if rate == FULL_RATE else (grown * rate) >> GRAIN_BITS


@kernel
def ticks_until(left: Any, jobs: Any, servers: Any, speed: Any, rate: Any) -> Any:
    """Ticks until V has grown by `left`; FOREVER at speed 0."""
    if speed == 0:
        return FOREVER
    if rate != FULL_RATE:
        left = ((left << GRAIN_BITS) + rate - 1) // rate
    if jobs <= servers and speed == FULL_SPEED:
        return (left + (1 << GRAIN_BITS) - 1) >> GRAIN_BITS
    share, whole = (speed * min(jobs, servers)) << GRAIN_BITS, FULL_SPEED * jobs
    return left // share * whole + (left % share * whole + share - 1) // share


@kernel
def work_done(elapsed: Any, speed: Any) -> Any:
    """Ticks of work that a server alone with a job does in `elapsed` ticks."""
    return elapsed * speed // FULL_SPEED


@kernel
def ticks_for(work: Any, speed: Any) -> Any:
    """Ticks that a server alone with a job needs for `work`; FOREVER at speed 0."""
    if speed == 0:
        return FOREVER
    return (work * FULL_SPEED + speed - 1) // speed
