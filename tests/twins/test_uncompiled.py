"""The same source runs uncompiled: the same tape and the same log, byte for byte."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from twin.compiled import is_compiled
from twin.eventlog.log import first_difference
from twin.simulate import operations, operations_fast
from twin.simulate.plan import plan_of
from twin.spec.load import load_text
from twin.tape.draw import draw
from twin.tape.recipe import Recipe

ROOT = Path(__file__).parents[2]
BUSY = """
name: everything at once
question: does every mechanism give the same log?
clock: {start: 2026-01-05, horizon: %d d, drain: 5 d, tick: 10 min}
calendars: {office: {days: mon-fri, hours: "08:00-18:00"}}
deployment:
  components:
    app:
      units: 2
      mtbf: 90 h
      shape: 1.5
      common_cause: 0.2
      monitoring: {every: 30 min, coverage: 0.7, reported_after: {mean: 1 h, cv: 2, law: gamma}}
      maintenance: {every: 5 d, takes: {mean: 2 h, cv: 0.5, law: uniform}}
      repair: {ticket: failure, priority: P0, degraded: P2}
    db:
      redundancy: standby
      units: 2
      mtbf: 120 h
      failover: {delay: {mean: 20 min, cv: 1}, coverage: 0.8, manual: {mean: 1 h, cv: 0.7, law: weibull}}
      repair: {ticket: failure, priority: P0, degraded: P1}
    bot: {units: 2, mtbf: 60 h, repair: {ticket: failure, priority: P1}}
demand:
  busyness_cv: 0.4
  tickets:
    question:
      queue: L1
      priority: P3
      arrivals: {rate: 20 / day, busyness_cv: 0.5, batch: {1: 0.8, 3: 0.2}}
      patience: {mean: 12 h, cv: 1.5, law: hyperexponential}
      balk_ratio: 0.02
      visits:
        L1: {work: {mean: 40 min, cv: 1}, next: {L2: 0.3}, reassign: {to: L2, probability: 0.1}}
        L2: {work: {mean: 1 h, cv: 0.8, law: gamma}}
    fault:
      queue: L1
      impact: {high: 0.2, low: 0.8}
      urgency: {high: 0.3, low: 0.7}
      arrivals: {interarrival: {mean: 3 h, cv: 1, law: exponential}}
      reopen: {probability: 0.1, after: {mean: 1 d, cv: 1}}
      visits:
        L1: {triage: 10 min, work: {mean: 30 min, cv: 2, law: weibull}, next: {L2: 0.5}}
        L2:
          work: {mean: 2 h, cv: 3, law: gamma}
          wait_customer: {probability: 0.3, duration: {mean: 6 h, cv: 1}}
          wait_vendor: {probability: 0.2, duration: {mean: 1 d, cv: 1}, after_work_ratio: 0.8}
    planned:
      queue: L2
      priority: P2
      arrivals: {scheduled: [{at: 1 d}, {at: 30 h, work: 2 h}]}
      visits: {L2: {work: 1 h}}
    failure: {queue: L2, follow_up: {mean: 1 h, cv: 1}, visits: {L2: {triage: 10 min, work: {mean: 1 h, cv: 1}}}}
support:
  priority_matrix: {high: {high: P0, low: P1}, low: {high: P1, low: P3}}
  tiers:
    L1: {serves: [L1], units_of: bot}
    L2:
      serves: [L2, L1]
      preempt: P1
      at_shift_end: pause
      shifts: {day: {calendar: office, heads: 3}}
      on_call: {heads: 1, call_out: 30 min, priorities: P1}
changes:
  patch:
    components: [app, db]
    at: 2026-01-06T20:00
    repeat: FREQ=DAILY;INTERVAL=3
    strategy: {kind: rolling}
    work: {mean: 3 h, cv: 0.5}
    failure: 0.5
    notice: {mean: 1 h, cv: 1}
    rollback: {mean: 1 h, cv: 1}
    rollback_failure: 0.5
    restore: failure
    restore_priority: P0
    staff: {L2: 2}
    hazard: {factor: 5, half_life: 1 d}
    surges: [{ticket: question, factor: 1, half_life: 1 d}]
contract:
  targets: {P0: {resolve: 4 h}}
"""


def digests(days: int) -> tuple[str, str]:
    """Digests of the tape and of the fast engine's log of the scenario above."""
    scenario = load_text(BUSY % days, "busy.yaml").scenario
    tape = draw(Recipe(scenario), 1, 0)
    return tape.digest(), operations_fast.simulate(plan_of(scenario), tape).digest()


def test_the_scenario_uses_what_it_says() -> None:
    scenario = load_text(BUSY % 60, "busy.yaml").scenario
    tape = draw(Recipe(scenario), 1, 0)
    log = operations_fast.simulate(plan_of(scenario), tape)
    assert set(log.event.tolist()) >= {*range(1, 16), *range(20, 27), 30, 31, 40, 41, 42, 50}


@pytest.mark.parametrize("seed", range(8))
def test_both_engines_write_the_same_log(seed: int) -> None:
    scenario = load_text(BUSY % 60, "busy.yaml").scenario
    plan, tape = plan_of(scenario), draw(Recipe(scenario), seed, 0)
    assert first_difference(operations.simulate(plan, tape), operations_fast.simulate(plan, tape)) is None


@pytest.mark.skipif(not is_compiled(), reason="TWIN_UNCOMPILED is set: there is nothing to compare with")
def test_uncompiled_gives_the_same_bytes() -> None:
    program = "import json; from test_uncompiled import digests; print(json.dumps(digests(10)))"
    path = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    run = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", program],
        env={**os.environ, "TWIN_UNCOMPILED": "1", "PYTHONPATH": path},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert tuple(json.loads(run.stdout)) == digests(10)
