"""A replay answers for another staffing only if the staffing of the time reproduces the record's breaches."""

import pytest
from learning import made_record

from twin.calibrate.tickets.emit import outlook, scenario_data
from twin.calibrate.tickets.fit import fit_tickets
from twin.decide.replay import replay
from twin.spec.load import load_data
from twin.tape.history import Match

TARGETS = {"P1": "1 h", "P2": "20 h"}
HOURS = "working hours"


@pytest.fixture(scope="module")
def record():
    return made_record(weeks=4)


@pytest.fixture(scope="module")
def data(record):
    fit = fit_tickets(record)
    return scenario_data(fit, 10_080, outlook(fit, 10_080), TARGETS)


def staffed(data, heads):
    tiers = {
        name: {**tier, "shifts": {"day": {"calendar": HOURS, "heads": heads}}} if name in ("L1", "L2") else tier
        for name, tier in data["support"]["tiers"].items()
    }
    return load_data({**data, "support": {**data["support"], "tiers": tiers}}).scenario


def replayed(record, scenario, then=None):
    match = Match(queues={"first": "L1"}, default_queue="L1")
    return replay(record, scenario, as_recorded=then, match=match, work_share=1.0, hours=HOURS, band=0.05)


def test_the_learned_staffing_reproduces_the_breaches(record, data):
    result = replayed(record, load_data(data).scenario)
    assert result.misses == ()
    gaps = [one.gap for one in result.measures if one.name == "attainment" and one.gap == one.gap]
    assert gaps
    assert max(map(abs, gaps)) <= 0.05


def test_without_it_no_other_staffing_is_answered_for(record, data):
    result = replayed(record, load_data(data).scenario, staffed(data, 2))
    assert result.misses
    assert result.simulated is result.as_recorded


def test_with_it_fewer_people_are_answered_for(record, data):
    result = replayed(record, staffed(data, 2), load_data(data).scenario)
    assert result.misses == ()
    changes = [one.change for one in result.measures if one.name == "attainment" and not one.where]
    assert changes[0] < -0.2
