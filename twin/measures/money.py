"""Money: cost by part and payer, tariffs, cash flow over the contract, unit cost, hours by type of work."""

from itertools import permutations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.measures.availability import Availability
from twin.measures.cells import Cell, cell, cells_over
from twin.measures.clocks import OPENED_AT
from twin.measures.costs import Costs
from twin.measures.frame import Frame
from twin.measures.parties import VENDOR, Responsibility
from twin.measures.queues import FlowReader
from twin.measures.reading import Reading, numbers
from twin.measures.service_level import ServiceLevel
from twin.measures.tariffs import cheapest, fee, paid_ratio, variable_fee
from twin.measures.work import WorkHours
from twin.spec.desks import made_of
from twin.spec.money import PARTIES, Money

Array = NDArray[Any]

PARTS: Final = ("wages", "on_call", "tools", "fee", "out_of_scope", "credits", "downtime")
WAGES, ON_CALL, TOOLS, FEE, OUT_OF_SCOPE, CREDITS, DOWNTIME = range(len(PARTS))
PAID_BY: Final = ((WAGES, ON_CALL, TOOLS, FEE, OUT_OF_SCOPE, CREDITS, DOWNTIME), (WAGES, ON_CALL, TOOLS, CREDITS))
CHANGE_WORK: Final = "upgrade"


