"""Jobs in sets do exactly what `decide` does: the same bytes, rows and reports, while members are served."""

import random
import uuid
from collections.abc import Sequence

import msgspec
import pytest

from alliance_node.adapters.sql.job_store import SqlJobStore
from alliance_node.application.evaluate_tiers import evaluate_tiers, tier_rules
from alliance_node.application.member_jobs import MemberJobs
from alliance_node.application.sweep_expiry import sweep_expiry, sweep_rows
from alliance_node.domain.codecs import decode_snapshot, encode_event
from alliance_node.domain.commands import EnrolMember, EvaluateTier
from alliance_node.domain.decide import decide
from alliance_node.domain.events import PointsExpired, TierChanged
from alliance_node.domain.growth import boundaries
from alliance_node.domain.instants import Instant
from tests.integration.node.world import DAY, T0, World, purchase, redeem
from tests.unit.domain.sample import sample_text, tiers

LATER = T0 + 200 * DAY
MUCH_LATER = T0 + 330 * DAY
SETS = pytest.mark.postgresql


class OneByOne(SqlJobStore):
    """The same store without its statement for sets: everything goes through the domain."""

    @property
    def works_in_sets(self) -> bool:
        return False


def seeded(world: World, seed: int) -> list[str]:
    """Members with random purchases over 200 days, some spent, some swept before; the same for the same seed."""
    chance = random.Random(seed)
    ids = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(40)]
    for member in ids:
        assert world.one(EnrolMember(member, "UTC", T0), T0).accepted
        for number in range(chance.randrange(5)):
            at = T0 + chance.randrange(200) * DAY
            assert world.one(purchase(member, f"{member}-{number}", chance.randrange(90_000), at), at).accepted
        if chance.random() < 0.3:
            world.one(redeem(member, name=f"r-{member}", at=T0 + 199 * DAY), T0 + 199 * DAY)
    sweep_expiry(MemberJobs(world.ledger, OneByOne(world.engine)), T0 + 150 * DAY, T0 + 150 * DAY)
    return ids


def rows(world: World) -> list[list[tuple[object, ...]]]:
    """Everything a sweep writes, without the order of arrival."""
    statements = (
        "SELECT member_id, version, kind, occurred_at, received_at, source, refers_to, payload, digest FROM events",
        "SELECT member_id, version, leg_no, account, amount FROM entries",
        "SELECT * FROM members",
    )
    with world.store.read() as connection:
        return [sorted(map(plain, connection.exec_driver_sql(statement))) for statement in statements]


def plain(row: Sequence[object]) -> tuple[object, ...]:
    return tuple(value.hex() if isinstance(value, bytes) else str(value) for value in row)


@SETS
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_sweep_in_sets_writes_what_the_domain_writes(postgresql_world: World, sqlite_world: World, seed: int) -> None:
    """R-EXP-5: bytes of events and digests, entries, columns; on random members, and the books are clean."""
    in_sets, one_by_one = postgresql_world, sqlite_world
    for world in (in_sets, one_by_one):
        seeded(world, seed)
    fast = sweep_expiry(in_sets.jobs, MUCH_LATER, MUCH_LATER)
    slow = sweep_expiry(one_by_one.jobs, MUCH_LATER, MUCH_LATER)
    assert msgspec.structs.astuple(fast) == msgspec.structs.astuple(slow)
    assert fast.changed > 10
    assert rows(in_sets) == rows(one_by_one)
    in_sets.assert_clean()
    assert sweep_expiry(in_sets.jobs, MUCH_LATER, MUCH_LATER).changed == 0


def test_the_stored_form_is_the_domains() -> None:
    made = sweep_rows(LATER, LATER + 5)
    stored = f"{made.payload_head}12345{made.payload_tail}"
    assert stored.encode() == encode_event(PointsExpired(LATER + 5, LATER, 12345))


@SETS
def test_a_member_who_was_changed_since_the_count_is_left_to_the_domain(postgresql_world: World) -> None:
    """What was counted is only written under the same version."""
    world = postgresql_world
    kept, moved = world.member(300), world.member(300)
    store = SqlJobStore(world.engine)
    with store.read() as connection:
        due = list(store.due_members(connection, LATER, None))
    assert {member for member, _, _ in due} == {kept, moved}
    world.one(purchase(moved, "meanwhile", 1_000, LATER), LATER)
    with store.write() as connection:
        swept, points, left = store.sweep_set(connection, sweep_rows(LATER, LATER), due)
    assert (swept, points, left) == (1, 360, [moved])
    report = sweep_expiry(world.jobs, LATER, LATER)
    assert (report.changed, report.points) == (1, 360)
    world.assert_clean()


