"""Expiry: rolling and fixed terms, extension by activity, and what the sweep may and may not do."""

from typing import Any

import pytest

from alliance_node.domain.commands import SweepExpiry
from alliance_node.domain.errors import FutureEvent, InsufficientPoints, InvariantBroken, SweepMismatch
from alliance_node.domain.events import LotsExtended, PointsExpired
from alliance_node.domain.instants import FAR_FUTURE, Instant, format_instant, parse_instant
from alliance_node.domain.quantities import due_expiry
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample


def life(at: str, **expiry: Any) -> Life:
    return Life(sample({"expiry": expiry or {"term": {"policy": "rolling", "months": 6}}}), parse_instant(at), "UTC")


def ends(member: Life) -> list[str]:
    return [format_instant(lot.expires_at) for lot in member.table.values()]


@pytest.mark.parametrize(
    ("months", "bought", "expires"),
    [
        (24, "2026-01-15T10:00:00+08:00", "2028-01-15T16:00:00Z"),
        (12, "2028-02-29T10:00:00+08:00", "2029-02-28T16:00:00Z"),
        (36, "2026-12-31T23:59:59+08:00", "2029-12-31T16:00:00Z"),
        (6, "2026-08-31T00:00:00+08:00", "2027-02-28T16:00:00Z"),
        (1, "2028-01-31T12:00:00+08:00", "2028-02-29T16:00:00Z"),
    ],
)
def test_rolling_lots_end_after_their_last_local_day(months: int, bought: str, expires: str) -> None:
    """R-EXP-1 golden 24, 12 and 36 months; R-EXP-2: each from its own date; month ends and leap days."""
    member = life(bought, term={"policy": "rolling", "months": months})
    member.purchase(10000)
    assert ends(member) == [expires]


@pytest.mark.parametrize(
    ("boundary", "expires"), [("month", "2027-05-31"), ("quarter", "2027-06-30"), ("year", "2027-12-31")]
)
def test_fixed_terms_end_together_with_their_calendar_period(boundary: str, expires: str) -> None:
    member = life("2026-05-20T10:00:00+08:00", term={"policy": "fixed", "months": 12, "boundary": boundary})
    member.purchase(10000)
    member.days(3).purchase(10000)
    assert ends(member) == [f"{expires}T16:00:00Z"] * 2


def test_points_of_a_never_policy_stay() -> None:
    member = life("2026-05-20T10:00:00+08:00", term={"policy": "never"})
    member.purchase(10000)
    assert [lot.expires_at for lot in member.table.values()] == [FAR_FUTURE]
    assert member.days(36_500).spendable == 100


def test_each_lot_rolls_from_its_own_date_and_the_earliest_is_spent_first() -> None:
    """R-EXP-2."""
    member = life("2026-01-10T10:00:00+08:00")
    member.purchase(10000)
    member.days(31).purchase(10000)
    member.redeem("coupon")
    assert [lot.remaining for lot in member.table.values()] == [50, 100]


def one_second_before_the_end(member: Life) -> Instant:
    return member.table[1].expires_at - 1


def test_an_expired_lot_is_never_spent_even_before_the_sweep() -> None:
    """R-EXP-5, pitfall 6."""
    member = life("2026-01-10T10:00:00+08:00")
    member.purchase(10000)
    member.now = one_second_before_the_end(member)
    assert member.spendable == 100
    member.now += 1
    assert (member.spendable, due_expiry(member.state(), member.now), member.state().booked) == (0, 100, 100)
    with pytest.raises(InsufficientPoints, match="0 are spendable"):
        member.redeem("coupon")


def test_the_sweep_books_one_entry_and_leaves_the_lots_alone() -> None:
    member = life("2026-01-10T10:00:00+08:00")
    for _ in range(3):
        member.purchase(10000)
    member.redeem("coupon")
    before = {number: (lot.amount, lot.remaining) for number, lot in member.table.items()}
    member.days(200)
    events = member.sweep()
    assert [type(event) for event in events] == [PointsExpired]
    assert (events[0].points, member.journal["breakage"]) == (250, 250)
    assert before == {number: (lot.amount, lot.remaining) for number, lot in member.table.items()}
    assert member.sweep() == []


def test_a_sweep_without_lots_trusts_the_count_and_with_lots_checks_it() -> None:
    member = life("2026-01-10T10:00:00+08:00")
    member.purchase(10000)
    member.days(200)
    with pytest.raises(SweepMismatch, match="counted 99 due points; the lots say 100"):
        member.do(SweepExpiry(member.member_id, member.now, 99))
    with pytest.raises(FutureEvent):
        member.do(SweepExpiry(member.member_id, member.now + DAY, 100))


def test_a_sweep_of_more_than_is_booked_stops_loudly() -> None:
    member = life("2026-01-10T10:00:00+08:00")
    with pytest.raises(InvariantBroken):
        member.do(SweepExpiry(member.member_id, member.now, 1))


EXTENSION = {"term": {"policy": "rolling", "months": 6}, "extension": {"months": 6, "within_days": 30}}


def test_a_purchase_before_expiry_adds_six_months_to_what_is_about_to_expire() -> None:
    """R-EXP-3 golden: +6 months; only lots inside the window; the entry of the change nets to zero."""
    member = life("2026-01-10T10:00:00+08:00", **EXTENSION)
    member.purchase(10000)
    member.days(120).purchase(10000)
    member.now = one_second_before_the_end(member)
    events = member.purchase(5000)
    extended = [event for event in events if isinstance(event, LotsExtended)]
    assert [part.lot_no for event in extended for part in event.lots] == [1]
    assert ends(member)[0] == "2027-01-10T16:00:00Z"
    assert ends(member)[1] == "2026-11-10T16:00:00Z"
    assert member.days(30).spendable == 250


def test_a_purchase_at_the_instant_of_expiry_is_too_late() -> None:
    member = life("2026-01-10T10:00:00+08:00", **EXTENSION)
    member.purchase(10000)
    member.now = member.table[1].expires_at
    assert len(member.purchase(5000)) == 1
    assert member.spendable == 50


def test_the_window_of_the_extension_includes_its_first_second() -> None:
    member = life("2026-01-10T10:00:00+08:00", **EXTENSION)
    member.purchase(10000)
    member.now = member.table[1].expires_at - 30 * DAY - 1
    assert len(member.purchase(5000)) == 1
    member.now += 1
    assert len(member.purchase(5000)) == 2


def test_a_late_purchase_extends_what_had_not_expired_at_its_own_time_unless_it_was_swept() -> None:
    for swept, expected in ((False, 150), (True, 50)):
        member = life("2026-01-10T10:00:00+08:00", **EXTENSION)
        member.purchase(10000)
        bought_at = member.table[1].expires_at - DAY
        member.now = bought_at + 2 * DAY
        if swept:
            member.sweep()
        member.purchase(5000, at=bought_at)
        assert member.spendable == expected


def test_a_spent_lot_is_not_extended() -> None:
    member = life("2026-01-10T10:00:00+08:00", **EXTENSION)
    member.purchase(5000)
    member.redeem("coupon")
    member.now = one_second_before_the_end(member)
    assert len(member.purchase(5000)) == 1
