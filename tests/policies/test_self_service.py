"""Self-service: what users find or are told by a robot doesn't reach people, and what it costs them."""

import numpy as np
from worlds_of_policies import effects, scenario

from twin.simulate.run import Model

BASE = scenario()


def chatbot(**more):
    return scenario(self_service={"chatbot": {"tickets": {"how-to": 0.3}, "talk": "15 min", **more}})


def test_a_chatbot_takes_work_from_the_first_line_and_keeps_those_it_cannot_help_waiting() -> None:
    helped, annoyed = chatbot(), scenario(self_service={"chatbot": {"tickets": {"how-to": 0.0}, "talk": "15 min"}})
    rows = effects(BASE, helped)
    assert rows["utilisation", "L1"].high < 0
    assert rows["first_contact_ratio", ].high < 0
    log = Model(helped).run(Model(helped).tape(1))
    solved = np.mean(log.place[log.event == 12] == log.names.tiers.index("chatbot"))
    assert 0.2 < solved < 0.35
    assert effects(BASE, annoyed)["attainment", "P1", "respond"].high < 0


def test_misrouted_tickets_are_triaged_in_vain() -> None:
    wrong = {"misroute": 0.3, "to": "specials", "triage": "20 min"}
    tiers = {"specialists": {"serves": ["specials"], "shifts": {"all": {"heads": 2}}}}
    other = {"wish": {"queue": "specials", "priority": "P3", "arrivals": {"rate": "1 / d"},
                      "visits": {"specials": {"work": "10 min"}}}}  # fmt: skip
    parts = {"support": {"tiers": tiers}, "demand": {"tickets": other}}
    right = scenario(**parts, self_service={"chatbot": {"tickets": {"how-to": 0.3}, "talk": "3 min"}})
    rows = effects(right, scenario(**parts, self_service={
        "chatbot": {"tickets": {"how-to": 0.3}, "talk": "3 min", **wrong}}))  # fmt: skip
    assert rows["utilisation", "specialists"].low > 0
    assert rows["handoffs", ].low > 0


def base_of_articles(**more):
    base = {"tickets": {"how-to": 0.6}, "lookup": "5 min", "coverage": 0.3, **more}
    return scenario(self_service={"knowledge_base": base},
                    changes={"pack": {"components": ["app"], "at": "2026-02-02T20:00", "work": "1 h"}})  # fmt: skip


def test_articles_answer_more_as_they_grow_and_less_after_a_release() -> None:
    still, growing = base_of_articles(), base_of_articles(learns_after=500)
    ageing = base_of_articles(learns_after=500, releases=["pack"], outdated=0.5)
    assert effects(still, growing)["utilisation", "L1"].high < 0
    assert effects(growing, ageing)["utilisation", "L1"].low > 0


def test_the_share_answered_is_the_coverage_times_what_articles_answer() -> None:
    model = Model(base_of_articles())
    first = [model.tape(seed) for seed in range(5)]
    lengths = np.concatenate([np.diff(tape.path_from)[: tape.arrivals] for tape in first])
    share, n = np.mean(lengths == 1), len(lengths)
    expected = 0.6 * 0.3 * 0.9  # a tenth of the answered come back
    assert abs(share - expected) < 4 * (expected * (1 - expected) / n) ** 0.5
