"""The plan of a rehearsal: two systems, who uses them, how much load, what is asked, and what must hold."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from loadtests.plan import PERSONAS, Persona, Plan, TargetAddress
from loadtests.rehearsal.normal import Rules
from loadtests.shapes import Amount, Level, Soak, Spike, Steps
from loadtests.targets.base import refuse_strangers
from loadtests.targets.tryton.instance import Instance
from loadtests.targets.tryton.release import Release
from twin.decide.goals import Goals, Part
from twin.spec.document import read_document
from twin.spec.values import Duration, Law, Model

Count = Annotated[int, Field(ge=0, le=1_000_000)]
STORE = Path(__file__).parents[2] / ".targets"
PHASES = ("drill", "steps", "flows", "import", "spike", "soak", "failover")
FLOWS = {"expand_bom": 5.0, "where_used": 5.0}


class System(Model):
    """One of the two systems: either a bundled release of Tryton to start on a loopback port, or an address.

    workers  of a release that is started: synchronous processes.
    """

    release: str | None = None
    port: Annotated[int, Field(ge=1024, le=65535)] = 8600
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    target: TargetAddress | None = None

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if (self.release is None) == (self.target is None):
            raise ValueError('give "release" (a bundled one is started) or "target" (a server that runs already)')
        return self

    @property
    def address(self) -> TargetAddress:
        """Where it answers."""
        if self.target is not None:
            return self.target
        assert self.release is not None
        release = Release(self.release, STORE)
        return TargetAddress(url=Instance(release, STORE, self.port).url)


class Data(Model):
    """The data set of bundled releases."""

    items: Annotated[int, Field(ge=20)] = 400
    levels: Annotated[int, Field(ge=2)] = 4


class Phases(Model):
    """How long and how much. A phase whose length is 0 is left out.

    steps     users present, one level after the other, each for `hold` (the first `settle` of it unmeasured).
    flows     deep bills and where-used only; imports  nothing but bulk imports: both with the users of the last step.
    spike     to twice as many users.
    failover  a worker is killed after a third of it, the database restarted after two thirds.
    rounds    how many times old and new take turns with the steps.
    """

    drill: Duration = Field(default="5 s", validate_default=True)
    steps: tuple[Amount, ...] = (2.0, 4.0)
    hold: Duration = Field(default="20 s", validate_default=True)
    settle: Duration = Field(default="4 s", validate_default=True)
    flows: Duration = Field(default="15 s", validate_default=True)
    imports: Duration = Field(default="10 s", validate_default=True)
    spike: Duration = Field(default="15 s", validate_default=True)
    soak: Duration = Field(default="30 s", validate_default=True)
    failover: Duration = Field(default="45 s", validate_default=True)
    rounds: Annotated[int, Field(ge=1, le=50)] = 1


class Questions(Model):
    """How many reads go to old, new and old again, how many writes to both, and how rarely that may mislead.

    slower_by  a transaction counts as slower when even the lower bound says so, by more than this share.
    """

    reads: Count = 300
    writes: Count = 40
    false_alarm: Part = 0.05
    slower_by: Part = 0.05


class Safety(Model):
    """When load is stopped at once: over the last `within`, that share of errors, or half of all answers that slow."""

    errors: Part = 0.5
    latency: Duration = Field(default="20 s", validate_default=True)
    within: Duration = Field(default="10 s", validate_default=True)
    fewest: Annotated[int, Field(ge=1)] = 10


class Feed(Model):
    """A value of the scenario that the rehearsal measures, `times` a factor that turns one into the other.

    slowdown  response of new over old under load, less 1, at least 0; wrong_reads, errors, lost  upper bounds.
    """

    path: str
    measure: Literal["slowdown", "wrong_reads", "errors", "lost"]
    times: Annotated[float, Field(gt=0.0)] = 1.0


class Abort(Model):
    """What the abort point is asked of: a change of the scenario, and how long after its begin users must be back."""

    change: str
    back_by: Duration


class Forecast(Model):
    """The scenario of operations that foretells the weeks after the go-live.

    worlds   draws of its uncertain inputs, `replications` each. feed  what the rehearsal measures goes in.
    options  ways to do it beside the scenario's own, e.g. dual runs of several lengths: name -> dotted path -> value.
    goals    measure -> what it must be at least, for the chance that all of them hold.
    """

    scenario: str
    worlds: Annotated[int, Field(ge=2, le=1000)] = 20
    replications: Annotated[int, Field(ge=1, le=100_000)] = 5
    feed: list[Feed] = []
    options: dict[str, dict[str, Any]] = {}
    goals: dict[str, float] = Field(
        default={"hypercare_availability": 0.999, "hypercare_satisfaction": 0.95}, min_length=1
    )
    abort: Abort | None = None


class Rehearsal(Model):
    """A cutover rehearsal. named_users, per_day  people and their transactions a day, to rank differences by."""

    title: str = "Cutover rehearsal"
    old: System
    new: System
    data: Data = Data()
    seed: int = 1
    personas: dict[str, Persona] = Field(min_length=1)
    think: Law = Law(mean="1 s", law="exponential")  # type: ignore[arg-type]
    timeout: Duration = Field(default="30 s", validate_default=True)
    phases: Phases = Phases()
    ask: Questions = Questions()
    normalise: Rules = Rules()
    safety: Safety = Safety()
    named_users: Annotated[int, Field(ge=1)] = 200
    per_day: Annotated[float, Field(gt=0.0)] = 50.0
    forecast: Forecast | None = None
    gate: Goals

    def load_plan(self, side: Literal["old", "new"], phase: str) -> dict[str, Any] | None:
        """The plan of one phase's load test as plain data; None when the phase is left out."""
        shape = self.shape(phase)
        if shape is None:
            return None
        personas = self.model_dump(mode="json")["personas"]
        if phase == "flows":
            personas = {"engineer": {"share": 1.0, "does": FLOWS}}
        if phase == "import":
            personas = {"data_manager": {"share": 1.0, "does": {"bulk_import": 1.0}}}
        data = {
            "target": getattr(self, side).address.model_dump(mode="json"), "seed": self.seed, "users": "closed",
            "think": self.think.model_dump(mode="json", exclude_none=True), "personas": personas,
            "timeout": f"{self.timeout} s", "load": shape.model_dump(mode="json"),
        }  # fmt: skip
        Plan.model_validate(data)
        return data

    def shape(self, phase: str) -> Steps | Spike | Soak | None:
        """The load of a phase; None when it is left out."""
        told, most = self.phases, max(self.phases.steps, default=1.0)

        def steady(length: float, amount: float) -> Soak | None:
            pieces = max(1, round(length / 10.0))
            return Soak(shape="soak", amount=amount, length=f"{length} s", pieces=pieces) if length else None  # type: ignore[arg-type]

        if phase == "steps":
            if not told.steps:
                return None
            return Steps(shape="steps", amounts=told.steps, hold=f"{told.hold} s", settle=f"{told.settle} s")  # type: ignore[arg-type]
        if phase == "spike":
            third = f"{told.spike / 3.0} s"
            spike = {"shape": "spike", "base": most, "peak": 2 * most, "before": third, "lasts": third, "after": third}
            return Spike.model_validate(spike) if told.spike else None
        lengths = {"drill": told.drill, "flows": told.flows, "import": told.imports, "soak": told.soak,
                   "failover": told.failover}  # fmt: skip
        return steady(lengths[phase], 1.0 if phase == "drill" else most)

    def levels(self, phase: str) -> list[Level]:
        """The levels of a phase."""
        shape = self.shape(phase)
        return shape.levels() if shape else []

    def asking_plan(self, side: Literal["old", "new"]) -> Plan:
        """What a user needs who only asks questions."""
        return Plan.model_validate({
            "target": getattr(self, side).address.model_dump(mode="json"), "seed": self.seed,
            "personas": self.model_dump(mode="json")["personas"], "timeout": f"{self.timeout} s",
            "load": {"shape": "steps", "amounts": [1], "hold": "1 s"},
        })  # fmt: skip


def read_rehearsal(path: Path, owned: str | None = None) -> Rehearsal:
    """The plan of a YAML file.

    owned  a host other than this machine that the person may put load on; the plan must name it, too.
    Raises ValueError with one line per problem, and for servers that are neither this machine's nor owned.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{path}: can't be read ({error.strerror}); name the plan of a rehearsal") from None
    document = read_document(text, str(path))
    if document.problems:
        raise ValueError("\n".join(map(str, document.problems)))
    usual = read_document(PERSONAS.read_text(encoding="utf-8"), str(PERSONAS)).data
    try:
        plan = Rehearsal.model_validate({"personas": usual, **(document.data or {})})
    except ValidationError as error:
        places = (f"{path}: {'.'.join(map(str, e['loc'])) or 'plan'}: {e['msg']}" for e in error.errors())
        raise ValueError("\n".join(places)) from None
    for system in (plan.old, plan.new):
        refuse_strangers(system.address.url, owned)
    return plan
