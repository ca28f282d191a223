"""Nodes that come and go with the load."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from twin.spec.values import Duration, Model


class Autoscaling(Model):
    """Nodes that follow the users of the busiest hour and the quiet ones.

    users_per_node  concurrent users a node carries; least, most  bounds of the nodes.
    policy          fixed: always `most`; reactive: as many as the load seen now asks for, which serve `lag` later;
                    predictive: ordered `lag` ahead, by the profile of the users.
    target          share of its users that a node is meant to carry; hold  nodes go no sooner than this after a peak.
    """

    users_per_node: Annotated[float, Field(gt=0.0, le=1e6)]
    most: Annotated[int, Field(ge=1, le=10_000)]
    least: Annotated[int, Field(ge=1, le=10_000)] = 1
    policy: Literal["fixed", "reactive", "predictive"] = "reactive"
    lag: Duration = 0.0
    target: Annotated[float, Field(gt=0.0, le=1.0)] = 0.7
    hold: Duration = 0.0

    @model_validator(mode="after")
    def _bounds_fit(self) -> "Autoscaling":
        if self.least > self.most:
            raise ValueError(f"least is {self.least} but most is {self.most}; lower least or raise most")
        return self
