"""Who may work on what, from where and until when: skills, on-site people, vendors that close, channels."""

import pytest
from worlds_of_policies import desk, effect, effects, scenario

from twin.eventlog.schema import ON_DUTY, RESOLVED, STARTED
from twin.simulate.run import Model
from twin.spec.load import ScenarioError, load_data

OFFICE = {"calendar": "office", "heads": 1}


def by_skill(bom: list[str], cad: list[str]):
    """Two experts behind a shared first line, each with skills; two modules ask for them."""
    data = desk()
    how_to = data["demand"]["tickets"].pop("how-to")
    how_to["arrivals"] = {"rate": "9 / day", "profile": "office"}
    how_to["visits"]["second"]["work"] = {"mean": "60 min", "cv": 1}
    for module in ("bom", "cad"):
        data["demand"]["tickets"][f"{module} question"] = {**how_to, "module": module}
    groups = {
        "one": {"skills": bom, "shifts": {"day": {**OFFICE, "heads": 1}}},
        "two": {"skills": cad, "shifts": {"day": {**OFFICE, "heads": 1}}},
    }
    data["support"]["tiers"]["L2"] = {"serves": ["second"], "preempt": "P0", "groups": groups, "at_shift_end": "pause"}
    return load_data(data).scenario


def test_each_group_takes_the_tickets_of_its_modules() -> None:
    model = Model(by_skill(["bom"], ["cad"]))
    log = model.run(model.tape(1))
    assert set(log.names.tiers) == {"L1", "L2 one", "L2 two"}
    assert set(log.names.queues) == {"first", "second/bom", "second/cad", "second"}
    begun = log.event == STARTED
    kinds = {
        (log.names.tiers[place], log.names.classes[log.ticket_class[who]])
        for place, who in zip(log.place[begun].tolist(), log.entity[begun].tolist(), strict=True)
    }
    assert ("L2 one", "cad question") not in kinds
    assert {("L2 one", "bom question"), ("L2 two", "cad question")} <= kinds


def test_skills_in_both_modules_shorten_the_waits() -> None:
    apart, both = by_skill(["bom"], ["cad"]), by_skill(["bom", "cad"], ["cad", "bom"])
    assert effect(apart, both, "wait", "second/bom").high < 0


def test_a_module_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(ScenarioError, match='nobody at queue "second" knows module "cad"'):
        by_skill(["bom"], ["bom"])


def on_site(**tier: object):
    local = {"serves": ["second"], "shifts": {"day": {**OFFICE, "heads": 3}}, **tier}
    visits = {"second": {"triage": None, "work": {"mean": "2 h", "cv": 1}}}
    return scenario(support={"tiers": {"L2": local}}, demand={"tickets": {"outage": {"visits": visits}}})


def test_people_on_site_travel_first() -> None:
    assert effect(on_site(), on_site(travel="90 min"), "sojourn").low > 0


def test_a_remote_pool_day_and_night_beside_the_local_one_shortens_outages() -> None:
    office = {"serves": ["second"], "shifts": {"day": {**OFFICE, "heads": 2}}}
    remote = {"serves": ["second"], "shifts": {"all": {"heads": 1}}}
    data = [desk(), desk()]
    for world, tiers in zip(data, ({"local": office}, {"local": office, "remote": remote}), strict=True):
        del world["support"]["tiers"]["L2"]
        world["support"]["tiers"] |= tiers
    local, both = (load_data(world).scenario for world in data)
    assert effect(local, both, "sojourn", "outage").high < 0


def test_a_vendor_that_is_cut_off_is_never_there_again() -> None:
    vendor = {"serves": ["second"], "until": "2026-01-26", "shifts": {"all": {"heads": 2}}}
    cut = scenario(support={"tiers": {"L2": vendor}})
    model = Model(cut)
    log = model.run(model.tape(1))
    duty = (log.event == ON_DUTY) & (log.place == log.names.tiers.index("L2"))
    assert log.at[duty & (log.value == 0)].tolist()[-1] == 21 * 86_400
    assert log.at[duty].max() == 21 * 86_400
    assert effect(scenario(), cut, "backlog_at_horizon").low > 0


def test_a_vendor_in_groups_is_cut_off_too() -> None:
    experts = {"skills": ["cad"], "shifts": {"all": {"heads": 2}}}
    world = desk(demand={"tickets": {"outage": {"module": "cad"}}})
    world["support"]["tiers"]["L2"] = {"serves": ["second"], "until": "2026-01-26", "groups": {"experts": experts}}
    model = Model(load_data(world).scenario)
    log = model.run(model.tape(1))
    duty = (log.event == ON_DUTY) & (log.place == log.names.tiers.index("L2 experts"))
    assert (log.at[duty].max(), log.value[duty].tolist()[-1]) == (21 * 86_400, 0)
    experts["on_call"] = {"heads": 1, "call_out": "30 min", "priorities": "P0"}
    with pytest.raises(ScenarioError, match=r"groups\.experts\.on_call.*give on_call a"):
        load_data(world)


def test_channels_split_a_class_and_have_their_own_intake() -> None:
    split = scenario(demand={"tickets": {"how-to": {"channels": {
        "hotline": {"ratio": 0.75, "intake": "2 min"}, "portal": {"ratio": 0.25, "intake": "20 min"}}}}})  # fmt: skip
    tickets = split.demand.tickets
    assert [*tickets] == ["how-to by hotline", "how-to by portal", "outage"]
    assert [t.channel for t in tickets.values()] == ["hotline", "portal", None]
    rates = [tickets[f"how-to by {way}"].arrivals.rate for way in ("hotline", "portal")]  # type: ignore[union-attr]
    assert rates == pytest.approx([30 / 86_400, 10 / 86_400])
    rows = effects(scenario(), split)
    assert rows["utilisation", "L1"].low > 0


def test_one_agent_holds_several_tickets_while_they_wait_on_customers() -> None:
    """Half an hour into each ticket the customer is asked, for ten hours: the agent takes the next one meanwhile."""
    visit = {"work": "1 h", "wait_customer": {"probability": 1, "duration": "10 h"}}
    model = Model(load_data({
        "name": "one agent", "clock": {"start": "2026-01-05", "horizon": "1 d"},
        "demand": {"tickets": {"question": {
            "queue": "desk", "priority": "P0", "visits": {"desk": visit},
            "arrivals": {"scheduled": [{"at": "0 s"}, {"at": "0 s"}, {"at": "0 s"}]}}}},
        "support": {"tiers": {"L1": {"serves": ["desk"], "shifts": {"all": {"heads": 1}}}}},
    }).scenario)  # fmt: skip
    log = model.run(model.tape(1))
    assert log.at[log.event == STARTED].tolist() == [0, 1800, 3600, 37_800, 39_600, 41_400]
    assert log.at[log.event == RESOLVED].tolist() == [39_600, 41_400, 43_200]
