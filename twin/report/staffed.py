"""The page, figure and files of a staffing answer: the plan, how sure it is, what binds, and what more would cost."""

import csv
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.decide.roster import Duty, headcount, roster
from twin.decide.staff import Staffed
from twin.decide.staffing.space import Plan
from twin.report.figures import drawn
from twin.report.folder import row_object, write_manifest
from twin.report.ics import Event, write_calendar
from twin.report.ledger import ledger
from twin.report.page import picture, rendered
from twin.report.style import BLACK, BLUE, GREY, ORANGE, WIDE_IN, canvas, notice
from twin.report.words import NBSP, measured, percent, sentence_list
from twin.spec.load import Loaded
from twin.units import finite

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def money(value: float, answer: Staffed) -> str:
    """An amount in the currency of the staffing section: "1,204,000 EUR"."""
    return "–" if math.isnan(value) else f"{value:,.0f}{NBSP}{answer.space.staffing.currency}"


def headline(answer: Staffed) -> str:
    """The answer in one sentence."""
    if answer.plan is None:
        missed = sentence_list([one.words for one, row in _outcomes(answer) if _misses(one, row)]) or "a promise"
        return f"No plan tried keeps every promise; the closest one misses: {missed}."
    saved = answer.space.cost(answer.space.present) - answer.cost
    now = f"{money(abs(saved), answer)} a year {'less' if saved >= 0 else 'more'} than today's staffing"
    return f"{money(answer.cost, answer)} a year keep every promise, {now}."


def sentences(answer: Staffed) -> list[str]:
    """How sure the answer is, what binds, what more would cost, and what can't be told apart."""
    out = [
        f"Confirmed on {answer.months:,} fresh months that the search had not seen: each promise is kept with "
        f"{percent(answer.confidence)} confidence."
        if answer.plan is not None
        else f"{len(answer.tried):,} plans were tried; the table shows the one that came closest."
    ]
    weak = [(one, row) for one, row in _outcomes(answer) if not one.is_limit and not math.isnan(row.estimate)]
    if weak:
        one, row = min(weak, key=lambda pair: pair[1].estimate - pair[0].target)
        out.append(f"The tightest promise is “{one.words}”: {measured(row)} against {percent(one.target)}.")
    if answer.plan is not None:
        point, kept = answer.point_more, "no dearer plan within the bounds was found that does"
        more = kept if math.isnan(point) else f"{money(point, answer)} a year more"
        out.append(f"One point more on the tightest promise: {more}.")
    gains = sorted(one.gain for one in answer.less if math.isfinite(one.gain))
    if gains:
        out.append(
            f"On common tapes the effect of one head was as sure as with {gains[len(gains) // 2]:,.0f} times as many "
            "runs on tapes of their own."
        )
    if answer.alike:
        count = len(answer.alike)
        out.append(
            f"{count} other {'plan is' if count == 1 else 'plans are'} indistinguishable within "
            f"{percent(answer.space.staffing.indifference)}: "
            + "; ".join(f"{_short(answer, p)} ({money(answer.space.cost(p), answer)})" for p in answer.alike[:4])
        )
    return out


def write_staffed(answer: Staffed, loaded: Loaded, folder: Path) -> dict[str, Any]:
    """Fill a new folder with staffing.html, roster.csv and .ics, plan.json, figures, manifest.json; the manifest."""
    plan = answer.plan if answer.plan is not None else answer.closest
    turns = roster(answer.space, plan) if plan is not None else []
    about = staffed_object(answer, loaded, headcount(turns))
    write_manifest(about, folder)
    if plan is not None:
        (folder / "plan.json").write_text(json.dumps(answer.space.values(plan), indent=1))
    _write_roster(turns, folder, loaded)
    page = rendered(
        "staffing.html", title=f"Staffing of “{loaded.scenario.name}”", question=loaded.scenario.question,
        headline=headline(answer), sentences=sentences(answer), answer=answer,
        levers=_lever_lines(answer, plan), promises=[_promise_line(*pair) for pair in _outcomes(answer)],
        less=[(one.lever.words, money(one.saving, answer), sentence_list(list(one.broken)) or "nothing on its own")
              for one in answer.less],
        people=sorted(headcount(turns).items()),
        pictures=[picture("frontier", "What attainment costs", _note(answer), folder / "figures",
                          frontier_figure, answer)],
        finalists=[(_short(answer, one.plan), money(one.cost, answer), one.verdict) for one in answer.finalists],
        footers=[_footer(answer, loaded)],
    )  # fmt: skip
    (folder / "staffing.html").write_text(page, encoding="utf-8", newline="\n")
    return about


def staffed_object(answer: Staffed, loaded: Loaded, people: dict[str, int]) -> dict[str, Any]:
    """The answer as plain data; measures are rows of the tidy table."""
    return {
        "scenario": loaded.scenario.name, "digest": loaded.digest, "seed": answer.seed,
        "confidence": answer.confidence, "currency": answer.space.staffing.currency,
        "plan": None if answer.plan is None else answer.space.values(answer.plan),
        "cost_per_year": finite(answer.cost), "present_cost_per_year": answer.space.cost(answer.space.present),
        "closest": None if answer.closest is None else answer.space.values(answer.closest),
        "fresh_months": answer.months, "plans_tried": len(answer.tried), "replications": answer.simulated,
        "people": people, "one_point_more_per_year": finite(answer.point_more),
        "measures": [row_object(row) for row in answer.rows],
        "binding": [
            {"lever": one.lever.path, "saving_per_year": one.saving, "breaks": list(one.broken),
             "variance_reduction": finite(one.gain)} for one in answer.less
        ],
        "frontier": [
            {"cost_per_year": one.cost, "smallest_margin": finite(one.margin), "plan": answer.space.values(one.plan)}
            for one in answer.frontier
        ],
        "alike": [answer.space.values(plan) for plan in answer.alike],
        "finalists": [
            {"plan": answer.space.values(one.plan), "cost_per_year": one.cost, "verdict": one.verdict}
            for one in answer.finalists
        ],
    }  # fmt: skip


