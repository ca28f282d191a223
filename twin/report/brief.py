"""The decision brief: one page that says what to choose, how sure that is, what it costs and what would change it."""

from pathlib import Path

from twin.decide.best import Contender, Verdict, verdicts
from twin.decide.compare import Comparison
from twin.report import labels
from twin.report.page import rendered
from twin.report.words import counted, percent, sentence_list

_MOST_NEEDED = 1_000_000


def write_brief(comparison: Comparison, folder: Path) -> Path | None:
    """Path of the brief.html written into `folder`; None if the scenarios share no criterion."""
    found = verdicts(comparison)
    if not found:
        return None
    page = rendered(
        "brief.html", title="Decision brief", headline=recommendation(found), replications=found[0].replications,
        blocks=[(_measure(one), choice_words(one), change_words(one),
                 [(c.name, percent(c.estimate, abs(c.lead_high - c.lead_low) / 4), _lead(c), _state(c), _cost(c))
                  for c in one.contenders]) for one in found],
        confidence=percent(found[0].confidence), unit=currency(comparison), footers=[],
    )  # fmt: skip
    path = folder / "brief.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def recommendation(found: tuple[Verdict, ...]) -> str:
    """What to choose, in one sentence: what may be best by every criterion and costs least."""
    names = [c.name for c in found[0].contenders]
    fit = [n for k, n in enumerate(names) if all(one.contenders[k].may_be_best for one in found)]
    if not fit:
        parts = [f"“{one.choice.name}” by {_measure(one).lower()}" for one in found]
        return f"The criteria disagree: {sentence_list(parts)}."
    costs = {c.name: c.cost for c in found[0].contenders}
    chosen = min(fit, key=lambda name: costs[name])
    if len(fit) == 1:
        return f"Choose “{chosen}”: no other is as good by every criterion."
    if len(fit) == len(names):
        return _undecided(chosen, costs, found[0].replications)
    others = sentence_list([f"“{name}”" for name in fit if name != chosen])
    is_cheaper = costs[chosen] < min(costs[name] for name in fit if name != chosen) - 1e-9
    why = "it costs least" if is_cheaper else "nothing sets them apart"
    return f"Choose “{chosen}”: {others} may be as good, and {why}."


def _undecided(cheapest: str, costs: dict[str, float], runs: int) -> str:
    options = sentence_list([f"“{name}”" for name in costs])
    said = f"No recommendation: {options} can't be told apart by {counted(runs, 'run')}"
    is_cheaper = all(costs[cheapest] < cost - 1e-9 for name, cost in costs.items() if name != cheapest)
    return f"{said}; the staffing of “{cheapest}” costs least." if is_cheaper else f"{said}."


def choice_words(verdict: Verdict) -> str:
    """How sure the choice is by one criterion."""
    best = [one for one in verdict.contenders if one.is_best]
    if best:
        return f"“{best[0].name}” is best with {percent(verdict.confidence)} confidence."
    fit = [one for one in verdict.contenders if one.may_be_best]
    if len(fit) < 2:
        return f"“{verdict.foremost.name}” leads, but not clearly."
    return f"{sentence_list([f'“{one.name}”' for one in fit])} can't be told apart as the best."


def change_words(verdict: Verdict) -> str:
    """What would change the answer by one criterion: more runs, or a price per point."""
    words = []
    ranked = sorted(verdict.contenders, key=lambda one: -one.estimate)
    first, second = ranked[0], ranked[1]
    points = 100 * (first.estimate - second.estimate)
    if points <= 0:
        return "The two foremost are equal; no number of runs would set them apart."
    if not any(one.is_best for one in verdict.contenders) and verdict.needed > verdict.replications:
        much = f"About {verdict.needed:,.0f}" if verdict.needed <= _MOST_NEEDED else f"More than {_MOST_NEEDED:,}"
        words.append(f"{much} runs would tell “{first.name}” from “{second.name}”.")
    if first.cost > second.cost:
        price = (first.cost - second.cost) / points
        words.append(f"“{first.name}” is worth its cost if a point is worth at least {price:,.0f} a year; "
                     f"below that, choose “{second.name}”.")  # fmt: skip
    else:
        words.append(f"“{second.name}” would have to gain {points:.3g} points to draw level.")
    return " ".join(words)


def currency(comparison: Comparison) -> str:
    """What staffing costs are counted in."""
    staffing = comparison.results[0].scenario.staffing
    return staffing.currency if staffing is not None else "head-hours"


def _measure(verdict: Verdict) -> str:
    return labels.measure(verdict.measure)


def _lead(one: Contender) -> str:
    low, high = (f"{100 * end:+.3g}".replace("-", "−") if end else "0" for end in (one.lead_low, one.lead_high))
    return f"{low} to {high} points"


def _state(one: Contender) -> str:
    return "the best" if one.is_best else "may be the best" if one.may_be_best else "not the best"


def _cost(one: Contender) -> str:
    return f"{one.cost:,.0f}"
