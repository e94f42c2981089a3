"""R-ALL-6: no cycle of conversions, bonuses, awards, cancellations, refunds and rate versions gains what converts."""

from collections import Counter
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alliance_node.domain.commands import (
    HoldForConversion,
    PayCirculationAward,
    PaySpendingBonus,
    ReceiveConversion,
    RefuseCirculationAward,
    RefuseSpendingBonus,
)
from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.circulation_award import CIRCULATION_COUNTER
from alliance_node.domain.errors import DomainError
from alliance_node.domain.events import (
    CirculationAwardPaid,
    CirculationAwardRevoked,
    Event,
    PurchaseRecorded,
    PurchaseRefunded,
    SpendingBonusPaid,
    SpendingBonusRefused,
)
from alliance_node.domain.instants import parse_instant
from tests.unit.domain.life import Life
from tests.unit.domain.sample import sample

START = parse_instant("2026-03-02T12:00:00+08:00")
PROGRAM: dict[str, Any] = {
    "alliance.minimum_age_days": 0,
    "alliance.daily_maximum_points": 1_000_000,
    "expiry": {"term": {"policy": "never"}},
    "earn.campaigns": [
        {
            "id": "double",
            "label": {"en": "Double", "zh": "双倍"},
            "when": {"weekdays": [1, 2, 3, 4, 5, 6, 7]},
            "multiplier": "2",
        }
    ],
    "spending_bonus": {
        "sponsor_brand": 3,
        "terms": "0x" + "11" * 32,
        "deadline": "2027-01-01T00:00",
        "percent": 100,
        "monthly_maximum_points": 1_000_000,
    },
    "circulation_award": {
        "sponsor_brand": 3,
        "terms": "0x" + "22" * 32,
        "deadline": "2027-01-01T00:00",
        "points": 100,
        "threshold_points": 100,
    },
}
KINDS = (
    "redeem",
    "pay",
    "award",
    "drop",
    "refuse",
    "cancel",
    "out",
    "capture",
    "release",
    "return",
    "in",
    "rate",
    "buy",
    "refund",
    "month",
)
RATES = ((10, 10), (9, 11), (8, 10), (10, 12))
"""Units per point into the alliance and units per point out of it: no pair of versions gains."""
BEST = 10
steps = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 9)), min_size=5, max_size=50)