@SETS
def test_members_whose_points_mature_first_go_through_the_domain(postgresql_server: str, postgresql_url: str) -> None:
    """R-EARN-9: what matured and expired unseen is booked as matured, then as expired."""
    del postgresql_server
    text = sample_text({"earn.pending_days": 14, "expiry": {"term": {"policy": "rolling", "months": 6}}})
    world = World(postgresql_url, text)
    member = world.member(300)
    report = sweep_expiry(world.jobs, LATER, LATER)
    assert (report.changed, report.points) == (1, 300)
    balance = world.queries.balance(member, LATER)
    assert (balance.spendable, balance.due_expiry) == (0, 0)
    assert world.count("events WHERE kind = 'points_matured'") == 1
    world.assert_clean()
    world.close()


def ladder_text(version: int = 1) -> str:
    growth = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}]}
    steps = tiers(
        ("base", 0),
        ("silver", 100),
        ("gold", 300),
        protection_months=3,
        decay={"percent": 20},
        retention=[{"tier": "gold", "purchases": 2}],
    )
    return sample_text({"version": version, "tiers": steps, "growth": growth})


def test_candidates_are_exactly_those_whom_an_evaluation_concerns(database_url: str) -> None:
    """R-TIER-3, R-TIER-5: the condition in SQL against the domain, member by member, over three years."""
    world = World(database_url, ladder_text())
    chance = random.Random(7)
    ids = [world.member(chance.choice((0, 60, 99, 100, 120, 125, 126, 300, 375, 376, 500))) for _ in range(40)]
    for member in ids[::3]:
        at = T0 + chance.randrange(1, 300) * DAY
        world.one(purchase(member, f"late-{member}", chance.randrange(30_000), at), at)
    instants = {T0 + days * DAY for days in (1, 95, 160, 400, 800, 1100)}
    for at in sorted(instants | seconds_that_decide(world, ids)):
        with world.store.read() as connection:
            book = world.programs.book(connection)
            found = {row[0] for row in world.jobs.store.tier_candidates(connection, tier_rules(book, at), None)}
        assert found == {member for member in ids if concerned(world, member, at)}, at
        report = evaluate_tiers(world.jobs, at, at)
        assert report.changed == report.members == len(found)
        assert evaluate_tiers(world.jobs, at, at).members == 0
        world.assert_clean()
    assert len({world.queries.balance(member, T0 + 1100 * DAY).tier for member in ids}) > 1
    world.close()


def seconds_that_decide(world: World, ids: Sequence[str]) -> set[Instant]:
    """The last second under a protection or a growth value, and the first one after it."""
    with world.store.read() as connection:
        book = world.programs.book(connection)
        rows = world.store.members(connection, list(ids))
    ends = {decode_snapshot(member, row.columns, row.snapshot).protected_until for member, row in rows.items()}
    decays = {boundary.at for boundary in boundaries(book, T0, T0 + 1100 * DAY)}
    assert decays and len(ends) > 2
    return {end + step for end in ends | decays for step in (-1, 0) if end > T0}


def test_a_sweep_takes_what_ended_at_its_cut_off_and_nothing_that_ends_a_second_later(database_url: str) -> None:
    """R-EXP-5, DESIGN §3: `expires_at ≤ t`, in SQL as in the domain."""
    world = World(database_url, sample_text({"expiry": {"term": {"policy": "rolling", "months": 6}}}))
    member = world.member(300)
    with world.store.read() as connection:
        end = int(connection.exec_driver_sql("SELECT expires_at FROM lots").scalar_one())
    before = sweep_expiry(world.jobs, end - 1, end)
    assert (before.members, world.queries.balance(member, end).due_expiry) == (0, 300)
    assert world.spendable(member, end - 1) == 300
    report = sweep_expiry(world.jobs, end, end)
    assert (report.changed, report.points) == (1, 300)
    balance = world.queries.balance(member, end)
    assert (balance.spendable, balance.due_expiry) == (0, 0)
    assert sweep_expiry(world.jobs, end + DAY, end + DAY).members == 0
    world.assert_clean()
    world.close()


def concerned(world: World, member_id: str, at: Instant) -> bool:
    """Whether `decide` would change the member's tier or its protection."""
    with world.store.read() as connection:
        book = world.programs.book(connection)
        row = world.store.members(connection, [member_id])[member_id]
    state = decode_snapshot(member_id, row.columns, row.snapshot)
    events = decide(book, state, EvaluateTier(member_id, at), at).events
    return any(isinstance(event, TierChanged) for event in events)
