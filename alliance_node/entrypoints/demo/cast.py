"""Who takes part in the replay: the sampled members of the three brands, their purchases, and who is a member of two.

A sample takes members, never rows: a sampled member keeps every purchase. Households that buy coffee are true members
of two brands (the data says so). That a music customer is also a grocery household is *simulated*: a seeded pairing.
Member ids are random per brand; nothing links a person's two ids but this file's pairs.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from uuid import UUID

from alliance_node.entrypoints.demo.sources.cdnow import read_cdnow
from alliance_node.entrypoints.demo.sources.journey import read_journey
from alliance_node.entrypoints.demo.sources.purchase import SourcePurchase

GROCERIES, COFFEE, MUSIC = "groceries", "coffee", "music"


@dataclass(frozen=True, slots=True)
class Member:
    """One member of one brand; `joins_at` is the instant of the first purchase in the year."""

    member_id: str
    customer: int
    joins_at: int


@dataclass(frozen=True, slots=True)
class BrandCast:
    """A brand's sampled members by customer number and their purchases in order of time."""

    brand: str
    members: dict[int, Member]
    purchases: list[SourcePurchase]


@dataclass(frozen=True, slots=True)
class Person:
    """One person with a member id at two brands; `simulated` tells whether the data or the pairing rule says so."""

    ids: dict[str, str]
    simulated: bool


@dataclass(frozen=True, slots=True)
class Cast:
    """Everyone who takes part."""

    brands: dict[str, BrandCast]
    people: list[Person]


def read_cast(scale: float, seed: int) -> Cast:
    """Read the data and take the sample; `scale` is the share of members, 1 is everybody."""
    journey, cdnow = read_journey(), read_cdnow()
    random = Random(seed)  # noqa: S311 a repeatable sample, no secret
    households = sample(random, (purchase.customer for purchase in journey.groceries), scale)
    customers = sample(random, (purchase.customer for purchase in cdnow.music), scale)
    brands = {
        GROCERIES: brand_cast(random, GROCERIES, journey.groceries, households),
        COFFEE: brand_cast(random, COFFEE, journey.coffee, households),
        MUSIC: brand_cast(random, MUSIC, cdnow.music, customers),
    }
    return Cast(brands, two_brand_people(brands) + simulated_people(random, brands))


def sample(random: Random, customers: Iterable[int], scale: float) -> frozenset[int]:
    """A seeded sample of the distinct customers: the share `scale` of them, rounded up."""
    distinct = sorted(set(customers))
    return frozenset(random.sample(distinct, min(len(distinct), math.ceil(len(distinct) * scale))))


def brand_cast(random: Random, brand: str, purchases: list[SourcePurchase], chosen: frozenset[int]) -> BrandCast:
    """The chosen customers as members with fresh random ids, and every purchase of theirs."""
    kept = [purchase for purchase in purchases if purchase.customer in chosen]
    members: dict[int, Member] = {}
    for purchase in kept:
        if purchase.customer not in members:
            member_id = str(UUID(int=random.getrandbits(128), version=4))
            members[purchase.customer] = Member(member_id, purchase.customer, purchase.occurred_at)
    return BrandCast(brand, members, kept)


def two_brand_people(brands: dict[str, BrandCast]) -> list[Person]:
    """Households that buy groceries and coffee: one person at two brands, as the data says."""
    groceries, coffee = brands[GROCERIES].members, brands[COFFEE].members
    return [
        Person({GROCERIES: groceries[household].member_id, COFFEE: coffee[household].member_id}, simulated=False)
        for household in sorted(groceries.keys() & coffee.keys())
    ]


def simulated_people(random: Random, brands: dict[str, BrandCast]) -> list[Person]:
    """Pair each grocery household with one music customer, as long as there are both: simulated."""
    groceries = sorted(brands[GROCERIES].members.values(), key=lambda member: member.customer)
    music = sorted(brands[MUSIC].members.values(), key=lambda member: member.customer)
    random.shuffle(music)
    return [
        Person({GROCERIES: shopper.member_id, MUSIC: listener.member_id}, simulated=True)
        for shopper, listener in zip(groceries, music, strict=False)
    ]
