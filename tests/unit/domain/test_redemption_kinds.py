"""R-RED-1: what each channel kind adds: prices by tier and day, cash, windows, donations, lottery tickets, orders."""

from typing import Any

import pytest

from alliance_node.domain.commands import Redeem, order_limit
from alliance_node.domain.decide import limits_needed
from alliance_node.domain.deciding.prices import Price, price_now
from alliance_node.domain.errors import (
    DonationFinal,
    EntriesClosed,
    InvalidAmount,
    OffsetNotAllowed,
    OptionNotAvailable,
    OutOfStock,
)
from alliance_node.domain.events import LimitUse, RedemptionMade
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.program import ProgramBook
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import BASE, sample, tiers

START = parse_instant("2026-03-02T12:00:00+08:00")
"""A Monday."""
NAME = {"en": "Option", "zh": "选项"}


def option(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "id": kind, "name": NAME, "points": 100, "value": "5.00", **fields}


LOTTERY = {
    "kind": "lottery",
    "id": "lottery",
    "name": NAME,
    "points": 20,
    "tickets": 10,
    "from": "2026-03-01T00:00",
    "until": "2026-03-10T00:00",
    "reveal_by": "2026-03-12T00:00",
    "prizes": [{"id": "car", "name": NAME, "winners": 1, "value": "900.00"}],
}


def rich(*options: dict[str, Any], points: int = 2000, **changes: Any) -> Life:
    member = Life(sample({"redemption": [*BASE["redemption"], *options], **changes}), START, "Asia/Shanghai")
    member.purchase(points * 100)
    return member


def made(member: Life, *arguments: Any, **named: Any) -> RedemptionMade:
    event = member.redeem(*arguments, **named)[0]
    assert isinstance(event, RedemptionMade)
    return event


def day(percent: int = 50, **when: Any) -> dict[str, Any]:
    return {"id": f"half-{percent}", "label": NAME, "percent": percent, "when": when or {"days_of_month": [2]}}


def test_one_hundred_points_are_a_drink() -> None:
    """R-RED-2 golden (convenience store)."""
    event = made(rich(option("gift", id="drink", value="3.00")), "drink")
    assert (event.points, event.value_minor, event.cash_minor) == (100, 300, 0)


def test_on_a_redemption_day_everything_costs_half_of_its_point_price() -> None:
    """R-RED-6 golden: 50 %, rounded up, for each unit; the trace says which day."""
    member = rich(option("experience", points=101), redemption_days=[day()])
    event = made(member, "experience", quantity=2)
    assert event.points == 2 * 51 and event.trace == (("half-50", "redemption_day", -50, (101, 50)),)
    assert made(member, "coupon").points == 25
    plain = made(member.days(1), "experience", quantity=2)
    assert (plain.points, plain.trace) == (202, ())


def test_on_a_redemption_day_fifty_points_pay_what_a_hundred_paid() -> None:
    """R-RED-6 for an offset: the percentage applies to the step's points, the value stays."""
    member = rich(redemption_days=[day()])
    event = member.offset(150, 1000)[0]
    assert isinstance(event, RedemptionMade) and (event.points, event.value_minor) == (150, 300)
    with pytest.raises(OffsetNotAllowed, match="30 points are not a multiple of 50"):
        member.offset(30, 1000)


def test_of_several_redemption_days_the_cheapest_counts_where_it_applies() -> None:
    named = {**day(30, weekdays=[1]), "applies_to": ["experience"]}
    week = {"from": "2026-03-01T00:00", "until": "2026-03-08T00:00"}
    silver_only = day(10, weekdays=[1], tiers=["silver"])
    member = rich(
        option("experience"),
        redemption_days=[
            day(80, **week),
            day(),
            named,
            silver_only,
        ],
        tiers=tiers(("base", 0), ("silver", "9000.00"), basis="spend"),
    )
    assert [made(member, name).points for name in ("experience", "coupon")] == [30, 25]
    member.days(1)
    assert [made(member, name).points for name in ("experience", "coupon")] == [80, 40]
    assert made(member.days(6), "experience").points == 30
    member.purchase(1_000_000)
    assert made(member, "experience").points == 10


