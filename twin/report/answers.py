"""The register of questions: which scenario keys switch an answer on, which figures show it, which test holds it.

`python -m twin.report.answers` prints it as the page docs/answers.md.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

SECTIONS: Final = {
    "Service objectives and SLA": range(1, 13), "KPI targets and results": range(13, 21),
    "Deployment, technology and monitoring": range(21, 37), "Change and release": range(37, 47),
    "Support organisation": range(47, 63), "Commercial and contract": range(63, 71),
}  # fmt: skip
HEAD: Final = """# What the twin answers, and where

Every question of the inventory behind this tool: the keys of a scenario that switch the mechanism on, the rows of the
tidy table (or the commands) that show its effect, and the test that fails without it. `*` stands for a name of your
own. Made from the register in the code by `python -m twin.report.answers`; tests hold that keys, figures and tests
exist.
"""


@dataclass(frozen=True)
class Answer:
    """One row: number and wording of the question, scenario keys, measures or commands, and the test's id."""

    row: int
    asks: str
    keys: tuple[str, ...]
    shows: tuple[str, ...]
    test: str


@cache
def answers() -> tuple[Answer, ...]:
    """All rows in order."""
    rows: list[dict[str, Any]] = yaml.safe_load((files("twin.report") / "answers.yaml").read_text(encoding="utf-8"))
    return tuple(
        Answer(row["row"], row["asks"], tuple(row["keys"]), tuple(row["shows"]), row["test"]) for row in rows
    )


def page() -> str:
    """The register as a Markdown page."""
    by_row = {answer.row: answer for answer in answers()}
    parts = [HEAD]
    for title, numbers in SECTIONS.items():
        parts.append(f"## {title}\n\n| # | question | scenario keys | shown by | test |\n|---|---|---|---|---|")
        parts += [_line(by_row[number]) for number in numbers]
        parts.append("")
    return "\n".join(parts)


def _line(answer: Answer) -> str:
    keys, shows = (", ".join(f"`{one}`" for one in part) for part in (answer.keys, answer.shows))
    file, _, name = answer.test.partition("::")
    return f"| {answer.row} | {answer.asks} | {keys} | {shows} | {file}: {name} |"


if __name__ == "__main__":
    print(page(), end="")
