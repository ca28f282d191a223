"""The help desk as users of other simulators would write it from their documentation; one function each.

Each returns a `Sample`: CPU seconds from the start of the clock until every ticket's priority and length are known,
imports and the sums over tickets apart.
"""

import math
import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import accumulate
from typing import Any, Final

import numpy as np

from twin.bench.help_desk import ESCALATED, MEANS_MIN, SHARES, HelpDesk, Numbers, outcome_of

DAY_MIN: Final = 1440.0
SIGMA: Final = math.sqrt(math.log(2.0))  # of the normal law whose exponential has coefficient of variation 1
MU: Final = tuple(math.log(mean) - SIGMA**2 / 2 for mean in MEANS_MIN)


@dataclass(frozen=True)
class Sample:
    """Timed runs: CPU seconds, logical events (arrivals and ends of visits), outcomes of shape (runs, 6, 2).

    rows  of the event logs, for the twin's own engines.
    """

    cpu_s: float
    events: int
    outcomes: Numbers
    rows: int = 0

    @property
    def events_per_s(self) -> float:
        """Logical events per CPU second."""
        return self.events / self.cpu_s


Peer = Callable[[HelpDesk, int, int], Sample]


def simpy_idiomatic(desk: HelpDesk, days: int, seed: int) -> Sample:
    """A run of `days` in SimPy: one process a ticket, a PriorityResource a line."""
    import simpy

    rng = random.Random(seed)
    env = simpy.Environment()
    lines = [simpy.PriorityResource(env, capacity=heads) for heads in desk.heads]
    up_to = list(accumulate(SHARES))
    done: list[tuple[int, float, int]] = []

    def ticket(priority: int) -> Generator[simpy.Event, Any, None]:
        opened = env.now
        for visit, line in enumerate(lines):
            with line.request(priority=priority) as agent:
                yield agent
                yield env.timeout(rng.lognormvariate(MU[visit], SIGMA))
            if rng.random() >= ESCALATED[visit]:
                break
        done.append((priority, env.now - opened, visit + 1))

    def arrivals() -> Generator[simpy.Event, Any, None]:
        rate = desk.tickets_per_day / DAY_MIN
        while True:
            yield env.timeout(rng.expovariate(rate))
            if env.now >= days * DAY_MIN:
                return
            env.process(ticket(rng.choices(range(4), cum_weights=up_to)[0]))

    env.process(arrivals())
    start = time.process_time()
    env.run()
    return _sample(start, done)


def ciw(desk: HelpDesk, days: int, seed: int) -> Sample:
    """A run of `days` in Ciw: one node a line, one customer class a priority, results from the data records."""
    import ciw as library

    end = days * DAY_MIN

    class UntilEnd(library.dists.Exponential):  # type: ignore[misc]
        def sample(self, t: Any = None, ind: Any = None) -> float:
            gap = float(super().sample(t, ind))
            return gap if t + gap < end else math.inf

    library.seed(seed)
    classes = {f"P{level + 1}": share for level, share in enumerate(SHARES)}
    rate = desk.tickets_per_day / DAY_MIN
    network = library.create_network(
        arrival_distributions={name: [UntilEnd(rate=rate * share), None, None] for name, share in classes.items()},
        service_distributions={name: [library.dists.Lognormal(mean=mu, sd=SIGMA) for mu in MU] for name in classes},
        routing={name: [[0.0, ESCALATED[0], 0.0], [0.0, 0.0, ESCALATED[1]], [0.0, 0.0, 0.0]] for name in classes},
        priority_classes={name: level for level, name in enumerate(classes)},
        number_of_servers=list(desk.heads),
    )
    start = time.process_time()
    simulation = library.Simulation(network)
    simulation.simulate_until_max_time(end + 60 * DAY_MIN)
    records = simulation.get_all_records()
    spent = time.process_time() - start
    first: dict[int, float] = {}
    last: dict[int, tuple[int, float]] = {}
    for record in records:
        key = record.id_number
        first[key] = min(record.arrival_date, first.get(key, math.inf))
        last[key] = (int(record.customer_class[1]) - 1, max(record.exit_date, last.get(key, (0, 0.0))[1]))
    outcome = outcome_of([level for level, _ in last.values()], [at - first[key] for key, (_, at) in last.items()])
    return Sample(spent, len(first) + len(records), outcome[np.newaxis])


