"""What is learned from a record the twin made is what the record was made of."""

import math
from dataclasses import replace

import numpy as np
import pytest
from learning import QUICK_SHARE, RATE, WEEKS, made_record

from twin.calibrate.cohort import forecast_cohort, halves
from twin.calibrate.tickets.desks import Habits, visit_means
from twin.calibrate.tickets.emit import outlook, scenario_data
from twin.calibrate.tickets.fit import fit_tickets
from twin.calibrate.tickets.kinds import Efforts, fit_kinds, residual_moments
from twin.calibrate.tickets.told import fit_object, told, unknowns
from twin.calibrate.tickets.trend import damped, fit_share
from twin.calibrate.written import scenario_text
from twin.eventlog.schema import OPENED
from twin.simulate.run import Model
from twin.spec.load import load_data, load_text
from twin.tape.functions import normal_quantile


@pytest.fixture(scope="module")
def fit():
    return fit_tickets(made_record())


def normals(count: int) -> np.ndarray:
    return np.array([normal_quantile((k + 0.5) / count) for k in range(count)])


def test_parameters_come_back(fit):
    tickets = RATE * WEEKS
    assert fit.working.days == frozenset(range(5))
    assert fit.shape.weekday.sum() * fit.volume.level == pytest.approx(RATE, rel=4 * (1 / tickets + 0.04 / 40) ** 0.5)
    share = 1 / (1 + math.exp(-fit.share.level))
    assert share == pytest.approx(QUICK_SHARE, abs=4 * math.sqrt(0.21 / tickets) + 0.02)
    assert 0.1 < fit.volume.busyness_cv < 0.3
    mean = float(fit.kinds.share @ fit.kinds.mean_minutes)
    assert mean == pytest.approx(600 + 0.25 * 1200, rel=0.2)
    moved = fit.visits.station[fit.visits.to >= 0]
    assert len(moved) / (0.7 * tickets) == pytest.approx(0.25, abs=0.05)


def test_nothing_that_comes_later_is_used(fit):
    assert fit.choice.share_damping == 0.0
    early = fit_tickets(replace(fit.record, log=replace(fit.record.log)))
    assert fit_object(early) == fit_object(fit)


def test_the_learned_scenario_loads_and_goes_on_from_the_open_tickets(fit):
    data = scenario_data(fit, 2 * 10_080, outlook(fit, 2 * 10_080), {"P1": "1 h"})
    text = scenario_text(data, [*told(fit), *unknowns(fit)])
    loaded = load_text(text)
    assert {row.tag for row in loaded.ledger} >= {"measured", "assumed"}
    model = Model(loaded.scenario)
    log = model.run(model.tape(1))
    standing = int(((log.event == OPENED) & (log.at == 0)).sum())
    is_open = fit.spells.resolved_last() < 0
    assert standing == pytest.approx(int(is_open.sum()), abs=3)
    assert load_data(data).digest == loaded.digest


def test_censored_kinds_come_back():
    z = normals(4000)
    logs = np.concatenate([3.0 + 0.5 * z, 6.0 + 0.8 * z])
    limit = 7.0
    efforts = Efforts(np.exp(np.minimum(logs, limit)), logs < limit, np.full(8000, -1.0), np.ones(8000))
    kinds = fit_kinds(efforts, 2, with_drift=False)
    assert kinds.mu == pytest.approx([3.0, 6.0], abs=0.05)
    assert kinds.sigma == pytest.approx([0.5, 0.8], abs=0.05)
    assert kinds.share == pytest.approx([0.5, 0.5], abs=0.02)
    assert kinds.belongs(efforts).sum(axis=1) == pytest.approx(np.ones(8000))


