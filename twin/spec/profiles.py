"""Four service levels named in two articles on PLM service assurance and after-sales assurance, comparable by name.

What the articles state is cited; how it maps to the other priorities is assumed, and said so in each promise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from twin.spec.sla import Contract, Target

RANKS: Final = ("P0", "P1", "P2", "P3")


@dataclass(frozen=True)
class Promise:
    """The target of one priority: cited if the article states it for this priority, else assumed; and why."""

    target: Target
    tag: Literal["cited", "assumed"]
    source: str


@dataclass(frozen=True)
class SlaProfile:
    """A named service level: a promise for each of P0 (system down) to P3 (suggestion)."""

    name: str
    source: str
    promises: Mapping[str, Promise]


def _target(**clocks: str) -> Target:
    return Target.model_validate(clocks)


_NOTHING = Promise(Target(), "assumed", "the article promises nothing for this priority")

MAJOR_30MIN: Final = SlaProfile(
    "major-30min",
    "service assurance article, section 1: major fault answered in 30 min, general problem resolved in 2 h",
    {
        "P0": Promise(_target(respond="30 min"), "cited", "a major fault is answered in 30 min"),
        "P1": Promise(_target(respond="30 min"), "assumed", "a key module down counts as a major fault"),
        "P2": Promise(_target(resolve="2 h"), "cited", "a general problem is resolved in 2 h"),
        "P3": Promise(_target(resolve="2 h"), "assumed", "a request counts as a general problem"),
    },
)

CONTRACT_P1_P2: Final = SlaProfile(
    "contract-p1-p2",
    "service assurance article, section 3.1, contract form: P1 answered in 2 h, P2 resolved in 8 h",
    {
        "P0": Promise(_target(respond="2 h"), "assumed", "a system down is answered no later than a P1"),
        "P1": Promise(_target(respond="2 h"), "cited", "P1 is answered in 2 h"),
        "P2": Promise(_target(resolve="8 h"), "cited", "P2 is resolved in 8 h"),
        "P3": _NOTHING,
    },
)

AUTO_PARTS: Final = SlaProfile(
    "auto-parts",
    "after-sales article, section 2.1, auto-parts maker: answered in 90 min, service restored in 4 h",
    {
        "P0": Promise(_target(respond="90 min", restore="4 h"), "cited", "answered in 90 min, service restored in 4 h"),
        "P1": Promise(_target(respond="90 min", restore="4 h"), "assumed", "a key module down is treated as P0"),
        "P2": Promise(_target(respond="90 min"), "assumed", "answered alike; there is no service to restore"),
        "P3": Promise(_target(respond="90 min"), "assumed", "answered alike; there is no service to restore"),
    },
)

APPLIANCE: Final = SlaProfile(
    "appliance",
    "after-sales article, section 4, appliance maker: P0-P3, answered in 1 h by hotline and chat group",
    {rank: Promise(_target(respond="1 h"), "cited", "answered in 1 h") for rank in RANKS},
)

PROFILES: Final[Mapping[str, SlaProfile]] = {
    profile.name: profile for profile in (MAJOR_30MIN, CONTRACT_P1_P2, AUTO_PARTS, APPLIANCE)
}


def resolve(contract: Contract, priorities: Sequence[str]) -> dict[str, Target]:
    """Target of each priority that has one: the rows of the contract's profile, replaced by its own targets.

    Priorities named P0 to P3 take the rows of their names, others by rank, most urgent first.
    Raises KeyError for an unknown profile.
    """
    rows: dict[str, Target] = {}
    if contract.profile is not None:
        promises = PROFILES[contract.profile].promises
        by_name = set(priorities) <= set(RANKS)
        ranks = priorities if by_name else RANKS
        rows = {name: promises[rank].target for name, rank in zip(priorities, ranks, strict=False)}
    return rows | {name: contract.targets[name] for name in priorities if name in contract.targets}
