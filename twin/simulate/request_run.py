"""One entry to both engines of the requests model: a scenario with a workload and a tape to a request log."""

from functools import cached_property

from twin.eventlog.requests import RequestLog
from twin.simulate.request_plan import RequestPlan, request_plan
from twin.simulate.run import EngineName
from twin.spec.scenario import Scenario
from twin.tape.request_recipe import RequestRecipe
from twin.tape.requests import RequestTape


class RequestModel:
    """A workload made ready to run many times. Raises ValueError if the scenario has none."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.recipe = RequestRecipe(scenario)

    @cached_property
    def plan(self) -> RequestPlan:
        """What the engines know beforehand."""
        return request_plan(self.recipe)

    def tape(self, seed: int, replication: int = 0) -> RequestTape:
        """The tape of one replication."""
        return self.recipe.tape(seed, replication)

    def run(self, tape: RequestTape, engine: EngineName = "auto") -> RequestLog:
        """The request log of a tape drawn for this workload or for another size of its deployment.

        Raises ValueError if the tape belongs to another workload.
        """
        if tape.world != self.recipe.world:
            raise ValueError("the tape was drawn from another workload; draw a tape for this one")
        if engine == "simpy":
            from twin.simulate import requests

            return requests.simulate(self.plan, tape)
        from twin.simulate import requests_fast

        return requests_fast.simulate(self.plan, tape)
