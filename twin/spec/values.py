"""The value types scenarios are written in: durations, rates, shares and laws, each with its unit."""

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema, model_validator

from twin.units import parse_duration, parse_rate

_NUMBER_PATTERN = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?"
DURATION_PATTERN = rf"^(\s*{_NUMBER_PATTERN}\s*[a-zA-Z]+\s*)+$"
RATE_PATTERN = rf"^\s*{_NUMBER_PATTERN}\s*(/|per)\s*({_NUMBER_PATTERN})?\s*[a-zA-Z]+\s*$"

Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    PlainSerializer(lambda seconds: f"{seconds!r} s", when_used="json"),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["30 min", "4 h", "2 weeks"]}),
]
Rate = Annotated[
    float,
    BeforeValidator(parse_rate),
    PlainSerializer(lambda per_second: f"{per_second!r} / s", when_used="json"),
    WithJsonSchema({"type": "string", "pattern": RATE_PATTERN, "examples": ["40 / day", "22000 per year"]}),
]
Ratio = Annotated[float, Field(ge=0.0, le=1.0)]
Shares = dict[str, Ratio]
LawName = Literal["fixed", "exponential", "lognormal", "gamma", "weibull", "hyperexponential", "uniform"]


class Model(BaseModel):
    """A part of a scenario: unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Law(Model):
    """A positive random length given by its mean and coefficient of variation.

    mean  in a unit of time; cv  standard deviation over mean. A bare duration ("30 min") is exactly that long.
    hyperexponential  two phases with balanced means (cv > 1); uniform  cv at most 0.577.
    """

    mean: Duration
    cv: Annotated[float, Field(ge=0.0, le=100.0)] = 0.0
    law: LawName | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare_duration_is_fixed(cls, value: Any) -> Any:
        return value if isinstance(value, dict | Law) else {"mean": value}

    @model_validator(mode="after")
    def _cv_fits_law(self) -> "Law":
        limits = {"fixed": (0, 0), "exponential": (1, 1), "hyperexponential": (1, 100), "uniform": (0, 3**-0.5 + 1e-9)}
        low, high = limits.get(self.name, (0, 100))
        if self.law == "exponential" and self.cv == 0.0:
            return self
        if not low <= self.cv <= high:
            raise ValueError(f"a {self.name} law has cv between {low:g} and {high:.4g}, not {self.cv:g}; change one")
        if self.law in ("lognormal", "gamma", "weibull") and self.cv == 0.0:
            raise ValueError(f'a {self.law} law needs its cv; write e.g. "cv: 1", or leave the law out: a fixed length')
        return self

    @property
    def name(self) -> LawName:
        """The law in force: as written, else lognormal when it varies and fixed when it does not."""
        return self.law or ("lognormal" if self.cv > 0 else "fixed")


def total_is_one(shares: Shares, what: str) -> None:
    """Raise ValueError unless the shares add up to 1 within 1e-6."""
    total = math.fsum(shares.values())
    if abs(total - 1.0) > 1e-6:
        raise ValueError(f"the shares of {what} add up to {total:.6g}; make them add up to 1")
