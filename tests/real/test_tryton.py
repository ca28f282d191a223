"""The load half on a real PLM: Tryton from the package index, seeded small, loaded, calibrated, predicted, taken down.

It is skipped only where packages cannot be had: everything else must work.
"""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from loadtests.__main__ import main as loadtest
from loadtests.crew import mix_of, mixes
from loadtests.journal import read_run
from loadtests.plan import read_plan
from loadtests.predict.compare import points
from loadtests.predict.model import by_mva
from loadtests.predict.windows import simulated
from loadtests.probe import read_probe
from loadtests.summary import summarise
from loadtests.targets.base import VERBS, target_of
from loadtests.targets.tryton.dataset import Size
from loadtests.targets.tryton.instance import HOST, Instance
from loadtests.targets.tryton.prepare import prepare
from loadtests.targets.tryton.release import Release
from twin.calibrate.requests.fit import calibrate_requests
from twin.calibrate.requests.limits import Limits
from twin.calibrate.requests.record import read_load_test

ROOT = Path(__file__).parents[2]
LIGHT, HEAVY = (2, 4), 7
PLAN = """
target: {{kind: tryton, url: "{url}", watch: "{watch}"}}
think: {{mean: 700 ms, law: exponential}}
{personas}
load: {{shape: steps, amounts: {amounts}, hold: {hold} s, settle: 2 s}}
"""
FEW = "personas: {all: {share: 1, does: {search: 1, open_item: 1, where_used: 1, edit: 1}}}"


@pytest.fixture(scope="module")
def server() -> Iterator[Instance]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    store = ROOT / ".targets"
    instance = Instance(Release("7.0", store), store / "instances" / f"test-{port}", port)
    try:
        instance.release.build()
    except RuntimeError as error:
        pytest.skip(f"Tryton cannot be installed here: {str(error)[-300:]}")
    prepare(instance, Size(300, 5), 1, print)
    try:
        instance.start()
        yield instance
    finally:
        instance.remove()


def loaded(server: Instance, folder: Path, amounts: list[int], hold_s: int, personas: str = FEW) -> Path:
    """The record of a load test."""
    watch = server.folder / "running.json"
    plan = PLAN.format(url=server.url, watch=watch, amounts=amounts, hold=hold_s, personas=personas)
    folder.with_suffix(".yaml").write_text(plan)
    assert loadtest(["run", str(folder.with_suffix(".yaml")), "--out", str(folder)]) == 0
    return folder


def test_all_that_is_dealt_works_and_is_on_record(server: Instance, tmp_path: Path) -> None:
    everything = ", ".join(f"{verb}: 1" for verb in VERBS)
    run = loaded(server, tmp_path / "all", [3], 12, f"personas: {{all: {{share: 1, does: {{{everything}}}}}}}")
    requests, transactions = read_run(run)
    seen = [verb for verb in transactions["verb"].to_pylist() if verb != "log_in"]
    assert set(seen) <= set(VERBS)
    assert len(set(seen)) > len(VERBS) / 2
    assert set(transactions["outcome"].to_pylist()) <= {"ok", "refused"}, transactions.to_pylist()
    assert sum(outcome == "ok" for outcome in transactions["outcome"].to_pylist()) > 0.9 * transactions.num_rows
    assert min(requests["received_bytes"].to_pylist()) > 0
    for row in requests.to_pylist():
        assert row["intended_at"] <= row["started_at"] <= row["ended_at"]


def test_load_is_recorded_watched_calibrated_and_predicted(server: Instance, tmp_path: Path) -> None:
    light = loaded(server, tmp_path / "light", [*LIGHT], 28)
    plan = read_plan(light / "plan.yaml")
    dealt = sorted(mixes(plan, target_of(plan.target.address))["all"].weights)
    _, transactions = read_run(light)
    assert sorted(set(transactions["verb"].to_pylist()) - {"log_in"}) == dealt
    rows = read_probe(light).to_pylist()
    for group in ("workers", "database"):
        spent = [row["value"] for row in rows if (row["group"], row["measure"]) == (group, "cpu_s")]
        assert spent == sorted(spent)
        assert spent[-1] > spent[0]
    assert all(0 < row["value"] < 1 for row in rows if row["measure"] == "speed")

    stations = {"host": {"cores": 2, "groups": ["workers", "database"]}}
    limits = Limits.model_validate({"users": "closed", "workers": server.workers, "stations": stations})
    found = calibrate_requests([read_load_test(light)], limits)
    assert {step.verb for step in found.steps} == set(dealt)
    predicted = [*simulated(found, plan, HEAVY, 2.0, 10.0, 0.1, reps=10), *by_mva(found, plan, [HEAVY])]
    (tmp_path / "predictions.json").write_text(json.dumps([row.estimate for row in predicted]))
    written_at = time.time()

    heavy = loaded(server, tmp_path / "heavy", [HEAVY], 12)
    began = json.loads((heavy / "levels.json").read_text())["started_at"] / 1e6
    assert written_at < began
    matched = points(1, predicted, summarise(heavy))
    (throughput,) = [p for p in matched if (p.method, p.measure, p.verb) == ("simulator", "per_s", "")]
    assert abs(throughput.error) < 0.4, "on a busy machine; see make predict for the accuracy on a quiet one"
    assert abs(sum(mix_of(plan).values()) - 1) < 1e-9


def test_failures_heal_and_nothing_is_left_behind(server: Instance) -> None:
    killed = server.kill_worker()
    server.wait()
    assert killed not in server.worker_pids()
    before = server.database_pid()
    server.restart_database()
    server.wait()
    assert server.database_pid() != before
    heads = [server.state()[name][0] for name in ("workers", "database")]
    server.stop()
    alive = [pid for pid in heads if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]
    assert alive == []
    assert server.worker_pids() == []
    server.remove()
    assert not server.folder.exists()
