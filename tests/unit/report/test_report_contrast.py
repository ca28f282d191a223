"""What sets scenarios apart: values and differences that agree, in plain words and numbers."""

import io

import pytest
from reporting import by_hand, small

from twin.decide.compare import Comparison, paired
from twin.experiment.table import Row
from twin.measures.cells import cell
from twin.report.compared import render_comparison
from twin.report.contrast import balance, contrasts
from twin.report.words import bounded_difference, difference_interval

WHOLE = cell("availability", "1", "mean", function="whole", variant="service_hours")


def office():
    """The small scenario, with service from Monday to Friday only."""
    data = small("office")
    data["calendars"] = {"office": {"days": "mon-fri", "hours": "09:00-17:00"}}
    data["contract"] = {**data["contract"], "service_calendar": "office"}
    return data


def apart():
    """All hours at 99 % and office hours at 98 %, both the same in all runs but for a trace."""
    runs = [[(0.99 + at / 1e4, 1.0) for at in (-1, 0, 1)], [(0.98 + at / 1e4, 1.0) for at in (0, -1, 1)]]
    results = [by_hand([(WHOLE, run)], data) for run, data in zip(runs, (small("all"), office()), strict=True)]
    gap = paired("office", [WHOLE], results[1].raw, results[0].raw, 0.95)
    return Comparison(results, [gap])


def test_the_difference_of_time_down_is_that_of_the_values_each_in_its_own_service_hours():
    down = contrasts(apart())[0]
    assert down.words == "time down per month"
    assert down.base.estimate == pytest.approx(432)
    assert down.other.estimate < down.base.estimate
    assert down.difference.estimate == pytest.approx(down.other.estimate - down.base.estimate)
    assert down.difference.low < down.difference.estimate < down.difference.high < 0
    assert down.change.value == "better"


def test_nothing_apart_is_said_in_words():
    runs = [by_hand([(WHOLE, [(0.9, 1.0), (0.8, 1.0)])], small(name)) for name in ("one", "two")]
    unclear = Comparison(runs, [paired("two", [WHOLE], runs[1].raw, runs[0].raw, 0.95)])
    assert balance(contrasts(unclear)) == "“two” is clearly apart in none of 1 respect"


def test_the_terminal_shows_plain_numbers():
    from rich.console import Console

    lost = cell("user_hours_lost", "h/year", "mean", function="whole")
    runs = [by_hand([(lost, [(x, 1.0) for x in values])], small(name))
            for name, values in (("one", (900.0, 1000.0, 1100.0)), ("two", (2500.0, 2700.0, 2700.0)))]  # fmt: skip
    screen = Console(file=io.StringIO(), width=200)
    render_comparison(Comparison(runs, [paired("two", [lost], runs[1].raw, runs[0].raw, 0.95)]), screen)
    text = screen.file.getvalue()
    assert "+1,633" in text
    assert "e+" not in text


def test_differences_of_shares_never_exceed_100_points():
    row = Row("attainment", {}, "1", 0.5, -1.4, 2.4, 0.95, 2, "")
    assert bounded_difference(row) == (-1.0, 1.0)
    assert difference_interval(row).startswith("−100 to +100")
    assert bounded_difference(Row("backlog", {}, "tickets", 0.5, -1.4, 2.4, 0.95, 2, "")) == (-1.4, 2.4)
