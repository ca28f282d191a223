"""A whole load test against the small server: Locust, record, levels, summary; and the probe by itself."""

import json
import os
import signal
import subprocess
import sys
import time
from itertools import islice, pairwise
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest
from plm_server import plm_server

from loadtests.__main__ import last_words
from loadtests.journal import Journal, read_run
from loadtests.plan import read_plan
from loadtests.probe import FETCHED, SCATTERED, Group, fixed_work, read_probe, rows, scattered, speed_on
from loadtests.summary import summarise, table, windows
from loadtests.witness import EVERY_S, PLACES, RECORD, asker

ROOT = Path(__file__).parents[3]
PLAN = """
target: {{kind: "loadtests.targets.template:MyPlm", url: "{url}"}}
users: {users}
think: {{mean: 100 ms, law: exponential}}
timeout: 5 s
personas: {{viewer: {{share: 1, does: {{search: 3, open_item: 1, report: 1}}}}}}
load: {{shape: steps, amounts: [3, 8], hold: 3 s, settle: 1 s}}
"""


def loadtest(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "loadtests", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(("users", "processes"), [("closed", 1), ("open", 2)])
def test_a_load_test_from_its_plan(tmp_path: Path, users: str, processes: int) -> None:
    with plm_server() as (url, _):
        (tmp_path / "plan.yaml").write_text(PLAN.format(url=url, users=users))
        folder = tmp_path / "run"
        done = loadtest(
            "run", str(tmp_path / "plan.yaml"), "--out", str(folder), "--json", "--processes", str(processes)
        )
    assert done.returncode == 0, done.stderr + (folder / "locust.log").read_text()
    assert "cannot do report (20.0%)" in done.stderr
    told = json.loads(done.stdout)["levels"]
    assert [row["label"] for row in told if not row["verb"]] == ["3", "8"]
    _, transactions = read_run(folder)
    assert set(transactions["outcome"].to_pylist()) == {"ok"}
    work = transactions.filter([verb != "log_in" for verb in transactions["verb"].to_pylist()]).to_pylist()
    assert len({row["process"] for row in work}) == processes
    assert not any(row["unfinished"] for row in told)
    assert told[0]["count"] < next(row for row in told if row["label"] == "8")["count"]
    if users == "open":
        numbers = sorted(row["user"] for row in work)
        assert len({row["process"] for row in work if row["user"] % 2 == 0}) == 1
        assert numbers[0] == 0


def test_users_go_on_together_at_a_beat(tmp_path: Path) -> None:
    with plm_server() as (url, _):
        plan = PLAN.format(url=url, users="closed").replace("settle: 1 s", "settle: 1 s, beats: [0 s, 500 ms]")
        (tmp_path / "plan.yaml").write_text(plan)
        done = loadtest("run", str(tmp_path / "plan.yaml"), "--out", str(tmp_path / "run"), "--json")
    assert done.returncode == 0, done.stderr
    _, transactions = read_run(tmp_path / "run")
    steady, together = (
        [at % 500_000 for at in transactions["intended_at"].to_pylist() if one.from_at <= at < one.to_at]
        for one in windows(tmp_path / "run")
    )
    assert any(steady)
    assert len(together) > 5
    assert not any(together)


def with_witness(folder: Path, url: str, witness: str) -> Path:
    """A plan whose witness answers at an address; its processes are this one."""
    (folder / "running.json").write_text(json.dumps({"server": [os.getpid(), 0.0]}))
    target = f'witness: {{url: "{witness}", watch: {folder / "running.json"}}}}}\n'
    plan = folder / "plan.yaml"
    plan.write_text(PLAN.format(url=url, users="closed").replace("}\n", f", {target}", 1))
    return plan


def test_a_witness_is_asked_for_one_thing_after_the_other(tmp_path: Path) -> None:
    with plm_server() as (url, _), plm_server() as (second, server):
        done = loadtest("run", str(with_witness(tmp_path, url, second)), "--out", str(tmp_path / "run"), "--json")
        asked = [path for _, path, _, _ in server.seen if "items" in path and not ("limit" in path or "files" in path)]
    assert done.returncode == 0, done.stderr
    answers = pq.read_table(tmp_path / "run" / RECORD).to_pylist()
    assert [one["place"] for one in answers] == [k % PLACES for k in range(len(answers))]
    assert len(answers) >= 5
    assert all(0.0 < one["cpu_s"] < 1.0 and one["started_at"] < one["ended_at"] for one in answers)
    assert len(asked) == len(answers)
    gaps = [(after["started_at"] - before["started_at"]) / 1e6 for before, after in pairwise(answers)]
    assert min(gaps) < 0.7 * EVERY_S < 1.3 * EVERY_S < max(gaps), "left to chance"


def test_a_witness_is_asked_for_the_same_things_again(tmp_path: Path) -> None:
    with plm_server() as (url, server):
        plan = read_plan(with_witness(tmp_path, url, url))
        first = len(server.seen)
        for seed in (1, 2):
            ask = asker(plan.model_copy(update={"seed": seed}), Journal(tmp_path / f"aside-{seed}"))
            for place in range(PLACES):
                ask(place)
        paths = [path for _, path, _, _ in server.seen[first:]]
    assert paths[: len(paths) // 2] == paths[len(paths) // 2 :]
    assert len(set(paths)) > 5


def test_a_witness_that_does_not_answer_ends_the_run_with_one_line(tmp_path: Path) -> None:
    with plm_server() as (url, _):
        plan = with_witness(tmp_path, url, "http://127.0.0.1:1/")
        done = loadtest("run", str(plan), "--out", str(tmp_path / "run"))
    assert done.returncode == 2
    assert "the witness at http://127.0.0.1:1/ cannot be asked" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_core_kept_awake_does_what_is_not_the_loop_s() -> None:
    core = min(os.sched_getaffinity(0))
    loop = subprocess.Popen([sys.executable, "-m", "loadtests.awake", str(core)], cwd=ROOT)
    try:
        while os.sched_getscheduler(loop.pid) != os.SCHED_IDLE:
            time.sleep(0.05)
        assert os.sched_getaffinity(loop.pid) == {core}
        looks = []
        for _ in range(2):
            looks.append({measure: (at / 1e6, value) for at, _, measure, value in rows([], core, loop.pid)}["cpu_s"])
            time.sleep(0.5)
        (began_s, before), (ended_s, after) = looks
        assert -0.05 < after - before < ended_s - began_s + 0.05
    finally:
        loop.terminate()
    assert loop.wait(30) == 0


def test_a_run_that_is_told_to_end_leaves_nothing_behind(tmp_path: Path) -> None:
    with plm_server() as (url, _):
        plan, folder = tmp_path / "plan.yaml", tmp_path / "run"
        plan.write_text(PLAN.format(url=url, users="closed").replace("hold: 3 s", "hold: 60 s"))
        command = [sys.executable, "-m", "loadtests", "run", str(plan), "--out", str(folder)]
        command += ["--server-core", str(min(os.sched_getaffinity(0))), "--awake"]
        run = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        for _ in range(600):
            if (folder / "levels.json").is_file():
                break
            time.sleep(0.05)
        begun = psutil.Process(run.pid).children(recursive=True)
        run.terminate()
        assert run.wait(60) == 128 + signal.SIGTERM
    assert len(begun) >= 3, "the load generator, the probe, the loop that keeps the core awake"
    assert not any(one.is_running() for one in begun)
    _, transactions = read_run(folder)
    assert transactions.num_rows > 0, "what was measured until then is kept"


def test_a_load_generator_that_failed_says_why_however_much_it_said_afterwards() -> None:
    errors = [f"[now] host/ERROR/root: reason {k}" for k in range(4)]
    said = "\n".join([*errors, *["[now] host/WARNING/root: busy"] * 100])
    assert last_words(said) == "\n".join(errors[1:])
    assert last_words("x" * 2000) == "x" * 1500


def test_bad_plans_end_with_one_line_each(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text('target: {url: "http://127.0.0.1:1/"}\nload: {shape: steps, amounts: [1], hold: 1 s}\n')
    assert "give --server-core" in loadtest("run", str(plan), "--awake", "--out", str(tmp_path / "run")).stderr
    plan.write_text('target: {url: "http://192.0.2.1/"}\nload: {shape: steps, amounts: [1], hold: 1 s}\n')
    done = loadtest("run", str(plan))
    assert done.returncode == 2
    assert "is not this machine" in done.stderr
    plan.write_text("users: closed\n")
    with pytest.raises(ValueError, match='give "load" with a shape'):
        read_plan(plan)
    plan.write_text("load: {shape: steps, amounts: [1], hold: 1 s}\npersonas: {a: {share: 1, does: {fly: 1}}}\n")
    with pytest.raises(ValueError, match="unknown verbs fly"):
        read_plan(plan)


def test_every_plan_that_comes_with_the_twin_can_be_read() -> None:
    plans = sorted((ROOT / "loadtests" / "plans").glob("*.yaml"))
    assert plans
    assert all(read_plan(plan).personas for plan in plans)


def test_a_summary_counts_what_was_never_answered(tmp_path: Path) -> None:
    levels = [["1", 0.0, 10.0, 1.0, 2.0], ["settling", 10.0, 12.0, 1.0, 2.0]]
    (tmp_path / "levels.json").write_text(json.dumps({"started_at": 1_000_000, "levels": levels}))
    journal = Journal(tmp_path)
    outcomes = [("ok", 1.0)] * 6 + [("refused", 0.1), ("timeout", 5.0), ("cut", 1.0)]
    for k, (outcome, length_s) in enumerate(outcomes):
        start = 3_500_000 + 100_000 * k
        journal.end_transaction(
            journal.begin_transaction(k, "p", "search", start, start + 10), start + round(length_s * 1e6), outcome
        )
    journal.unsent(9, "p", "search", 9_000_000)
    journal.close()
    assert [window.length_s for window in windows(tmp_path)] == [8.0]
    whole, search = summarise(tmp_path)
    assert (whole.count, whole.unfinished, whole.mean_s, whole.p99_s) == (8, 2, 1.0, None)
    assert (whole.refused_ratio, whole.error_ratio) == (1 / 8, 1 / 8)
    assert search.verb == "search"
    assert table([whole]).splitlines()[1].split()[:2] == ["1", "8"]


def test_the_probe_sums_the_cpu_of_a_family_and_keeps_what_the_dead_used() -> None:
    burn = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn!r}])\nimport time\ntime.sleep(30)"
    head = subprocess.Popen([sys.executable, "-c", parent])
    try:
        group = Group("workers", head.pid)
        most, seen = 0.0, 0.0
        for _ in range(100):
            seen = max(seen, (sample := group.sample())["processes"])
            most = sample["cpu_s"]
            if seen > 1 and sample["processes"] == 1:
                break
            time.sleep(0.03)
        assert seen == 2
        assert most > 0.2
    finally:
        psutil.Process(head.pid).kill()
        head.wait()


