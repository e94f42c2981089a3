"""Points that cannot be converted never make others convertible, whatever refunds and cancellations do between them
(R-ALL-6, R-ALL-9)."""

from typing import Any

import pytest

from alliance_node.domain.commands import PaySpendingBonus
from alliance_node.domain.deciding.converting import convertible_points
from alliance_node.domain.errors import NotConvertible
from alliance_node.domain.instants import parse_instant
from tests.unit.domain.life import Life
from tests.unit.domain.sample import sample

START = parse_instant("2026-03-02T12:00:00+08:00")
BONUS: dict[str, Any] = {
    "sponsor_brand": 3,
    "terms": "0x" + "11" * 32,
    "deadline": "2027-01-01T00:00",
    "percent": 100,
    "monthly_maximum_points": 500,
}


def life(policy: str = "negative") -> Life:
    changes = {"spending_bonus": BONUS, "alliance.minimum_age_days": 0, "refunds": {"spent_points": policy}}
    return Life(sample(changes), START, "Asia/Shanghai")


def convertible(member: Life) -> int:
    return convertible_points(member.book.at(member.now), member.state(), member.now)


def owing(member: Life) -> None:
    """50 purchased points are spent, their purchase is refunded, and 50 bonus points are on their way."""
    member.receive(50)
    member.redeem("coupon", "r")
    member.purchase(5_000, "bought")
    member.redeem("coupon", "with-bought")
    member.refund("bought", 5_000)
    assert member.debt == 50
    member.do(PaySpendingBonus(member.member_id, "r", member.now))
    assert (member.spendable, member.debt) == (0, 0)


def test_a_bonus_that_repays_a_debt_frees_no_purchased_points() -> None:
    member = life()
    owing(member)
    member.purchase(8_000, "next")
    assert (member.spendable, convertible(member)) == (80, 30)
    with pytest.raises(NotConvertible, match=r"30 of 80 spendable points .* 50 more can be spent here only"):
        member.hold(31)
    member.hold(30)


def test_spending_loosens_what_was_bound_and_a_cancellation_binds_it_again() -> None:
    member = life()
    owing(member)
    member.purchase(10_000, "next")
    assert convertible(member) == 50
    member.redeem("coupon", "loosens")
    assert (member.spendable, convertible(member)) == (50, 50)
    member.cancel("loosens")
    assert (member.spendable, convertible(member)) == (100, 50)
    member.cancel("with-bought")  # what the refund took back was spent here; it comes back with its debt repaid
    assert (member.spendable, convertible(member)) == (150, 100)


def test_bonus_points_that_were_spent_and_revoked_are_repaid_in_kind_and_bind_nothing() -> None:
    member = life()
    member.receive(50)
    member.redeem("coupon", "r")
    member.do(PaySpendingBonus(member.member_id, "r", member.now))
    member.redeem("coupon", "with-the-bonus")
    member.purchase(5_000, "own")
    member.cancel("r")  # 50 arrived points come back, 50 bonus points are owed and taken from what there is
    assert member.debt == 0
    before = convertible(member)
    member.cancel("with-the-bonus")
    assert (before, convertible(member), member.spendable) == (50, 50, 100)


def test_forgiven_points_bind_as_many_as_they_left_without_return() -> None:
    """The clamp policy asks for nothing back, but a second purchase does not convert in the first one's stead."""
    member = life("clamp")
    member.purchase(5_000, "first")
    member.hold(50, "out")
    member.capture("out")
    member.refund("first", 5_000)
    assert (member.spendable, member.debt) == (0, 0)
    member.purchase(5_000, "second")
    assert (member.spendable, convertible(member)) == (50, 0)
    member.give_back("out")  # the first ones came back after all and pay what was forgiven
    assert (member.spendable, convertible(member)) == (50, 50)


def test_a_member_without_refunds_has_nothing_bound() -> None:
    member = life()
    member.purchase(10_000, "own")
    member.redeem("coupon", "r")
    member.cancel("r")
    assert (convertible(member), member.state().bound_points, member.state().loosened_points) == (100, 0, 0)
