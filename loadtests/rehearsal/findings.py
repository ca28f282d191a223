"""What a rehearsal found, ranked by how many people would meet it on a day."""

import math
from dataclasses import dataclass

from loadtests.rehearsal.compare import READS, Compared
from loadtests.rehearsal.conduct import Record
from loadtests.rehearsal.plan import Rehearsal


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between the systems. users  named users who would meet it on a day; example  one case of it."""

    kind: str
    verb: str
    words: str
    example: str
    users: float


def findings(plan: Rehearsal, record: Record) -> list[Finding]:
    """Everything that is beyond noise, most users first."""
    found = [*_answers(plan, record.compared), *_slower(plan, record.compared), *_writes(plan, record)]
    return sorted(found, key=lambda one: -one.users)


def users_affected(plan: Rehearsal, verb: str, rate: float) -> float:
    """Named users who on one day meet something that strikes a share `rate` of a transaction, by their personas."""
    shares = sum(persona.share for persona in plan.personas.values())
    met = 0.0
    for persona in plan.personas.values():
        part = rate * persona.does.get(verb, 0.0) / sum(persona.does.values())
        met += persona.share / shares * (1.0 - math.exp(plan.per_day * math.log1p(-min(part, 1.0 - 1e-12))))
    return plan.named_users * met


def _answers(plan: Rehearsal, compared: Compared) -> list[Finding]:
    found = []
    for tally in compared.tallies():
        if not compared.is_different(tally):
            continue
        example = next((t for t in compared.triples if t.card.verb == tally.verb and t.example), None)
        place, old, new = example.example if example and example.example else ("", "", "")
        proven = [repeat for repeat in compared.proven() if repeat.card.verb == tally.verb]
        words = (
            f"{tally.new} of {tally.asked} answers differ, where the old system differs from itself {tally.old} times"
        )
        words += f"; {len(proven)} of them again each time they are asked" if proven else ""
        rate = max(tally.excess, len(proven)) / tally.asked
        told = (
            f"question {example.card.number}, {place.partition('][1]')[2] or place}: old {old}, new {new}"
            if example
            else ""
        )
        found.append(Finding("answer", tally.verb, words, told, users_affected(plan, tally.verb, rate)))
    return found


def _slower(plan: Rehearsal, compared: Compared) -> list[Finding]:
    return [
        Finding(
            "slower", pace.verb,
            f"takes {pace.ratio:.2f} times as long ({pace.low:.2f} to {pace.high:.2f}; {pace.pairs} pairs)", "",
            users_affected(plan, pace.verb, 1.0),
        )
        for pace in compared.paces() if pace.low > 1.0 + plan.ask.slower_by
    ]  # fmt: skip


def _writes(plan: Rehearsal, record: Record) -> list[Finding]:
    written, found = record.written, []
    for verb in sorted({verb for verb, _, _ in written.unlike}):
        mine = [one for one in written.outcomes if one[0] == verb]
        unlike = [one for one in written.unlike if one[0] == verb]
        words = f"{len(unlike)} of {len(mine)} writes end differently"
        example = f"old {unlike[0][1]}, new {unlike[0][2]}"
        found.append(Finding("write", verb, words, example, users_affected(plan, verb, len(unlike) / len(mine))))
    for when, discrepancies in (("before any write", written.before), ("after the same writes", written.after)):
        for one in discrepancies or ():
            if one.count:
                words = f"{one.count} of {one.total} {one.kind} differ {when}"
                users = max(users_affected(plan, verb, one.count / one.total) for verb in READS)
                found.append(Finding("state", one.kind, words, "; ".join(one.examples), users))
    return found