def test_fixed_work_is_cpu_time_on_the_core() -> None:
    before = os.sched_getaffinity(0)
    lengths = [speed_on(min(before)) for _ in range(3)] + [fixed_work()]
    assert all(0 < length < 1 for length in lengths)
    assert os.sched_getaffinity(0) == before


def test_fixed_work_fetches_other_numbers_each_time_until_all_had_their_turn() -> None:
    rows = list(islice(scattered(), SCATTERED // FETCHED + 1))
    assert {len(row) for row in rows} == {FETCHED}
    assert len({number for row in rows[:-1] for number in row}) == FETCHED * (len(rows) - 1)
    assert rows[-1] is rows[0]
    gaps = [abs(b - a) for a, b in zip(rows[0], rows[0][1:], strict=False)]
    assert sum(gap > 100 for gap in gaps) > 0.95 * len(gaps), "neighbours in a row are not neighbours in memory"


def test_the_probe_writes_until_it_is_told_to_end(tmp_path: Path) -> None:
    watch = tmp_path / "watch.json"
    watch.write_text(json.dumps({"me": [os.getpid(), 0.0]}))
    commands = json.dumps({"database": [sys.executable, "-c", "print('active_s 2.5')"], "broken": ["/nowhere"]})
    command = [sys.executable, "-m", "loadtests.probe", str(tmp_path / "record"), "--watch", str(watch)]
    command += ["--every", "0.1", "--counters", commands]
    probe = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    lines = tmp_path / "record" / "probe.tsv"
    for _ in range(300):
        if lines.is_file() and lines.read_text().count("speed") > 7:
            break
        time.sleep(0.05)
    probe.terminate()
    assert probe.wait(20) == 0
    rows = read_probe(tmp_path / "record").to_pylist()
    assert {(row["group"], row["measure"]) for row in rows} >= {
        ("me", "cpu_s"),
        ("machine", "speed"),
        ("machine", "cpu_s"),
    }
    looks = [row["measure"] for row in rows if row["group"] == "machine"]
    assert looks.count("speed") > 2 * looks.count("cpu_s"), "fixed work is timed several times a look"
    told = [(row["group"], row["measure"], row["value"]) for row in rows if row["group"] in ("database", "broken")]
    assert told == [("database", "active_s", 2.5), ("broken", "unread", 1.0)] * 2, "once at each end"
    with pytest.raises(FileNotFoundError):
        read_probe(tmp_path)
