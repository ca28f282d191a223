"""Write the table of docs/theory.md: python tests/theory/table.py [ID ...] (no ID: all, about a quarter of an hour)."""

import argparse
import time
from pathlib import Path

from instances import BUILDERS, OTHERS, worlds_of
from proving import Verdict, prove

PAGE = Path(__file__).resolve().parents[2] / "docs" / "theory.md"
FULL_EFFORT = 8.0
SEED = 20260105


def verdicts_of(name: str) -> list[Verdict]:
    """All verdicts of an instance in full."""
    return [verdict for world in worlds_of(name, FULL_EFFORT) for verdict in prove(world, seed=SEED, is_full=True)]


def _line(name: str, v: Verdict) -> str:
    asked = "" if v.check.half_width is None else f"{v.check.half_width:.3g}"
    word = "inside" if v.is_inside else "OUTSIDE"
    word += "" if v.is_sharp else ", WIDE"
    return (f"| {name} | {v.check.name} | {v.check.measure} | {v.check.exact:.6g} | {v.estimate:.6g} | "
            f"{v.half_width:.3g} | {asked} | {v.replications} | {word} |")


def main() -> None:
    """Run the instances; replace their rows between the markers of the page, or print them if only some were asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ids", nargs="*")
    parser.add_argument("--print", action="store_true", help="print only, leave the page alone")
    asked = parser.parse_args()
    lines = []
    for name in asked.ids or [*BUILDERS, *OTHERS]:
        began = time.monotonic()
        rows = [_line(name, verdict) for verdict in verdicts_of(name)]
        lines += rows
        print("\n".join(rows), f"({time.monotonic() - began:.0f} s)", flush=True)
    if not asked.print:
        _update(lines)


def _update(lines: list[str]) -> None:
    text = PAGE.read_text()
    before, rest = text.split("<!-- results -->\n", 1)
    old, after = rest.split("<!-- end of results -->", 1)
    names = {line.split("|")[1].strip() for line in lines}
    kept = [line for line in old.splitlines()[2:] if line.split("|")[1].strip() not in names]
    order = [*BUILDERS, *OTHERS]
    rows = sorted([*kept, *lines], key=lambda line: order.index(line.split("|")[1].strip()))
    head = ["| id | quantity | measure | exact | estimate | half-width | asked | replications | verdict |", "|" + "---|" * 9]
    PAGE.write_text(before + "<!-- results -->\n" + "\n".join([*head, *rows]) + "\n<!-- end of results -->" + after)


if __name__ == "__main__":
    main()
