"""The tape: everything chance (or history) decides about one replication, in whole ticks."""

import hashlib
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Kinds of steps on a ticket's path (low three bits), and how its queue was reached (flags).
TRIAGE, WORK, FOLLOW_UP, WAIT_CUSTOMER, WAIT_VENDOR, REOPEN = range(6)
KIND_MASK = 7
BY_ESCALATION, BY_REASSIGNMENT = 8, 16


@dataclass(frozen=True)
class Tape:
    """What happens from outside, and what would happen inside if it came to that.

    Tickets 0..n-1 arrive at opened_at (sorted). Ticket n + j belongs to life j of the flattened unit lives: it
    opens only if that life ends in a failure. The path of ticket t is steps path_from[t] .. path_from[t + 1]:

        step_kind   uint8: what is done, plus how the queue was reached;
        step_queue  int16; step_ticks  int64: work, or length of a wait.

    ticket_class int16, priority int8 (-1: decided when it opens), patience int64 ticks (-1: endless),
    ticket_occurrence int32: the change occurrence whose last holds end when the ticket restores service, -1: none.

    Unit u lives lives life_from[u] .. life_from[u + 1] one after the other: life_ticks until it fails by itself,
    life_report ticks until people report the failure (-1: monitoring sees it), life_takeover ticks until a
    standby has taken over, life_automatic 1 if it does so by itself, life_maintenance ticks of maintenance.

    Shocks end the life of one unit or (unit -1) of all units of a component at shock_at, sorted.
    Holds take units (0: all) or a share of users (thousandths) of a component out of service for a cause from hold_at
    until hold_until (-1: until a ticket restores it). Phases and bookings (heads of a pool by tier number) are
    facts of changes for the agenda.
    """

    opened_at: Array
    ticket_class: Array
    priority: Array
    patience: Array
    ticket_occurrence: Array
    path_from: Array
    step_kind: Array
    step_queue: Array
    step_ticks: Array
    life_from: Array
    life_ticks: Array
    life_report: Array
    life_takeover: Array
    life_automatic: Array
    life_maintenance: Array
    shock_at: Array
    shock_component: Array
    shock_unit: Array
    shock_cause: Array
    hold_at: Array
    hold_until: Array
    hold_component: Array
    hold_units: Array
    hold_share: Array
    hold_cause: Array
    hold_occurrence: Array
    phase_at: Array
    phase_occurrence: Array
    phase_change: Array
    phase: Array
    booked_at: Array
    booked_tier: Array
    booked_heads: Array
    end_ticks: int
    world: str
    seed: int
    replication: int

    @property
    def arrivals(self) -> int:
        """How many tickets arrive from outside."""
        return len(self.opened_at)

    def digest(self) -> str:
        """SHA-256 over all columns: equal digests, equal chance."""
        state = hashlib.sha256(f"{self.end_ticks} {self.world}".encode())
        for column in fields(self):
            value = getattr(self, column.name)
            if isinstance(value, np.ndarray):
                state.update(np.ascontiguousarray(value).tobytes())
        return state.hexdigest()
