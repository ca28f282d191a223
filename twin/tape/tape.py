"""The tape: everything chance (or history) decides about one replication, in whole ticks."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.tape.digest import digest_of

Array = NDArray[Any]

# Kinds of steps on a ticket's path (low three bits), and how its queue was reached (flags).
TRIAGE, WORK, FOLLOW_UP, WAIT_CUSTOMER, WAIT_VENDOR, REOPEN = range(6)
KIND_MASK = 7
BY_ESCALATION, BY_REASSIGNMENT = 8, 16


# Columns of the tables.
STEP_KIND, STEP_QUEUE, STEP_TICKS = range(3)
(
    LIFE_TICKS, LIFE_REPORT, LIFE_TAKEOVER, LIFE_AUTOMATIC, LIFE_MAINTENANCE, LIFE_CLASS, LIFE_UNIT, LIFE_UPKEEP,
    LIFE_WARNED,
) = range(LIFE_COLUMNS := 9)  # fmt: skip
SHOCK_AT, SHOCK_PART, SHOCK_UNIT, SHOCK_CAUSE = range(4)
HOLD_AT, HOLD_UNTIL, HOLD_PART, HOLD_UNITS, HOLD_SHARE, HOLD_CAUSE, HOLD_OCCURRENCE = range(7)
PHASE_AT, PHASE_OCCURRENCE, PHASE_CHANGE, PHASE = range(4)
BOOKED_AT, BOOKED_TIER, BOOKED_HEADS = range(3)


@dataclass(frozen=True)
class Tape:
    """What happens from outside, and what would happen inside if it came to that. All tables are int64.

    Tickets 0..n-1 arrive at opened_at (sorted). Ticket n + j belongs to life j of the units: it opens only if that
    life ends in a failure. Per ticket: ticket_class int16, priority int8 as reported (-1: decided when it opens),
    true_priority int8 (what triage finds), patience ticks
    (-1: endless), ticket_occurrence (the change occurrence whose last holds end when it restores service, -1: none).

    steps   (step, STEP_*): the path of ticket t is rows path_from[t] .. path_from[t + 1]: what is done and how the
            queue was reached, queue, ticks of work or of a wait.
    lives   (life, LIFE_*): rows life_from[u] .. life_from[u + 1] follow each other on unit u: ticks until it fails by
            itself, until people report it (-1: monitoring sees it), until a standby has taken over, whether that
            works by itself, ticks of maintenance, class of the ticket, unit, ticks until the unit is taken out of
            service on purpose (-1: never), whether a warning is the reason.
    shocks  (shock, SHOCK_*), sorted: the end of a life of one unit or (unit -1) of all units of a component.
    holds   (hold, HOLD_*): units (0: all) or a share of users (thousandths) of a component out of service for a cause,
            until a tick or (-1) until a ticket restores it.
    phases, booked   facts of changes for the agenda: phases, and heads of a tier (as `booked_tiers` numbers them) that
            change staff takes.
    """

    opened_at: Array
    ticket_class: Array
    priority: Array
    true_priority: Array
    patience: Array
    ticket_occurrence: Array
    path_from: Array
    steps: Array
    life_from: Array
    lives: Array
    shocks: Array
    holds: Array
    phases: Array
    booked: Array
    end_ticks: int
    world: str
    seed: int
    replication: int

    @property
    def arrivals(self) -> int:
        """How many tickets arrive from outside."""
        return len(self.opened_at)

    @cached_property
    def misjudged(self) -> Array:
        """Per ticket the priority that its first agent finds out, int8; -1 where it was reported as it is."""
        found = np.where(self.true_priority == self.priority, -1, self.true_priority)
        found[self.arrivals :] = -1
        return found.astype(np.int8)

    def digest(self) -> str:
        """SHA-256 over all columns: equal digests, equal chance."""
        return digest_of(self)
