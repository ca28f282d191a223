"""What single change would keep a promise, for the terminal and as plain data."""

from typing import TYPE_CHECKING, Any

from twin.decide.explain import Explained, Remedy
from twin.report.words import percent
from twin.spec.load import Loaded

if TYPE_CHECKING:
    from rich.console import Console

_MOST_SHOWN = 12


def _value(found: Explained, value: float) -> str:
    return f"{value:.3g} a week" if found.promise.is_limit else percent(value, 0.002)


def headline(found: Explained) -> str:
    """The answer in one sentence."""
    target = _value(found, found.promise.target)
    now = f"“{found.promise.words}” is at {_value(found, found.estimate)} against {target}"
    if not found.is_missed:
        return f"{now}: it is kept."
    best = found.cheapest
    if best is None:
        most = max(found.remedies, key=lambda one: one.gain, default=None)
        rest = f"; “{most.move.words}” helps most, to {_value(found, most.estimate)}" if most is not None else ""
        return f"{now}: no single change tried keeps it{rest}."
    return f"{now}: the cheapest change that keeps it is “{best.move.words}”, {_cost(found, best)}."


def _cost(found: Explained, one: Remedy) -> str:
    if abs(one.move.cost) < 0.5:
        return "at no staffing cost"
    return f"{abs(one.move.cost):,.0f} {found.currency} a year {'more' if one.move.cost > 0 else 'less'}"


def render_explained(found: Explained, console: "Console") -> None:
    """Print the remedies, cheapest sufficient ones first."""
    from rich.table import Table
    from rich.text import Text

    caption = f"{found.tried} single changes tried on common tapes, the promising ones with {found.replications} runs."
    table = Table(caption=caption, caption_justify="left")
    for heading in ("Change", "Value", "Gain", "Cost", "Enough"):
        table.add_column(heading, justify="left" if heading in ("Change", "Enough") else "right")
    scale, unit = (1.0, "a week") if found.promise.is_limit else (100.0, "points")
    for one in found.remedies[:_MOST_SHOWN]:
        table.add_row(
            Text(one.move.words), _value(found, one.estimate), f"{scale * one.gain:+.2f} {unit}", _cost(found, one),
            "yes" if one.is_enough else "no",
        )  # fmt: skip
    console.print(table)


def explained_object(found: Explained, loaded: Loaded) -> dict[str, Any]:
    """The answer as plain data."""
    return {
        "scenario": loaded.scenario.name, "digest": loaded.digest, "seed": found.seed,
        "replications": found.replications, "confidence": found.confidence, "promise": found.promise.words,
        "target": found.promise.target, "estimate": found.estimate, "low": found.low, "is_missed": found.is_missed,
        "tried": found.tried, "currency": found.currency,
        "remedies": [
            {"change": one.move.words, "cost_per_year": one.move.cost, "estimate": one.estimate, "low": one.low,
             "gain": one.gain, "gain_error": one.gain_error, "is_enough": one.is_enough}
            for one in found.remedies
        ],
    }  # fmt: skip
