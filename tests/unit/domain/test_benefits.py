"""R-BEN-1, R-BEN-2: benefits by tier, counted; uses bought with points."""

from typing import Any

import pytest

from alliance_node.domain.commands import UseBenefit, business_key
from alliance_node.domain.deciding.benefits import UsesLeft, uses_left
from alliance_node.domain.errors import BenefitAlreadyUsed, BenefitExhausted, InvalidIdentifier, UnknownBenefit
from alliance_node.domain.event_facts import event_key
from alliance_node.domain.events import BenefitUsed, Event
from alliance_node.domain.instants import parse_instant
from tests.unit.domain.life import Life
from tests.unit.domain.sample import BASE, sample, tiers

START = parse_instant("2026-03-02T12:00:00+08:00")
NAME = {"en": "Lounge", "zh": "贵宾室"}
VISIT = {
    "kind": "benefit",
    "id": "lounge-visit",
    "name": NAME,
    "points": 5000,
    "value": "30.00",
    "benefit": "lounge",
}


def program(**more: Any) -> dict[str, Any]:
    return {
        "tiers": tiers(("base", 0), ("silver", "20000.00"), ("gold", "40000.00"), basis="spend"),
        "benefits": [
            {"id": "birthday", "name": NAME, "allowances": [{"tier": "base", "per": "year", "times": 1}]},
            {"id": "support", "name": NAME, "allowances": [{"tier": "base"}]},
            {
                "id": "lounge",
                "name": NAME,
                "allowances": [{"tier": "silver", "per": "month", "times": 2}, {"tier": "gold", "per": "month"}],
            },
        ],
        "redemption": [*BASE["redemption"], {**VISIT, **more}],
    }


def member(points: int, **more: Any) -> Life:
    life = Life(sample(program(**more)), START, "Asia/Shanghai")
    life.purchase(points * 100)
    return life


def use(life: Life, benefit: str = "lounge") -> BenefitUsed:
    event: list[Event] = life.do(UseBenefit(life.member_id, life.fresh("u"), benefit, life.now))
    assert isinstance(event[0], BenefitUsed)
    return event[0]


def left(life: Life, benefit: str = "lounge") -> UsesLeft:
    return uses_left(life.book.at(life.now), life.state(), benefit, life.now)


def test_five_thousand_points_buy_a_lower_tier_one_lounge_visit() -> None:
    """R-BEN-2 golden."""
    life = member(12_000)
    assert life.state().tier == "base" and left(life) == UsesLeft(0, 0, "ever")
    with pytest.raises(BenefitExhausted, match="tier base has no uses of Lounge, and none is bought"):
        use(life)
    assert life.redeem("lounge-visit")[0].points == 5000
    assert left(life).bought == 1
    assert use(life).bought is True
    assert (left(life).bought, life.spendable) == (0, 7000)
    with pytest.raises(BenefitExhausted):
        use(life)


def test_the_allowance_of_the_tier_goes_first_and_begins_anew_each_period() -> None:
    """R-BEN-1: usage counted."""
    life = member(25_000)
    life.redeem("lounge-visit")
    assert (life.state().tier, left(life)) == ("silver", UsesLeft(2, 1, "month"))
    assert [use(life).bought for _ in range(3)] == [False, False, True]
    with pytest.raises(
        BenefitExhausted, match="Lounge: all 2 uses a month of tier silver are used, and none is bought"
    ):
        use(life)
    life.now = parse_instant("2026-04-01T00:00:00+08:00")
    assert left(life) == UsesLeft(2, 0, "month")
    assert use(life).bought is False


def test_a_higher_tier_never_has_less_than_a_lower_one() -> None:
    life = member(50_000)
    assert life.state().tier == "gold"
    assert [left(life, name).allowance for name in ("birthday", "support", "lounge")] == [1, None, None]
    for _ in range(5):
        assert use(life).bought is False
    use(life, "birthday")
    with pytest.raises(BenefitExhausted):
        use(life, "birthday")


def test_an_unused_purchase_is_taken_back_and_a_used_one_is_not() -> None:
    life = member(12_000, uses=2)
    life.redeem("lounge-visit", "x")
    life.redeem("lounge-visit", "y")
    assert left(life).bought == 4
    use(life)
    life.cancel("x")
    assert left(life).bought == 1
    with pytest.raises(BenefitAlreadyUsed, match="redemption 'y' bought 2 uses; 1 are left"):
        life.cancel("y")


def test_unknown_benefits_and_ids_are_refused() -> None:
    life = member(100)
    with pytest.raises(UnknownBenefit, match="it has: birthday, lounge, support"):
        use(life, "yacht")
    with pytest.raises(InvalidIdentifier):
        life.do(UseBenefit(life.member_id, "", "support", life.now))
    command = UseBenefit(life.member_id, "u", "support", life.now)
    assert event_key(life.do(command)[0]) == business_key(command)
