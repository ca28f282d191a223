"""Textbook values, limits and refusals of the queueing formulas."""

import math

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import poisson

from twin.theory import (
    abandonment,
    breakdowns,
    call_centre,
    erlang,
    jackson,
    markov,
    means,
    phase_type,
    priorities,
    quadrature,
    queues,
    skills,
    transient,
)


def test_erlang_b_has_its_tabulated_values() -> None:
    assert erlang.blocking_probability(5.0, 10) == pytest.approx(0.018385, abs=5e-7)
    assert erlang.blocking_probability(3.0, 0) == 1.0
    assert erlang.blocking_probability(0.2, 1) == pytest.approx(1 / 6)


@pytest.mark.parametrize("load", [0.0, 0.3, 0.9, 0.999])
def test_erlang_c_with_one_server_is_the_load(load: float) -> None:
    assert erlang.wait_probability(load, 1) == pytest.approx(load)


def test_erlang_c_falls_with_servers_and_rises_with_load() -> None:
    by_servers = [erlang.wait_probability(8.0, c) for c in range(9, 30)]
    by_load = [erlang.wait_probability(a, 10) for a in np.linspace(1, 9.9, 20)]
    assert (np.diff(by_servers) < 0).all()
    assert (np.diff(by_load) > 0).all()


@pytest.mark.parametrize("refused", [
    lambda: erlang.wait_probability(3.0, 3),
    lambda: erlang.mmc_means(4.0, 1.0, 4),
    lambda: erlang.mmc_sojourn(5.0, 1.0, 4),
    lambda: erlang.mmc_wait(-1.0, 1.0, 4),
    lambda: erlang.mmc_wait_quantile(1.0, 1.0, 4, 1.0),
    lambda: erlang.blocking_probability(-1.0, 2),
    lambda: erlang.mmck(1.0, 1.0, 3, 2),
    lambda: erlang.halfin_whitt_wait_probability(0.0),
    lambda: abandonment.erlang_a(1.0, 1.0, 1, 0.0, 1.0),
    lambda: abandonment.erlang_a(1.0, 1.0, 1, 1.0, -1.0),
    lambda: queues.mg1(1.0, queues.exponential_moments(1.0)),
    lambda: queues.md1_wait_cdf(1.0, 1.0, 1.0),
    lambda: queues.gim1(1.0, queues.deterministic_transform(1.0), 1.0),
    lambda: queues.batch_mm1(0.5, [(2, 1.0)], 1.0),
    lambda: queues.batch_mm1(0.1, [(2, 0.5)], 1.0),
    lambda: phase_type.hyperexponential(1.0, 1.0),
    lambda: phase_type.mph1_wait(1.0, phase_type.erlang(2, 1.0)),
    lambda: phase_type.mph1_sojourn(1.0, phase_type.erlang(2, 1.0)),
    lambda: priorities.mg1_priority_waits([0.5, 0.5], [queues.exponential_moments(1.0)] * 2),
    lambda: priorities.mg1_preemptive_sojourns([0.5], [queues.exponential_moments(1.0)] * 2),
    lambda: priorities.mmc_priority_waits([2.0, 2.0], 1.0, 4),
    lambda: priorities.mmc_preemptive_sojourns([2.0, 2.0], 1.0, 4),
    lambda: priorities.mmc_preemptive_two_rates((1.0, 1.0), (1.0, 1.0), 2),
    lambda: breakdowns.mmc_breakdowns(0.95, 1.0, 1, 0.1, 1.0, 1),
    lambda: skills.n_design((1.0, 1.0), 1.0, (0.0, 1.0), (1, 1)),
    lambda: jackson.jackson([1.0], [[1.0]], [2.0], [1]),
    lambda: jackson.mmc_feedback(1.0, 2.0, 1, 1.0),
    lambda: jackson.TwoTiers(2.0, jackson.Tier(1.0, 2), jackson.Tier(1.0, 9), 0.5).mean_sojourns(),
    lambda: transient.sinusoidal_load(1.0, 2.0, 24.0, 1.0, queues.exponential_transform(1.0)),
    lambda: transient.mmc_day(0.0, 1.0, 1, 1.0, 1.0),
    lambda: call_centre.CallCentre([1.0], [1, 2], 1.0, 1.0, 1.0, 0.0, 1.0, 0.5),
    lambda: call_centre.CallCentre([1.0], [1], 1.0, 1.0, 1.0, 0.0, 1.0, 1.5),
    lambda: quadrature.gamma_nodes(0.0, 3),
    lambda: means.quantile_of(lambda t: t, 1.0, 1.0),
    lambda: means.require_positive(rate=0.0),
    lambda: means.require_ratio(share=1.1),
    lambda: means.require_stable(math.nan),
])
def test_unstable_queues_and_absurd_values_are_refused(refused) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        refused()


