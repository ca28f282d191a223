"""A request log from what either engine counted."""

from typing import Any

from twin.eventlog.requests import RequestLog
from twin.simulate.request_plan import RequestPlan
from twin.tape.requests import RequestTape


def log_of(
    plan: RequestPlan, tape: RequestTape, columns: dict[str, Any], spent: Any, busy: Any, looked_up: Any
) -> RequestLog:
    """A request log from its columns and what plan and tape know."""
    return RequestLog(
        **columns, spent=spent, busy=busy, looked_up=looked_up, measured_from=plan.measured_from,
        end_ticks=tape.end_ticks, tick_s=plan.tick_s, names=plan.names,
        provenance={"world": tape.world, "seed": tape.seed, "replication": tape.replication},
    )  # fmt: skip
