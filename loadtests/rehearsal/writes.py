"""The same writes on both systems, and whether both hold the same afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field

from loadtests.rehearsal.asking import Side
from loadtests.rehearsal.compare import READS, questions
from loadtests.rehearsal.state import Discrepancy, reconciled, state_of


@dataclass
class Written:
    """Writes on both systems. outcomes  (verb, old outcome, new outcome) of each; before, after  what differed then.

    after is None where the target cannot say what its server holds.
    """

    outcomes: list[tuple[str, str, str]] = field(default_factory=list)
    before: list[Discrepancy] | None = None
    after: list[Discrepancy] | None = None

    @property
    def unlike(self) -> list[tuple[str, str, str]]:
        """Writes that one system took and the other did not."""
        return [one for one in self.outcomes if one[1] != one[2]]


def write_both(old: Side, new: Side, count: int, go_on: Callable[[], bool] = lambda: True) -> Written:
    """Do the next `count` writes of the mix on both systems, and reconcile what they hold before and after."""
    written = Written(before=_differences(old, new))
    verbs = {card for dealt in old.plan.personas.values() for card in dealt.does} - set(READS)
    for card in questions(old.crew, count, verbs):
        if not go_on():
            break
        written.outcomes.append((card.verb, old.ask(card).outcome, new.ask(card).outcome))
    written.after = _differences(old, new)
    return written


def _differences(old: Side, new: Side) -> list[Discrepancy] | None:
    ours, theirs = state_of(old), state_of(new)
    return None if ours is None or theirs is None else reconciled(ours, theirs)
