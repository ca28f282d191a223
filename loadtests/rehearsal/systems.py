"""The two systems of a rehearsal: bundled releases are started here and removed at the end, others stand already."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.rehearsal.plan import STORE, Rehearsal, System
from loadtests.rehearsal.watch import Say
from loadtests.targets.tryton.dataset import Size
from loadtests.targets.tryton.instance import Instance
from loadtests.targets.tryton.prepare import clone, prepare
from loadtests.targets.tryton.release import Release
from loadtests.targets.tryton.upgrade import prepare_both


@dataclass(frozen=True, slots=True)
class Systems:
    """Both systems, None where the server was there before. upgrade_s  how long upgrading the database took."""

    old: Instance | None = None
    new: Instance | None = None
    upgrade_s: float | None = None


@contextmanager
def both_up(plan: Rehearsal, say: Say, store: Path = STORE) -> Iterator[Systems]:
    """Both systems, healthy; those started here are stopped and removed at the end, whatever happens.

    Raises ValueError when only one of the two is a bundled release, RuntimeError when a server does not come up.
    """
    if plan.old.release is None or plan.new.release is None:
        if plan.old.release is not plan.new.release:
            raise ValueError("start both systems from bundled releases, or name the targets of both")
        yield Systems()
        return
    old, new = _instance(plan.old, "old", store), _instance(plan.new, "new", store)
    _clear(old, new)
    size = Size(plan.data.items, plan.data.levels)
    upgrade_s: float | None = None
    try:
        if plan.old.release == plan.new.release:
            prepare(old, size, plan.seed, say)
            clone(old, new)
        else:
            upgrade_s = prepare_both(old, new, size, plan.seed, say)
        for instance in (old, new):
            say(f"starting Tryton {instance.release.name} on port {instance.port} ...")
            instance.start()
        yield Systems(old, new, upgrade_s)
    finally:
        _clear(old, new)


def _instance(system: System, name: str, store: Path) -> Instance:
    assert system.release is not None
    return Instance(
        Release(system.release, store), store / "instances" / f"rehearsal-{name}", system.port, system.workers
    )


def _clear(*instances: Instance) -> None:
    for instance in instances:
        if instance.folder.exists():
            instance.remove()
