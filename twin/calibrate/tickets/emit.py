"""What was learned, written as a scenario: every figure with its tag, its source and a plausible range."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np

from twin.calibrate.tickets.desks import Habits, visit_means
from twin.calibrate.tickets.fit import FIRST_CONTACT_MIN, WEEK_MIN, TicketsFit
from twin.calibrate.tickets.kinds import Kinds
from twin.calibrate.tickets.standing import Standing, standing_of
from twin.calibrate.tickets.trend import carried

CALENDAR: Final = "working hours"
PROFILE: Final = "as recorded"
HEADROOM: Final = 1.5
_MOST_CV: Final = 30.0


@dataclass(frozen=True)
class Off:
    """How far the parameters of one forecast are off their best values: standard deviations of the levels of volume,
    share and effort, and how much of a trend goes on, between nothing (0) and twice what is expected (2)."""

    volume: float = 0.0
    share: float = 0.0
    effort: float = 0.0
    trend: float = 1.0


@dataclass(frozen=True)
class Outlook:
    """The parameters of a forecast: level of demand, share resolved at first contact, kinds of work, open tickets."""

    level: float
    first_share: float
    kinds: Kinds
    standing: list[Standing]


def outlook(fit: TicketsFit, horizon_min: float, off: Off = Off()) -> Outlook:
    """Parameters carried, damped, over a horizon that begins where the record ends: their average on the way."""
    weeks = horizon_min / WEEK_MIN
    choice, share = fit.choice, fit.share
    lead = carried(weeks, choice.share_damping) * off.trend
    shift = fit.kinds.drift * carried(weeks, choice.effort_damping) * off.trend + off.effort * fit.effort_spread
    kinds = fit.kinds.shifted(shift)
    level = fit.volume.level * math.exp(off.volume * fit.volume.spread)
    return Outlook(level, share.at(lead, off.share * fit.share_spread), kinds, standing_of(fit, kinds))


def scenario_data(
    fit: TicketsFit, horizon_min: float, seen: Outlook, targets: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The scenario that begins where the record ends, as data to write or to load.

    targets  priority -> promised time to resolve, in working hours.
    """
    start = fit.record.start + timedelta(seconds=fit.record.log.end_ticks * fit.record.tick_s)
    source = f"{fit.record.report.file.rsplit('/', 1)[-1]} to {start:%Y-%m-%d %H:%M}"
    names = fit.record.log.names.priorities
    return {
        "name": f"tickets as recorded until {start:%Y-%m-%d}",
        "question": "How well will the service desk do if it goes on as recorded?",
        "clock": {
            "start": start.replace(tzinfo=None).isoformat(), "time_zone": fit.working.zone,
            "horizon": f"{horizon_min:g} min", "tick": f"{fit.record.tick_s} s",
        },
        "calendars": {CALENDAR: _calendar(fit)},
        "demand": {
            "busyness_cv": _measured(round(fit.volume.busyness_cv, 4), f"{source}: mornings and afternoons together"),
            "profiles": {PROFILE: _profile(fit, source)},
            "tickets": {**_new(fit, seen, source), **_open(fit, seen, source)},
        },
        "support": {"priorities": list(names), "tiers": _tiers(fit, seen, source)},
        "contract": {
            "calendar": CALENDAR,
            "targets": {name: {"resolve": time} for name, time in (targets or {}).items()},
        },
    }  # fmt: skip


def _measured(value: Any, source: str, bounds: tuple[Any, Any] | None = None) -> dict[str, Any]:
    return {"value": value, "measured": source, **({"range": list(bounds)} if bounds else {})}


