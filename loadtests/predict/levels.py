"""The levels of a calibration: long ones to learn from, and short ones in pairs, steady and in bursts."""

import math
from dataclasses import dataclass

from loadtests.plan import Plan
from loadtests.predict.model import dealt_to

LONG_S, SHORT_S, SETTLE_S = 90.0, 24.0, 4.0
LONG = (0.3, 0.16, 0.23)  # of the users at the knee by the pilot, which does not see company; the largest also in pairs
PAIRS = 7  # after each long level but the last: some minutes, for the machine to be now faster, now slower
CARDS = 10_000  # from one level's first card to the next one's: more than it deals
IN_A_BURST = 3  # users to a worker who are due at each beat, if there are so many
THINKS = 2000


@dataclass(frozen=True, slots=True)
class Light:
    """A level at light load: users, seconds, the first card they are dealt, the beat of bursts (0: steady users)."""

    users: int
    hold_s: float
    first_card: int
    beat_s: float = 0.0

    @property
    def is_long(self) -> bool:
        """Whether it is one to learn from by itself."""
        return self.hold_s == LONG_S


def light_levels(plan: Plan, knee_users: float, workers: int) -> list[Light]:
    """The levels in their order.

    The two of a pair are dealt the same, so that they differ by nothing but how many are under way at a time, and
    follow each other at once, so that the machine is the same; which comes first alternates.
    """
    counts = [max(1, round(ratio * knee_users)) for ratio in LONG]
    steady, beat_s = counts[0], plan.think.mean * min(1.0, IN_A_BURST * workers / counts[0])
    crowd = users_at_a_beat(plan, steady, beat_s)
    levels, cards = [], 0
    for number, count in enumerate(counts):
        levels.append(Light(count, LONG_S, cards))
        for pair in range(PAIRS if number + 1 < len(counts) else 0):
            cards += CARDS
            both = [Light(steady, SHORT_S, cards), Light(crowd, SHORT_S, cards, beat_s)]
            levels += both if pair % 2 else both[::-1]
        cards += CARDS
    return levels


def users_at_a_beat(plan: Plan, users: int, beat_s: float) -> int:
    """How many users who go on at the beat only do as much as so many who go on whenever they are due."""
    thinks = dealt_to(plan, THINKS).think_s
    until_the_beat = sum(beat_s * math.ceil(think / beat_s) for think in thinks)
    return round(users * until_the_beat / sum(thinks))


def as_steps(levels: list[Light]) -> dict[str, object]:
    """The levels as a plan's load."""
    return {
        "shape": "steps", "amounts": [one.users for one in levels], "hold": f"{LONG_S} s", "settle": f"{SETTLE_S} s",
        "holds": [f"{one.hold_s} s" for one in levels], "beats": [f"{one.beat_s} s" for one in levels],
        "cards": [one.first_card for one in levels],
    }  # fmt: skip
