"""What is configured on the server and how the load was made: what no log of requests can tell."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from twin.spec.document import read_document
from twin.spec.values import Model


class StationLimits(Model):
    """Where work is done: its cores (or disks), and the groups of processes whose CPU is spent there.

    background  share of the cores that these groups use while nobody is served: work meets that much less of them.
    """

    cores: Annotated[float, Field(gt=0.0, le=10_000)] = 1.0
    groups: tuple[str, ...] = Field(min_length=1)
    background: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0


class LogFormat(Model):
    """How to read an access log: `verbs` maps patterns of "METHOD path" to transactions, first match counts.

    stamp  whether the time of a line is that of the request's start (Apache) or end (nginx);
    unit   of the last number of a line, the time it took.
    """

    verbs: dict[str, str] = Field(min_length=1)
    stamp: Literal["start", "end"] = "start"
    unit: Literal["s", "ms", "us"] = "us"


class Limits(Model):
    """Configured limits: `workers` requests are worked on at a time, the others wait in order of arrival.

    users  closed: each user waits for the answer before the next request; open: requests come by themselves.
    """

    users: Literal["closed", "open"]
    workers: Annotated[int, Field(ge=1, le=10_000)]
    stations: dict[str, StationLimits] = Field(min_length=1)
    log: LogFormat | None = None

    @model_validator(mode="after")
    def _groups_are_spent_once(self) -> "Limits":
        groups = [group for station in self.stations.values() for group in station.groups]
        if twice := sorted({group for group in groups if groups.count(group) > 1}):
            raise ValueError(f"the CPU of {', '.join(twice)} is counted at two stations; name each group once")
        return self

    @property
    def cores(self) -> float:
        """Cores of all stations."""
        return sum(station.cores for station in self.stations.values())


def read_limits(path: Path) -> Limits:
    """The limits of a YAML file. Raises ValueError with one line for each problem."""
    document = read_document(path.read_text(encoding="utf-8"), str(path))
    try:
        return Limits.model_validate(document.data or {})
    except ValidationError as error:
        lines = (f"{path}: {'.'.join(map(str, e['loc'])) or 'limits'}: {e['msg']}" for e in error.errors())
        raise ValueError("\n".join(lines)) from None
