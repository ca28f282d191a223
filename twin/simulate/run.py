"""One entry to both engines: a scenario and a tape to an event log."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from twin.eventlog.log import EventLog
from twin.simulate.memory import keep_freed_memory
from twin.simulate.plan import Plan, plan_of
from twin.spec.scenario import Scenario
from twin.tape.draw import draw
from twin.tape.recipe import Recipe
from twin.tape.tape import Tape

if TYPE_CHECKING:
    from twin.simulate.operations import PlugIn

EngineName = Literal["auto", "simpy", "fast"]


class Model:
    """A scenario made ready to run many times: its recipe for tapes and its plan for the engines."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        keep_freed_memory()

    @cached_property
    def recipe(self) -> Recipe:
        """The tables tapes are drawn by."""
        return Recipe(self.scenario)

    @cached_property
    def plan(self) -> Plan:
        """What the engines know beforehand."""
        return plan_of(self.scenario)

    def tape(self, seed: int, replication: int = 0) -> Tape:
        """The tape of one replication."""
        return draw(self.recipe, seed, replication)

    def run(self, tape: Tape, engine: EngineName = "auto", plug_ins: Iterable["PlugIn"] = ()) -> EventLog:
        """The event log of a tape drawn for this scenario or for another staffing of it.

        Raises ValueError if the tape belongs to another world, or if the fast engine is asked to run plug-ins.
        """
        if tape.world != self.recipe.world:
            raise ValueError(
                "the tape was drawn from another scenario (deployment, demand, changes or clock differ); "
                "draw a tape for this one"
            )
        plug_ins = tuple(plug_ins)
        if engine == "fast" and plug_ins:
            names = ", ".join(getattr(plug_in, "__name__", str(plug_in)) for plug_in in plug_ins)
            raise ValueError(f"the fast engine runs no plug-in processes ({names}); use engine simpy")
        if engine == "simpy" or plug_ins:
            from twin.simulate import operations

            return operations.simulate(self.plan, tape, plug_ins)
        from twin.simulate import operations_fast

        return operations_fast.simulate(self.plan, tape)


def simulate_one(
    scenario: Scenario, tape: Tape | None = None, *, seed: int = 1, replication: int = 0,
    engine: EngineName = "auto", plug_ins: Iterable["PlugIn"] = (),
) -> EventLog:  # fmt: skip
    """The event log of one replication: of the given tape, else of the one drawn for seed and replication.

    plug_ins  functions that take the running `Operations` and return a generator (reference engine only).
    Raises ValueError if the tape belongs to another world.
    """
    model = Model(scenario)
    return model.run(tape or model.tape(seed, replication), engine, plug_ins)


__all__ = ["EngineName", "Model", "simulate_one"]
