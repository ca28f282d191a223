"""What the page of a sensitivity analysis says of shares, ranges and effects."""

import json

import pytest

from tests.worlds import small_desk
from twin.decide.axes import Axis
from twin.decide.sensitivity import Effect, Factor, Output, Sensitivity, Share, Shares
from twin.report.ledger import TOO_FEW, ledger, variance_share
from twin.report.sensed import headline, sensitivity_object, write_sensitivity
from twin.spec.load import load_data

PATH = "demand.tickets.how_to.arrivals.rate"


def loaded():
    data = json.loads(small_desk().model_dump_json())
    rate = {"value": "40 / day", "cited": "y", "range": ["30 / day", "2 per h"]}
    data["demand"]["tickets"]["how_to"]["arrivals"]["rate"] = rate
    return load_data(data)


def found(total, low, high):
    factor = Factor(Axis(PATH, (), 30 / 86_400, 2 / 3600, "/ s"), "40 / day", "y")
    share = Share(factor, total, low, high, total, low, high)
    effects = (Effect(factor, 1640.0, -1640.0, 2.0),)
    return Sensitivity(Output("sojourn"), effects, Shares((share,), 1.0, 1.0, 0.5, 8), 4, 1)


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        ((0.6, 0.5, 0.7), "60 % (50 % to 70 %)"),
        ((1.1, 0.9, 1.2), "100 % (90 % to 100 %)"),
        ((0.0, -0.1, 0.1), "0 % (0 % to 10 %)"),
        ((1.472, 0.9, 2.1), TOO_FEW),
        ((3e150, -1e200, 1e200), TOO_FEW),
    ],
)
def test_a_share_of_the_variance_stays_within_0_and_100_percent(share, shown):
    assert variance_share(*share).replace("\N{NO-BREAK SPACE}", " ") == shown


def test_page_headline_and_ledger_say_the_share_and_the_range_of_the_file(tmp_path):
    clear = found(0.6, 0.5, 0.7)
    assert headline(clear).startswith("The variance of “Mean time from opening to solution” that the assumptions")
    assert headline(clear).endswith(f"is due above all to {PATH} (60\N{NO-BREAK SPACE}%).")
    write_sensitivity(clear, loaded(), tmp_path)
    page = (tmp_path / "sensitivity.html").read_text(encoding="utf-8")
    assert "<td>30 / day to 2 per h</td>" in page
    assert "−1,640" in page


def test_where_the_shares_mean_nothing_nothing_is_named(tmp_path):
    unclear = found(1.472, 0.9, 2.1)
    assert headline(unclear).startswith("Too few points to tell")
    about = write_sensitivity(unclear, loaded(), tmp_path)
    assert about == sensitivity_object(unclear, loaded())
    assert "147" not in (tmp_path / "sensitivity.html").read_text(encoding="utf-8")
    lines = [line for _, lines in ledger(loaded(), about)["tags"] for line in lines]
    assert next(line for line in lines if line[0] == PATH)[-1] == TOO_FEW
