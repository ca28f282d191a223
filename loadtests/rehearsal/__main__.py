"""A cutover rehearsal from its plan; its evidence, facts and raw records are left in one folder.

python -m loadtests.rehearsal PLAN --out FOLDER
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from loadtests.rehearsal.conduct import conduct
from loadtests.rehearsal.plan import read_rehearsal
from loadtests.rehearsal.proof import evidence, facts
from loadtests.rehearsal.systems import both_up
from twin.decide.evidence import write_evidence

STATE = "~ "


def main(arguments: list[str] | None = None) -> int:
    """Run; the exit code is 2 with a line for each problem when that cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.rehearsal", description=__doc__)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder for evidence and raw records")
    parser.add_argument("--i-own-this-target", dest="owned", metavar="HOST", help="put load on a host other than this")
    parser.add_argument("--metrics", type=int, metavar="PORT", help="OpenMetrics on this machine's port meanwhile")
    parser.add_argument("--web", type=int, metavar="PORT", help="Locust's own page on this machine's port meanwhile")
    parser.add_argument("--live", action="store_true", help=f"a line of state each second, after {STATE!r}")
    parser.add_argument("-q", "--quiet", action="store_true")
    options = parser.parse_args(arguments)

    def say(text: str) -> None:
        if not options.quiet:
            print(text, file=sys.stderr, flush=True)

    def show(text: str) -> None:
        if options.live:
            print(f"{STATE}{text}", file=sys.stderr, flush=True)

    try:
        plan = read_rehearsal(options.plan, options.owned)
        options.out.mkdir(parents=True, exist_ok=True)
        shutil.copy(options.plan, options.out / "plan.yaml")
        with both_up(plan, say) as systems:
            record = conduct(plan, systems, options.out, say, options.owned, show=show, metrics=options.metrics,
                             web=options.web)  # fmt: skip
        told = facts(plan, record)
        (options.out / "rehearsal.json").write_text(json.dumps(told, indent=1, allow_nan=False), encoding="utf-8")
        goals = plan.gate.model_dump_json()
        (options.out / "targets.json").write_text(goals, encoding="utf-8")
        write_evidence(evidence(plan, record), options.out / "evidence.json")
    except (RuntimeError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped before anything was measured", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