class Cycle:
    """One member who converts out and in again; `units` of the alliance are theirs outside the brand."""

    def __init__(self, policy: str, units: int = 60_000) -> None:
        self.life = Life(sample({**PROGRAM, "refunds": {"spent_points": policy}}), START, "Asia/Shanghai")
        self.units = self.first_units = units
        self.into, self.out_of = RATES[0]
        self.redemptions: list[str] = []
        self.held: list[tuple[str, int]] = []
        self.sent: list[tuple[str, int]] = []
        self.bought: list[str] = []
        self.number = 0
        self.bonuses = self.awards = 0

    def step(self, kind: str, choice: int) -> None:
        with suppress(DomainError):  # a refusal changes nothing
            getattr(self, f"do_{kind}")(choice)

    def do_redeem(self, choice: int) -> None:
        key = self.fresh()
        self.life.redeem("coupon", key, choice + 1)
        self.redemptions.append(key)

    def do_pay(self, choice: int) -> None:
        key = self.unanswered(choice)
        self.life.do(PaySpendingBonus(self.life.member_id, key, self.life.now))
        self.bonuses += 1

    def do_refuse(self, choice: int) -> None:
        self.life.do(RefuseSpendingBonus(self.life.member_id, self.unanswered(choice), "budget_empty", self.life.now))

    def do_award(self, choice: int) -> None:
        self.life.do(PayCirculationAward(self.life.member_id, self.waiting(), self.life.now))
        self.awards += 1

    def do_drop(self, choice: int) -> None:
        self.life.do(RefuseCirculationAward(self.life.member_id, self.waiting(), "budget_empty", self.life.now))

    def do_month(self, choice: int) -> None:
        self.life.days(31)

    def do_cancel(self, choice: int) -> None:
        self.life.cancel(pick(self.redemptions, choice))

    def do_out(self, choice: int) -> None:
        key, points = self.fresh(), 20 * (choice + 1)
        self.life.do(HoldForConversion(self.life.member_id, key, points, points * self.into, self.life.now))
        self.held.append((key, points * self.into))

    def do_capture(self, choice: int) -> None:
        if self.held:
            key, units = self.held.pop(choice % len(self.held))
            self.life.capture(key)
            self.units += units
            self.sent.append((key, units))

    def do_release(self, choice: int) -> None:
        if self.held:
            self.life.release(self.held.pop(choice % len(self.held))[0])

    def do_return(self, choice: int) -> None:
        key, units = self.sent[choice % len(self.sent)] if self.sent else ("none", 0)
        if units <= self.units:  # else they were claimed elsewhere
            self.life.give_back(key)
            self.units -= units

    def do_in(self, choice: int) -> None:
        units = min(self.units, 5_003 * (choice + 1))
        command = ReceiveConversion(
            self.life.member_id, self.fresh(), units // self.out_of, units, "other", self.life.now
        )
        self.life.do(command)
        self.units -= units

    def do_rate(self, choice: int) -> None:
        self.into, self.out_of = RATES[choice % len(RATES)]

    def do_buy(self, choice: int) -> None:
        key = self.fresh()
        self.life.purchase(2_000 * (choice + 1), key)
        self.bought.append(key)

    def do_refund(self, choice: int) -> None:
        self.life.refund(pick(self.bought, choice), 1_000 * (choice + 1))

    def fresh(self) -> str:
        self.number += 1
        return f"k{self.number}"

    def unanswered(self, choice: int) -> str:
        """A redemption whose promise was not answered: the ledger's business key allows one answer."""
        answered = {
            event.redemption_id
            for event in self.life.stream
            if isinstance(event, SpendingBonusPaid | SpendingBonusRefused)
        }
        return pick([key for key in self.redemptions if key not in answered], choice)

    def waiting(self) -> str:
        """The redemption whose award waits for the budget's answer."""
        awards = self.life.state().awards.values()
        return next((award.redemption_id for award in awards if not award.lot_no), "none")

    def awards_are_earned(self) -> bool:
        """At most one a month, each with what earns it still redeemed."""
        state = self.life.state()
        paid = [event for event in self.life.stream if isinstance(event, CirculationAwardPaid)]
        gone = [event for event in self.life.stream if isinstance(event, CirculationAwardRevoked) and event.lots]
        kept = Counter(event.period for event in paid)
        kept.subtract(event.period for event in gone)
        months = {period: award for period, award in state.awards.items() if award.lot_no}
        redeemed = {period: used_in(state.counters.get(CIRCULATION_COUNTER), period, 0) for period in months}
        return set(kept.elements()) >= set(months) and all(
            number in (0, 1) and (not number or period not in months or redeemed[period] >= months[period].needs)
            for period, number in kept.items()
        )

    def wealth(self) -> int:
        """What could be outside the brand, in units at the best rate ever; what is owed is not the member's."""
        state = self.life.state()
        inside = sum(lot.remaining for lot in self.life.table.values() if lot.convertible)
        held = sum(hold.points for hold in state.holds.values())
        owed = state.debt_points - state.bonus_debt_points
        return self.units + BEST * (inside + held - owed - state.bound_points)

    def due(self) -> int:
        """What was put in: the first units, and what purchases gave to convert, less all that refunds took back of it,
        owed and forgiven alike."""
        return self.first_units + BEST * sum(self.put_in(event) for event in self.life.stream)

    def put_in(self, event: Event) -> int:
        if isinstance(event, PurchaseRecorded):
            return sum(lot.amount for lot in event.lots if lot.convertible)
        if isinstance(event, PurchaseRefunded):
            return -sum(part.points + part.spent for part in event.lots if self.life.table[part.lot_no].convertible)
        return 0


def pick(names: list[str], choice: int) -> str:
    return names[choice % len(names)] if names else "none"


@given(st.sampled_from(["clamp", "negative", "hold"]), st.sampled_from([1_000, 60_000]), steps)
def test_no_cycle_gains_what_can_be_converted(policy: str, units: int, path: list[tuple[str, int]]) -> None:
    cycle = Cycle(policy, units)
    cycle.do_in(9)
    for kind, choice in path:
        cycle.step(kind, choice)
        assert cycle.wealth() <= cycle.due(), (kind, choice)
        assert cycle.awards_are_earned(), (kind, choice)


def test_the_search_does_pay_bonuses() -> None:
    """The steps of the search reach what it is about."""
    cycle = Cycle("negative")
    for kind in ("in", "redeem", "pay", "award", "redeem", "cancel", "cancel", "out", "capture", "in"):
        cycle.step(kind, 9)
    assert cycle.bonuses == cycle.awards == 1 and cycle.sent and cycle.wealth() <= cycle.due()
