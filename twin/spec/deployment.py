"""The PLM deployment: components with their redundancy, faults and repair, and the functions users see."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from twin.spec.scaling import Autoscaling
from twin.spec.values import Duration, Law, Model, Ratio

Units = Annotated[int, Field(ge=1, le=1000)]


class Failover(Model):
    """How a standby takes over when the active unit fails.

    delay     the component is down this long when the takeover works;
    coverage  share of failures in which it works by itself;
    manual    the component is down this long when it does not.
    """

    delay: Law
    coverage: Ratio = 1.0
    manual: Law | None = None

    @model_validator(mode="after")
    def _uncovered_needs_manual(self) -> "Failover":
        if self.coverage < 1.0 and self.manual is None:
            raise ValueError('coverage below 1 needs "manual": how long the takeover by hand keeps the component down')
        return self


class Monitoring(Model):
    """How a failure is noticed: checks every so often, counted from the unit's last return to service; what
    the checks miss (1 - coverage) is reported by people after `reported_after`."""

    every: Duration = 0.0
    coverage: Ratio = 1.0
    reported_after: Law = Law(mean="30 min", cv=1.0)  # type: ignore[arg-type]


class Repair(Model):
    """The ticket a failure opens: its class (path and work) and its priority.

    priority  when the component is down at detection; degraded  when redundancy still carries it.
    """

    ticket: str
    priority: str
    degraded: str | None = None


class Maintenance(Model):
    """Preventive maintenance of each unit: after `every` of operating age it is out of service for `takes` and
    comes back as new."""

    every: Duration
    takes: Law


class Degradation(Model):
    """Failure in two stages: a unit in service degrades after `onset` and fails `to_failure` later, unless monitoring
    sees it coming and it is restarted in time, which makes it as new.

    noticed_after  how long after the onset a warning comes (none without it); recall  share of onsets with a warning;
    restart        how long the preventive restart keeps the unit out of service.
    Source: Huang, Kintala, Kolettis and Fulton (1995), Software rejuvenation.
    """

    onset: Law
    to_failure: Law
    noticed_after: Law | None = None
    recall: Ratio = 1.0
    restart: Law | None = None

    @model_validator(mode="after")
    def _warned_means_restarted(self) -> "Degradation":
        if (self.noticed_after is None) != (self.restart is None):
            raise ValueError("give noticed_after and restart together: what a warning leads to")
        return self


class Ageing(Model):
    """Failures on top of `mtbf` that grow with the time since the last cleaning (leaks, data growth, worn indexes).

    first, shape  Weibull: in the time `first` after a cleaning one such failure of each unit is expected; above 1 the
                  rate grows, and a change that `cleans` sets it back.
    """

    first: Annotated[Duration, Field(gt=0)]
    shape: Annotated[float, Field(gt=1.0, le=10.0)] = 2.0


class Component(Model):
    """A part of the deployment: `units` identical units of which `needed` must be up.

    redundancy     active: all units serve; standby: `needed` serve, the others run idle (and can fail as well),
                   takeover by `failover`.
    mtbf, shape    Weibull operating age at failure of a unit: mean and shape (1 = exponential). None: never fails.
    common_cause   share of the failure rate that strikes all units at once (beta factor).
    recurring      share of the failure rate that comes from root causes which a review can remove.
    ageing         further failures that a cleaning prevents.
    owner          whose fault it is by contract: customer (hardware) or vendor (software).
    degradation    failure in two stages, beside or instead of mtbf.
    depends_on     components without which this one does not work.
    """

    kind: Literal["web", "application", "database", "vault", "cad-worker", "integration", "network", "other"] = "other"
    units: Units = 1
    needed: Units = 1
    redundancy: Literal["active", "standby"] = "active"
    failover: Failover | None = None
    mtbf: Duration | None = None
    shape: Annotated[float, Field(ge=0.1, le=20.0)] = 1.0
    common_cause: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    recurring: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    ageing: Ageing | None = None
    monitoring: Monitoring = Monitoring()
    repair: Repair | None = None
    maintenance: Maintenance | None = None
    degradation: Degradation | None = None
    owner: Literal["customer", "vendor"] = "vendor"
    depends_on: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> "Component":
        if self.needed > self.units:
            raise ValueError(f"needs {self.needed} units but has {self.units}; raise units or lower needed")
        fails = self.mtbf is not None or self.degradation is not None or self.ageing is not None
        if fails and self.repair is None:
            raise ValueError('fails but nobody repairs it; add "repair" with a ticket class and a priority')
        if self.mtbf is not None and self.mtbf <= 0:
            raise ValueError("mtbf must be longer than 0; write e.g. 2000 h")
        if self.maintenance is not None and self.maintenance.every <= 0:
            raise ValueError("maintenance every must be longer than 0; write e.g. 30 d")
        if self.failover is not None and self.redundancy != "standby":
            raise ValueError('failover only acts on "redundancy: standby"; set it, or remove failover')
        return self


class Site(Model):
    """Where components run, and what happens when all of it is lost.

    components  what runs there; disaster  mean time between losses of the site.
    repair      the ticket that rebuilds it.
    standby     another site is kept ready: service is back there after `rto`, while the lost one is rebuilt.
    """

    components: tuple[str, ...] = Field(min_length=1)
    disaster: Annotated[Duration, Field(gt=0)]
    repair: Repair
    standby: bool = False
    rto: Law = Law(mean="4 h")  # type: ignore[arg-type]


class Function(Model):
    """What users do with the PLM (search, BOM, change, vault, viewing, integration).

    needs  components it uses; users_ratio  share of the active users who need it at any time.
    """

    needs: tuple[str, ...] = Field(min_length=1)
    users_ratio: Ratio = 1.0


class Deployment(Model):
    """Components and the functions that depend on them; sites that can be lost; pools of nodes that scale."""

    components: dict[str, Component] = {}
    functions: dict[str, Function] = {}
    sites: dict[str, Site] = {}
    scaling: dict[str, Autoscaling] = {}