def test_littles_law_ties_the_means() -> None:
    m = means.means_from_wait(2.0, 0.5, 3, 0.25)
    assert m == means.QueueMeans(utilisation=1 / 3, in_system=1.5, in_queue=0.5, sojourn=0.75, wait=0.25)


@pytest.mark.parametrize("mean", [0.0, 0.01, 1.0, 20.0, 1e3, 1e6])
def test_a_poisson_count_stays_below_its_bound(mean: float) -> None:
    assert poisson.sf(means.largest_poisson(mean), mean) < 1e-16


def test_quantile_inverts_its_cdf_and_starts_at_the_atom() -> None:
    def cdf(t: float) -> float:
        return 1 - 0.4 * math.exp(-t)

    assert means.quantile_of(cdf, 0.5, 1.0) == 0.0
    assert cdf(means.quantile_of(cdf, 0.99, 1e-3)) == pytest.approx(0.99, rel=1e-12)


def test_gamma_nodes_give_the_moments_of_the_gamma_law() -> None:
    nodes, weights = quadrature.gamma_nodes(2.5, 6)
    moments = [float(weights @ nodes**order) for order in range(5)]
    assert moments == pytest.approx([1, 2.5, 2.5 * 3.5, 2.5 * 3.5 * 4.5, 2.5 * 3.5 * 4.5 * 5.5])


def test_mmc_laws_agree_with_each_other() -> None:
    wait, sojourn = erlang.mmc_wait(4.0, 1.0, 5), erlang.mmc_sojourn(4.0, 1.0, 5)
    m = erlang.mmc_means(4.0, 1.0, 5)
    assert (wait.mean(), sojourn.mean()) == pytest.approx((m.wait, m.sojourn))
    assert wait.quantile(0.9) == pytest.approx(erlang.mmc_wait_quantile(4.0, 1.0, 5, 0.9))
    assert erlang.mmc_wait_quantile(4.0, 1.0, 5, 0.1) == 0.0
    assert wait.cdf(-1.0) == 0.0


def test_a_sojourn_with_equal_rates_has_no_pole() -> None:
    assert erlang.mmc_sojourn(1.0, 1.0, 2).mean() == pytest.approx(4 / 3)


def test_finite_queue_tends_to_erlang_b_and_to_erlang_c() -> None:
    loss, deep = erlang.mmck(3.0, 1.0, 4, 4), erlang.mmck(3.0, 1.0, 4, 400)
    assert (loss.blocking, loss.wait_probability) == pytest.approx((erlang.blocking_probability(3.0, 4), 0))
    assert (deep.wait, deep.wait_probability) == pytest.approx(
        (erlang.mmc_means(3.0, 1.0, 4).wait, erlang.wait_probability(3.0, 4))
    )


