"""What an audit asks: long outages, forgotten tickets, closure, complaints, channels, faults caught before users."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.schema import BY_WARNING, CLOSED, DETECTED, DOWN, FAILED, IN_QUEUE, MAINTAINED, REPAIRED, UP
from twin.measures.availability import WHOLE, Availability
from twin.measures.cells import Cell, cell, cells_over
from twin.measures.clocks import DONE, IS_DONE, MET, MISSED, OPENED_AT, PRIORITY, UNDONE
from twin.measures.frame import Frame, picked, positions
from twin.measures.parties import Responsibility
from twin.measures.reading import Reading, numbers
from twin.measures.service_level import ServiceLevel
from twin.measures.stays import AT_WORK, clipped, stays_of
from twin.spec.audit import Audit
from twin.spec.desks import made_of, pools
from twin.units import format_duration

Array = NDArray[Any]

_RESPOND: Final = 0


class Review:
    """Answers to an audit, over the measured time.

    Closure is the share of the tickets opened in measured time that are solved before its end. The starvation age is
    the longest that a ticket of the priority lay in queues, all its stays together, also after the measured time.
    A fault is caught before users if its component still worked when it was detected, if a warning took the unit out
    of service in time, or if an alert opened a ticket of a class named for it. Open complaints count with their age.
    """

    def __init__(self, frame: Frame, spec: Audit, availability: Availability, service_level: ServiceLevel) -> None:
        self.frame, self.spec, self.availability, self.service_level = frame, spec, availability, service_level
        self.who, tickets = Responsibility(frame), frame.scenario.demand.tickets
        self.channels = tuple(dict.fromkeys(one.channel for one in tickets.values() if one.channel is not None))
        self._channel = [one.channel for one in tickets.values()]
        alerts = {kind for name in spec.proactive for kind in made_of(name, tickets)}
        complaints = made_of(spec.complaint, tickets) if spec.complaint is not None else ()
        self._proactive = np.array([name in alerts for name in tickets], bool)
        self._complaint = np.array([name in complaints for name in tickets], bool)
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        names, out = self.frame.names, list[Cell]()
        if self.availability.components:
            for length in self.spec.outages:
                longer = format_duration(length)
                out += [cell("outage_longer", "1", "share", longer_than=longer)]
                out += [cell("outages_longer", "1/year", "mean", longer_than=longer)]
            out.append(cell("caught_before_users", "1", "ratio"))
        out += cells_over("starvation_age", "min", "mean", "priority", names.priorities)
        out += [cell("closure_ratio", "1", "ratio"), cell("oldest_open", "min", "mean")]
        out += cells_over("class_tickets", "1/year", "mean", "class", names.classes)
        out += cells_over("class_late", "1", "ratio", "class", names.classes)
        out += cells_over("channel_response", "min", "ratio", "channel", self.channels)
        out += cells_over("channel_attainment", "1", "ratio", "channel", self.channels)
        if self.spec.complaint is not None:
            out += [cell("complaints", "1/year", "mean"), cell("complaint_time", "min", "ratio")]
            out += [cell("complaint_on_time", "1", "ratio")] if self.spec.complaint_within is not None else []
        return out

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        parts = [self._outages(reading), self._caught(reading)] if self.availability.components else []
        parts += [self._ages(reading), self._closure(reading), self._classes(reading), self._channels(reading)]
        return np.concatenate([*parts, *([self._complaints(reading)] if self.spec.complaint is not None else [])])

    def _opened(self, reading: Reading) -> Array:
        opened = self.service_level.read(reading)[0][:, OPENED_AT]
        return np.asarray((opened >= self.frame.warm_up) & (opened < self.frame.horizon))

    def _outages(self, reading: Reading) -> Array:
        cuts, _, counted, _, _ = self.availability.segments(reading)
        down = counted[:, self.availability.subjects.index(WHOLE)] == 1000
        change = np.diff(np.concatenate([[False], down, [False]]).astype(np.int8))
        lengths = (cuts[np.flatnonzero(change == -1)] - cuts[np.flatnonzero(change == 1)]) * self.frame.tick_s
        counts = [(lengths > limit).sum() for limit in self.spec.outages]
        return np.concatenate([
            np.zeros((0, 2)), *(numbers([count > 0, count * self.frame.per_year]) for count in counts)
        ])  # fmt: skip

    def _caught(self, reading: Reading) -> Array:
        log, frame = reading.log, self.frame
        rows = np.flatnonzero(np.isin(log.event, (FAILED, DETECTED, REPAIRED, MAINTAINED, DOWN, UP)))
        down, failing = set[int](), set[int]()
        faults = caught = 0
        columns = (column[rows].tolist() for column in (log.at, log.event, log.entity, log.place, log.value))
        for at, event, who, place, value in zip(*columns, strict=True):
            is_measured = frame.warm_up <= at < frame.horizon
            if event in (DOWN, UP):
                (down.add if event == DOWN else down.discard)(place)
            elif event == FAILED:
                failing.add(who)
            elif event == MAINTAINED:
                caught += is_measured and value == BY_WARNING
                faults += is_measured and value == BY_WARNING
            elif who in failing:
                failing.discard(who)
                faults += is_measured
                caught += is_measured and event == DETECTED and place not in down
        alerts = int(self._proactive[self.who.classes(reading)[self._opened(reading)]].sum())
        return numbers(caught + alerts, faults + alerts)

    def _ages(self, reading: Reading) -> Array:
        stays, names = stays_of(reading), reading.names.priorities
        rows = np.isin(stays.event, IN_QUEUE)
        waited = np.bincount(
            stays.ticket[rows], clipped(stays, 0, reading.log.end_ticks)[rows], len(reading.log.ticket_class)
        )
        opened = self._opened(reading)
        priority = self.service_level.read(reading)[0][opened, PRIORITY]
        longest = np.zeros(len(names))
        np.maximum.at(longest, priority, waited[opened])
        has_any = np.bincount(priority, minlength=len(names)) > 0
        ours = positions(self.frame.names.priorities, names, "priority")
        return numbers(picked(longest, ours) / self.frame.ticks_per_min, picked(has_any.astype(float), ours))

    def _closure(self, reading: Reading) -> Array:
        frame, stays = self.frame, stays_of(reading)
        opened = self._opened(reading)
        before = np.flatnonzero(stays.begin < frame.horizon)
        last = np.full(len(opened), -1, np.int64)
        last[stays.ticket[before]] = before
        is_open = opened & (last >= 0)
        is_open[is_open] = ~np.isin(stays.event[last[is_open]], CLOSED)
        since = self.service_level.read(reading)[0][:, OPENED_AT]
        oldest = (frame.horizon - since[is_open]).max(initial=0) / frame.ticks_per_min
        return np.concatenate([numbers(opened.sum() - is_open.sum(), opened.sum()), numbers(oldest)])

    def _classes(self, reading: Reading) -> Array:
        opened, kinds = self._opened(reading), len(self.frame.names.classes)
        verdicts = self.service_level.read(reading)[1][opened]
        of_class = self.who.classes(reading)[opened]
        decided = ((verdicts == MET) | (verdicts == MISSED)).any(axis=1)
        late = (verdicts == MISSED).any(axis=1)
        counts = [np.bincount(of_class[chosen], minlength=kinds) for chosen in (slice(None), late, decided)]
        return np.concatenate([numbers(counts[0] * self.frame.per_year), numbers(counts[1], counts[2])])

    def _channels(self, reading: Reading) -> Array:
        stays, opened = stays_of(reading), self._opened(reading)
        table, verdicts = self.service_level.read(reading)[:2]
        first = np.full(len(opened), reading.log.end_ticks, np.int64)
        answers = [pool.name for pool in pools(self.frame.scenario) if pool.spec.level > 0]
        is_answer = np.array([*(name in answers for name in reading.names.tiers), True], bool)
        at_work = np.flatnonzero(np.isin(stays.event, AT_WORK))[::-1]
        rows = at_work[is_answer[stays.place[at_work]]]
        first[stays.ticket[rows]] = stays.begin[rows]
        number = {name: k for k, name in enumerate(self.channels)}
        of_class = np.array([number.get(name or "", -1) for name in self._channel], np.int64)
        channel = of_class[self.who.classes(reading)]
        chosen = [opened & (channel == k) for k in range(len(self.channels))]
        waits = [(first[one] - table[one, OPENED_AT]).sum() / self.frame.ticks_per_min for one in chosen]
        met, missed = ([(verdicts[one, _RESPOND] == v).sum() for one in chosen] for v in (MET, MISSED))
        both = np.add(met, missed) if chosen else met
        return np.concatenate([numbers(waits, [one.sum() for one in chosen]), numbers(met, both)])

    def _complaints(self, reading: Reading) -> Array:
        stays, frame = stays_of(reading), self.frame
        table = self.service_level.read(reading)[0]
        chosen = self._opened(reading) & self._complaint[self.who.classes(reading)]
        settled = np.full(len(table), reading.log.end_ticks, np.int64)
        rows = np.isin(stays.event, CLOSED)
        settled[stays.ticket[rows]] = stays.begin[rows]
        is_done = chosen & (table[:, IS_DONE] != UNDONE)
        settled[~is_done] = reading.log.end_ticks
        ages = settled - table[:, OPENED_AT]
        minutes = ages[chosen].sum() / frame.ticks_per_min
        out = [numbers(chosen.sum() * frame.per_year), numbers(minutes, chosen.sum())]
        if self.spec.complaint_within is not None:
            limit = frame.scenario.clock.ticks(self.spec.complaint_within)
            on_time = chosen & (table[:, IS_DONE] == DONE) & (ages <= limit)
            decided = on_time | (chosen & (ages > limit))
            out.append(numbers(on_time.sum(), decided.sum()))
        return np.concatenate(out)
