"""The instances of the table of known answers that are run, the ones that are not and why, and others beside."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import worlds as queueing
import worlds_days as days
import worlds_estate as estates
from proving import World
from test_closed_forms import COVERED

TABLE = Path(__file__).resolve().parents[2].parent / "shared" / "oracles.json"
ORACLES: dict[str, Any] = {o["id"]: o for o in json.loads(TABLE.read_text())["oracles"]} if TABLE.exists() else {}
Builder = Callable[[dict[str, Any], dict[str, Any], float], list[World]]

BUILDERS: dict[str, Builder] = {
    "mm1-a": queueing.mm1, "mmc-a": queueing.mmc, "mmc-bookstore": queueing.mmc, "md1-a": queueing.md1,
    "mln1-a": queueing.mln1, "mweib1-a": queueing.mweib1, "mh21-a": queueing.mh21, "me3-a": queueing.mek1,
    "erla-gmr": queueing.erlang_a, "mtg-a": days.mt_g_inf, "prio-a": queueing.mg1_priorities,
    "priommc-a": queueing.mmc_priorities, "pr2-a": queueing.two_rates, "bd1-a": estates.breakdowns,
    "bdc-a": estates.breakdowns, "batch-a": queueing.batch, "reopen-a": queueing.reopen, "dm1-a": queueing.dm1,
    "ek-a": queueing.ekm1, "jackson-passport": queueing.jackson_network,
    "jackson-support-a": queueing.jackson_network, "tandem-a": queueing.tandem, "ndesign-a": queueing.n_design,
    "mmcday-a": days.mmc_day, "ssj-a10": days.call_centre_day, "ssj-a400": days.call_centre_day,
    "nb-a": days.poisson_gamma, "alt-a": estates.alternating, "kofn-a": estates.k_of_n, "repman-a": estates.repairmen,
    "standby-a": estates.standby, "ccf-a": estates.common_cause, "weib-a": estates.ageing,
    "detect-a": estates.detection, "bh-a": estates.support_hours, "change-a": estates.changes,
    "rbd-a": estates.block_diagram, "rejuv-huang": estates.rejuvenation,
}  # fmt: skip

_HERE = "tests/theory/test_engine.py, row by row"
_FORMS = "closed form only, in tests/theory/test_closed_forms.py: a search or a limit, no process to run"
ELSEWHERE = {
    "trace-a": _HERE, "prtrace-a": _HERE,
    "user-a": "tests/unit/measures/test_availability.py, to 1e-9", "sla-a": "tests/theory/test_sla_clock.py, exact",
    "outan-a": "constants: tests/theory/test_closed_forms.py and the tests of intervals",
    **dict.fromkeys(["staff-a", "hw-a", "opt2-a", "shift-a"], _FORMS),
    **dict.fromkeys([
        "ps1-a", "ps4-a", "mg1ps-a", "mva-mm1n", "mva-ebiz-naive", "mva-multicore-a", "mvamc-allen", "pools-a",
        "pools-a2", "mmck-a", "lru-a", "lock-a", "co-tene",
    ], "the requests engine: tests/theory/test_request_engine.py"),
    "ebiz-measured": "measured, not exact: the requests engine within 5 %, tests/theory/test_measured_rig.py",
    **dict.fromkeys(["open-qsp72", "usl-a"], "closed form only: tests/theory/test_networks.py"),
}  # fmt: skip
LEFT_OUT = {
    "fj-a": "fork and join: no model here forks a job",
    "metrics-a": "back-tests are scored by some of these figures only: twin/calibrate/score.py",
}

# The same models with other parameters; the known answers are then those of twin/theory.
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "mm1 in seconds": ("mm1-a", {"lam": 0.005, "mu": 0.01}),
    "mmc, 20 agents": ("mmc-a", {"lam": 170.0, "mu": 10.0, "c": 20}),
    "md1, light": ("md1-a", {"lam": 0.3, "D": 2.0}),
    "mh21, cv 3": ("mh21-a", {"lam": 0.25, "mean": 2.0, "scv": 9.0, "p1": 0.9472135954999579,
                              "mean1": 1.0557280900008412, "mean2": 18.944271909999158}),
    "erlang_a, overloaded": ("erla-gmr", {"lam": 12.0, "mu": 1.0, "n": 10, "theta": 2.0, "T": 0.1}),
    "four priorities": ("prio-a", {"lams": [0.1, 0.1, 0.2, 0.1], "services": [
        ["exp", 0.5], ["lognormal", 2.0, 0.5], ["exp", 1.0], ["exp", 1.5]]}),
    "two rates, two agents": ("pr2-a", {"lam1": 0.4, "mu1": 1.0, "lam2": 0.3, "mu2": 0.5, "c": 2}),
    "breakdowns, two crews": ("bdc-a", {"lam": 1.5, "mu": 1.0, "c": 3, "xi": 0.05, "eta": 0.5, "r": 2}),
    "batches of two": ("batch-a", {"batch_rate": 0.2, "batch_pmf": [[1, 0.5], [2, 0.5]], "mu": 0.5}),
    "two entries": ("jackson-support-a", {"gamma": [3.0, 1.0], "P": [[0, 0.5], [0.1, 0]], "mu": [2.0, 1.0],
                                           "c": [3, 4]}),
    "N-design, small": ("ndesign-a", {"lam1": 2, "lam2": 1.5, "mu": 1.0, "theta1": 1.0, "theta2": 0.25, "s1": 2,
                                       "s2": 2}),
    "2-of-5": ("kofn-a", {"n": 5, "k": 3, "MTTF": 100, "MTTR": 20, "repairmen": 2}),
    "standby, slow takeover": ("standby-a", {"MTTF_h": 1000, "MTTR_h": 24, "coverage": 0.8, "failover_s": 300,
                                             "manual_min": 120}),
    "common cause, 20 %": ("ccf-a", {"MTTF": 500, "MTTR": 10, "beta": 0.2}),
    "ageing, shape 3": ("weib-a", {"shape": 3.0, "scale": 600, "Tc": 12, "Tp": 2}),
    "checks every 4 h": ("detect-a", {"MTTF": 100, "delta": 4.0, "MTTR": 2.0}),
}  # fmt: skip


def worlds_of(name: str, effort: float) -> list[World]:
    """The worlds of a row of the table (with its own answers) or of OTHERS (with those of the closed forms)."""
    if name in OTHERS:
        kind, params = OTHERS[name]
        return BUILDERS[kind](params, COVERED[kind](**params), effort)
    oracle = ORACLES[name]
    return BUILDERS[name](oracle["params"], oracle["metrics"], effort)
