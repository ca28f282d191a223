"""Limits, identities and refusals of the formulas of reliability, maintenance, staffing and selection."""

import math

import numpy as np
import pytest

from twin.theory import busyness, erlang, jackson, maintenance, reliability, selection, staffing, traces


@pytest.mark.parametrize("refused", [
    lambda: reliability.AlternatingUnit(0.0, 1.0),
    lambda: reliability.AlternatingUnit(1.0, 1.0).meet_probability(1.0, 1.5),
    lambda: reliability.RepairCrew(0, 1.0, 1.0, 1),
    lambda: reliability.RepairCrew(2, 1.0, 1.0, 1).outage_rate(3),
    lambda: reliability.standby_pair(1.0, 1.0, 1.1, 1.0, 1.0),
    lambda: reliability.common_cause_unavailability(1.0, 1.0, -0.1),
    lambda: reliability.k_of_n_availability(3, 2, 0.9),
    lambda: reliability.series_availability([0.9, 1.1]),
    lambda: maintenance.rejuvenation(1.0, 1.0, 1.0, 1.0, -1.0),
    lambda: maintenance.AgeReplacement(1.0, 1.0, 0.0, 1.0),
    lambda: maintenance.mean_detection_delay(1.0, 0.0),
    lambda: maintenance.SupportCalendar([(9.0, 17.0), (16.0, 20.0)]),
    lambda: maintenance.SupportCalendar([]),
    lambda: maintenance.change_downtime(5, 1.5, 1.0, 1.0),
    lambda: staffing.service_level(-1.0, 1.0, 1, 1.0),
    lambda: staffing.least_agents(1.0, 1.0, 1.0, 1.0),
    lambda: staffing.least_staffing(0.0, 1.0, 1.0, 0.8),
    lambda: staffing.square_root_staffing(0.0, 1.0),
    lambda: staffing.cheapest_shifts([1, 1, 1], [(0, 2)], [1.0]),
    lambda: staffing.cheapest_two_tiers(1.0, (1.0, 1.0), 1.5, (1.0, 1.0), (0.9, 0.9)),
    lambda: busyness.PoissonGamma(1.0, 0.0),
    lambda: selection.rinott_h(1, 0.95, 20),
    lambda: selection.rinott_h(4, 0.2, 20),
    lambda: selection.kim_nelson_eta(3, 1.5, 20),
    lambda: selection.ocba_fractions([1.0, 1.0, 2.0], [1.0, 1.0, 1.0]),
    lambda: selection.replications_for_precision(0.0, 1.0, 0.1, 0.95),
    lambda: selection.replications_for_precision(1.0, 1.0, 0.1, 1.0),
    lambda: selection.replications_to_resolve(1.0, 1.0, 0.05, 0.9, samples=3),
    lambda: selection.mm1_wait_asymptotic_variance(1.0),
    lambda: selection.mm1_number_asymptotic_variance(1.0),
    lambda: selection.mm1_customers_for_precision(1.0, 0.01, 0.95),
    lambda: selection.Autoregression(1.0, 1.0),
    lambda: traces.fcfs_starts([1.0, 0.0], [1.0, 1.0], 1),
    lambda: traces.preemptive_completions([(1.0, 1, 1.0), (0.0, 1, 1.0)]),
])
def test_absurd_values_are_refused(refused) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        refused()


def test_an_alternating_unit_starts_up_and_settles() -> None:
    unit = reliability.AlternatingUnit(10.0, 2.0)
    assert unit.availability_at(0.0) == 1.0
    assert unit.availability_at(1e4) == pytest.approx(unit.availability) == pytest.approx(10 / 12)
    assert unit.mean_downtime(1e6) / 1e6 == pytest.approx(1 - unit.availability, rel=1e-5)
    assert unit.sd_downtime(1e6) ** 2 / 1e6 == pytest.approx(unit.downtime_variance_rate, rel=1e-4)


def test_the_downtime_law_has_its_mean_and_sd() -> None:
    unit, horizon = reliability.AlternatingUnit(10.0, 2.0), 30.0
    nodes, weights = np.polynomial.legendre.leggauss(120)
    limits, weights = (nodes + 1) * horizon / 2, weights * horizon / 2
    tail = np.array([1 - unit.downtime_cdf(horizon, float(limit)) for limit in limits])
    mean = weights @ tail
    assert mean == pytest.approx(unit.mean_downtime(horizon), rel=1e-6)
    assert math.sqrt(2 * weights @ (limits * tail) - mean**2) == pytest.approx(unit.sd_downtime(horizon), rel=1e-6)


