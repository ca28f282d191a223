"""Satisfaction: with solved tickets, as surveys show it, and with the PLM as a whole. Expected values, no dice."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from twin.eventlog.schema import IN_QUEUE, REOPENED, RESOLVED
from twin.measures.availability import WHOLE, Availability
from twin.measures.cells import Cell, Kind, cell, cells_over
from twin.measures.clocks import DONE, IS_DONE, MET, MISSED, OPENED_AT, RESOLVED_IN, RESPONDED
from twin.measures.frame import Frame
from twin.measures.parties import Responsibility, back_of
from twin.measures.reading import Reading, numbers
from twin.measures.service_level import ServiceLevel
from twin.measures.stays import stays_of
from twin.measures.surveys import answers_needed, fewest_answers, half_width
from twin.spec.desks import made_of, pools
from twin.spec.satisfaction import Satisfaction

Array = NDArray[Any]

_NO_TIER: Final = -1


class SatisfactionFamily:
    """Satisfaction of the reporters of tickets that open in measured time and are solved by the end of the log.

    The share that is satisfied is each ticket's probability by its own course; answers are expected numbers. The
    survey's share weighs by answers, so it leans to those who answer more. The score of a tier that gets fewer answers
    a month than the survey asks for is not told. A ticket belongs to the tier that solved it and the month it opens in.
    """

    def __init__(
        self, frame: Frame, spec: Satisfaction, availability: Availability, service_level: ServiceLevel
    ) -> None:
        self.frame, self.spec, self.availability, self.service_level = frame, spec, availability, service_level
        self.who, self.hour = Responsibility(frame), 3600.0 / frame.tick_s
        tickets = frame.scenario.demand.tickets.values()
        self.tiers, self.pools = tuple(frame.scenario.support.tiers), pools(frame.scenario)
        self.channels = tuple(dict.fromkeys(one.channel for one in tickets if one.channel is not None))
        number = {name: k for k, name in enumerate(self.channels)}
        self._channel = np.array([number.get(one.channel or "", -1) for one in tickets], np.int64)
        gains = [spec.channels.get(one.channel or "", 0.0) for one in tickets]
        self._gain = np.array(gains, float)
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        out = [cell("satisfaction", "1", "ratio")]
        groups = (("tier", self.tiers), ("class", self.frame.names.classes), ("channel", self.channels))
        for dimension, values in groups:
            out += cells_over("satisfaction", "1", "ratio", dimension, values)
        kind: Kind = "share" if len(self.frame.months) == 1 else "ratio"
        out.append(cell("satisfaction_kept", "1", kind, period="month"))
        out.append(cell("survey_satisfaction", "1", "ratio"))
        out += cells_over("survey_satisfaction", "1", "ratio", "tier", self.tiers)
        out += cells_over("score_shown", "1", "ratio", "tier", self.tiers)
        out += [cell("answer_bias", "1", "mean"), cell("survey_answers", "answers/month", "mean")]
        out += [cell("survey_half_width", "1", "mean"), cell("answers_needed", "answers", "mean")]
        out.append(cell("fewest_answers", "answers", "mean"))
        if self.spec.questionnaire is not None:
            out += [cell("questionnaire_satisfaction", "1", "mean"), cell("questionnaire_half_width", "1", "mean")]
        return out + ([cell("visit_effect", "1", "ratio")] if self.spec.visits is not None else [])

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        tickets, logit, lift, tier = self.logits(reading)
        p = expit(logit + lift)
        opened = self.service_level.read(reading)[0][tickets, OPENED_AT]
        months = self.frame.months.of(opened)
        survey = self.spec.survey
        content, annoyed = p * survey.satisfied, (1.0 - p) * survey.dissatisfied
        return np.concatenate([
            self._by_group(reading, tickets, p, tier), self._kept(p, months),
            self._survey(content, content + annoyed, tier, months), self._proof(p, content, content + annoyed, months),
            *self._questionnaire(reading),
            *([numbers((p - expit(logit)).sum(), len(p))] if self.spec.visits is not None else []),
        ])  # fmt: skip

    def logits(self, reading: Reading) -> tuple[Array, Array, Array, Array]:
        """Solved tickets of the measured time, their logit without visits, what visits add, and the solving tier."""
        spec, frame = self.spec, self.frame
        table, stays = self.service_level.read(reading)[0], stays_of(reading)
        is_measured = (table[:, OPENED_AT] >= frame.warm_up) & (table[:, OPENED_AT] < frame.horizon)
        tickets = np.flatnonzero(is_measured & (table[:, IS_DONE] == DONE))
        done, solver = np.zeros(len(table), np.int64), np.full(len(table), _NO_TIER, np.int64)
        rows = stays.event == RESOLVED
        done[stays.ticket[rows]] = stays.begin[rows]
        solver[stays.ticket[rows]] = self._tier_of(reading)[stays.place[rows]]
        reopened = np.bincount(stays.ticket[stays.event == REOPENED], minlength=len(table)) > 0
        hours = np.maximum(table[tickets][:, [RESPONDED, RESOLVED_IN]], 0) // 2 / self.hour
        logit = spec.base - hours @ np.array([spec.per_response_h, spec.per_resolution_h])
        logit -= spec.reopened * reopened[tickets]
        logit -= spec.per_outage_h * self.outage_h(reading, done[tickets], spec.memory)
        logit += self._gain[self.who.classes(reading)[tickets]] - self._passed(reading)[tickets]
        return tickets, logit, self.lift(done[tickets]), solver[tickets]

    def _tier_of(self, reading: Reading) -> Array:
        of_pool = np.array([self.tiers.index(pool.tier) for pool in self.pools], np.int64)
        return np.asarray(of_pool[back_of(self.frame.names.tiers, reading.names.tiers, "tier")])

    def _passed(self, reading: Reading) -> Array:
        """Harm to each ticket by the queues it passed through, each once."""
        harm, stays = np.zeros(len(reading.log.ticket_class)), stays_of(reading)
        for name, amount in self.spec.queues.items():
            places = [reading.names.queues.index(queue) for queue in made_of(name, reading.names.queues)]
            rows = np.isin(stays.event, IN_QUEUE) & np.isin(stays.place, places)
            harm[np.unique(stays.ticket[rows])] += amount
        return harm

    def outage_h(self, reading: Reading, at: Array, memory_s: float) -> Array:
        """Hours of outage of the whole, weighted by the users hit, in the time `memory_s` before each tick."""
        if not self.availability.components:
            return np.zeros(len(at))
        cuts, _, counted, _, _ = self.availability.segments(reading)
        lost = counted[:, self.availability.subjects.index(WHOLE)] / 1000.0 * np.diff(cuts)
        total = np.concatenate([[0.0], np.cumsum(lost)])
        begin = at - self.frame.scenario.clock.ticks(memory_s)
        return np.asarray((np.interp(at, cuts, total) - np.interp(begin, cuts, total)) / self.hour)

    def lift(self, at: Array) -> Array:
        """Logit gained at each tick by the last visit before it."""
        visits = self.spec.visits
        if visits is None:
            return np.zeros(len(at))
        seconds = at * self.frame.tick_s
        since = seconds % visits.every
        return np.where(seconds >= visits.every, visits.lift * 0.5 ** (since / visits.half_life), 0.0)

    def _by_group(self, reading: Reading, tickets: Array, p: Array, tier: Array) -> Array:
        kinds = self.who.classes(reading)[tickets]
        channel = self._channel[kinds] if len(self._channel) else kinds
        columns = ((tier, self.tiers), (kinds, self.frame.names.classes), (channel, self.channels))
        parts = [numbers(p.sum(), len(p))]
        for group, names in columns:
            known = group >= 0
            count = np.bincount(group[known], minlength=len(names))
            parts.append(numbers(np.bincount(group[known], p[known], len(names)), count))
        return np.concatenate(parts)

    def _kept(self, p: Array, months: Array) -> Array:
        inside = months >= 0
        count = np.bincount(months[inside], minlength=len(self.frame.months))
        total = np.bincount(months[inside], p[inside], len(self.frame.months))
        is_kept = total >= self.spec.goal * count - 1e-9
        return numbers((is_kept & (count > 0)).sum(), (count > 0).sum())

    def _survey(self, content: Array, answers: Array, tier: Array, months: Array) -> Array:
        shape = (len(self.tiers), len(self.frame.months))
        by_tier = [np.bincount(tier, values, len(self.tiers)) for values in (content, answers)]
        inside = months >= 0
        cells = tier[inside] * shape[1] + months[inside]
        by_month = np.bincount(cells, answers[inside], shape[0] * shape[1]).reshape(shape)
        enough = self.spec.survey.fewest - 1e-9
        is_shown, shown = by_month.mean(axis=1) >= enough, (by_month >= enough).sum(axis=1)
        return np.concatenate([
            numbers(content.sum(), answers.sum()), numbers(*(np.where(is_shown, one, 0.0) for one in by_tier)),
            numbers(shown, shape[1]),
        ])  # fmt: skip

    def _proof(self, p: Array, content: Array, answers: Array, months: Array) -> Array:
        spec, total = self.spec, float(answers.sum())
        a_month = float(answers[months >= 0].sum()) / len(self.frame.months)
        share = float(content.sum()) / total if total > 0 else 0.0
        bias = share - float(p.mean()) if total > 0 else np.nan
        return np.concatenate([
            _if_finite(bias), numbers(a_month), _if_finite(half_width(a_month, spec.goal, spec.confidence)),
            _if_finite(answers_needed(share, spec.goal, spec.confidence)),
            numbers(fewest_answers(spec.goal, spec.confidence)),
        ])  # fmt: skip

    def _questionnaire(self, reading: Reading) -> list[Array]:
        asked, frame = self.spec.questionnaire, self.frame
        if asked is None:
            return []
        step = max(frame.scenario.clock.ticks(asked.every), 1)
        dates = np.arange(step, frame.horizon + 1, step, dtype=np.int64)
        dates = dates[dates > frame.warm_up]
        logit = asked.base - asked.per_outage_h * self.outage_h(reading, dates, asked.memory)
        logit += self.lift(dates) - asked.late * self._late_before(reading, dates, asked.memory)
        share = expit(logit)
        width = half_width(asked.asked * asked.answer_ratio, self.spec.goal, self.spec.confidence)
        return [_if_finite(float(share.mean()) if len(dates) else np.nan), _if_finite(width)]

    def _late_before(self, reading: Reading, dates: Array, memory_s: float) -> Array:
        """Share of the tickets opened in the time `memory_s` before each date that missed a clock; 0 for no tickets."""
        table, verdicts = self.service_level.read(reading)[:2]
        decided = ((verdicts == MISSED) | (verdicts == MET)).any(axis=1)
        order = np.argsort(table[decided, OPENED_AT], kind="stable")
        opened = table[decided, OPENED_AT][order]
        late = np.concatenate([[0], np.cumsum((verdicts[decided] == MISSED).any(axis=1)[order])])
        begin = dates - self.frame.scenario.clock.ticks(memory_s)
        first, last = np.searchsorted(opened, begin), np.searchsorted(opened, dates)
        return np.asarray((late[last] - late[first]) / np.maximum(last - first, 1))


def _if_finite(value: float) -> Array:
    return numbers(value) if np.isfinite(value) else numbers(0.0, 0.0)
