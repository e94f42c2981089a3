"""The simulated part of the demo follows the rule that docs/demo.md states, the same for the same seed."""

from random import Random

import pytest

from alliance_node.entrypoints.demo import behaviour
from alliance_node.entrypoints.demo.behaviour import SimulatedBehaviour, convertible_half
from alliance_node.entrypoints.demo.cast import COFFEE, GROCERIES, MUSIC, Person
from alliance_node.entrypoints.demo.redemptions import redemption_of
from alliance_node.entrypoints.demo.sources.calendar import week_ends

PEOPLE = [
    Person({GROCERIES: f"g{number}", COFFEE if number % 2 else MUSIC: f"o{number}"}, simulated=not number % 2)
    for number in range(400)
]


def test_wishes_are_the_same_for_the_same_seed_and_ask_everybody_once() -> None:
    first, second = (SimulatedBehaviour(Random(3), PEOPLE).wishes() for _ in range(2))
    assert first == second
    assert len({wish.source_member[1:] for wish in first}) == len(PEOPLE)


def test_coffee_people_mostly_convert_towards_coffee() -> None:
    wishes = SimulatedBehaviour(Random(3), PEOPLE).wishes()
    coffee = [wish for wish in wishes if COFFEE in (wish.source, wish.destination)]
    towards = sum(wish.destination == COFFEE for wish in coffee)
    assert 0.65 < towards / len(coffee) < 0.85


def test_a_wish_never_stays_within_one_brand() -> None:
    for wish in SimulatedBehaviour(Random(3), PEOPLE).wishes():
        assert wish.source != wish.destination
        assert GROCERIES in (wish.source, wish.destination)


@pytest.mark.parametrize(
    ("brand", "spendable", "points"),
    [
        (GROCERIES, 99, 0),
        (GROCERIES, 100, 50),
        (GROCERIES, 119, 50),
        (GROCERIES, 120, 60),
        (MUSIC, 499, 0),
        (MUSIC, 500, 250),
    ],
)
def test_half_of_the_points_are_converted_in_tens_from_the_program_s_minimum_on(
    brand: str, spendable: int, points: int
) -> None:
    assert convertible_half(brand, spendable) == points


def test_the_year_reaches_a_thousand_conversions_and_any_sample_at_least_fifty() -> None:
    weeks = len(week_ends())
    times = sum(map(behaviour.is_conversion_week, range(weeks)))
    assert behaviour.conversions_a_time(1.0, weeks) * times >= 1_000
    assert behaviour.conversions_a_time(0.01, weeks) * times >= 50


@pytest.mark.parametrize(
    ("brand", "spendable", "order_minor", "body"),
    [
        (COFFEE, 399, 500, {"option": "bakery-coupon"}),
        (COFFEE, 400, 500, {"option": "drink"}),
        (COFFEE, 199, 500, None),
        (GROCERIES, 900, 1_000, {"option": "checkout", "points": 400, "order_amount": "10.00"}),
        (GROCERIES, 900, 650, {"option": "checkout", "points": 300, "order_amount": "6.50"}),
        (GROCERIES, 900, 199, {"option": "shopping-bag"}),
        (GROCERIES, 599, 199, None),
        (MUSIC, 1_000, 400, {"option": "checkout", "points": 500, "order_amount": "4.00"}),
        (MUSIC, 999, 400, None),
    ],
)
def test_redemptions_take_at_most_half_of_points_and_order(
    brand: str, spendable: int, order_minor: int, body: dict[str, object] | None
) -> None:
    assert redemption_of(brand, spendable, order_minor) == body