def test_the_last_day_of_the_month_is_the_members_own_last_day() -> None:
    """R-EARN-5: -1, in the member's calendar, in a leap year too."""
    member = rich(redemption_days=[day(days_of_month=[-1])])
    for text, points in (
        ("2026-03-30T23:59:59+08:00", 50),
        ("2026-03-31T00:00:00+08:00", 25),
        ("2026-04-30T23:59:59+08:00", 25),
        ("2026-05-01T00:00:00+08:00", 50),
    ):
        member.now = parse_instant(text)
        assert made(member, "coupon").points == points, text


def test_an_option_of_the_member_day_is_offered_on_its_days_only() -> None:
    """R-EARN-5: exclusive redemption on a fixed day each month."""
    member = rich(option("gift", id="exclusive", days_of_month=[8, -1], weekdays=[2, 7]))
    with pytest.raises(OptionNotAvailable, match=r"on weekdays 2, 7 and on days 8, -1 of the month only"):
        member.redeem("exclusive")
    made(member.days(6), "exclusive")
    with pytest.raises(OptionNotAvailable):
        member.days(2).redeem("exclusive")
    member.now = parse_instant("2026-03-31T12:00:00+08:00")
    made(member, "exclusive")


def test_a_higher_tier_pays_its_own_price() -> None:
    ladder = tiers(("base", 0), ("gold", "5000.00"), basis="spend")
    member = rich(option("gift", id="award", points=400, points_by_tier={"gold": 300}), tiers=ladder, points=1000)
    program, compiled = member.book.at(START), member.book.at(START).offers["award"]
    assert price_now(program, member.state(), compiled, START) == Price(400, 500, 0)
    assert made(member, "award").points == 400
    member.purchase(500_000)
    event = made(member, "award")
    assert (event.points, event.trace) == (300, (("award", "tier_price", -100, (400, 300)),))


def test_points_and_cash_together() -> None:
    """R-VAL-2, R-RED-4: the one-yuan deal takes a yuan besides the points."""
    window = {"from": "2026-03-02T00:00", "until": "2026-03-03T00:00"}
    member = rich(option("flash", cash="1.00", value="99.00", stock=3, **window))
    event = made(member, "flash", "x", quantity=2)
    assert (event.points, event.cash_minor, event.value_minor) == (200, 200, 19_800)
    assert event.limits == (LimitUse("stock:flash", 2),)
    with pytest.raises(OutOfStock, match="2 of Option were asked; 1 are left"):
        member.redeem("flash", quantity=2)
    member.days(1).cancel("x")
    assert member.limits["stock:flash"] == 3
    with pytest.raises(OptionNotAvailable):
        member.redeem("flash")


def test_points_only_goods_cost_no_money() -> None:
    """R-RED-9."""
    assert made(rich(option("gift", id="medal", points_only=True)), "medal").cash_minor == 0


def test_a_donation_is_made_in_steps_and_is_final() -> None:
    """R-RED-1: into its own pot; never given back."""
    member = rich(option("donation", value="1.00"))
    event = member.do(Redeem(member.member_id, "d", "donation", 1, None, 300, member.now))[0]
    assert isinstance(event, RedemptionMade) and (event.points, event.value_minor) == (300, 300)
    assert member.journal["donation_pot"] == 300 and member.journal["redemption"] == 0
    with pytest.raises(OffsetNotAllowed, match="150 points are not a multiple of 100"):
        member.do(Redeem(member.member_id, "e", "donation", 1, None, 150, member.now))
    with pytest.raises(InvalidAmount):
        member.redeem("donation")
    with pytest.raises(DonationFinal, match="donation 'd' of 300 points is final"):
        member.cancel("d")


