"""Nodes that follow the load: minutes in which there are too few of them, and the node hours that they cost."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from twin.spec.scaling import Autoscaling
from twin.spec.scenario import Scenario

Floats = NDArray[np.float64]

WEEK_MIN = 10_080


def users_by_minute(scenario: Scenario) -> Floats:
    """Concurrent users in each minute of a usual week, between the slices of their profile in straight lines."""
    users = scenario.demand.users
    most = users.named * users.concurrent_ratio
    profile = scenario.demand.profiles.get(users.profile or "")
    if profile is None:
        return np.full(WEEK_MIN, most)
    weights = np.array(profile.weights * (7 if profile.span == "day" else 1), float)
    middle = (np.arange(len(weights)) + 0.5) * WEEK_MIN / len(weights)
    return np.asarray(most / weights.max() * np.interp(np.arange(WEEK_MIN), middle, weights, period=WEEK_MIN))


def nodes_by_minute(users: Floats, scaling: Autoscaling) -> Floats:
    """Nodes in service in each minute of the week, which repeats."""
    if scaling.policy == "fixed":
        return np.full(len(users), float(scaling.most))
    asked = np.clip(np.ceil(users / (scaling.users_per_node * scaling.target)), scaling.least, scaling.most)
    lag = ceil(scaling.lag / 60) if scaling.policy == "reactive" else 0
    held = np.max([np.roll(asked, shift) for shift in range(1 + ceil(scaling.hold / 60))], axis=0)
    return np.asarray(np.roll(held, lag))


def scaled(scenario: Scenario, scaling: Autoscaling) -> tuple[float, float]:
    """Minutes a week with more users than the nodes carry, and node hours a week."""
    users = users_by_minute(scenario)
    nodes = nodes_by_minute(users, scaling)
    return float((users > nodes * scaling.users_per_node).sum()), float(nodes.sum() / 60)
