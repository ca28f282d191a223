"""Records that the twin itself made, so that what was put in is known."""

from dataclasses import replace
from datetime import UTC, datetime

from twin.calibrate.readers import Record, load_column_map
from twin.calibrate.readers.report import ReadReport
from twin.eventlog.schema import OPENED, PAGED
from twin.simulate.run import Model
from twin.spec.load import load_data

QUICK_SHARE, RATE = 0.3, 300.0
WEEKS = 8


def desk_scenario(weeks=WEEKS, rate=RATE, busyness=0.2):
    """Two kinds of tickets at two desks: some answered at once, the others for hours, a quarter of them handed on."""
    office = [0.02] * 8 + [1.0] * 10 + [0.02] * 6
    weights = office * 5 + [0.02] * 48
    day = {"calendar": "office", "heads": 900}
    return load_data({
        "name": "known", "clock": {"start": "2026-01-05T00:00", "horizon": f"{weeks} weeks", "tick": "60 s"},
        "calendars": {"office": {"days": "mon-fri", "hours": "08:00-18:00"}},
        "demand": {
            "busyness_cv": busyness, "profiles": {"week": {"weights": weights}},
            "tickets": {
                "quick": {
                    "queue": "first", "priority": "P1", "visits": {"first": {"work": {"mean": "10 min", "cv": 0.7}}},
                    "arrivals": {"rate": f"{rate * QUICK_SHARE} / week", "profile": "week"},
                },
                "long": {
                    "queue": "L1", "priority": "P2",
                    "arrivals": {"rate": f"{rate * (1 - QUICK_SHARE)} / week", "profile": "week"},
                    "visits": {
                        "L1": {"work": {"mean": "10 h", "cv": 1}, "next": {"L2": 0.25}},
                        "L2": {"work": {"mean": "20 h", "cv": 1}},
                    },
                },
            },
        },
        "support": {
            "priorities": ["P1", "P2"],
            "tiers": {
                "first": {"serves": ["first"], "shifts": {"all": {"heads": 50}}},
                **{name: {"serves": [name], "at_shift_end": "pause", "shifts": {"d": day}} for name in ("L1", "L2")},
            },
        },
    }).scenario  # fmt: skip


def made_record(seed=1, weeks=WEEKS, **kwargs):
    """The record of one simulated course, as a reader would give it."""
    scenario = desk_scenario(weeks, **kwargs)
    model = Model(scenario)
    log = model.run(model.tape(seed))
    log = replace(log, provenance={"source": "made", "digest": ""})
    count = int((log.event == OPENED).sum())
    report = ReadReport("made", "", len(log), count, {}, {}, (), 0, "2026", 0.0)
    start = datetime(2026, 1, 5, tzinfo=UTC)
    assert (log.event <= PAGED).any()
    levels = {"first": 1, "L1": 1, "L2": 2}
    return Record(log, report, load_column_map(), start, 60, levels=levels)
