"""What a sweep varies: a dotted path of the scenario, and the values or the range it takes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from twin.decide.design import latin_hypercube

_END = r"(-?[0-9.][0-9.eE+-]*?)\s*([a-zA-Z/ ]*?)"
_RANGE = re.compile(rf"{_END}\s*\.\.\s*{_END}(?:/\s*([0-9]+))?")
_EXAMPLE = "write PATH=3,4,5 or PATH=3..6 or PATH=\"20 min..40 min/5\" (five values)"
MOST_POINTS = 100_000

Point = dict[str, str]


@dataclass(frozen=True)
class Axis:
    """One path and what it may be: the texts listed, or anything from low to high in a unit.

    is_whole  the range holds whole numbers only.
    """

    path: str
    texts: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    unit: str = ""
    is_whole: bool = False

    @classmethod
    def parse(cls, text: str) -> "Axis":
        """The axis that "PATH=3,4,5", "PATH=3..6" or "PATH=20 min..40 min/5" describes. Raises ValueError."""
        path, equals, values = (part.strip() for part in text.partition("="))
        if not path or not equals or not values:
            raise ValueError(f"--vary {text}: {_EXAMPLE}")
        match = _RANGE.fullmatch(values)
        if match is None:
            texts = tuple(part.strip() for part in re.split(r",(?![^\[{(]*[\]})])", values))
            if not all(texts) or len(set(texts)) < len(texts):
                raise ValueError(f"--vary {text}: a value is empty or given twice; {_EXAMPLE}")
            return cls(path, texts)
        low, high, unit = float(match[1]), float(match[3]), match[4].strip() or match[2].strip()
        units = {match[2].strip(), match[4].strip()} - {""}
        if low > high and len(units) <= 1:
            raise ValueError(f"--vary {text}: the range runs from high to low; swap the ends; {_EXAMPLE}")
        if low == high or len(units) > 1:
            raise ValueError(f"--vary {text}: a range goes from a lower to a higher value of one unit; {_EXAMPLE}")
        is_whole = not unit and low.is_integer() and high.is_integer() and "." not in match[1] + match[3]
        axis = cls(path, (), low, high, unit, is_whole)
        return axis._levelled(int(match[5])) if match[5] else axis

    def _levelled(self, levels: int) -> "Axis":
        if levels < 2:
            raise ValueError(f"{self.path}: a range is cut into at least 2 values; {_EXAMPLE}")
        steps = (self.low + (self.high - self.low) * k / (levels - 1) for k in range(levels))
        return Axis(self.path, tuple(dict.fromkeys(self.text(step) for step in steps)))

    def text(self, value: float) -> str:
        """The value as a scenario would write it."""
        number = str(round(value)) if self.is_whole else f"{value:.6g}"
        return f"{number} {self.unit}".strip()

    def at(self, unit: float) -> str:
        """The value for a number in (0, 1), each value or part of the range as likely."""
        if self.texts:
            return self.texts[int(unit * len(self.texts))]
        if self.is_whole:
            return self.text(int(self.low + unit * (self.high - self.low + 1)))
        return self.text(self.low + unit * (self.high - self.low))

    def levels(self) -> tuple[str, ...]:
        """Every value of the axis. Raises ValueError for a range that is not cut into values."""
        if self.texts:
            return self.texts
        if not self.is_whole:
            raise ValueError(f"{self.path}: a grid needs values; {_EXAMPLE}")
        return tuple(str(value) for value in range(int(self.low), int(self.high) + 1))


def grid(axes: Sequence[Axis]) -> list[Point]:
    """Every combination of the values, the last axis fastest. Raises ValueError for too many."""
    levels = [axis.levels() for axis in axes]
    size = 1
    for values in levels:
        size *= len(values)
    if size > MOST_POINTS:
        raise ValueError(f"the grid has {size:,} points (limit {MOST_POINTS:,}); use --design lhs with --points")
    return [dict(zip((axis.path for axis in axes), values, strict=True)) for values in product(*levels)]


def hypercube(axes: Sequence[Axis], points: int, seed: int) -> list[Point]:
    """Points of a Latin hypercube over the axes; whole numbers and listed values may repeat."""
    if not 2 <= points <= MOST_POINTS:
        raise ValueError(f"{points} points: give a number from 2 to {MOST_POINTS:,}")
    units = latin_hypercube(seed, points, len(axes))
    return [{axis.path: axis.at(float(u)) for axis, u in zip(axes, row, strict=True)} for row in units]
