"""The pages of accounts: the monthly health report and the yearly service audit, conclusion first."""

from pathlib import Path
from typing import Any, Final, Literal

from twin.decide.account import Account
from twin.report import account_figures as figures
from twin.report.account_lines import (
    Line,
    class_lines,
    component_lines,
    judged,
    key_lines,
    promise_lines,
    sentences,
)
from twin.report.advice import advice
from twin.report.conclusion import headline
from twin.report.page import MARKS, families, footer, picture, rendered, version
from twin.spec.load import Loaded

Kind = Literal["health", "audit"]
TITLES: Final[dict[Kind, str]] = {"health": "Health report", "audit": "Service audit"}
_NOT_RECORDED: Final = frozenset({"utilisation", "overtime", "occupancy", "pages"})
_FACT: Final = "One recorded history: kept or missed is a fact of the period, so there are no intervals."
_FORECAST: Final = (
    "Simulated: a promise is kept when the whole 95 % interval is at or above the target, missed when it is below, and "
    "not decided in between."
)
_UNNAMED: Final = "Months are those of the record's clock; what was still open at its end counts with its age."


def write_account(account: Account, kind: Kind, folder: Path, loaded: Loaded | None = None) -> Path:
    """Path of the page written into `folder`, with its figures as PNG in folder/figures.

    loaded  the scenario with its ledger, if there is one. The same account gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    result, recorded = account.period.result, account.recorded
    rows = [row for row in result.rows() if not recorded or row.name not in _NOT_RECORDED]
    found = judged(result, recorded)
    todo = advice(rows, found, result.scenario, recorded)
    first = [f"First thing to do: {todo[0].do[:1].lower()}{todo[0].do[1:]}."] if todo else []
    notes = [*account.notes, _UNNAMED] if recorded else []
    top = [] if recorded else account.notes
    page = rendered(
        "account.html", kind=f"{TITLES[kind]}, {'recorded' if recorded else 'simulated'}",
        title=f"{TITLES[kind]}: {account.source}, {account.period.name}", period=account.period.name,
        headline=headline(found), sentences=[*top, *sentences(account), *first], advice=todo,
        lines=[_line(line) for line in promise_lines(account)], figures=key_lines(account), is_year=kind == "audit",
        pictures=_pictures(account, folder / "figures"), components=component_lines(account.period),
        classes=class_lines(account.period), families=families(rows), recorded=recorded,
        notes=notes, verdict_note=_FACT if recorded else _FORECAST,
        footers=[footer(result, loaded) if loaded is not None else _source(account)],
    )  # fmt: skip
    path = folder / f"{kind}.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def _line(line: Line) -> dict[str, str]:
    state = line.verdict.name.lower() if line.verdict is not None else "nothing"
    verdict = line.verdict.value if line.verdict is not None else ""
    mark = MARKS[line.verdict] if line.verdict is not None else ""
    return {
        "words": line.words, "target": line.target, "now": line.now, "before": line.before, "kept": line.kept,
        "state": state, "verdict": verdict, "mark": mark,
    }  # fmt: skip


def _pictures(account: Account, folder: Path) -> list[Any]:
    sure = "" if account.recorded else "Upright lines are 95 % intervals over the runs. "
    return [
        picture("trend", figures.trend_title(account), f"{sure}Whole months up to the end of the period.",
                folder, figures.trend_figure, account),
        picture("causes", figures.causes_title(account), "Over the tickets that missed a promise.",
                folder, figures.causes_figure, account.period),
    ]  # fmt: skip


def _source(account: Account) -> dict[str, Any]:
    contract = account.period.result.scenario.contract
    facts = [("Record", account.source), ("Period", account.period.name), ("Version", version()),
             ("Service level", contract.profile or "none named")]  # fmt: skip
    return {"facts": facts, "tags": [], "warnings": [], "shared": ""}
