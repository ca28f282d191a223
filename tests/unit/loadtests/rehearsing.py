"""Plans of rehearsals on small servers, for tests."""

from pathlib import Path

PLAN = """
title: Small rehearsal
old: {{target: {{kind: "loadtests.targets.template:MyPlm", url: "{old}"}}}}
new: {{target: {{kind: "loadtests.targets.template:MyPlm", url: "{new}"}}}}
think: {{mean: 50 ms, law: exponential}}
personas: {{viewer: {{share: 1, does: {{search: 3, open_item: 1}}}}}}
timeout: 500 ms
ask: {{reads: {reads}, writes: 0}}
phases: {{drill: 0, steps: {steps}, hold: 4 s, settle: 500 ms, flows: 0, imports: 0, spike: 0, soak: 0, failover: 0}}
safety: {{errors: 50 %, latency: 10 s, within: 5 s, fewest: 10}}
named_users: 100
gate:
  load: {{expected: 3}}
  card: {{question: "May it go live?", context_of_use: tests, consequence: low}}
  most_drift: 90 %
  targets:
    - {{measure: errors, at_most: 10 %}}
    - {{measure: response, at_most: 2 s, share: 50 %}}
    - {{measure: wrong_reads, at_most: 5 %}}
"""


def plan_file(folder: Path, old: str, new: str, *, reads: int = 100, steps: str = "[3]") -> Path:
    """The plan of a rehearsal of two servers, written to a file."""
    path = folder / "plan.yaml"
    path.write_text(PLAN.format(old=old, new=new, reads=reads, steps=steps), encoding="utf-8")
    return path