def test_the_downtime_law_has_its_ends() -> None:
    unit = reliability.AlternatingUnit(10.0, 2.0)
    assert unit.meet_probability(5.0, 1.0) == pytest.approx(math.exp(-0.5))
    assert (unit.downtime_cdf(5.0, -1.0), unit.downtime_cdf(5.0, 5.0)) == (0.0, 1.0)


def test_as_many_crews_as_units_make_them_independent() -> None:
    crew = reliability.RepairCrew(5, 100.0, 10.0, 5)
    assert crew.availability(3) == pytest.approx(reliability.k_of_n_availability(3, 5, 100 / 110))
    assert crew.mean_queue == 0
    assert crew.mean_units_down == pytest.approx(5 * 10 / 110)
    assert crew.failure_rate == pytest.approx(5 / 110)
    assert crew.crew_utilisation == pytest.approx(10 / 110)
    assert crew.down_law.sum() == pytest.approx(1)


def test_a_single_unit_fails_once_per_cycle() -> None:
    assert reliability.RepairCrew(1, 90.0, 10.0, 1).outage_rate(1) == pytest.approx(1 / 100)


def test_coverage_never_hurts_when_failover_is_quicker() -> None:
    values = [reliability.standby_pair(1000.0, 10.0, c, 0.02, 1.0).availability for c in (0.0, 0.5, 1.0)]
    assert values == sorted(values)
    assert reliability.standby_pair(1000.0, 10.0, 1.0, 0.02, 1.0).uncovered == 0.0
    assert reliability.standby_pair(1000.0, 10.0, 0.0, 0.02, 1.0).failover == 0.0


def test_common_cause_spans_independent_and_identical_units() -> None:
    assert reliability.common_cause_unavailability(90.0, 10.0, 0.0) == pytest.approx(0.01)
    values = [reliability.common_cause_unavailability(90.0, 10.0, beta) for beta in (0.0, 0.1, 0.5, 1.0)]
    assert values == sorted(values)


def test_blocks_in_series_and_parallel() -> None:
    assert reliability.k_of_n_availability(1, 2, 0.9) == pytest.approx(0.99)
    assert reliability.k_of_n_availability(2, 2, 0.9) == pytest.approx(0.81)
    assert reliability.series_availability([0.9, 0.5]) == pytest.approx(0.45)


def test_without_rejuvenation_only_failures_count() -> None:
    law = maintenance.rejuvenation(100.0, 800.0, 90.0, 1.0, 0.0)
    assert law.failed == pytest.approx(90 / 990)
    assert law.rejuvenating == 0.0
    assert law.availability == pytest.approx(900 / 990)


def test_the_best_age_is_where_availability_peaks() -> None:
    unit = maintenance.AgeReplacement(3.0, 500.0, 20.0, 2.0)
    best = unit.best_age()
    assert unit.availability(best) > max(unit.availability(best * f) for f in (0.98, 1.02))
    assert unit.availability(best) > unit.availability()
    assert unit.mean_up() == pytest.approx(500 * math.gamma(4 / 3))
    assert unit.failure_probability(500.0) == pytest.approx(1 - math.exp(-1))


@pytest.mark.parametrize(("shape", "planned"), [(1.0, 1.0), (0.7, 1.0), (3.0, 8.0)])
def test_planned_renewal_pays_only_for_ageing_units_and_shorter_stops(shape: float, planned: float) -> None:
    assert maintenance.AgeReplacement(shape, 500.0, 8.0, planned).best_age() == math.inf


def test_detection_takes_half_an_interval_when_failures_are_rare() -> None:
    assert maintenance.mean_detection_delay(1e5, 2.0) == pytest.approx(1.0, rel=1e-4)


def test_round_the_clock_support_never_waits() -> None:
    always = maintenance.SupportCalendar([(0.0, 168.0)])
    assert always.mean_acknowledge_delay() == 0
    assert always.mean_elapsed(3.0) == pytest.approx(3.0)
    assert always.working_time == 168


def test_elapsed_outage_of_a_short_effort_is_the_acknowledge_delay() -> None:
    days = maintenance.SupportCalendar([(9.0, 17.0)], period=24.0)
    assert days.mean_acknowledge_delay() == pytest.approx(16**2 / 48)
    assert days.mean_elapsed(1e-6) == pytest.approx(16**2 / 48, rel=1e-5)
    assert days.mean_elapsed(1e4) == pytest.approx(3e4, rel=1e-3)


def test_certain_failures_of_fixed_length_have_no_spread() -> None:
    assert maintenance.change_downtime(10, 1.0, 2.0, 0.0) == maintenance.ChangeDowntime(20.0, 0.0, 0.0)


