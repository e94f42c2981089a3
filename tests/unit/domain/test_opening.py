"""Openings and old purchases: what a member brings from another system keeps its own dates (pitfall 12)."""

from typing import Any

import pytest

from alliance_node.domain.commands import ImportOpening, ImportPurchase, OpeningLot
from alliance_node.domain.deciding.opening import MAX_OPENING_LOTS, is_repeated
from alliance_node.domain.errors import (
    DomainError,
    ExpiredOpeningLot,
    FutureEvent,
    InvalidAmount,
    InvalidIdentifier,
    InvalidOpening,
    UnknownTier,
)
from alliance_node.domain.events import OpeningImported, PurchaseImported
from alliance_node.domain.instants import FAR_FUTURE, format_instant, parse_instant
from alliance_node.domain.posting import OPENING_BALANCE
from alliance_node.domain.program.values import MAX_POINTS
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample, tiers

NOW = parse_instant("2026-03-31T12:00:00+08:00")
GROWTH = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}]}
LADDER = tiers(("base", 0), ("silver", 100), ("gold", 300), protection_months=6)


def life(**changes: Any) -> Life:
    return Life(sample({"tiers": LADDER, "growth": GROWTH, **changes}), NOW, "Asia/Shanghai")


def opening(member: Life, *lots: OpeningLot, **more: Any) -> OpeningImported:
    events = member.do(ImportOpening(member.member_id, member.member_id, lots, member.now, **more))
    [event] = [event for event in events if isinstance(event, OpeningImported)]
    return event


def lot(amount: int = 100, earned: int = 30, expires: int | None = 60, **more: Any) -> OpeningLot:
    """A lot earned so many days ago that ends in so many days."""
    return OpeningLot(amount, NOW - earned * DAY, None if expires is None else NOW + expires * DAY, **more)


def test_lots_keep_their_amounts_dates_and_kinds() -> None:
    """Pitfall 12 (erpnext#40732): opening points expire when the old system said they would."""
    member = life()
    event = opening(member, lot(100, 30, 10), lot(40, 5, 60, kind="bonus"), lot(7, 1, None, convertible=True))
    assert [(new.amount, new.kind, new.convertible) for new in event.lots] == [
        (100, "base", False),
        (40, "bonus", False),
        (7, "base", True),
    ]
    assert (
        format_instant(event.lots[2].expires_at) == "2027-03-30T16:00:00Z"
    )  # 12 months of the program, end of the day
    assert member.spendable == 147
    assert member.journal[OPENING_BALANCE] == -147
    member.days(10)
    assert member.spendable == 47
    assert member.sweep()
    assert member.days(60).spendable == 7


def test_the_lot_that_ends_first_is_spent_first() -> None:
    member = life()
    opening(member, lot(100, 30, 50), lot(100, 30, 10))
    member.redeem("coupon")
    assert [member.table[number].remaining for number in (1, 2)] == [100, 50]


def test_an_opening_may_come_after_the_first_purchase_here() -> None:
    member = life()
    member.purchase(5000)
    event = opening(member, lot(100), growth=300)
    assert event.lots[0].lot_no == 2
    assert member.spendable == 150
    assert (member.state().growth, member.state().tier) == (350, "gold")


def test_points_owed_after_a_refund_are_paid_from_the_opening() -> None:
    member = life(refunds={"spent_points": "negative"})
    member.purchase(5000, "p")
    member.redeem("coupon")
    member.refund("p", 5000)
    assert member.debt == 50
    opening(member, lot(80))
    assert (member.debt, member.spendable) == (0, 30)


def test_the_named_tier_counts_with_its_dates() -> None:
    """R-TIER-5: the protection that the old system promised stays."""
    member = life()
    since, until = NOW - 100 * DAY, NOW + 20 * DAY
    event = opening(member, tier="gold", tier_since=since, protected_until=until, growth=5)
    assert (event.tier, event.tier_since, event.protected_until) == ("gold", since, until)
    member.days(19).evaluate_tier()
    assert member.state().tier == "gold"
    member.days(2).evaluate_tier()
    assert member.state().tier == "base"


def test_without_a_named_tier_growth_decides_and_the_programs_protection_runs() -> None:
    event = opening(life(), growth=299, spend_minor=10)
    assert (event.tier, event.tier_since) == ("silver", NOW)
    assert format_instant(event.protected_until) == "2026-09-30T04:00:00Z"


def test_a_higher_tier_held_here_is_kept() -> None:
    member = life()
    member.purchase(30000)
    before = member.state()
    event = opening(member, lot(), tier="silver")
    assert (event.tier, event.tier_since, event.protected_until) == ("gold", before.tier_since, before.protected_until)


def test_imported_growth_does_not_decay_for_years_before_the_move() -> None:
    decay = {**LADDER, "decay": {"percent": 50, "month": 1, "day": 1}}
    member = Life(sample({"tiers": decay, "growth": GROWTH}), NOW - 900 * DAY, "Asia/Shanghai")
    member.now = NOW
    opening(member, growth=200)
    member.evaluate_tier()
    assert (member.state().growth, member.state().growth_through) == (200, NOW)


