"""The page and figure of a sensitivity analysis: which assumptions matter, and how much chance there is besides."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.decide.sensitivity import Sensitivity, Share
from twin.report import labels
from twin.report.figures import drawn
from twin.report.folder import write_manifest
from twin.report.ledger import TOO_FEW, is_told, ledger, plausible, variance_share
from twin.report.page import picture, rendered
from twin.report.style import BLACK, BLUE, GREY, SKY, WIDE_IN, bare, canvas
from twin.report.words import counted, percent, sentence_list, signed
from twin.spec.load import Loaded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_SHOWN = 15


def subject(found: Sensitivity) -> str:
    """The output in words: "Tickets on time (P1)"."""
    of = ", ".join(value for _, value in found.output.where)
    return labels.measure(found.output.name) + (f" ({of})" if of else "")


def headline(found: Sensitivity) -> str:
    """The ranking in one sentence."""
    shares = found.shares.shares
    if not all(_is_told(share) for share in shares):
        made = counted(found.shares.points, "point")
        return f"Too few points to tell what the variance of “{subject(found)}” is due to: {made} for the shares."
    strong = [share for share in shares if share.total_low > 0.05] or list(shares[:1])
    named = sentence_list([f"{share.factor.path} ({percent(min(share.total, 1.0), 0.05)})" for share in strong[:3]])
    return f"The variance of “{subject(found)}” that the assumptions cause is due above all to {named}."


def write_sensitivity(found: Sensitivity, loaded: Loaded, folder: Path) -> dict[str, Any]:
    """Fill a new folder with sensitivity.html, figures and manifest.json; returns the manifest."""
    about = sensitivity_object(found, loaded)
    write_manifest(about, folder)
    facts = [
        ("Scenario", loaded.scenario.name), ("Digest of the scenario", loaded.digest or "not known"),
        ("Seed", str(found.seed)), ("Replications of each point", str(found.replications)),
        ("Points for the shares", f"{found.shares.points:,}"),
    ]  # fmt: skip
    spans = {row.path: plausible(row) for row in loaded.ledger}
    page = rendered(
        "sensitivity.html", title=f"What moves “{subject(found)}”", headline=headline(found),
        chance=percent(found.shares.chance, 0.01),
        shares=[_share_line(found, k) for k in range(len(found.shares.shares))],
        effects=[(e.factor.path, e.factor.value, spans.get(e.factor.path, ""),
                  _effect(e.mean, found), _effect(e.spread, found).lstrip("+"), e.factor.source)
                 for e in found.effects],
        pictures=[
            picture("effects", "What each assumption does over its range",
                    "Bars: mean effect of moving the figure from the low to the high end of its range, the others "
                    "anywhere in theirs; thin lines: how much that differs from place to place.",
                    folder / "figures", effects_figure, found),
            picture("shares", "Who explains the variance",
                    "Dark: by itself; light: with interactions; lines: 95 % bootstrap intervals.",
                    folder / "figures", shares_figure, found),
        ],
        footers=[{"facts": facts, **ledger(loaded, about)}],
    )  # fmt: skip
    (folder / "sensitivity.html").write_text(page, encoding="utf-8", newline="\n")
    return about


def sensitivity_object(found: Sensitivity, loaded: Loaded) -> dict[str, Any]:
    """The analysis as plain data."""
    return {
        "scenario": loaded.scenario.name, "digest": loaded.digest, "seed": found.seed,
        "measure": found.output.name, "where": dict(found.output.where), "replications": found.replications,
        "effects": [
            {"path": e.factor.path, "size": e.size, "mean": e.mean, "spread": e.spread} for e in found.effects
        ],
        "shares": [
            {"path": s.factor.path, **{key: value for key, value in asdict(s).items() if key != "factor"}}
            for s in found.shares.shares
        ],
        "points": found.shares.points, "mean": found.shares.mean,
        "deviation": found.shares.deviation, "chance_ratio": found.shares.chance,
    }  # fmt: skip


@drawn
def effects_figure(found: Sensitivity, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Mean effect of each assumption with its spread, the strongest on top."""
    shown = found.effects[:_MOST_SHOWN]
    figure = canvas(width_in, 0.8 + 0.5 * len(shown), "What each assumption does" if with_title else "")
    axes = figure.subplots()
    size, unit = _scale(found)
    for row, effect in enumerate(shown):
        mean, spread = effect.mean / size, effect.spread / size
        axes.barh(row, mean, height=0.34, color=BLUE)
        axes.plot([mean - spread, mean + spread], [row, row], color=BLACK, linewidth=1.0)
        axes.text(0, row - 0.24, effect.factor.path, transform=axes.get_yaxis_transform(), va="bottom", fontsize=8)
    axes.axvline(0, color=BLACK, linewidth=0.8)
    axes.set_ylim(len(shown) - 0.5, -0.9)
    axes.set_yticks([])
    axes.set_xlabel(f"{subject(found)}: change over the whole range, {unit}")
    bare(axes)
    return figure


@drawn
def shares_figure(found: Sensitivity, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """First-order and total shares of the variance with their intervals."""
    shares = found.shares.shares
    figure = canvas(width_in, 0.8 + 0.55 * len(shares), "Who explains the variance" if with_title else "")
    axes = figure.subplots()
    for row, share in enumerate(shares):
        if _is_told(share):
            first, total = np.clip([share.first, share.total], 0.0, 1.0)
            axes.barh(row, 100 * total, height=0.36, color=SKY)
            axes.barh(row, 100 * first, height=0.36, color=BLUE)
            ends = 100 * np.clip([share.total_low, share.total_high], 0.0, 1.0)
            axes.plot(ends, [row, row], color=GREY, linewidth=1.4)
        name = share.factor.path + ("" if _is_told(share) else f": {TOO_FEW}")
        axes.text(0, row - 0.24, name, transform=axes.get_yaxis_transform(), va="bottom", fontsize=8)
    axes.set_ylim(len(shares) - 0.5, -0.9)
    axes.set_xlim(0, min(105.0, max(100 * share.total_high for share in shares) + 5))
    axes.set_yticks([])
    axes.set_xlabel("share of the variance that the assumptions cause, %")
    bare(axes)
    return figure


def _share_line(found: Sensitivity, number: int) -> tuple[str, str, str]:
    share = found.shares.shares[number]
    first = variance_share(share.first, share.first_low, share.first_high) if _is_told(share) else TOO_FEW
    return share.factor.path, first, variance_share(share.total, share.total_low, share.total_high)


def _is_told(share: Share) -> bool:
    return is_told(share.total_low, share.total_high)


def _scale(found: Sensitivity) -> tuple[float, str]:
    is_share = found.output.name in ("attainment", "availability") or found.output.name.endswith(("_kept", "_ratio"))
    return (0.01, "points") if is_share else (1.0, "in its unit")


def _effect(value: float, found: Sensitivity) -> str:
    size, unit = _scale(found)
    text = signed(value / size)
    return f"{text} {unit}" if size != 1.0 else text
