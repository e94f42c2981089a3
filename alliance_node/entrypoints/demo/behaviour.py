"""What the data lacks, by a stated, seeded rule: who redeems, who converts, how much. *Simulated*, and labelled so.

The rule, after a week's purchases:
- each week a member who bought thinks of redeeming with probability REDEEM_PROBABILITY; who then has enough points for
  the brand's offer redeems it once;
- every second week, from the seventh on, people with two memberships are asked in a seeded order until the number of
  conversions is reached; who has enough points at the one brand converts half of them, rounded down to tens, to the
  other. Coffee people mostly convert groceries → coffee (three of four times), music people as often one way as the
  other.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from alliance_node.entrypoints.demo.cast import COFFEE, GROCERIES, MUSIC, Person

REDEEM_PROBABILITY = 0.04
MINIMUM_POINTS = {GROCERIES: 50, COFFEE: 50, MUSIC: 250}
"""The least that each brand's program converts."""
FIRST_CONVERSION_WEEK = 6
CONVERSIONS_AT_SCALE_ONE = 1_600
FEWEST_CONVERSIONS = 80
_TOWARDS_COFFEE = 0.75


@dataclass(frozen=True, slots=True)
class Wish:
    """A person wants to convert from one brand to another; how many points follows from the balance."""

    source: str
    destination: str
    source_member: str
    destination_member: str


def convertible_half(brand: str, spendable: int) -> int:
    """Half of the points, rounded down to tens; 0 when that is less than the brand converts."""
    half = spendable // 20 * 10
    return half if half >= MINIMUM_POINTS[brand] else 0


def is_conversion_week(number: int) -> bool:
    """Whether people convert in this week (the first week is 0)."""
    return number >= FIRST_CONVERSION_WEEK and number % 2 == 0


def conversions_a_time(scale: float, weeks: int) -> int:
    """How many conversions each conversion week should reach, so that a year reaches the stated number."""
    wanted = max(FEWEST_CONVERSIONS, CONVERSIONS_AT_SCALE_ONE * scale)
    return math.ceil(wanted / sum(map(is_conversion_week, range(weeks))))


class SimulatedBehaviour:
    """Draws from one seeded generator, in the order in which it is asked."""

    def __init__(self, random: Random, people: Iterable[Person]) -> None:
        self._random = random
        self._people = list(people)

    def who_redeems(self, shoppers: Iterable[str]) -> list[str]:
        """The members among this week's shoppers who think of redeeming."""
        return [member for member in shoppers if self._random.random() < REDEEM_PROBABILITY]

    def wishes(self) -> list[Wish]:
        """Everybody's wish of this week, in this week's order; the caller takes as many as the week needs."""
        order = self._random.sample(self._people, len(self._people))
        return [self._wish(person) for person in order]

    def _wish(self, person: Person) -> Wish:
        other = next(brand for brand in person.ids if brand != GROCERIES)
        likely = _TOWARDS_COFFEE if other == COFFEE else 0.5
        source, destination = (GROCERIES, other) if self._random.random() < likely else (other, GROCERIES)
        return Wish(source, destination, person.ids[source], person.ids[destination])