def _calendar(fit: TicketsFit) -> dict[str, Any]:
    days = ",".join(("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day] for day in sorted(fit.working.days))
    first, last = fit.working.hours
    off = [day.isoformat() for day in sorted(fit.working.days_off)]
    return {"days": days, "hours": f"{first:02d}:00-{last:02d}:00", "holidays": off}


def _profile(fit: TicketsFit, source: str) -> dict[str, Any]:
    weights = [round(weight, 4) for weight in fit.shape.hours.tolist()]
    return {
        "span": "week", "calendar": CALENDAR,
        "days_off_ratio": _measured(round(fit.shape.day_off_ratio, 4), f"{source}: days off against usual ones"),
        "weights": _measured(weights, f"{source}: tickets opened by hour of the week"),
    }  # fmt: skip


def _law(mean_min: float, cv: float, source: str, error: float = 0.0) -> dict[str, Any]:
    law: dict[str, Any] = {"mean": f"{mean_min:.5g} min", "cv": round(min(max(cv, 0.01), _MOST_CV), 3)}
    if error > 0:
        law["range"] = [f"{mean_min * math.exp(-1.64 * error):.5g} min", f"{mean_min * math.exp(1.64 * error):.5g} min"]
    return {**law, "measured": source}


def _rate(fit: TicketsFit, share: float, level: float, source: str) -> dict[str, Any]:
    per_week = float(fit.shape.weekday.sum()) * level * share
    low, high = (per_week * math.exp(sign * 1.64 * fit.volume.spread) for sign in (-1, 1))
    return _measured(f"{per_week:.6g} / week", source, (f"{low:.6g} / week", f"{high:.6g} / week"))


def _priorities(fit: TicketsFit, weight: Any, source: str) -> dict[str, Any]:
    names = fit.record.log.names.priorities
    counts = np.bincount(fit.spells.priority, weight, len(names)) + 1e-9
    shares = [round(float(share), 6) for share in counts / counts.sum()]
    shares[int(np.argmax(shares))] += 1.0 - sum(shares)
    return {name: _measured(share, source) for name, share in zip(names, shares, strict=True) if share > 0}


def _new(fit: TicketsFit, seen: Outlook, source: str) -> dict[str, Any]:
    classes = _at_once(fit, seen, source)
    rest = 1.0 - seen.first_share if classes else 1.0
    first = np.append(True, np.diff(fit.visits.ticket) != 0)
    for kind, share in enumerate(seen.kinds.share.tolist()):
        weight = fit.belongs[:, kind]
        begins = np.bincount(fit.visits.desk[first], weight[fit.visits.ticket[first]], len(fit.desks.names)) + 1e-9
        for desk, part in enumerate((begins / begins.sum()).tolist()):
            if rest * share * part < 1e-5:
                continue
            name = f"kind {kind + 1} from {fit.desks.names[desk]}"
            classes[name] = {
                "queue": fit.desks.names[desk], "priority": _priorities(fit, weight, source),
                "arrivals": {"rate": _rate(fit, rest * share * part, seen.level, source), "profile": PROFILE},
                **_reopen(fit, source), "visits": _visits(fit, seen.kinds, kind, desk, source),
            }  # fmt: skip
    return classes


def _at_once(fit: TicketsFit, seen: Outlook, source: str) -> dict[str, Any]:
    """Tickets resolved at first contact, by the desk that does it; a hand-off within the desk shares the work out."""
    done, contact, classes = fit.spells.resolved_first(), fit.first_contact, {}
    is_first = (done >= 0) & ((done - fit.spells.opened) * fit.tick_min < FIRST_CONTACT_MIN)
    for name, share in zip(fit.desks.names, contact.desks.tolist(), strict=True):
        if not is_first.any() or share * seen.first_share < 1e-4:
            continue
        queue = first_contact(name)
        visit = {"work": _law(contact.mean_min * (1 - contact.again), contact.cv, source)}
        again = {"next": {queue: _measured(round(contact.again, 5), source)}} if contact.again > 0 else {}
        classes[queue] = {
            "queue": queue, "priority": _priorities(fit, is_first, source),
            "arrivals": {"rate": _rate(fit, seen.first_share * share, seen.level, source), "profile": PROFILE},
            "visits": {queue: {**visit, **again}},
        }  # fmt: skip
    return classes


def first_contact(desk: str) -> str:
    """Queue and class of the tickets that a desk resolves at first contact."""
    return f"{desk} first contact"


def _reopen(fit: TicketsFit, source: str) -> dict[str, Any]:
    back = fit.reopening
    if back.probability <= 0:
        return {}
    after = _law(back.mean_min, back.cv, source)
    return {"reopen": {"probability": _measured(round(back.probability, 5), source), "after": after}}


def _visits(fit: TicketsFit, kinds: Kinds, kind: int, start: int, source: str) -> dict[str, Any]:
    habits, names = fit.habits[kind], fit.desks.stations
    cv = math.sqrt(math.expm1(float(kinds.sigma[kind]) ** 2))
    means, own_cv = visit_means(habits, start, float(kinds.mean_minutes[kind]), cv)
    return {
        name: {
            "work": _law(mean, own_cv, source, fit.effort_spread),
            **_wait(habit, source),
            "next": {
                names[to]: _measured(round(chance, 5), source)
                for to, chance in enumerate(habit.next.tolist())
                if chance > 0
            },
        }
        for name, mean, habit in zip(names, means.tolist(), habits, strict=True)
    }


def _wait(habit: Habits, source: str) -> dict[str, Any]:
    if habit.wait_probability <= 0 or habit.wait_mean <= 0:
        return {}
    return {
        "wait_customer": {
            "probability": _measured(round(habit.wait_probability, 5), source),
            "duration": _law(habit.wait_mean, habit.wait_cv, source),
            "after_work_ratio": _measured(round(min(habit.wait_after, 1.0), 4), source),
        }
    }


def _open(fit: TicketsFit, seen: Outlook, source: str) -> dict[str, Any]:
    classes = {}
    for group in seen.standing:
        habit, desk = fit.habits[group.kind][group.desk], fit.desks.names[group.desk]
        wait = _wait(habit, source)
        if group.is_away and wait:
            wait["wait_customer"].update(probability=1, after_work_ratio=0)
        elif group.is_away:
            wait = {}
        classes[group.name] = {
            "queue": desk, "priority": _priorities(fit, fit.belongs[:, group.kind], source),
            "arrivals": {"scheduled": [{"at": "0 s", "count": group.count}]},
            "visits": {desk: {"work": _law(group.mean_min, group.cv, f"{source}: what is left"), **wait}},
        }  # fmt: skip
    return classes


def _tiers(fit: TicketsFit, seen: Outlook, source: str) -> dict[str, Any]:
    tiers: dict[str, Any] = {}
    peak = float(fit.shape.hours.max()) / 60.0 * fit.first_contact.mean_min * seen.level
    heads = math.ceil(4 * peak + 4 * math.sqrt(peak) + 4)
    most = "the export shows no limit: tickets are answered while they come"
    for queue in _at_once(fit, seen, source):
        tiers[queue] = {"serves": [queue], "shifts": {"always": {"heads": {"value": heads, "assumed": most}}}}
    for desk, name in enumerate(fit.desks.names):
        at_once = int(fit.staff.most_at_once[desk])
        why = (
            f"places for tickets in hand: {source} shows {at_once} at once, with about {fit.staff.people[desk]:.0f} "
            "people acting in a working hour; that more fit is assumed"
        )
        bounds = [at_once, 3 * at_once]
        tiers[name] = {
            "level": int(name[1:]) if name[1:].isdigit() else desk + 1, "serves": [name, f"{name} again"],
            "at_shift_end": "pause",
            "shifts": {"day": {"calendar": CALENDAR, "heads": {
                "value": math.ceil(HEADROOM * at_once), "assumed": why, "range": bounds}}},
        }  # fmt: skip
    return tiers
