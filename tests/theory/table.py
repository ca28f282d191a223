"""Write the tables of docs/theory.md: python tests/theory/table.py [ID ...]; no ID: all, about an hour of two cores."""

import argparse
import time
from pathlib import Path

from instances import BUILDERS, ELSEWHERE, LEFT_OUT, worlds_of
from proving import MOST_REPLICATIONS, Verdict, prove

PAGE = Path(__file__).resolve().parents[2] / "docs" / "theory.md"
FULL_EFFORT = 3.0
SEED = 20260105
# Replications at most: stations loaded to 0.97, whose waits would take hours.
MOST = {"jackson-passport": 120}


def verdicts_of(name: str) -> list[Verdict]:
    """All verdicts of an instance in full."""
    most = MOST.get(name, MOST_REPLICATIONS)
    worlds = worlds_of(name, FULL_EFFORT)
    return [verdict for world in worlds for verdict in prove(world, seed=SEED, is_full=True, most=most)]


def _line(name: str, v: Verdict) -> str:
    asked = "" if v.check.half_width is None else f"{v.check.half_width:.3g}"
    word = "inside" if v.is_inside else "OUTSIDE"
    word += ("" if v.is_sharp else ", WIDE") + (", second run" if v.is_repeat else "")
    return (f"| {name} | {v.check.name} | {v.check.measure} | {v.check.exact:.6g} | {v.estimate:.6g} | "
            f"{v.half_width:.3g} | {asked} | {v.replications} | {word} |")


def main() -> None:
    """Run the instances; print their rows, and put them between the markers of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ids", nargs="*")
    parser.add_argument("--print", action="store_true", help="print only, leave the page alone")
    asked = parser.parse_args()
    for name in asked.ids or BUILDERS:
        began = time.monotonic()
        lines = [_line(name, verdict) for verdict in verdicts_of(name)]
        print("\n".join(lines), f"({time.monotonic() - began:.0f} s)", flush=True)
        if not asked.print:
            _update(lines)


def _update(lines: list[str]) -> None:
    text = PAGE.read_text()
    old = _between(text, "results").splitlines()[2:]
    names = {_id_of(line) for line in lines}
    order = list(BUILDERS)
    kept = [line for line in old if _id_of(line) not in names]
    rows = sorted([*kept, *lines], key=lambda line: order.index(_id_of(line)))
    titles = ("id", "quantity", "measure", "exact", "estimate", "half-width", "asked", "replications", "verdict")
    text = _with(text, "results", [f"| {' | '.join(titles)} |", "|" + "---|" * len(titles), *rows])
    reasons = [f"| {name} | {reason} |" for name, reason in (ELSEWHERE | LEFT_OUT).items()]
    PAGE.write_text(_with(text, "left out", ["| id | where it is, or why not |", "|---|---|", *reasons]))


def _id_of(line: str) -> str:
    return line.split("|")[1].strip()


def _between(text: str, name: str) -> str:
    return text.split(f"<!-- {name} -->\n", 1)[1].split(f"<!-- end of {name} -->", 1)[0]


def _with(text: str, name: str, lines: list[str]) -> str:
    before, after = text.split(f"<!-- {name} -->\n", 1)[0], text.split(f"<!-- end of {name} -->", 1)[1]
    return "\n".join([f"{before}<!-- {name} -->", *lines, f"<!-- end of {name} -->{after}"])


if __name__ == "__main__":
    main()
