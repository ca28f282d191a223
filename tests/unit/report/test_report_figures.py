"""Figures: they draw whatever there is, and what they count is what the log says."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from reporting import CLOCK, ran, ran_small, small

from twin.eventlog.log import EventLog, Names
from twin.eventlog.schema import CHANGE_PHASE, DOWN, HELD, OPENED, RELEASED, RESOLVED, UP
from twin.report.figures import attainment_figure, availability_figure, downtime_figure, waterfall_figure
from twin.report.style import NARROW_IN, canvas, svg
from twin.report.timeline import Span, change_spans, open_tickets, outages, partial_outages, timeline_figure

OF_RESULT = (availability_figure, attainment_figure, downtime_figure, waterfall_figure)


def log_of(*rows: tuple[int, int, int, int, int], end: int = 100) -> EventLog:
    at, event, entity, place, value = (np.array(column) for column in zip(*rows, strict=True))
    names = Names(components=("app",), changes=("patch",))
    return EventLog(at, event, entity, place, value, np.zeros(9, int), np.full(9, -1), end, names)


@pytest.mark.parametrize("draw", OF_RESULT)
@pytest.mark.parametrize("data", [small(), {"name": "empty", "clock": CLOCK}], ids=["small", "empty"])
def test_figures_draw_what_there_is(draw, data):
    result, _, _ = ran_small() if data["name"] == "small" else ran(data, reps=2)
    figure = draw(result, width_in=NARROW_IN)
    assert isinstance(figure, Figure)
    assert svg(figure) == svg(draw(result, width_in=NARROW_IN))


def test_a_single_replication_has_figures_without_intervals():
    result, _, log = ran(small(), reps=1)
    assert all(b"NaN" not in svg(draw(result)) for draw in OF_RESULT)
    assert svg(timeline_figure(log, result.scenario)).startswith(b"<?xml")


def test_outages_reach_to_the_end_and_know_what_was_planned():
    log = log_of((5, DOWN, 0, 0, 0), (8, UP, 0, 0, 0), (20, DOWN, 0, 0, 3))
    assert outages(log, 0) == [Span(5, 8), Span(20, 100, is_planned=True)]


def test_partial_outages_are_those_of_some_users():
    log = log_of((5, HELD, 0, 0, 200), (6, HELD, 1, 0, 1000), (9, RELEASED, 0, 0, 200))
    assert partial_outages(log, 0) == [Span(5, 9, is_partial=True)]


def test_change_spans_and_faults():
    phases = [(1, 0, 0), (2, 0, 2), (4, 0, 1), (9, 1, 0)]
    log = log_of(*((at, CHANGE_PHASE, occurrence, 0, phase) for at, occurrence, phase in phases))
    assert change_spans(log, 0) == ([Span(1, 4, True), Span(9, 100, True)], [2])


def test_open_tickets_is_the_most_at_once():
    log = log_of((1, OPENED, 0, 0, 0), (2, OPENED, 1, 0, 0), (3, RESOLVED, 0, 0, 0), (60, RESOLVED, 1, 0, 0))
    assert open_tickets(log, np.array([0, 50, 70, 100])).tolist() == [2, 1, 0]


def test_a_figure_cut_out_along_a_path_has_the_same_bytes_wherever_it_lies_in_memory():
    def drawn():
        figure = canvas(NARROW_IN, 1.0, "cut")
        axes = figure.subplots()
        (line,) = axes.plot([0, 1], [0, 1])
        line.set_clip_path(Circle((0.5, 0.5), 0.4, transform=axes.transData))
        return figure

    figures = [drawn() for _ in range(3)]
    pictures = [svg(figure) for figure in figures]
    assert pictures[0] == pictures[1] == pictures[2]
    assert b"url(#clip0)" in pictures[0]
