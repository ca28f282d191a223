"""The machine's pace during a load test, by fixed work and by a witness."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loadtests.journal import Journal
from loadtests.predict.light import pace_beside
from loadtests.predict.pace import Answers, Usual, met_between, pace_at, paced
from loadtests.probe import read_probe
from loadtests.witness import COLUMNS, PLACES, RECORD
from twin.calibrate.requests.fit import Calibration, Step
from twin.calibrate.requests.limits import Limits
from twin.calibrate.requests.record import read_load_test
from twin.tape.streams import below, uniform


def two_levels(folder: Path) -> None:
    """The record of a load test with ten, then twenty users, and the probe's fixed work beside it."""
    journal = Journal(folder)
    journal.end_transaction(journal.begin_transaction(1, "a", "search", 5_000_000, 5_000_000), 5_100_000, "ok")
    for start_s, end_s in [(0, 10), (16, 20)]:
        request = journal.begin_request(1, 0, "find", 5_000_000 + 1_000_000 * start_s, 1)
        journal.end_request(request, 5_000_000 + 1_000_000 * end_s, "ok", 200, 1)
    journal.close()
    levels = [["10", 0.0, 11.0, 10.0, 0.0], ["20", 15.0, 25.0, 20.0, 0.0]]
    (folder / "levels.json").write_text(json.dumps({"started_at": 5_000_000, "levels": levels}))
    looks = [(2, 0.001), (8, 0.003), (12, 9.0), (16, 0.003), (24, 0.003)]
    (folder / "probe.tsv").write_text(
        "".join(f"{5_000_000 + 1_000_000 * at}\tmachine\tspeed\t{value}\n" for at, value in looks)
    )
    pq.write_table(read_probe(folder), folder / "probe.parquet")


def with_answers(folder: Path, answers: list[tuple[int, float, float]]) -> None:
    """Answers of half a second each: place, start in seconds, CPU seconds."""
    columns = {
        "place": [place for place, _, _ in answers],
        "started_at": [5_000_000 + round(1e6 * at) for _, at, _ in answers],
        "ended_at": [5_500_000 + round(1e6 * at) for _, at, _ in answers],
        "cpu_s": [cpu for _, _, cpu in answers],
    }
    pq.write_table(pa.Table.from_pydict(columns, schema=COLUMNS), folder / RECORD)


def usual(*known: float, cost: float = 0.0) -> Usual:
    """What a witness usually takes, by place; the others it was never asked for."""
    return Usual(np.array([*known, *[np.nan] * (PLACES - len(known))]), cost)


def test_the_pace_is_that_of_the_fixed_work_within_each_level(tmp_path: Path) -> None:
    two_levels(tmp_path)
    assert [pace_at(tmp_path, 4, 0.002, None, number=number) for number in (0, 1)] == pytest.approx([1.0, 1.5])
    assert pace_at(tmp_path, 4, None, None) is None
    record, witness = paced(tmp_path, 4)
    assert witness is None
    assert record.speed is not None
    assert record.speed[:, 1] == pytest.approx([0.001, 0.003, 9.0, 0.003, 0.003])


