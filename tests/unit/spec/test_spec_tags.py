"""Tags and the ledger of assumptions."""

import pytest

from twin.spec.load import Assumption, ScenarioError, load_text

HEAD = "name: x\nclock: {start: 2026-01-05, horizon: {value: 5 d, assumed: week}}\n"


def ledger(text: str) -> dict[str, Assumption]:
    return {row.path: row for row in load_text(HEAD + text).ledger if row.path != "clock.horizon"}


def failure(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_text(HEAD + text, "f.yaml")
    return str(caught.value)


def test_a_tagged_value_is_the_value_with_a_row() -> None:
    text = 'contract:\n  attainment: {value: 0.9, measured: "tickets 2025", range: [0.8, 0.95]}\n'
    assert load_text(HEAD + text).scenario.contract.attainment == 0.9
    row = Assumption("contract.attainment", "0.9", "measured", "tickets 2025", ("0.8", "0.95"), 4)
    assert ledger(text) == {row.path: row}


def test_an_untagged_figure_counts_as_assumed_and_names_are_no_figures() -> None:
    assert ledger("contract: {attainment: 0.9, period: year, pause_on_vendor: true}\n") == {
        "contract.attainment": Assumption("contract.attainment", "0.9", "assumed", "untagged", None, 3)
    }


def test_a_tag_beside_a_law_covers_its_figures_and_its_range_is_the_mean() -> None:
    law = "{mean: 30 min, cv: 1, measured: log, range: [20 min, 1 h]}"
    tiers = "support: {tiers: {t: {serves: [q], shifts: {a: {heads: {value: 1, assumed: x}}}}}}\n"
    found = ledger(f"demand: {{tickets: {{a: {{queue: q, visits: {{q: {{work: {law}}}}}}}}}}}\n{tiers}")
    work = "demand.tickets.a.visits.q.work"
    assert found[f"{work}.mean"] == Assumption(f"{work}.mean", "30 min", "measured", "log", ("20 min", "1 h"), 3)
    assert found[f"{work}.cv"] == Assumption(f"{work}.cv", "1", "measured", "log", None, 3)


def test_a_tag_around_a_list_or_mapping_covers_what_is_below() -> None:
    day = ", ".join(["1"] * 24)
    found = ledger(f"demand: {{profiles: {{p: {{span: day, weights: {{value: [{day}], cited: study}}}}}}}}\n")
    assert found["demand.profiles.p.weights"].source == "study"
    assert found["demand.profiles.p.weights"].value == "24 values from 1"
    assert ledger("contract: {value: {attainment: 0.9}, cited: deed}\n")["contract.attainment"].source == "deed"


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        ("{value: 0.9}", "carries no tag; give exactly one of measured, cited, assumed"),
        ("{value: 0.9, measured: a, cited: b}", "carries the tags measured and cited"),
        ("{value: 0.9, measured: ''}", "the tag has no source"),
        ("{value: 0.9, measured: 3}", "the tag has no source"),
        ("{value: 0.9, measured: a, range: 3}", "a range needs two values"),
        ("{value: 0.9, measured: a, range: [0.1, b]}", '"b" does not fit there'),
        ("{value: 0.9, measured: a, range: [0.1, 0.2]}", "does not hold the value 0.9"),
        ("{value: 0.9, measured: a, range: [0.95, 0.2]}", "from high to low; swap the ends: range: [0.2, 0.95]"),
        ("{value: 1.9, measured: a}", "1.9 is above 1"),
    ],
)
def test_faulty_tags(figure: str, told: str) -> None:
    found = failure(f"contract:\n  attainment: {figure}\n")
    assert told in found
    assert found.startswith("f.yaml:4: contract.attainment")


def test_things_may_be_named_value() -> None:
    assert "value" in load_text(HEAD + "calendars: {value: {days: mon}}\n").scenario.calendars
