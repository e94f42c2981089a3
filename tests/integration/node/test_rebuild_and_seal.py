"""The event log is the truth: rebuild finds every changed row, the sealed log finds every changed event."""

import pytest
import sqlalchemy as sa

from alliance_node.adapters.sql.log_store import SqlLogStore
from alliance_node.application.errors import BrokenLog, SealerBusy, UnknownEvent
from alliance_node.application.merkle import leaf_hash
from alliance_node.domain.codecs import event_digest
from alliance_node.domain.commands import HoldForConversion, RecordRefund
from bridge.protocol.log_proofs import verify_consistency, verify_inclusion
from tests.integration.node.world import DAY, T0, World, purchase, redeem


@pytest.fixture
def story(world: World) -> str:
    """A member with purchases, a redemption, a refund and a hold."""
    member = world.member(900)
    for number in range(6):
        world.one(purchase(member, f"basket-{number}", 9_000 + number))
    world.one(redeem(member))
    world.one(RecordRefund(member, "pos", "refund-1", "pos", "basket-3", 4_000, T0))
    later = T0 + 10 * DAY
    hold = HoldForConversion(member, "0f5a9c1e-3b0d-4f5e-8a77-6f1e2d3c4b5a", 200, 13_000, later)
    assert world.one(hold, later).accepted
    world.assert_clean()
    return member


@pytest.mark.parametrize(
    ("check", "statement"),
    [
        ("lots", "UPDATE lots SET remaining = remaining + 1 WHERE member_id = :m AND lot_no = 2"),
        ("lots", "UPDATE lots SET expires_at = expires_at + 86400 WHERE member_id = :m AND lot_no = 3"),
        ("lots", "DELETE FROM lots WHERE member_id = :m AND lot_no = 4"),
        ("entries", "UPDATE entries SET amount = amount * 2 WHERE member_id = :m AND version = 3"),
        ("entries", "DELETE FROM entries WHERE member_id = :m AND version = 4 AND leg_no = 0"),
        ("members", "UPDATE members SET booked = booked + 100 WHERE member_id = :m"),
        ("members", "UPDATE members SET tier = 'gold' WHERE member_id = :m"),
        ("members", "UPDATE members SET growth = growth + 1 WHERE member_id = :m"),
        ("members", "UPDATE members SET growth_through = 1 WHERE member_id = :m"),
        ("members", "UPDATE members SET spend_minor = spend_minor - 1 WHERE member_id = :m"),
        ("members", "UPDATE members SET tier_since = tier_since - 1 WHERE member_id = :m"),
        ("members", "UPDATE members SET lots_end_from = 9000000000 WHERE member_id = :m"),
        ("members", "UPDATE members SET protected_until = protected_until + 1 WHERE member_id = :m"),
    ],
)
def test_a_tampered_row_is_found_named_and_repaired(world: World, story: str, check: str, statement: str) -> None:
    """DESIGN §3: `rebuild --check` proves that the tables equal the events."""
    world.run(statement, m=story)
    report = world.check()
    assert {finding.check for finding in report.findings} == {check}
    assert all(story in finding.where for finding in report.findings)
    assert world.repair().repaired == 1
    world.assert_clean()


def test_an_invented_row_without_events_is_found(world: World, story: str) -> None:
    world.run(
        "INSERT INTO lots SELECT member_id, 99, amount, remaining, earned_at, matures_at, expires_at, kind,"
        " convertible, source_version FROM lots WHERE member_id = :m AND lot_no = 1",
        m=story,
    )
    assert [finding.where for finding in world.check().findings] == [f"member {story} lot 99"]


def test_a_changed_event_is_found_by_its_digest_and_never_repaired_over(world: World, story: str) -> None:
    world.run("UPDATE events SET payload = replace(payload, '9001', '9901') WHERE member_id = :m", m=story)
    report = world.repair()
    assert "event-digest" in {finding.check for finding in report.findings}
    assert report.repaired == 0