def test_lottery_tickets_are_limited_and_final_once_the_entries_have_closed() -> None:
    """R-RED-3: a late event cannot enter a list that is frozen."""
    member = rich(LOTTERY)
    event = made(member, "lottery", "x", quantity=4)
    assert (event.points, event.value_minor, event.quantity) == (80, 0, 4)
    made(member, "lottery", "y", quantity=6)
    with pytest.raises(OutOfStock):
        member.redeem("lottery")
    member.cancel("x")
    assert member.limits["stock:lottery"] == 4
    until = parse_instant("2026-03-10T00:00:00+08:00")
    member.now = until
    with pytest.raises(EntriesClosed, match="the entries of Option closed 2026-03-09T16:00:00Z; tickets are final"):
        member.cancel("y")
    with pytest.raises(EntriesClosed):
        member.do(Redeem(member.member_id, "z", "lottery", 1, None, None, until - 1))
    with pytest.raises(OptionNotAvailable):
        member.redeem("lottery")


def test_all_offsets_of_one_order_share_its_cap() -> None:
    """R-VAL-2: also two different offset options; a cancelled one makes room again."""
    half = {**BASE["redemption"][0], "id": "half", "max_order_percent": 50}
    member = rich(half)
    command = Redeem(member.member_id, "a", "checkout", 1, 1000, 400, member.now, "o1")
    assert limits_needed(member.book, command) == ("order:o1",) == (order_limit("o1"),)
    event = member.do(command)[0]
    assert isinstance(event, RedemptionMade)
    assert (event.order_id, event.order_amount_minor, event.limits) == ("o1", 1000, (LimitUse("order:o1", 400),))
    with pytest.raises(OffsetNotAllowed, match=r"that is 10.00 CNY, can be paid with points, and 4.00 CNY are"):
        member.offset(700, 1000, order_id="o1")
    with pytest.raises(OffsetNotAllowed, match=r"that is 5.00 CNY, can be paid with points, and 4.00 CNY are"):
        member.offset(200, 1000, option="half", order_id="o1")
    member.offset(100, 1000, option="half", order_id="o1")
    member.offset(500, 1000, order_id="o1")
    with pytest.raises(OffsetNotAllowed):
        member.offset(100, 1000, order_id="o1")
    member.offset(1000, 1000, order_id="o2")
    member.cancel("a")
    member.offset(400, 1000, order_id="o1")
    assert member.limits == {"order:o1": -1000, "order:o2": -1000}


def test_a_price_of_its_own_is_not_for_the_caller_to_name() -> None:
    member = rich()
    with pytest.raises(InvalidAmount, match="2 × Coupon cost 100 points, not 1; leave points out"):
        member.do(Redeem(member.member_id, "x", "coupon", 2, None, 1, member.now))
    assert member.do(Redeem(member.member_id, "x", "coupon", 2, None, 100, member.now))


def test_a_late_redemption_has_the_price_of_its_day_and_the_points_of_now() -> None:
    member = rich(redemption_days=[day()])
    member.days(1)
    event = member.do(Redeem(member.member_id, "x", "coupon", 1, None, None, member.now - DAY))[0]
    assert isinstance(event, RedemptionMade) and event.points == 25


def test_moved_dates_of_a_lottery_do_not_open_a_list_that_is_to_be_frozen() -> None:
    """A draw was announced under the first dates: the tickets of its window are final then, whatever came later."""
    first = sample({"redemption": [*BASE["redemption"], LOTTERY]})
    longer = {**LOTTERY, "until": "2026-03-20T00:00", "reveal_by": "2026-03-22T00:00"}
    second = sample({"version": 2, "redemption": [*BASE["redemption"], longer]})
    moved = parse_instant("2026-03-05T00:00:00+08:00")
    member = Life(ProgramBook.from_versions([(0, first), (moved, second)]), START, "Asia/Shanghai")
    member.purchase(100_000)
    member.days(6).redeem("lottery", "in-the-first-draw")
    member.now = parse_instant("2026-03-10T00:00:00+08:00")
    with pytest.raises(EntriesClosed):
        member.cancel("in-the-first-draw")
    with pytest.raises(EntriesClosed):
        member.do(Redeem(member.member_id, "late", "lottery", 1, None, None, member.now - 1))
    member.redeem("lottery", "in-the-next")
    member.cancel("in-the-next")
