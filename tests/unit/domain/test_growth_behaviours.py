"""Growth value from behaviours, graded by how well they were done (R-TIER-2), and points by grade."""

from typing import Any

import pytest

from alliance_node.domain.errors import InvalidAmount
from alliance_node.domain.event_facts import points_of
from alliance_node.domain.events import BehaviourRecorded
from alliance_node.domain.instants import parse_instant
from tests.unit.domain.life import Life
from tests.unit.domain.sample import sample

NOON = parse_instant("2026-03-02T12:00:00+08:00")
ONCE_A_DAY = [{"per": "day", "times": 1}]


def graded(name: str, lowest: int, highest: int, **more: Any) -> dict[str, Any]:
    amount = {"type": "graded", "lowest": lowest, "highest": highest}
    return {"id": f"g-{name}", "on": "behaviour", "behaviours": [name], "amount": amount, **more}


GROWTH = {
    "rules": [
        {"id": "g-spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}},
        {"id": "g-extra", "on": "purchase", "amount": {"type": "fixed", "points": 100}},
        graded("data", 50, 100),
        graded("social", 200, 500),
        graded("content", 300, 800),
        graded("activity", 10, 20, limits=ONCE_A_DAY),
    ]
}


def life(**changes: Any) -> Life:
    return Life(sample({"growth": GROWTH, **changes}), NOON, "Asia/Shanghai")


def test_every_purchase_brings_100_growth_on_top_of_its_amount() -> None:
    """R-TIER-2 golden: +100 per purchase."""
    member = life()
    member.purchase(25050)
    member.purchase(0)
    assert member.state().growth == 250 + 100 + 100


@pytest.mark.parametrize(
    ("behaviour", "lowest", "middle", "highest"),
    [("data", 50, 75, 100), ("social", 200, 350, 500), ("content", 300, 550, 800), ("activity", 10, 15, 20)],
)
def test_behaviours_bring_growth_by_their_grade(behaviour: str, lowest: int, middle: int, highest: int) -> None:
    """R-TIER-2 golden: data 50–100 per item; social 200–500 per act; content 300–800; activity 10–20 per day."""
    for grade, growth in ((0, lowest), (50, middle), (100, highest)):
        [event] = life().behave(behaviour, grade=grade)
        assert isinstance(event, BehaviourRecorded)
        assert (event.growth, event.grade, points_of(event)) == (growth, grade, 0)
        assert event.trace == ((f"g-{behaviour}", "growth_graded", growth, (grade, lowest, highest)),)


def test_activity_counts_once_a_day_and_an_item_every_time() -> None:
    member = life()
    for _ in range(2):
        member.behave("activity", grade=100)
        member.behave("data")
    assert member.state().growth == 20 + 50 + 50


def test_what_lies_between_two_grades_is_rounded_down() -> None:
    member = life()
    member.behave("content", grade=33)
    assert member.state().growth == 300 + 165
    member.behave("activity", grade=99)
    assert member.state().growth == 465 + 19


def test_points_can_be_graded_too_and_a_rule_without_range_ignores_the_grade() -> None:
    fixed = {"id": "ask", "on": "behaviour", "behaviours": ["ask"], "amount": {"type": "fixed", "points": 3}}
    spend = {"id": "spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}
    member = Life(sample({"earn.rules": [spend, graded("review", 5, 25), fixed]}), NOON)
    assert [points_of(member.behave("review", grade=grade)[0]) for grade in (0, 1, 50, 100)] == [5, 5, 15, 25]
    assert [points_of(member.behave("ask", grade=grade)[0]) for grade in (0, 100)] == [3, 3]


@pytest.mark.parametrize("grade", [-1, 101, True, 50.0])
def test_a_grade_is_a_whole_percentage(grade: Any) -> None:
    with pytest.raises(InvalidAmount, match="is not a whole number from 0 to 100"):
        life().behave("data", grade=grade)
