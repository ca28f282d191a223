"""Does a rehearsal on a real PLM find what is planted, and nothing where nothing is?

    python -m loadtests.rehearsal.trial --repeats 20 --questions 200 --bills 5000

One Tryton is old and new system at once: whatever is found between the two is a false alarm. Then a proxy before it
alters one bill of materials in a thousand, and then delays one transaction by a fifth.
"""

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from loadtests.rehearsal.conduct import conduct
from loadtests.rehearsal.findings import Finding, findings
from loadtests.rehearsal.plan import STORE, Rehearsal
from loadtests.rehearsal.planting import Fault, planted
from loadtests.rehearsal.systems import Systems
from loadtests.targets.tryton.dataset import Size
from loadtests.targets.tryton.instance import Instance
from loadtests.targets.tryton.prepare import prepare
from loadtests.targets.tryton.release import Release

READS = {"search": 4.0, "open_item": 4.0, "expand_bom": 2.0, "where_used": 2.0}
BILL, SEARCH = "production.bom.tree.open.execute", "product.product.search_read"
NORMAL = {"drop": ["id", "_timestamp", "create_date", "write_date"], "unordered": ["search", "where_used"],
          "skip": ["wizard.*.create", "wizard.*.delete"]}  # fmt: skip


def asked(folder: Path, old: str, new: str, seed: int, reads: int, does: dict[str, float]) -> list[Finding]:
    """What a rehearsal of questions alone finds between two addresses."""
    shutil.rmtree(folder, ignore_errors=True)
    plan = Rehearsal.model_validate({
        "old": {"target": {"kind": "tryton", "url": old}}, "new": {"target": {"kind": "tryton", "url": new}},
        "personas": {"reader": {"share": 1, "does": does}}, "seed": seed, "normalise": NORMAL,
        "ask": {"reads": reads, "writes": 0, "slower_by": "5 %"},
        "phases": {"drill": 0, "steps": [], "flows": 0, "imports": 0, "spike": 0, "soak": 0, "failover": 0},
        "gate": {"targets": [{"measure": "wrong_reads", "at_most": "1 %"}]},
    })  # fmt: skip
    return findings(plan, conduct(plan, Systems(), folder, lambda text: None))


def main(arguments: list[str] | None = None) -> int:
    """Print what was found; the exit code is 1 when a planted fault was missed."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.rehearsal.trial", description=__doc__)
    parser.add_argument("--repeats", type=int, default=20, help="rehearsals of a system with itself")
    parser.add_argument("--questions", type=int, default=200, help="in each of them, and where one is slow")
    parser.add_argument("--bills", type=int, default=5000, help="questions where one bill in a thousand is altered")
    parser.add_argument("--port", type=int, default=8620)
    parser.add_argument("--out", type=Path, default=Path("runs") / "trial")
    options = parser.parse_args(arguments)
    instance = Instance(Release("7.0", STORE), STORE / "instances" / "trial", options.port, 2)
    try:
        prepare(instance, Size(300, 5), 1, say)
        instance.start()
        told = _told(instance.url, options)
    finally:
        instance.remove()
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "trial.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    print(f"{told['false_alarms']} of {options.repeats} rehearsals of a system with itself found something")
    for name in ("altered", "slow"):
        print(f"{name}: {told[name]['found'] or 'nothing found'}")
    return 0 if told["altered"]["named"] and told["slow"]["named"] else 1


def _told(url: str, options: argparse.Namespace) -> dict[str, Any]:
    alarms = []
    for repeat in range(options.repeats):
        alarms.append(asked(options.out / "alike", url, url, 100 + repeat, options.questions, READS))
        say(f"{repeat + 1}: {[one.words for one in alarms[-1]]}")
    told: dict[str, Any] = {
        "false_alarms": sum(map(bool, alarms)), "alarms": [asdict(one) for found in alarms for one in found],
    }  # fmt: skip
    cases = {
        "altered": (Fault(BILL, alter_every=1000), options.bills, {"expand_bom": 1.0}, ("answer", "expand_bom")),
        "slow": (Fault(SEARCH, slow_by=0.2), 4 * options.questions, READS, ("slower", "search")),
    }
    for name, (fault, reads, does, wanted) in cases.items():
        with planted(url, Fault()) as before, planted(url, fault) as behind:
            found = asked(options.out / name, before, behind, 1, reads, does)
        told[name] = {
            "named": any((one.kind, one.verb) == wanted for one in found), "altered": fault.altered, "seen": fault.seen,
            "found": [f"{one.verb}: {one.words}" for one in found],
        }  # fmt: skip
        say(f"{name}: {told[name]}")
    return told


def say(text: str) -> None:
    """Tell on standard error."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