@drawn
def frontier_figure(answer: Staffed, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Smallest margin of any promise against cost: plans tried, the frontier found, and the answer."""
    points = [(cost, 100 * margin) for _, cost, margin in answer.tried if math.isfinite(margin)]
    if not points:
        return notice("No plan was measured.", width_in)
    figure = canvas(width_in, 0.55 * width_in, "What attainment costs" if with_title else "")
    axes = figure.subplots()
    known = [(one.cost, 100 * one.margin) for one in answer.frontier]
    shown = known or points
    left, right = min(c for c, _ in shown), max(c for c, _ in shown)
    low, high = min(m for _, m in shown), max(m for _, m in shown)
    axes.plot(*zip(*points, strict=True), ".", color=GREY, alpha=0.5, markersize=4, label="plans tried")
    if known:
        axes.plot(*zip(*sorted(known), strict=True), "o-", color=BLUE, markersize=5, label="cheapest found")
    if answer.plan is not None:
        here = next(100 * m for plan, _, m in answer.tried if plan == answer.plan)
        axes.plot(answer.cost, here, "D", color=ORANGE, markersize=8, markeredgecolor=BLACK, label="the answer")
    axes.axhline(0.0, color=BLACK, linewidth=1.0)
    span, rise = max(right - left, 0.02 * right, 1.0), max(high - low, 1.0)
    axes.set_xlim(left - 0.15 * span, right + 0.15 * span)
    axes.set_ylim(min(low, 0.0) - 0.3 * rise, high + 0.3 * rise)
    budget = answer.space.budget
    if budget is not None and left - 0.15 * span < budget < right + 0.15 * span:
        axes.axvline(budget, color=GREY, linestyle="--", label="budget")
    axes.set_xlabel(f"cost a year, {answer.space.staffing.currency}")
    axes.set_ylabel("tightest promise,\npoints above its target")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.legend(loc="lower right", frameon=False)
    return figure


def _outcomes(answer: Staffed) -> list[tuple[Any, Any]]:
    return list(zip(answer.promises, answer.rows, strict=True)) if answer.rows else []


def _misses(promise: Any, row: Any) -> bool:
    return bool(row.estimate > promise.target if promise.is_limit else row.estimate < promise.target)


def _promise_line(promise: Any, row: Any) -> dict[str, str]:
    target = f"at most {promise.target:.3g}" if promise.is_limit else percent(promise.target)
    shown = f"{row.estimate:.3g} ({row.low:.3g} to {row.high:.3g})" if promise.is_limit else measured(row)
    is_kept = not _misses(promise, row)
    state = "open" if math.isnan(row.estimate) else "kept" if is_kept else "missed"
    words = {"open": "nothing to measure", "kept": "✓ kept", "missed": "✗ missed"}[state]
    return {"words": promise.words, "target": target, "shown": shown, "state": state, "verdict": words}


def _lever_lines(answer: Staffed, plan: Plan | None) -> list[tuple[str, str, str, str]]:
    if plan is None:
        return []
    lines = []
    for lever, now, new in zip(answer.space.levers, answer.space.present, plan, strict=True):
        step = "" if now == new else f"{new - now:+d}" if lever.kind != "hours" else "changed"
        lines.append((lever.words, str(lever.value(now)), str(lever.value(new)), step))
    return lines


def _short(answer: Staffed, plan: Plan) -> str:
    against = answer.plan if answer.plan is not None else answer.space.present
    moved = [
        f"{lever.words} {lever.value(new)} for {lever.value(old)}"
        for lever, old, new in zip(answer.space.levers, against, plan, strict=True) if old != new
    ]  # fmt: skip
    return sentence_list(moved) or "the answer itself"


def _note(answer: Staffed) -> str:
    return (
        f"{len(answer.tried):,} plans on common tapes. The blue line joins the cheapest plans found for stricter and "
        "laxer targets; estimates of the search, less sure than the confirmed answer."
    )


def _footer(answer: Staffed, loaded: Loaded) -> dict[str, Any]:
    facts = [
        ("Scenario", loaded.scenario.name), ("Digest of the scenario", loaded.digest or "not known"),
        ("Seed", str(answer.seed)), ("Plans tried", f"{len(answer.tried):,}"),
        ("Replications", f"{answer.simulated:,}"), ("Fresh months", f"{answer.months:,}"),
    ]  # fmt: skip
    return {"facts": facts, **ledger(loaded)}


def _write_roster(turns: list[Duty], folder: Path, loaded: Loaded) -> None:
    from zoneinfo import ZoneInfo

    local = ZoneInfo(loaded.scenario.clock.time_zone)
    with (folder / "roster.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["person", "tier", "shift", "start", "end"])
        for one in turns:
            times = (one.start.astimezone(local), one.end.astimezone(local))
            rows.writerow([one.person, one.tier, one.shift, *(time.isoformat(timespec="minutes") for time in times)])
    events = [
        Event(f"{one.person}-{one.start:%Y%m%dT%H%M}-{one.shift}", f"{one.person}: {one.shift}", one.start, one.end)
        for one in turns
    ]
    write_calendar(events, folder / "roster.ics", f"Roster of {loaded.scenario.name}")

