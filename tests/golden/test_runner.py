"""The runner of the golden lives finds what is wrong: a table with one wrong number does not hold."""

from dataclasses import replace

import pytest

from tests.golden.runner import Step, play
from tests.golden.test_coffee_stars import FIRST_WEEKS, ZONE

FIRST, SECOND, THIRD = FIRST_WEEKS[:3]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(THIRD, spendable=65), "spendable: the table has 65, the engine 64"),
        (replace(THIRD, lots={2: "9 9 2028-01-05 base", 3: THIRD.lots[3]}), "lot 2: the table has 9 9 2028-01-05 base"),
        (replace(THIRD, lots={2: THIRD.lots[2]}), "lot 3: the table has None, the engine 5 5 2028-01-04 bonus"),
        (replace(THIRD, growth=5), "growth: the table has 5, the engine 4"),
        (replace(THIRD, tier="gold"), "tier: the table has gold, the engine green"),
        (replace(THIRD, says=()), "messages: the table has []"),
        (replace(THIRD, refused="OutOfStock"), "refused: the table has OutOfStock"),
    ],
)
def test_a_wrong_number_is_found_and_named(wrong: Step, said: str) -> None:
    (difference,) = play("coffee-stars", [FIRST, SECOND, wrong], ZONE, ZONE)
    assert said in difference
    assert difference.startswith("step 3, 2027-01-04 08:10, buys a for 4.65: ")


def test_a_right_table_holds() -> None:
    assert play("coffee-stars", FIRST_WEEKS, ZONE, ZONE) == []