def test_least_agents_are_the_least() -> None:
    agents = staffing.least_agents(100.0, 0.1, 1 / 180, 0.8)
    assert staffing.service_level(100.0, 0.1, agents, 1 / 180) >= 0.8 > staffing.service_level(
        100.0, 0.1, agents - 1, 1 / 180
    )
    assert staffing.service_level(100.0, 0.1, 10, 1.0) == 0.0
    assert staffing.least_agents(0.0, 1.0, 0.1, 0.8) == 1


def test_least_staffing_reports_what_erlang_c_says() -> None:
    plan = staffing.least_staffing(100.0, 0.1, 1 / 180, 0.8)
    assert plan.speed_of_answer == pytest.approx(erlang.mmc_means(100.0, 10.0, plan.agents).wait)
    assert staffing.square_root_staffing(plan.offered_load, plan.beta) in (plan.agents, plan.agents + 1)


def test_shifts_cover_a_night_that_wraps_round() -> None:
    need = staffing.hourly_requirement([1.0, 40.0, 40.0, 1.0], 0.1, 0.01, 0.8)
    plan = staffing.cheapest_shifts(need, [(1, 2), (3, 2)], [1.0, 1.5])
    assert plan.agents == (need[1], need[0])
    assert plan.cost == pytest.approx(need[1] + 1.5 * need[0])


def test_two_tiers_meet_their_limits() -> None:
    tiers = staffing.cheapest_two_tiers(10.0, (2.0, 0.5), 0.3, (0.5, 1.0), (0.9, 0.9))
    assert tiers.first == jackson.Tier(2.0, staffing.least_agents(10.0, 0.5, 0.5, 0.9))
    assert staffing.service_level(3.0, 2.0, tiers.second.agents, 1.0) >= 0.9


def test_a_gamma_of_shape_one_makes_counts_geometric() -> None:
    count = busyness.PoissonGamma(3.0, 1.0)
    assert (count.variance, count.dispersion) == (12.0, 4.0)
    assert count.quantile(0.5) == math.ceil(math.log(0.5) / math.log(0.75)) - 1


def test_rinott_for_two_systems_exceeds_the_normal_limit() -> None:
    values = [selection.rinott_h(2, 0.95, n0) for n0 in (10, 20, 1000)]
    assert values == sorted(values, reverse=True)
    assert values[-1] == pytest.approx(1.6449 * math.sqrt(2), rel=5e-3)


def test_rinott_holds_for_the_smallest_first_stages() -> None:
    """For two systems and two replications the ratio's scale is that of a sum of two Cauchy variables."""
    assert selection.rinott_h(2, 0.95, 2) == pytest.approx(2 * math.tan(0.45 * math.pi), rel=1e-6)


def test_kim_nelson_needs_more_for_more_systems() -> None:
    etas = [selection.kim_nelson_eta(k, 0.05, 10) for k in (2, 5, 10)]
    assert etas == sorted(etas)


def test_ocba_shares_sum_to_one_and_shun_clear_losers() -> None:
    shares = selection.ocba_fractions([3.0, 1.0, 1.2, 9.0], [1.0, 1.0, 1.0, 1.0])
    assert shares.sum() == pytest.approx(1)
    assert shares.argmin() == 3


def test_two_systems_share_by_their_sds() -> None:
    assert selection.ocba_fractions([0.0, 1.0], [1.0, 3.0]) == pytest.approx([0.25, 0.75])


def test_replications_grow_with_the_square_of_precision() -> None:
    coarse, fine = (selection.replications_for_precision(10.0, 4.0, g, 0.95) for g in (0.02, 0.002))
    assert fine / coarse == pytest.approx(100 * (1.002 / 1.02) ** 2, rel=1e-2)
    one, two = (selection.replications_to_resolve(5.0, 1.0, 0.05, 0.8, n) for n in (1, 2))
    assert (one, two) == (197, 393)


def test_asymptotic_variances_scale_with_the_service_rate() -> None:
    assert selection.mm1_wait_asymptotic_variance(0.5, 2.0) == pytest.approx(29 / 4)
    assert selection.mm1_number_asymptotic_variance(0.5, 2.0) == pytest.approx(12)
    assert selection.mm1_customers_for_precision(0.5, 0.1, 0.95) == pytest.approx(29 * 1.959964**2 * 100, rel=1e-6)


def test_an_uncorrelated_series_is_worth_its_length() -> None:
    noise = selection.Autoregression(0.0, 2.0)
    assert (noise.variance, noise.asymptotic_variance, noise.effective_ratio) == (4.0, 4.0, 1.0)


def test_known_jobs_start_and_end_when_they_must() -> None:
    assert traces.fcfs_starts([0.0, 0.0, 1.0], [2.0, 5.0, 1.0], 2).tolist() == [0.0, 0.0, 2.0]
    assert traces.preemptive_completions([(0.0, 2, 3.0), (1.0, 1, 1.0)]).tolist() == [4.0, 2.0]
