"""Jobs over all members: exact, repeatable, resumable."""

import pytest

from alliance_node.application.evaluate_tiers import evaluate_tiers
from alliance_node.application.sweep_expiry import sweep_expiry
from tests.integration.node.world import DAY, T0, World, purchase, redeem

LATER = T0 + 200 * DAY


def test_a_sweep_books_one_entry_per_member_and_twice_changes_nothing(world: World) -> None:
    """R-EXP-5, DESIGN §3: lots stay untouched; booked = spendable + held + due expiry, before and after."""
    members = [world.member(300) for _ in range(20)]
    spender = world.member(900)
    world.one(redeem(spender))
    fresh = world.member()
    world.one(purchase(fresh, "late", 5_000, LATER - DAY), LATER - DAY)
    lots_before = world.count("lots WHERE remaining > 0")
    seen: list[int] = []
    report = sweep_expiry(world.jobs, LATER, LATER, seen.append)
    assert (report.members, report.changed, report.points) == (21, 21, 20 * 360 + 900)
    assert seen[-1] == 21
    assert len(seen) == 3
    assert world.count("lots WHERE remaining > 0") == lots_before
    assert world.count("entries WHERE account = 'breakage'") == 21
    again = sweep_expiry(world.jobs, LATER, LATER)
    assert (again.members, again.points) == (0, 0)
    assert world.spendable(fresh, LATER) == 50
    assert all(world.queries.balance(member, LATER).due_expiry == 0 for member in members)
    assert world.queries.totals(LATER).expired == report.points
    world.assert_clean()


def test_a_sweep_that_died_goes_on_where_it_stopped(world: World) -> None:
    for _ in range(20):
        world.member(300)

    class Killed(Exception):
        pass

    def die(done: int) -> None:
        if done >= 14:
            raise Killed

    with pytest.raises(Killed):
        sweep_expiry(world.jobs, LATER, LATER, die)
    assert world.count("entries WHERE account = 'breakage'") == 14
    rest = sweep_expiry(world.jobs, LATER, LATER)
    assert rest.members == 6
    assert world.queries.totals(LATER).expired == 20 * 360
    world.assert_clean()


def test_points_earned_after_a_sweep_expire_with_the_next_one(world: World) -> None:
    member = world.member(300)
    sweep_expiry(world.jobs, LATER, LATER)
    world.one(purchase(member, "second life", 10_000, LATER), LATER)
    much_later = LATER + 200 * DAY
    assert world.spendable(member, LATER) == 120
    report = sweep_expiry(world.jobs, much_later, much_later)
    assert (report.members, report.points) == (1, 120)
    assert world.queries.totals(much_later).liability == 0
    world.assert_clean()


def test_tiers_are_evaluated_in_chunks_and_a_second_run_changes_nothing(world: World) -> None:
    """R-TIER-5: one step down only after the protection is over."""
    climber = world.member()
    for number in range(5):
        world.one(purchase(climber, f"big-{number}", 200_000))
    assert world.queries.balance(climber, T0).tier == "silver"
    world.members(15)
    early = evaluate_tiers(world.jobs, T0 + DAY, T0 + DAY)
    assert (early.members, early.changed) == (0, 0)
    world.assert_clean()
