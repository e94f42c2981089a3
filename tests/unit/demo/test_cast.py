"""Sampling takes members, not rows, and is the same for the same seed (DESIGN §2: `--scale` takes a sample)."""

from random import Random

import pytest

from alliance_node.entrypoints.demo import cast as casting
from alliance_node.entrypoints.demo.cast import COFFEE, GROCERIES, MUSIC, Cast
from alliance_node.entrypoints.demo.sources.journey import read_journey


@pytest.fixture(scope="module")
def small() -> Cast:
    return casting.read_cast(scale=0.01, seed=7)


def test_a_sample_keeps_every_purchase_of_a_sampled_member(small: Cast) -> None:
    members = small.brands[GROCERIES].members
    everything = [purchase for purchase in read_journey().groceries if purchase.customer in members]
    assert small.brands[GROCERIES].purchases == everything
    assert len(members) == 25


def test_the_same_seed_gives_the_same_members_and_another_seed_others(small: Cast) -> None:
    assert casting.read_cast(scale=0.01, seed=7) == small
    assert casting.read_cast(scale=0.01, seed=8) != small


def test_a_person_has_a_different_random_id_at_each_brand(small: Cast) -> None:
    ids = [member.member_id for brand in small.brands.values() for member in brand.members.values()]
    assert len(ids) == len(set(ids))


def test_coffee_people_come_from_the_data_and_music_people_are_marked_simulated(small: Cast) -> None:
    assert {frozenset(person.ids) for person in small.people if not person.simulated} == {
        frozenset((GROCERIES, COFFEE))
    }
    assert {frozenset(person.ids) for person in small.people if person.simulated} == {frozenset((GROCERIES, MUSIC))}
    assert sum(not person.simulated for person in small.people) == len(small.brands[COFFEE].members)


def test_scale_one_takes_everybody() -> None:
    assert casting.sample(Random(1), [3, 1, 2, 3], 1.0) == {1, 2, 3}
    assert len(casting.sample(Random(1), range(1000), 0.0501)) == 51
