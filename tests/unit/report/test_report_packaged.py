"""What the page of assurance packages says when the runs are few."""

import pytest
from reporting import small

from twin.decide.packages import Contributions
from twin.experiment.table import Row
from twin.report.packaged import write_packages
from twin.spec.load import load_data


def row(estimate, low, high):
    return Row("attainment", {}, "1", estimate, low, high, 0.95, 2, "")


def page(share, folder):
    gain = {"training": [share]}
    found = Contributions(("training",), [row(0.95, 0.9, 1.0)], [row(0.9972, 0.9732, 1.0212)], gain, gain, gain, [])
    data = {**small(), "packages": {"training": {"about": "courses", "without": {"contract.attainment": 0.9}}}}
    write_packages(found, load_data(data), 1, 2, folder)
    return (folder / "packages.html").read_text(encoding="utf-8")


def test_levels_stay_within_100_percent_and_differences_within_100_points(tmp_path):
    text = page(row(0.5, -1.3, 2.3), tmp_path)
    assert "97.32 to 100.00 %" in text
    assert "102.12" not in text
    assert "+50.00 (-100.00 to +100.00)" in text


@pytest.mark.parametrize(("low", "said"), [(-0.1, "told from 2 runs"), (0.01, "“training” contributes most (+5.00")])
def test_a_package_is_named_as_the_first_only_if_it_surely_contributes(low, said, tmp_path):
    text = page(row(0.05, low, 0.2), tmp_path)
    assert said in text
    assert ("contributes most (" in text) is (low > 0)
