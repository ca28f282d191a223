"""The forecast of a rehearsal: each way to cut over foretold in the same worlds, the best one, and the abort point."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from twin.decide.abort import abort_point
from twin.decide.bounds import Bound
from twin.decide.foresee import Foreseen, foresee
from twin.experiment.tasks import Checkpoint, Progress, part_of
from twin.simulate.run import EngineName
from twin.units import parse_duration

AS_PLANNED = "as planned"


def forecast(
    file: Path, plan: Mapping[str, Any], *, reps: int | None = None, seed: int = 1, engine: EngineName = "auto",
    workers: int | None = None, cluster: str | None = None, progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[Foreseen, dict[str, Any]]:  # fmt: skip
    """What is foretold as planned, and all options as plain data: chances and means with 95 % intervals.

    plan  the forecast of a rehearsal's plan as plain data, with what was measured under `fed`.
    """
    fed, goals = {row["path"]: row["value"] for row in plan["fed"]}, plan["goals"]
    options = {AS_PLANNED: fed, **{name: {**fed, **more} for name, more in plan["options"].items()}}
    found = [
        foresee(file, plan["worlds"], reps or plan["replications"], seed, overrides, name=name, engine=engine,
                workers=workers, cluster=cluster, checkpoint=checkpoint,
                progress=part_of(progress, number * plan["worlds"], len(options) * plan["worlds"]))
        for number, (name, overrides) in enumerate(options.items())
    ]  # fmt: skip
    best = max(found, key=lambda one: one.chance(goals).estimate)
    told = {
        "options": [_told(one, goals) for one in found], "best": best.name,
        "as_good": [one.name for one in found if one is not best and not best.ahead_of(one, goals).low > 0],
        "goals": dict(goals), "worlds": plan["worlds"], "seed": seed, "abort": None,
    }  # fmt: skip
    if plan["abort"] is not None:
        change, back_by_s = plan["abort"]["change"], parse_duration(plan["abort"]["back_by"])
        point = abort_point(file, change, back_by_s, seed=seed, overrides=fed, engine=engine)
        told["abort"] = {
            **asdict(point), "back_at": f"{point.back_at:%a %d %b %Y %H:%M}",
            "decide_at": f"{point.decide_at:%a %d %b %Y %H:%M}",
        }  # fmt: skip
    return found[0], told


def _told(one: Foreseen, goals: Mapping[str, float]) -> dict[str, Any]:
    return {
        "name": one.name, "all": _ends(one.chance(goals)),
        "chances": [_ends(one.chance({measure: least})) for measure, least in goals.items()],
        "tickets": _ends(one.mean("hypercare_tickets")), "surge": _ends(one.mean("hypercare_surge")),
    }  # fmt: skip


def _ends(bound: Bound) -> tuple[float, float, float]:
    return bound.estimate, bound.low, bound.high