class MoneyFamily:
    """Cost of a year of service, from the measured time, in the currency of the scenario.

    The fee is that of a year in which fees are due. Credits are what the vendor gives back: a cost of the vendor, and
    less to pay for the customer. Downtime is a loss of the customer but no payment: `cash_flow` and the budget leave it
    out. `cash_flow` takes every year of the contract to be like the measured time but for the free part.
    """

    def __init__(
        self, frame: Frame, money: Money, availability: Availability, service_level: ServiceLevel, flows: FlowReader
    ) -> None:
        self.frame, self.money, self.service_level = frame, money, service_level
        self.who = Responsibility(frame)
        self.work = WorkHours(frame, flows, self.who)
        self.costs = Costs(frame, money, availability, service_level, self.work, self.who)
        tickets = frame.scenario.demand.tickets
        self.party = np.array([PARTIES.index(tier.party) for tier in frame.scenario.support.tiers.values()], np.int64)
        self._types = [one.work_type for one in tickets.values()]
        self.work_types = tuple(dict.fromkeys([*self._types, CHANGE_WORK]))
        self._in_scope = np.array([one.scope == "in" for one in tickets.values()], bool)
        chosen = {kind for name in money.incidents for kind in made_of(name, tickets)} or {*tickets}
        self._is_incident = np.array([name in chosen for name in tickets], bool) & self._in_scope
        self.pairs = [
            (dear, use) for dear, use in permutations(money.tariffs, 2)
            if money.tariffs[dear].per_year > money.tariffs[use].per_year
        ]  # fmt: skip
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        money, year = self.money, f"{self.money.currency}/year"
        out = [
            cell("cost", year, "mean", payer=party, part=part)
            for party, parts in zip(PARTIES, PAID_BY, strict=True) for part in (*(PARTS[k] for k in parts), "total")
        ]  # fmt: skip
        out.append(cell("vendor_margin", year, "mean"))
        out += cells_over("fee", year, "mean", "tariff", money.tariffs)
        out += cells_over("cheapest_tariff", "1", "share", "tariff", money.tariffs)
        out += [cell("break_even", "incidents/year", "ratio", tariff=a, against=b) for a, b in self.pairs]
        years = [str(k + 1) for k in range(money.years)]
        out += [cell("cash_flow", year, "mean", payer=party, year=k) for party in PARTIES for k in years]
        out.append(cell("cost_cliff", year, "mean"))
        each, tiers = f"{money.currency}/ticket", self.frame.scenario.support.tiers
        out += [*cells_over("unit_cost", each, "ratio", "tier", tiers), cell("unit_cost", each, "ratio")]
        out += cells_over("work_hours", "work h/year", "mean", "work_type", self.work_types)
        out.append(cell("incidents", "incidents/year", "mean"))
        ratios = money.budget.service_ratios if money.budget else ()
        return out + [cell("within_budget", "1", "share", service_ratio=f"{ratio:g}") for ratio in ratios]

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        money, per_year = self.money, self.frame.per_year
        hours = self.work.by_tier_and_class(reading)
        incidents = self._incidents(reading) * per_year
        days = hours[self.party == VENDOR].sum(axis=0) * per_year / (money.man_day / 3600.0)
        man_days, outside = float(days[self._is_incident].sum()), float(days[~self._in_scope].sum())
        fees = {name: fee(tariff, incidents, man_days) for name, tariff in money.tariffs.items()}
        staff = self.costs.staff(reading)
        costs = self._yearly(reading, staff * per_year, fees.get(money.tariff or "", 0.0), outside)
        total = costs.sum(axis=1, keepdims=True)
        best = cheapest(money.tariffs, incidents, man_days) if fees else ""
        cash = self._cash(costs)
        return np.concatenate([
            *(numbers([*costs[k, list(parts)], total[k, 0]]) for k, parts in enumerate(PAID_BY)),
            numbers(costs[0, FEE] + costs[0, OUT_OF_SCOPE] - total[1, 0]),
            numbers([*fees.values()]), numbers([name == best for name in fees]),
            *(self._break_even(*pair, incidents, man_days) for pair in self.pairs),
            numbers(cash.ravel()), numbers(cash[0, -1] - cash[0, 0]), self._unit_cost(reading, staff.sum(axis=0)),
            numbers(self._by_type(reading, hours) * per_year), numbers(incidents),
            *self._within_budget(total[0, 0] - costs[0, DOWNTIME]),
        ])  # fmt: skip

    def _incidents(self, reading: Reading) -> int:
        opened = self.service_level.read(reading)[0][:, OPENED_AT]
        is_measured = (opened >= self.frame.warm_up) & (opened < self.frame.horizon)
        return int(self._is_incident[self.who.classes(reading)[is_measured]].sum())

    def _yearly(self, reading: Reading, staff: Array, paid: float, outside: float) -> Array:
        """Cost in a year by payer and part."""
        money, per_year = self.money, self.frame.per_year
        out = np.zeros((len(PARTIES), len(PARTS)))
        for k, party in enumerate(PARTIES):
            out[k, [WAGES, ON_CALL]] = staff[:, self.party == k].sum(axis=1)
            out[k, TOOLS] = sum(tool.per_year for tool in money.tools.values() if tool.paid_by == party)
        out[0, FEE], out[0, OUT_OF_SCOPE] = paid, outside * money.out_of_scope_per_man_day
        back = self.costs.for_tickets(reading) * per_year + self.costs.month_ratio(reading) * paid
        back = min(back, money.penalties.most_ratio * paid) if money.tariffs else back
        out[:, CREDITS] = -back, back
        out[0, DOWNTIME] = self.costs.downtime(reading) * per_year
        return out

    def _cash(self, costs: Array) -> Array:
        """What each party pays in each contract year, less what it gets from the other, shape (parties, years)."""
        due = paid_ratio(self.money)
        own = costs[:, [WAGES, ON_CALL, TOOLS]].sum(axis=1)
        fees = costs[0, FEE] * due + costs[0, OUT_OF_SCOPE] + costs[0, CREDITS] * (due if self.money.tariffs else 1.0)
        return np.stack([own[0] + fees, own[1] - fees])

    def _break_even(self, dear: str, use: str, incidents: float, man_days: float) -> Array:
        a, b = self.money.tariffs[dear], self.money.tariffs[use]
        gain = variable_fee(b, incidents, man_days) - variable_fee(a, incidents, man_days)
        return numbers((a.per_year - b.per_year) * incidents, max(gain, 0.0))

    def _unit_cost(self, reading: Reading, staff: Array) -> Array:
        resolved = self.work.resolved(reading)
        return np.concatenate([numbers(staff, resolved), numbers(staff.sum(), resolved.sum())])

    def _by_type(self, reading: Reading, hours: Array) -> Array:
        of_class = dict.fromkeys(self.work_types, 0.0) | {CHANGE_WORK: self.work.on_changes(reading)}
        for work_type, total in zip(self._types, hours.sum(axis=0).tolist(), strict=True):
            of_class[work_type] += total
        return np.array([of_class[name] for name in self.work_types])

    def _within_budget(self, spent: float) -> list[Array]:
        budget = self.money.budget
        ratios = budget.service_ratios if budget else ()
        return [numbers(float(spent <= ratio * budget.per_year)) for ratio in ratios if budget]