def test_a_changed_event_with_a_new_digest_is_found_by_the_sealed_log(world: World, story: str) -> None:
    """Whoever can write the table can write a digest too; the sealed log still holds the old one."""
    world.sealer.seal_all(T0)
    row = next(row for row in _stream(world, story) if '"amount_minor":9001' in row.payload)
    forged = row.payload.replace("9001", "9901")
    digest = event_digest(story, row.version, row.received_at, forged.encode())
    world.run(
        "UPDATE events SET payload = :p, digest = :d WHERE member_id = :m AND version = :v",
        p=forged,
        d=digest,
        m=story,
        v=row.version,
    )
    findings = world.check().findings
    assert "sealed-log" in {finding.check for finding in findings}
    with pytest.raises(BrokenLog):
        world.sealer.inclusion(story, row.version)


def test_a_removed_event_is_found(world: World, story: str) -> None:
    world.sealer.seal_all(T0)
    world.run("DELETE FROM events WHERE member_id = :m AND version = 3", m=story)
    assert {"event-version", "sealed-log"} <= {finding.check for finding in world.check().findings}


def test_a_changed_leaf_and_a_changed_head_are_found(world: World, story: str) -> None:
    world.sealer.seal_all(T0)
    head = world.sealer.head()
    world.run("UPDATE log_heads SET root = :r", r=leaf_hash(b"another history"))
    assert [finding.where for finding in world.check().findings] == ["root"]
    world.run("UPDATE log_heads SET root = :r", r=head.root)
    world.assert_clean()
    world.run("UPDATE log_tiles SET hashes = :h", h=leaf_hash(b"forged") * head.size)
    assert len(world.check().findings) == head.size + 1


def test_proofs_verify_against_heads_that_somebody_kept(world: World, story: str) -> None:
    """RFC 9162: a head published earlier is a prefix of every later one, and each event can be shown in it."""
    world.sealer.seal_all(T0)
    kept = world.sealer.head()
    many = world.members(300)
    world.do(*(purchase(member, f"later-{member}") for member in many))
    assert world.sealer.unsealed_seconds(T0 + 60) == 60
    while world.sealer.step(T0 + DAY, limit=77):
        pass
    assert world.sealer.unsealed_seconds(T0 + 60) == 0
    head, proof = world.sealer.consistency(kept.size)
    assert head.size == world.count("events")
    assert verify_consistency(kept.size, head.size, proof, kept.root, head.root)
    assert not verify_consistency(kept.size, head.size, proof, head.root, kept.root)
    for member, version in [(story, 1), (story, 5), (many[0], 2), (many[-1], 1)]:
        shown = world.sealer.inclusion(member, version)
        assert verify_inclusion(leaf_hash(shown.digest), shown.index, shown.size, shown.path, head.root)
        assert not verify_inclusion(leaf_hash(b"other"), shown.index, shown.size, shown.path, head.root)
    with pytest.raises(UnknownEvent):
        world.sealer.inclusion(story, 999)
    world.assert_clean()


@pytest.mark.postgresql
def test_nothing_is_sealed_past_a_transaction_that_still_runs(postgresql_world: World) -> None:
    """DESIGN §3: an older transaction may still commit an event that belongs before; waiting events show their age."""
    world = postgresql_world
    world.member()
    world.sealer.seal_all(T0)
    with world.engine.begin() as older:
        older.execute(sa.text("SELECT pg_current_xact_id()"))
        world.member()
        assert world.sealer.seal_all(T0) == 0
        assert world.sealer.unsealed_seconds(T0 + 90) == 90
    assert world.sealer.seal_all(T0) == 1
    world.assert_clean()


@pytest.mark.postgresql
def test_a_second_sealer_is_refused(postgresql_world: World) -> None:
    world = postgresql_world
    world.member()
    with world.engine.begin() as other:
        SqlLogStore(world.engine).lock_log(other)
        with pytest.raises(SealerBusy):
            world.sealer.step(T0)
    assert world.sealer.seal_all(T0) == 1


def test_sealing_again_changes_nothing(world: World, story: str) -> None:
    world.sealer.seal_all(T0)
    head = world.sealer.head()
    assert world.sealer.seal_all(T0 + DAY) == 0
    assert world.sealer.head() == head


def _stream(world: World, member: str) -> list[object]:
    with world.store.read() as connection:
        return list(world.store.stream(connection, member, 1, 100))