def test_a_light_load_tells_the_pace_by_the_core_seconds_it_used(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    number = journal.begin_transaction(1, "a", "search", 5_000_000, 5_000_000)
    for k in range(100):
        request = journal.begin_request(number, 0, "find", 5_000_000 + 100_000 * k, 1)
        journal.end_request(request, 5_050_000 + 100_000 * k, "ok", 200, 1)
    journal.end_transaction(number, 15_000_000, "ok")
    journal.close()
    levels = [["2", 0.0, 10.0, 2.0, 0.0]]
    (tmp_path / "levels.json").write_text(json.dumps({"started_at": 5_000_000, "levels": levels}))
    used = "".join(f"{5_000_000 + 1_000_000 * at}\tmachine\tcpu_s\t{0.55 * at}\n" for at in range(11))
    (tmp_path / "probe.tsv").write_text(used)
    pq.write_table(read_probe(tmp_path), tmp_path / "probe.parquet")
    stations = {"core": {"groups": ["machine"], "background": 0.05}}
    limits = Limits.model_validate({"users": "closed", "workers": 4, "stations": stations})
    step = Step("search", 0, "find", 1.0, 0.05, 0.045, 0.055, 1.0, 0.0, 500)
    found = Calibration("response", (step,), {"core": 1.0}, (), "4", None, limits)
    used = (5.5 - 0.5) / 0.95 / 5.0
    assert pace_beside(tmp_path, found) == pytest.approx(1.0 + (used - 1.0) / 2), "half way"


def test_a_witness_tells_the_pace_instead_of_fixed_work(tmp_path: Path) -> None:
    two_levels(tmp_path)
    with_answers(tmp_path, [(0, 1.0, 0.044), (1, 2.0, 0.11), (0, 17.0, 0.05), (1, 22.0, 0.13), (2, 23.0, 9.0)])
    found = [pace_at(tmp_path, 4, 1.0, usual(0.04, 0.1), number=number) for number in (0, 1)]
    assert found == pytest.approx([1.1, 0.18 / 0.14]), "of unlike things, those known"
    assert pace_at(tmp_path, 4, 1.1, usual(0.04, 0.1)) == pytest.approx(1.0)
    assert pace_at(tmp_path, 4, 1.1, usual(0.04, 0.1), 2.0, 1) == pytest.approx(2.0 * 0.18 / 0.14 / 1.1 - 1.0)
    assert pace_at(tmp_path, 4, 1.0, usual()) is None


def test_at_light_load_a_witness_is_held_against_what_it_usually_takes(tmp_path: Path) -> None:
    two_levels(tmp_path)
    with_answers(tmp_path, [(0, 12.0, 0.03), (1, 13.0, 0.1), (0, 300.0, 0.05), (1, 301.0, 0.12)])
    record, witness = paced(tmp_path, 4)
    assert witness is not None
    assert witness.cpu_s[:2] == pytest.approx([0.04, 0.11])
    assert np.isnan(witness.cpu_s[2:]).all()
    assert record.speed == pytest.approx(np.array([[12, 0.75], [13, 10 / 11], [300, 1.25], [301, 12 / 11]]))


def test_what_company_costs_the_witness_is_no_slower_machine(tmp_path: Path) -> None:
    """A server that always works on four requests at a time, each of which slows the witness down."""
    journal = Journal(tmp_path)
    number = journal.begin_transaction(1, "a", "search", 5_000_000, 5_000_000)
    for second in range(10):
        begun = [journal.begin_request(number, 0, "find", 5_000_000 + 1_000_000 * second, 1) for _ in range(4)]
        for request in begun:
            journal.end_request(request, 5_000_000 + 1_000_000 * (second + 1) - 1, "ok", 200, 1)
    journal.end_transaction(number, 15_000_000, "ok")
    journal.close()
    (tmp_path / "levels.json").write_text(json.dumps({"started_at": 5_000_000, "levels": [["4", 0.0, 10.0, 4.0, 0.0]]}))
    with_answers(tmp_path, [(0, 2.0, 0.06)])
    assert pace_at(tmp_path, 4, 1.0, usual(0.05, cost=0.02)) == pytest.approx(0.06 / 0.05 / 1.08, rel=1e-4)


def test_a_witness_knows_what_company_costs_it_however_the_machine_drifts() -> None:
    start, place = np.arange(2000) * 0.4, np.arange(2000) % PLACES
    met = np.array([3.0 * float(uniform(below(np.uint64(1), k), 0)) for k in range(2000)])
    drift = np.where(start // 37 % 2 == 0, 0.8, 1.2) * (0.01 + 0.01 * place)
    found = Answers(place, start, start + 0.1, drift * (1.0 + 0.05 * met), met)
    assert found.usual().cost == pytest.approx(0.05, rel=0.1)
    assert found.usual().cpu_s == pytest.approx(0.01 + 0.01 * np.arange(PLACES), rel=0.03)
    assert Answers(place, start, start + 0.1, drift, met).usual().cost == pytest.approx(0.0, abs=2e-3)
    alone = Answers(place, start, start + 0.1, drift, np.zeros(2000))
    assert alone.usual().cost == 0.0
    assert alone.slowness(alone.usual(), start < 37) == pytest.approx(0.8, rel=0.02)


def test_who_is_met_counts_by_the_work_that_gets_done_meanwhile(tmp_path: Path) -> None:
    two_levels(tmp_path)  # one request from 0 to 10 s, one from 16 to 20 s
    record = read_load_test(tmp_path)
    start, end = np.array([2.0, 9.0, 11.0, 15.0, 30.0]), np.array([4.0, 11.0, 12.0, 17.0, 31.0])
    assert met_between(record, start, end, 4) == pytest.approx([1.0, 1 / 3, 0.0, 1 / 3, 0.0])
