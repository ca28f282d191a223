"""Named references to measure a service against: only figures that two articles on PLM service state, with their place.

The first article also names Siemens, Bosch and Huawei as benchmarks but gives no figure of theirs: there is none here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Mark:
    """One figure of a reference: the measure and dimensions it is compared with, the figure, and where it is stated.

    is_floor  whether less is worse (a share kept) or better (a time needed).
    """

    words: str
    measure: str
    where: tuple[tuple[str, str], ...]
    figure: float
    source: str
    is_floor: bool = True


@dataclass(frozen=True)
class Reference:
    """A named reference and its figures."""

    name: str
    about: str
    marks: tuple[Mark, ...]


_WHOLE: Final = (("function", "whole"), ("variant", "service_hours"))
_FIRST, _SECOND = "PLM service assurance article", "PLM after-sales article"

APPLIANCE: Final = Reference(
    "appliance", "a large maker of household appliances, after its five-dimension assurance",
    (
        Mark("System available", "availability", _WHOLE, 0.998, f"{_SECOND}, section 4"),
        Mark("Satisfied with a solution", "satisfaction", (), 0.96, f"{_SECOND}, section 4"),
    ),
)  # fmt: skip

GO_LIVE: Final = Reference(
    "go-live", "goals for the 30 days after a go-live",
    (
        Mark("System available", "availability", _WHOLE, 0.999, f"{_FIRST}, section 3.2"),
        Mark("Satisfied with a solution", "satisfaction", (), 0.95, f"{_FIRST}, section 3.2"),
    ),
)  # fmt: skip

AUTO_PARTS: Final = Reference(
    "auto-parts", "a maker of car parts, as its contract promises after a failure of two weeks",
    (
        Mark("Longest outage in a run", "longest_outage", (("function", "whole"),), 240.0,
             f"{_SECOND}, section 2.1: restored in 4 h; two weeks before", is_floor=False),
    ),
)  # fmt: skip

REFERENCES: Final[Mapping[str, Reference]] = {one.name: one for one in (APPLIANCE, GO_LIVE, AUTO_PARTS)}
