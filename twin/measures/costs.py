"""What the measured time costs: staff, credits for missed promises, working time that users lose."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.schema import PAGED
from twin.measures.availability import OWNERS, WHOLE, Availability
from twin.measures.clocks import CLOCKS, MISSED, PRIORITY
from twin.measures.frame import Frame, positions
from twin.measures.parties import VENDOR, Responsibility
from twin.measures.reading import Reading
from twin.measures.service_level import ServiceLevel
from twin.measures.stays import stays_of
from twin.measures.work import WorkHours
from twin.spec.desks import made_of
from twin.spec.money import Money, Wage

Array = NDArray[Any]

_SERVICE_HOURS: Final = 1
_NO_WAGE: Final = Wage(per_hour=0.0)


class Costs:
    """Amounts of the measured time, in the currency of the scenario."""

    def __init__(
        self, frame: Frame, money: Money, availability: Availability, service_level: ServiceLevel, work: WorkHours,
        who: Responsibility,
    ) -> None:  # fmt: skip
        self.frame, self.money, self.availability, self.service_level = frame, money, availability, service_level
        self.work, self.who = work, who
        tiers = frame.scenario.support.tiers
        paid = {tier: wage for name, wage in money.wages.items() for tier in made_of(name, tiers)}
        self.wages = [paid.get(name, _NO_WAGE) for name in tiers]
        missed: dict[str, dict[str, float]] = {
            name: {str(clock): amount for clock, amount in row.items()} for name, row in money.penalties.missed.items()
        }
        amounts = [[missed.get(name, {}).get(clock, 0.0) for clock in CLOCKS] for name in frame.names.priorities]
        self._amounts = np.array(amounts, float).reshape(-1, len(CLOCKS))
        components = frame.scenario.deployment.components.values()
        is_vendors = [OWNERS.index(one.owner) == VENDOR for one in components]
        self._counts = np.array([*is_vendors, False], bool) | (not money.penalties.vendor_faults_only)

    def staff(self, reading: Reading) -> Array:
        """Wages on shift, and the cost of being on call and of overtime; shape (2, tiers)."""
        late, ready, pages = self.work.overtime(reading), self.work.on_call(reading), self.pages(reading)
        shift = np.zeros(len(self.wages))
        for k, (tier, wage) in enumerate(zip(self.work.tiers, self.wages, strict=True)):
            planned = self.work.planned[tier].items()
            shift[k] = sum(hours * wage.shifts.get(name, wage.per_hour) for name, hours in planned)
        hour, stand_by, page, more = (
            np.array([getattr(wage, name) for wage in self.wages])
            for name in ("per_hour", "per_on_call_hour", "per_page", "overtime_ratio")
        )
        return np.stack([shift, ready * stand_by + pages * page + late * hour * more])

    def pages(self, reading: Reading) -> Array:
        """Calls to people on call in measured time, by tier."""
        stays, frame = stays_of(reading), self.frame
        rows = (stays.event == PAGED) & (stays.begin >= frame.warm_up) & (stays.begin < frame.horizon)
        return self.work.count_by_tier(reading, stays.place[rows])

    def downtime(self, reading: Reading) -> float:
        """Loss from the hours of work that users lose."""
        if not self.money.downtime or not self.availability.components:
            return 0.0
        hours = dict(zip(self.availability.subjects, self.availability.user_hours_lost(reading), strict=True))
        return float(sum(amount * hours[name] for name, amount in self.money.downtime.items()))

    def for_tickets(self, reading: Reading) -> float:
        """What missed clocks cost the vendor."""
        table, verdicts = self.service_level.read(reading)[:2]
        ours = positions(self.frame.names.priorities, reading.names.priorities, "priority")
        amounts = np.zeros((len(reading.names.priorities), len(CLOCKS)))
        amounts[ours[ours >= 0]] = self._amounts[ours >= 0]
        liable = np.ones(len(verdicts), bool)
        if self.money.penalties.vendor_faults_only:
            liable = (self.who.owners(reading) == VENDOR) & self.who.in_scope(reading)
        due = amounts[np.maximum(table[:, PRIORITY], 0)] * (verdicts == MISSED)
        return float(due[liable].sum())

    def month_ratio(self, reading: Reading) -> float:
        """Share of the fee that is given back for poor availability, mean over the months."""
        steps = self.money.penalties.availability
        if not steps or not self.availability.components:
            return 0.0
        share = self._month_availability(reading)
        due = [max((s.credit_ratio for s in steps if one < s.below - 1e-12), default=0.0) for one in share.tolist()]
        return float(np.mean(due)) if due else 0.0

    def _month_availability(self, reading: Reading) -> Array:
        """Availability of the whole in service hours per month, less what is due to others than the vendor."""
        cuts, _, _, _, culprit = self.availability.segments(reading)
        weights, lost = self.availability.lost(reading)
        subject = self.availability.subjects.index(WHOLE)
        gone = lost[_SERVICE_HOURS, :, subject] * self._counts[culprit[:, subject]]
        stops = np.searchsorted(cuts, self.frame.months.edges)
        summed = [np.add.reduceat(values[: stops[-1]], stops[:-1]) for values in (gone, weights[_SERVICE_HOURS])]
        open_months = summed[1] > 0
        return np.asarray(1.0 - summed[0][open_months] / summed[1][open_months])
