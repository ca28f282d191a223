"""The benchmark: the peers simulate the model that the scenarios state, and its tables hold what they say."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from twin.bench.growth import TABLES, growth
from twin.bench.help_desk import A60, A600, OUTPUTS, HelpDesk, estimates, outcome_of
from twin.bench.machine import machine
from twin.bench.ours import STAGES, WholePath, loop_alone, reference, stage_times
from twin.bench.page import BEGIN, END, tables, write_between_markers
from twin.bench.peers import PEERS, Peer, why_skipped
from twin.bench.run import IDIOMATIC, SIMPY_ENGINE, WHOLE_PATH, Bench, Effort, bench
from twin.bench.web_tier import REFERENCE as WEB_REFERENCE
from twin.bench.web_tier import WholePath as WebTierPath


def test_outcomes_count_tickets_in_time_by_priority() -> None:
    outcome = outcome_of([0, 0, 1, 3], [240.0, 240.5, 480.0, 9000.0])
    assert outcome.tolist() == [[2, 4], [1, 2], [1, 1], [0, 0], [0, 1], [9960.5, 4]]


def test_estimates_are_ratios_with_their_standard_errors() -> None:
    runs = np.array([[[8.0, 10.0]], [[9.0, 10.0]], [[10.0, 10.0]]])
    ratio, error = estimates(runs)
    assert ratio.tolist() == [0.9]
    assert error[0] == pytest.approx(0.1 / math.sqrt(3))
    assert math.isnan(estimates(runs[:1])[1][0])


@pytest.mark.parametrize("desk", [A60, A600], ids=lambda desk: desk.name)
def test_the_fast_engine_agrees_with_the_reference(desk: HelpDesk) -> None:
    found, error = estimates(WholePath(desk.scenario(73)).run(range(2400 // desk.tickets_per_day)).outcomes)
    known = ~np.isnan(desk.reference)
    z = (found - desk.reference)[known] / np.hypot(error, desk.error)[known]
    assert np.abs(z).max() < 4.5


@pytest.mark.parametrize(("name", "package", "peer"), [one[:3] for one in PEERS], ids=[one[0] for one in PEERS])
def test_peers_simulate_the_same_model(name: str, package: str, peer: Peer) -> None:
    if why := why_skipped(package):
        pytest.skip(why)
    samples = [peer(A60, 20, seed) for seed in (1, 2, 3, 4)]
    found, _ = estimates(np.concatenate([one.outcomes for one in samples]))
    tickets = sum(one.outcomes[0, 0, 1] for one in samples)
    assert tickets == pytest.approx(4 * 20 * 60, abs=4.5 * math.sqrt(4 * 20 * 60))
    assert sum(one.events for one in samples) / tickets == pytest.approx(2.42, abs=0.06)
    year_noise = np.array([0.0016, 0.008, 0.003, 0.0005, 0.0005, 1.1])
    assert (np.abs(found - A60.reference) < 5 * year_noise * math.sqrt(365 / 80) + 0.0005).all(), name


def test_both_engines_write_the_same_log_and_count_the_same_events() -> None:
    scenario = A60.scenario(5)
    sample, is_same = reference(scenario, 3)
    assert is_same
    assert sample.events == loop_alone(scenario, range(3, 4)).events == WholePath(scenario).run(range(3, 4)).events


def test_stages_are_all_there() -> None:
    assert list(stage_times(A60.scenario(3), 2)) == list(STAGES)


def test_unused_features_add_no_tickets() -> None:
    plain, loaded = growth("features", days=5, passes=1)
    assert 0 <= loaded.rows - plain.rows <= 20
    assert plain.relative == 1.0


@pytest.fixture(scope="module")
def tiny() -> Bench:
    return bench(Effort(seconds=0, days=2, years=3, passes=1, counts=(2, 3), worker_replications=4))


def test_a_run_has_every_program_ratio_and_output(tiny: Bench) -> None:
    programs = {one.program for one in tiny.speeds}
    assert {WHOLE_PATH, SIMPY_ENGINE, IDIOMATIC} <= programs
    assert programs | set(tiny.skipped) >= {name for name, *_ in PEERS}
    assert all(one.low <= one.ratio <= one.high and one.rounds >= 3 for one in tiny.speeds)
    assert all(one.ratio == 1.0 for one in tiny.speeds if one.program == IDIOMATIC)
    assert tiny.same_logs == {"A60": "3 of 3", "A600": "3 of 3"}
    assert [one.output for one in tiny.agreements if (one.model, one.program) == ("A60", WHOLE_PATH)] == list(OUTPUTS)
    assert set(tiny.growth) == set(TABLES)
    assert "NaN" not in json.dumps(tiny.as_json())


def test_the_web_tier_is_measured_in_every_program(tiny: Bench) -> None:
    found = tiny.web_tier
    assert found.same_logs == "3 of 3"
    assert found.programs["SimPy, idiomatic"][2] == 1.0
    assert all(low <= ratio <= high for _, _, ratio, low, high in found.programs.values())


def test_the_web_tier_agrees_with_the_exact_answer() -> None:
    path = WebTierPath("30 min")
    found = np.array([path.run(k)[2] for k in range(24)])
    z = (found.mean(axis=0) - WEB_REFERENCE) / (found.std(axis=0, ddof=1) / np.sqrt(len(found)))
    assert np.abs(z).max() < 4.5


def test_tables_take_their_place_in_a_document(tiny: Bench, tmp_path: Path) -> None:
    page = tmp_path / "speed.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_between_markers(tables(tiny), page)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert WHOLE_PATH in text
    with pytest.raises(ValueError, match="no place for results"):
        write_between_markers("", _without_markers(tmp_path))


def _without_markers(folder: Path) -> Path:
    file = folder / "plain.md"
    file.write_text("nothing")
    return file


def test_the_machine_is_described() -> None:
    about = machine()
    assert int(about["cores"]) >= 1
    assert about["CPU"]
    assert about["numpy"] == np.__version__
