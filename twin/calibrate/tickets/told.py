"""What was learned from tickets, in words and as plain data."""

import math
from typing import Any

from twin.calibrate.tickets.fit import TicketsFit
from twin.units import finite


def told(fit: TicketsFit) -> list[str]:
    """Sentences on what was learned, what was chosen by which evidence, and what the record can't tell."""
    report, choice, staff = fit.record.report, fit.choice, fit.staff
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    worked = " ".join(days[day] for day in sorted(fit.working.days))
    week = float(fit.shape.weekday.sum()) * fit.volume.level
    trend = f"{fit.share.slope:+.2f} a week" if choice.share_damping else "no trend"
    lines = [
        f"{report.rows:,} rows, {report.cases:,} tickets, {len(report.bad):,} rows set aside; "
        f"known until {report.as_of}",
        f"people work {worked}, {fit.working.hours[0]:02d}:00 to {fit.working.hours[1]:02d}:00; "
        f"{len(fit.working.days_off)} days off are known",
        f"{week:,.0f} tickets in a usual week; days differ by a common factor with cv {fit.volume.busyness_cv:.2f} "
        f"(morning and afternoon correlate by {fit.volume.within_day:.2f}); the level of a week ahead is known to "
        f"{fit.volume.spread:.1%}",
        f"{1 / (1 + math.exp(-fit.share.level)):.1%} are resolved within the hour of opening (log-odds {trend}, "
        f"damping {choice.share_damping:g}, {_memory(choice.share_memory)})",
        *_kinds(fit),
        f"{fit.reopening.probability:.1%} of resolutions are reopened, on average after "
        f"{fit.reopening.mean_min / 60:.0f} h",
    ]
    for desk, name in enumerate(fit.desks.names):
        lines.append(
            f"{name}: at most {staff.most_at_once[desk]:,} tickets at once, about {staff.people[desk]:.0f} people "
            f"acting in a working hour: {staff.at_once[desk]:.1f} tickets each"
        )
    return lines


def _memory(weeks: float) -> str:
    return "all weeks count alike" if math.isinf(weeks) else f"a week counts half after {weeks:g} weeks"


def _kinds(fit: TicketsFit) -> list[str]:
    return [
        f"kind {number + 1}: {share:.0%} of the others, median {math.exp(mu) / 60:.2g} working hours at the desk, "
        f"log standard deviation {sigma:.2f}"
        for number, (share, mu, sigma) in enumerate(zip(
            fit.kinds.share.tolist(), fit.kinds.mu.tolist(), fit.kinds.sigma.tolist(), strict=True))
    ]  # fmt: skip


def unknowns(fit: TicketsFit) -> list[str]:
    """What the record can't tell, and what stands in the scenario instead."""
    return [
        "how many more tickets the desks could hold at once: no shortage is seen, so places in hand are assumed "
        "(range in the scenario)",
        "whether a ticket in hand is worked on or lies there: both are the time at the desk",
        "who was on duty without acting",
        "how a trend goes on beyond the two weeks that were tested inside the record: it is held from then on",
    ]


def replay_map(fit: TicketsFit) -> dict[str, Any]:
    """What a column map needs so that the record can be replayed at the desks of the scenario."""
    names = fit.record.log.names.queues
    desks = {name: fit.desks.names[desk] for name, desk in zip(names, fit.desks.of_queue.tolist(), strict=True)}
    return {**fit.record.column_map.model_dump(mode="json"), "queues": desks, "default_queue": fit.desks.names[-1]}


def fit_object(fit: TicketsFit) -> dict[str, Any]:
    """The figures as plain data: parameters, spreads, choices and the scores they were chosen by."""
    return {
        "source": fit.record.report.file, "digest": fit.record.report.digest, "as_of": fit.record.report.as_of,
        "rows": fit.record.report.rows, "tickets": fit.record.report.cases,
        "rows_set_aside": len(fit.record.report.bad),
        "working_hours": list(fit.working.hours), "days_off": [str(day) for day in sorted(fit.working.days_off)],
        "tickets_per_week": float(fit.shape.weekday.sum()) * fit.volume.level,
        "volume": {**fit.volume.__dict__, "memory_weeks": finite(fit.volume.memory_weeks)},
        "first_contact_share": {**fit.share.__dict__, "spread": fit.share_spread},
        "kinds": {"share": fit.kinds.share.tolist(), "log_mean_min": fit.kinds.mu.tolist(),
                  "log_sd": fit.kinds.sigma.tolist(), "drift": fit.kinds.drift, "spread": fit.effort_spread},
        "reopening": fit.reopening.__dict__,
        "choice": {key: finite(value) for key, value in fit.choice.__dict__.items()},
        "scores": fit.scores, "desks": list(fit.desks.names),
        "people": fit.staff.people.tolist(), "tickets_at_once": fit.staff.most_at_once.tolist(),
        "people_by_hour": fit.staff.people_by_hour.tolist(),
        "assumed": list(fit.record.report.assumed), "unknown": unknowns(fit),
    }  # fmt: skip