def test_points_of_a_tier_without_end_have_none_after_the_opening_either() -> None:
    """R-EXP-4: brought into gold, the lots that the member has here and those brought with a date lose their end."""
    member = life(**{"expiry.never_for_tiers": ["gold"]})
    member.purchase(500)
    event = opening(member, lot(10, 30, None), lot(20, 30, 60), tier="gold")
    assert [new.expires_at for new in event.lots] == [FAR_FUTURE, NOW + 60 * DAY]
    assert {each.expires_at for each in member.table.values()} == {FAR_FUTURE}
    assert is_repeated(ImportOpening(member.member_id, "", (lot(10, 30, None), lot(20, 30, 60)), NOW), event)


@pytest.mark.parametrize(
    ("bad", "error", "says"),
    [
        ({"lots": (lot(expires=0),)}, ExpiredOpeningLot, "lot 1: 100 points expired at 2026-03-31T04:00:00Z"),
        ({"lots": (lot(), lot(5, 600, None))}, ExpiredOpeningLot, "lot 2: 5 points expired"),
        ({"lots": (lot(0),)}, InvalidAmount, "lot 1: 0 is not"),
        ({"lots": (lot(True),)}, InvalidAmount, "lot 1: True"),
        ({"lots": (lot(MAX_POINTS), lot(1))}, InvalidAmount, "the sum of all lots"),
        ({"lots": (lot(),) * (MAX_OPENING_LOTS + 1)}, InvalidOpening, "1001 lots; at most 1000"),
        ({"lots": (lot(earned=-1),)}, InvalidOpening, "lot 1: earned_at is after the opening"),
        ({"lots": (lot(earned=10**9),)}, InvalidOpening, "lot 1: earned_at"),
        ({"lots": (OpeningLot(1, NOW, FAR_FUTURE + 1),)}, InvalidOpening, "lot 1: expires_at"),
        ({"lots": (OpeningLot(1, NOW, NOW - 1),)}, InvalidOpening, "lot 1: expires_at"),
        ({"lots": (lot(kind="received"),)}, InvalidOpening, "kind 'received' is none of"),
        ({"lots": (lot(kind="bonus", convertible=True),)}, InvalidOpening, "never convertible"),
        ({"tier": "platinum"}, UnknownTier, "'platinum' is none of base, silver, gold"),
        ({"tier": "gold", "tier_since": NOW + 1}, InvalidOpening, "tier_since"),
        ({"tier": "gold", "protected_until": NOW - 1}, InvalidOpening, "protected_until"),
        ({"growth": -1}, InvalidAmount, "growth -1"),
        ({"spend_minor": MAX_POINTS + 1}, InvalidAmount, "spend_minor"),
        ({}, InvalidOpening, "nothing to import"),
        ({"import_id": "", "growth": 1}, InvalidIdentifier, "import_id has 0"),
        ({"occurred_at": NOW + 301, "growth": 1}, FutureEvent, "301 s after now"),
    ],
)
def test_a_bad_opening_is_refused_whole_with_its_numbers(
    bad: dict[str, Any], error: type[DomainError], says: str
) -> None:
    member = life()
    command = {"member_id": member.member_id, "import_id": "x", "lots": (), "occurred_at": NOW} | bad
    with pytest.raises(error) as refused:
        member.do(ImportOpening(**command))
    assert says in refused.value.message
    assert refused.value.next_step
    assert len(member.stream) == 1


def test_an_old_purchase_earns_nothing_and_counts_for_nothing() -> None:
    """Years late, without points, growth, spend or progress of goals; it has its business key."""
    member = life()
    before = member.state()
    [event] = member.do(ImportPurchase(member.member_id, "old", "1", 5000, NOW - 900 * DAY, ("tea",), "web", 40))
    assert event == PurchaseImported(NOW - 900 * DAY, "old", "1", 5000, "web", ("tea",), 40)
    after = member.state()
    after.version = before.version
    assert after == before


@pytest.mark.parametrize(
    "bad",
    [
        {"source": "alliance:x"},
        {"source_event_id": ""},
        {"amount_minor": -1},
        {"points": -1},
        {"points": MAX_POINTS + 1},
        {"occurred_at": NOW + 301},
        {"tags": ("",)},
        {"channel": ""},
    ],
)
def test_a_bad_old_purchase_is_refused(bad: dict[str, Any]) -> None:
    member = life()
    good = {"source": "old", "source_event_id": "1", "amount_minor": 5000, "occurred_at": NOW}
    with pytest.raises(DomainError):
        member.do(ImportPurchase(member.member_id, **(good | bad)))


def test_a_repetition_is_recognised_whatever_the_program_filled_in() -> None:
    member = life()
    asked = ImportOpening(member.member_id, "x", (lot(expires=None), lot(50)), NOW, growth=7)
    [event] = member.do(asked)
    assert is_repeated(asked, event)
    other = [
        ImportOpening(member.member_id, "x", (lot(expires=None), lot(51)), NOW, growth=7),
        ImportOpening(member.member_id, "x", (lot(expires=None),), NOW, growth=7),
        ImportOpening(member.member_id, "x", (lot(expires=3), lot(50)), NOW, growth=7),
        ImportOpening(member.member_id, "x", (lot(expires=None), lot(50)), NOW, growth=8),
    ]
    assert not any(is_repeated(command, event) for command in other)