def test_halfin_whitt_is_the_limit_of_erlang_c() -> None:
    limit = erlang.halfin_whitt_wait_probability(1.0)
    gaps = [abs(erlang.wait_probability(r, round(r + math.sqrt(r))) - limit) for r in (100.0, 10_000.0, 1_000_000.0)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 1e-3


def test_erlang_a_tends_to_erlang_c_and_with_equal_rates_is_poisson() -> None:
    patient = abandonment.erlang_a(8.0, 1.0, 10, 1e-7, 0.2)
    assert patient.wait_probability == pytest.approx(erlang.wait_probability(8.0, 10), rel=1e-5)
    assert patient.level_of_served == pytest.approx(erlang.mmc_wait(8.0, 1.0, 10).cdf(0.2), rel=1e-5)
    equal = abandonment.erlang_a(8.0, 1.0, 10, 1.0, 0.2)
    assert equal.wait_probability == pytest.approx(poisson.sf(9, 8.0))


def test_erlang_a_parts_of_the_limit_sum_to_one() -> None:
    q = abandonment.erlang_a(30.0, 1.0, 20, 2.0, 0.1)
    assert q.served_within_limit + q.abandoned_within_limit + q.waiting_at_limit == pytest.approx(1)
    assert q.level_of_arrivals <= q.level_without_early_abandons
    assert q.level_of_waits == pytest.approx(q.served_within_limit + q.abandoned_within_limit)


def test_moments_are_those_of_their_laws() -> None:
    assert queues.weibull_moments(1.0, 3.0).third == pytest.approx(queues.exponential_moments(3.0).third)
    assert queues.lognormal_moments(2.0, 0.5).variance == pytest.approx(1.0)
    assert queues.deterministic_moments(2.0).variance == 0


def test_mg1_with_exponential_service_is_mm1() -> None:
    law = queues.mg1(0.5, queues.exponential_moments(1.0))
    assert (law.means.sojourn, law.sojourn_variance) == pytest.approx((2, 4))


def test_md1_cdf_starts_at_its_atom_and_meets_its_quantile() -> None:
    assert queues.md1_wait_cdf(0.9, 1.0, 0.0) == pytest.approx(0.1)
    assert queues.md1_wait_cdf(0.9, 1.0, -0.1) == 0.0
    assert queues.md1_wait_cdf(0.9, 1.0, queues.md1_wait_quantile(0.9, 1.0, 0.999)) == pytest.approx(0.999)


def test_md1_wait_has_the_mean_of_pollaczek_and_khinchine() -> None:
    step = 0.01
    tail = [1 - queues.md1_wait_cdf(0.8, 1.0, step * (i + 0.5)) for i in range(8000)]
    assert step * sum(tail) == pytest.approx(queues.mg1(0.8, queues.deterministic_moments(1.0)).means.wait, rel=1e-4)


def test_gim1_with_poisson_arrivals_is_mm1() -> None:
    exponential = queues.gim1(0.8, queues.exponential_transform(1 / 0.8), 1.0)
    one_phase = queues.gim1(0.8, queues.erlang_transform(1, 1 / 0.8), 1.0)
    assert (exponential.root, one_phase.root) == pytest.approx((0.8, 0.8))
    assert exponential.sojourn_quantile(0.95) == pytest.approx(erlang.mmc_sojourn(0.8, 1.0, 1).quantile(0.95))


def test_gim1_finds_its_root_in_heavy_traffic() -> None:
    assert queues.gim1(0.9999, queues.deterministic_transform(1 / 0.9999), 1.0).root == pytest.approx(0.9998, abs=1e-7)


def test_batches_of_one_make_mm1() -> None:
    assert queues.batch_mm1(0.5, [(1, 1.0)], 1.0).in_system == pytest.approx(1)


def test_phase_type_laws_have_their_means_and_sums() -> None:
    erlang_law, mixed = phase_type.erlang(3, 2.0), phase_type.hyperexponential(1.5, 4.0)
    assert phase_type.convolve(erlang_law, mixed).mean() == pytest.approx(3.5)
    assert phase_type.erlang(1, 2.0).quantile(0.5) == pytest.approx(2 * math.log(2))
    assert mixed.exits == pytest.approx(-np.diag(mixed.generator))


def test_mph1_with_one_phase_is_mm1() -> None:
    service = phase_type.erlang(1, 1.0)
    assert phase_type.mph1_wait(0.8, service).quantile(0.99) == pytest.approx(
        erlang.mmc_wait_quantile(0.8, 1.0, 1, 0.99)
    )
    assert phase_type.mph1_sojourn(0.8, service).mean() == pytest.approx(5)


def test_priorities_conserve_the_work() -> None:
    rates, service = [0.2, 0.3, 0.1], queues.lognormal_moments(1.0, 2.0)
    waits = priorities.mg1_priority_waits(rates, [service] * 3)
    assert float(np.average(waits, weights=rates)) == pytest.approx(queues.mg1(0.6, service).means.wait)
    assert (np.diff(waits) > 0).all()


def test_the_highest_class_preempts_as_if_alone() -> None:
    service = queues.weibull_moments(0.7, 1.0)
    alone = queues.mg1(0.3, service).means.sojourn
    assert priorities.mg1_preemptive_sojourns([0.3, 0.2], [service] * 2)[0] == pytest.approx(alone)


def test_mmc_priorities_conserve_the_work() -> None:
    rates = [1.0, 0.5, 1.5]
    waits = priorities.mmc_priority_waits(rates, 1.0, 4)
    sojourns = priorities.mmc_preemptive_sojourns(rates, 1.0, 4)
    whole = erlang.mmc_means(3.0, 1.0, 4)
    assert float(np.average(waits, weights=rates)) == pytest.approx(whole.wait)
    assert float(np.average(sojourns, weights=rates)) == pytest.approx(whole.sojourn)


def test_two_classes_of_one_rate_agree_with_the_closed_form() -> None:
    q = priorities.mmc_preemptive_two_rates((1.2, 0.8), (1.0, 0.8), 4)
    expected = priorities.mmc_preemptive_sojourns([1.2, 1.0], 0.8, 4)
    assert [q.high_sojourn, q.low_sojourn] == pytest.approx(expected.tolist())


def test_rare_breakdowns_leave_mmc() -> None:
    q = breakdowns.mmc_breakdowns(3.0, 1.0, 4, 1e-9, 1.0, 1)
    assert q.in_system == pytest.approx(erlang.mmc_means(3.0, 1.0, 4).in_system, rel=1e-6)


def test_one_failing_server_has_the_empty_probability_of_white_and_christie() -> None:
    q = breakdowns.mmc_breakdowns(0.3, 1.0, 1, 0.2, 0.5, 1)
    availability = 0.5 / 0.7
    assert q.in_system == pytest.approx((0.3 + 0.3 * 0.2 / 0.7**2) / (availability - 0.3))
    assert q.servers_up == pytest.approx(availability)


def test_jackson_of_one_station_and_feedback_agree() -> None:
    net, back = jackson.jackson([1.0], [[0.2]], [1.0], [2]), jackson.mmc_feedback(1.0, 1.0, 2, 0.2)
    assert net.sojourn == pytest.approx(back.sojourn)
    assert back.visits == pytest.approx(1.25)


def test_two_tiers_without_escalation_are_the_first() -> None:
    tiers = jackson.TwoTiers(3.0, jackson.Tier(1.0, 5), jackson.Tier(1.0, 5), 0.25)
    first, second, total = tiers.mean_sojourns()
    assert total == pytest.approx(first + second / 4)
    assert tiers.sojourn_cdf(0.0) == pytest.approx(0)
    assert tiers.sojourn_cdf(2.0) < erlang.mmc_sojourn(3.0, 1.0, 5).cdf(2.0)


def test_n_design_never_favours_the_inflexible_class() -> None:
    q = skills.n_design((3.0, 3.0), 1.0, (0.5, 0.5), (3, 3))
    assert q.wait_probability[0] < q.wait_probability[1]
    served = [rate * (1 - lost) for rate, lost in zip((3.0, 3.0), q.abandon_probability, strict=True)]
    assert sum(served) == pytest.approx(3 * sum(q.occupancy))
    assert q.wait == pytest.approx([lost / 0.5 for lost in q.abandon_probability])


def test_birth_death_is_the_stationary_law_of_its_generator() -> None:
    births, deaths = np.array([1.0, 2.0, 0.5]), np.array([3.0, 1.0, 2.0])
    dense = np.diag(births, 1) + np.diag(deaths, -1)
    assert markov.birth_death(births, deaths) == pytest.approx(markov.stationary(dense - np.diag(dense.sum(axis=1))))
    assert markov.stationary(np.zeros((1, 1))).tolist() == [1.0]


def test_explore_finds_the_reachable_states_only() -> None:
    states, generator = markov.explore(0, lambda n: [((n + 1) % 3, 1.0), (99, 0.0)])
    assert states == [0, 1, 2]
    assert generator.toarray().tolist() == [[-1, 1, 0], [0, -1, 1], [1, 0, -1]]


def test_uniformise_solves_the_two_state_chain() -> None:
    generator = markov.generator_of(sparse.csr_array([[0.0, 2.0], [1.0, 0.0]]))
    law, spent = markov.uniformise(np.array([1.0, 0.0]), generator, 0.7)
    up = 1 / 3 + 2 / 3 * math.exp(-2.1)
    assert law == pytest.approx([up, 1 - up], rel=1e-12)
    assert spent[0] == pytest.approx(0.7 / 3 + 2 / 9 * (1 - math.exp(-2.1)), rel=1e-12)
    assert markov.uniformise(law, generator, 0.0)[1].tolist() == [0.0, 0.0]


def test_a_constant_environment_is_mmc() -> None:
    q = markov.random_environment_queue(2.0, np.zeros((1, 1)), np.array([[0.0], [1.0], [2.0], [3.0]]))
    assert q.mean_in_system == pytest.approx(erlang.mmc_means(2.0, 1.0, 3).in_system)
    assert q.empty == pytest.approx(1 / 9)
    with pytest.raises(ValueError, match="unstable"):
        markov.random_environment_queue(2.0, np.zeros((1, 1)), np.array([[0.0], [2.0]]))


def test_a_constant_arrival_rate_keeps_a_constant_load() -> None:
    load = transient.sinusoidal_load(10.0, 0.0, 24.0, 2.0, queues.deterministic_transform(2.0))
    assert [load.at(t) for t in (0.0, 5.0, 20.0)] == [20.0] * 3


def test_a_long_day_tends_to_the_stationary_queue_and_an_overload_does_not_fail() -> None:
    day = transient.mmc_day(3.0, 1.0, 4, 20_000.0, 0.5)
    assert day.wait == pytest.approx(erlang.mmc_means(3.0, 1.0, 4).wait, rel=1e-3)
    assert day.service_level == pytest.approx(erlang.mmc_wait(3.0, 1.0, 4).cdf(0.5), rel=1e-3)
    crowd = transient.mmc_day(5.0, 1.0, 4, 20.0, 0.5)
    assert crowd.service_level < day.service_level
    assert crowd.served_in_limit == pytest.approx(100 * crowd.service_level)


def test_a_long_steady_call_centre_day_tends_to_erlang_a() -> None:
    centre = call_centre.CallCentre([0.05] * 2, [5, 5], 200_000.0, 0.01, 0.002, 0.0, 1e9, 20.0)
    day, steady = call_centre.call_centre_day(centre, nodes=1), abandonment.erlang_a(0.05, 0.01, 5, 0.002, 20.0)
    assert (day.wait, day.lost_ratio, day.good_ratio) == pytest.approx(
        (steady.wait, steady.abandon_probability, steady.level_of_waits), rel=1e-3
    )
    assert day.calls == 20_000
