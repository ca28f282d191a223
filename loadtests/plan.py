"""The plan of a load test: which server, which users, how much load, and for how long."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from loadtests.shapes import Shape
from loadtests.targets.base import VERBS, Address
from twin.calibrate.requests.limits import LogFormat
from twin.spec.document import read_document
from twin.spec.values import Duration, Law, Model

PERSONAS = Path(__file__).with_name("personas.yaml")
Weight = Annotated[float, Field(ge=0.0, le=1e6)]


class Persona(Model):
    """Users of one kind: their share of all users, and how often they do what, as weights."""

    share: Weight
    does: dict[str, Weight] = Field(min_length=1)

    @model_validator(mode="after")
    def _verbs_are_known(self) -> "Persona":
        if strange := sorted(self.does.keys() - VERBS.keys()):
            raise ValueError(f"unknown verbs {', '.join(strange)}; known are {', '.join(VERBS)}")
        return self


class Witness(Model):
    """A second server of the same kind that nobody else uses: its address, and a file with its process ids."""

    url: str
    watch: str


class TargetAddress(Model):
    """Which server: its kind, address and what the kind wants to know besides.

    watch     a file with process ids by group of processes, as the bundled target writes it, for the probe.
    counters  commands by group that print a measure and a number a line, e.g. the database's own active time.
    witness   a server that tells the machine's pace by what the same requests take there.
    """

    kind: str = "tryton"
    url: str = "http://127.0.0.1:8500/plm/"
    options: dict[str, Any] = {}
    watch: str | None = None
    counters: dict[str, tuple[str, ...]] = {}
    witness: Witness | None = None

    @property
    def address(self) -> Address:
        """The same as the targets take it."""
        return Address(self.kind, self.url, self.options)


class Plan(Model):
    """A load test.

    users    closed: so many users, each waits for its answer, thinks, and goes on; open: transactions come at a rate
             per second whether or not earlier ones are answered; log: those of an access log, each session in order.
    think    from an answer to the next transaction of a closed user.
    timeout  after which a user gives up on an answer.
    """

    target: TargetAddress = TargetAddress()
    seed: int = 1
    users: Literal["closed", "open", "log"] = "closed"
    think: Law = Law(mean="8 s", law="exponential")  # type: ignore[arg-type]
    timeout: Duration = Field(default="60 s", validate_default=True)
    personas: dict[str, Persona] = Field(min_length=1)
    load: Shape | None = None
    log: "Replay | None" = None

    @model_validator(mode="after")
    def _has_load(self) -> "Plan":
        if (self.load is None) == (self.users != "log") or (self.log is None) == (self.users == "log"):
            raise ValueError('give "load" with a shape; or, for "users: log", give "log" with its file instead')
        return self


class Replay(LogFormat):
    """An access log to replay: `verbs` maps patterns of "METHOD path" to verbs, other lines are left out and counted.

    speed  how many times faster than it was; a session keeps its order, and starts a request no earlier than its
           previous answer.
    """

    file: str
    speed: Annotated[float, Field(gt=0.0, le=1e6)] = 1.0

    @model_validator(mode="after")
    def _verbs_are_known(self) -> "Replay":
        if strange := sorted(set(self.verbs.values()) - VERBS.keys()):
            raise ValueError(f"unknown verbs {', '.join(strange)}; known are {', '.join(VERBS)}")
        return self


def read_plan(path: Path) -> Plan:
    """The plan of a YAML file, with the personas that come with the twin unless it has its own.

    Raises ValueError with one line for each problem.
    """
    text = path.read_text(encoding="utf-8")
    document = read_document(text, str(path))
    usual = read_document(PERSONAS.read_text(encoding="utf-8"), str(PERSONAS)).data
    data = {"personas": usual, **(document.data or {})}
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        places = (f"{path}: {'.'.join(map(str, e['loc'])) or 'plan'}: {e['msg']}" for e in error.errors())
        raise ValueError("\n".join(places)) from None
    return plan