def salabim(desk: HelpDesk, days: int, seed: int) -> Sample:
    """A run of `days` in salabim: one component a ticket, one resource a line (generator processes)."""
    import salabim as sim

    sim.yieldless(False)
    env = sim.Environment(trace=False, random_seed=seed, time_unit="minutes")
    rng = env.random
    lines = [sim.Resource(f"line {number + 1}", capacity=heads) for number, heads in enumerate(desk.heads)]
    done: list[tuple[int, float, int]] = []

    class Ticket(sim.Component):  # type: ignore[misc]
        def setup(self, urgency: int) -> None:
            self.urgency = urgency

        def process(self) -> Generator[Any, Any, None]:
            for visit, line in enumerate(lines):
                yield self.request((line, 1, self.urgency))
                yield self.hold(rng.lognormvariate(MU[visit], SIGMA))
                self.release(line)
                if rng.random() >= ESCALATED[visit]:
                    break
            done.append((self.urgency, env.now() - self.creation_time(), visit + 1))

    class Arrivals(sim.Component):  # type: ignore[misc]
        def process(self) -> Generator[Any, Any, None]:
            gap = sim.Exponential(DAY_MIN / desk.tickets_per_day)
            urgency = sim.Pdf(tuple(range(4)), SHARES)
            while True:
                yield self.hold(gap.sample())
                if env.now() >= days * DAY_MIN:
                    return
                Ticket(urgency=urgency.sample())

    Arrivals()
    start = time.process_time()
    env.run()
    return _sample(start, done)


def web_tier_simpy(users: int, hours: float, seed: int) -> tuple[float, list[float]]:
    """The web tier in SimPy: one process a user, a Resource a tier. CPU seconds, and the response times in s."""
    import simpy

    rng = random.Random(seed)
    env = simpy.Environment()
    tiers = ((simpy.Resource(env, 16), 1 / 0.080), (simpy.Resource(env, 8), 1 / 0.040))
    took: list[float] = []

    def user() -> Generator[simpy.Event, Any, None]:
        while True:
            yield env.timeout(rng.expovariate(1 / 10))
            start = env.now
            for tier, rate in tiers:
                with tier.request() as server:
                    yield server
                    yield env.timeout(rng.expovariate(rate))
            took.append(env.now - start)

    for _ in range(users):
        env.process(user())
    start = time.process_time()
    env.run(until=3600 * hours)
    return time.process_time() - start, took


def _sample(start: float, done: list[tuple[int, float, int]]) -> Sample:
    spent = time.process_time() - start
    outcome = outcome_of([level for level, _, _ in done], [minutes for _, minutes, _ in done])
    return Sample(spent, len(done) + sum(visits for _, _, visits in done), outcome[np.newaxis])


# Name, package, function, and the share of a year that one run of A60 and of A600 takes (slow peers run less).
PEERS: Final[tuple[tuple[str, str, Peer, dict[str, float]], ...]] = (
    ("SimPy, idiomatic", "simpy", simpy_idiomatic, {"A60": 1.0, "A600": 0.2}),
    ("Ciw", "ciw", ciw, {"A60": 1.0, "A600": 0.2}),
    ("salabim", "salabim", salabim, {"A60": 0.2, "A600": 0.03}),
)


def why_skipped(package: str) -> str | None:
    """Why a peer can't run here, None if it can."""
    return None if find_spec(package) else f"{package} is not installed; make bench installs it"