def test_drift_of_efforts_is_found():
    z, weeks = normals(500), np.repeat(np.arange(-8, 0) + 0.5, 500)
    logs = 5.0 - 0.1 * weeks + 0.6 * np.tile(z, 8)
    efforts = Efforts(np.exp(logs), np.ones(4000, bool), weeks, np.ones(4000))
    kinds = fit_kinds(efforts, 1, with_drift=True)
    assert kinds.drift == pytest.approx(-0.1, abs=0.01)
    assert kinds.mu[0] == pytest.approx(5.0, abs=0.05)


def test_what_is_left_of_an_exponential_like_length():
    mean, second = residual_moments(np.array([1.0]), 6.0, 0.5)
    assert mean[0] == pytest.approx(math.exp(6.125) - 1.0, rel=1e-6)
    assert second[0] == pytest.approx(math.exp(12.5) - 2 * math.exp(6.125) + 1, rel=1e-6)


def test_share_follows_a_logistic_trend():
    week = np.repeat(np.arange(-10, 0) + 0.5, 4000)
    p = 1 / (1 + np.exp(-(-0.5 + 0.2 * week)))
    is_first = (np.tile(np.arange(4000), 10) + 0.5) / 4000 < p
    share = fit_share(is_first, week, math.inf, with_trend=True)
    assert share.level == pytest.approx(-0.5, abs=0.02)
    assert share.slope == pytest.approx(0.2, abs=0.005)
    assert share.at(2.0) == pytest.approx(1 / (1 + math.exp(0.1)), abs=0.01)


@pytest.mark.parametrize(("lead", "damping", "weeks"), [(3, 1.0, 3.0), (3, 0.0, 0.0), (2, 0.5, 0.75)])
def test_damped_trends(lead, damping, weeks):
    assert damped(lead, damping) == pytest.approx(weeks)


def test_visits_have_the_mean_and_cv_of_the_path():
    habits = [Habits(np.array([0.0, 0.5]), 1.0, 0, 0, 0, 0), Habits(np.array([0.0, 0.25]), 2.0, 0, 0, 0, 0)]
    means, cv = visit_means(habits, 0, 700.0, 1.5)
    counts = np.array([1.0, 0.5 / 0.75])
    assert counts @ means == pytest.approx(700.0)
    # E[S^2] from both stations, from first principles: S = X + B S', X of mean m and variance (cv m)^2.
    m1, m2 = means
    v1, v2 = (cv * m1) ** 2, (cv * m2) ** 2
    later = m2 / 0.75
    second = (v2 + m2**2 + 2 * m2 * 0.25 * later) / 0.75
    total = v1 + m1**2 + 2 * m1 * 0.5 * later + 0.5 * second
    assert total - 700.0**2 == pytest.approx((1.5 * 700.0) ** 2, rel=1e-6)


def test_halves_share_the_cases_and_forecast_each_other():
    record = made_record(weeks=4)
    first, second = halves(record)
    one, other = set(first.log.entity.tolist()), set(second.log.entity.tolist())
    assert not one & other
    assert len(one) == pytest.approx(len(other), rel=0.2)


def test_one_half_says_where_the_other_is_resolved():
    cohort = forecast_cohort(made_record(weeks=4), reps=3)
    assert cohort.mean("lines") == pytest.approx(cohort.real.lines, abs=0.05)


@pytest.mark.long
def test_intervals_of_the_rate_cover_it():
    inside = 0
    for seed in range(30):
        fit = fit_tickets(made_record(seed=seed))
        rate = fit.shape.weekday.sum() * fit.volume.level
        error = math.hypot(fit.volume.spread, math.sqrt(1 / (RATE * WEEKS)))
        inside += abs(math.log(rate / RATE)) < 1.2816 * error
    assert inside >= 19  # of 30: what 80 % coverage falls below once in a hundred times


def test_too_little_is_refused():
    record = made_record(weeks=4)
    few = replace(record.log, **{name: getattr(record.log, name)[:50] for name in record.log.columns()})
    with pytest.raises(ValueError, match="too few"):
        fit_tickets(replace(record, log=few))
