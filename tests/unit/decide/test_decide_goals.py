"""Targets from the twin's own words and from OpenSLO; faults are told with their place."""

from pathlib import Path

import pytest

from twin.decide.goals import read_goals

OWN = """
title: Go-live of release 8
load: {expected: 20}
targets:
  - {name: "search p95", measure: latency, where: {transaction: search}, at_most: 1500 ms, share: 95 %}
  - {measure: availability, at_least: 99.9 %, allowance: 0.02 %}
"""
OPENSLO = """apiVersion: openslo/v1
kind: SLI
metadata: {name: latency, annotations: {twin/where.transaction: search}}
spec: {thresholdMetric: {metricSource: {type: twin, spec: {query: latency}}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: search-fast, displayName: Search is fast}
spec:
  service: plm
  indicatorRef: latency
  budgetingMethod: Occurrences
  objectives:
    - {displayName: "search within 2 s", op: lte, value: 2, target: 0.95}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  service: plm
  indicator: {metadata: {name: served}, spec: {ratioMetric: {counter: true}}}
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "targets.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_limits_are_read_with_their_units(tmp_path: Path) -> None:
    fast, up = read_goals(written(tmp_path, OWN)).targets
    assert fast.limit("s") == pytest.approx(1.5)
    assert fast.limit("ms") == pytest.approx(1500)
    assert (fast.share, up.limit("1"), up.allowance) == pytest.approx((0.95, 0.999, 0.0002))


def test_openslo_thresholds_and_ratios_are_read(tmp_path: Path) -> None:
    fast, served = read_goals(written(tmp_path, OPENSLO)).targets
    assert (fast.measure, fast.where, fast.at_most, fast.share) == ("latency", {"transaction": "search"}, 2.0, 0.95)
    assert fast.name == "search within 2 s"
    assert (served.measure, served.at_least, served.share) == ("served", 0.999, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("targets: []", "at least 1 item"),
        ("targets: [{measure: errors}]", 'give one of "at_most" and "at_least"'),
        ("targets: [{measure: errors, at_most: soon}]", "targets.0.at_most"),
        ("targets: [{measure: errors, at_most: 1 %, atleast: 2}]", "targets.0.atleast"),
        ("- 1", "holds no targets"),
        (OPENSLO.replace("Occurrences", "Timeslices"), "budgetingMethod Timeslices is not read"),
        (OPENSLO.replace("lte", "near"), "give op"),
        (OPENSLO.replace("0.999", "99.9"), "needs a target between 0 and 1"),
    ],
)
def test_faults_name_their_place(tmp_path: Path, text: str, reason: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ValueError) as caught:
        read_goals(path)
    assert reason in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_time_limit_on_a_share_is_refused(tmp_path: Path) -> None:
    (goal,) = read_goals(written(tmp_path, "targets: [{measure: errors, at_most: 2 s}]")).targets
    with pytest.raises(ValueError, match="the limit is a time"):
        goal.limit("1")
