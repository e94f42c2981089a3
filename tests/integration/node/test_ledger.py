"""The ledger on real SQLite and PostgreSQL: accepted, replayed, refused, and one bad command fails alone."""

import uuid

import msgspec
import pytest

from alliance_node.application.envelopes import Envelope
from alliance_node.application.forget_answers import forget_answers
from alliance_node.application.rehearse import rehearse
from alliance_node.domain.commands import (
    CancelRedemption,
    EnrolMember,
    RecordBehaviour,
    RecordPurchase,
    RecordRefund,
)
from tests.integration.node.world import DAY, T0, World, body, purchase, redeem

STRANGER = "5f1c2a3e-8d4b-4c6a-9e7f-0a1b2c3d4e5f"


def test_a_purchase_earns_and_every_table_agrees_with_the_events(world: World) -> None:
    member = world.member()
    result = world.one(purchase(member, "basket-1", 30_000))
    assert result.outcome == "accepted"
    assert body(result) == {
        "event": {"member_id": member, "version": 2},
        "points": 360,
        "balance": {"spendable": 360, "held": 0, "pending": 0},
        "tier": "member",
    }
    assert world.spendable(member) == 360
    world.assert_clean()


def test_the_same_request_again_gets_the_first_answer(world: World) -> None:
    """R-OPS-1; DESIGN §3 transport key: same client, key and body."""
    member = world.member()
    envelope = Envelope(purchase(member, "basket-1"), "till-7", "key-1", b"h" * 32)
    first = world.ledger.execute([envelope], T0)[0]
    world.one(purchase(member, "basket-2"))
    again = world.ledger.execute([envelope], T0 + 60)[0]
    assert (again.outcome, again.body, again.events) == ("replayed", first.body, first.events)
    assert world.count("events") == 3


def test_the_same_key_with_another_body_is_a_conflict(world: World) -> None:
    member = world.member()
    world.ledger.execute([Envelope(purchase(member, "basket-1"), "till-7", "key-1", b"a" * 32)], T0)
    other = world.ledger.execute([Envelope(purchase(member, "basket-2"), "till-7", "key-1", b"b" * 32)], T0)[0]
    assert (other.outcome, other.code) == ("refused", "idempotency_conflict")
    same_key_of_another_client = Envelope(purchase(member, "basket-2"), "till-8", "key-1", b"b" * 32)
    assert world.ledger.execute([same_key_of_another_client], T0)[0].outcome == "accepted"


def test_the_same_key_twice_in_one_group_is_decided_once(world: World) -> None:
    member = world.member()
    envelope = Envelope(purchase(member, "basket-1"), "till-7", "key-1", b"h" * 32)
    results = world.ledger.execute([envelope, envelope], T0)
    assert [result.outcome for result in results] == ["accepted", "replayed"]
    assert results[0].body == results[1].body
    world.assert_clean()


def test_the_same_sale_under_a_new_key_returns_the_first_decision(world: World) -> None:
    """Pitfall 3: a duplicated event must not pay twice, whatever key it comes under."""
    member = world.member()
    first = world.ledger.execute([Envelope(purchase(member, "basket-1"), "till-7", "key-1", b"a" * 32)], T0)[0]
    again = world.ledger.execute([Envelope(purchase(member, "basket-1"), "till-7", "key-2", b"c" * 32)], T0)[0]
    bare = world.one(purchase(member, "basket-1"))
    assert (again.outcome, bare.outcome) == ("replayed", "replayed")
    assert body(again)["event"] == body(first)["event"] == body(bare)["event"]
    assert body(again)["points"] == body(first)["points"]
    assert world.spendable(member) == 50


def test_the_same_sale_with_another_amount_or_member_is_refused(world: World) -> None:
    member, other = world.member(), world.member()
    world.one(purchase(member, "basket-1", 5_000))
    assert world.one(purchase(member, "basket-1", 5_001)).code == "business_key_conflict"
    assert world.one(purchase(other, "basket-1", 5_000)).code == "business_key_conflict"
    as_behaviour = RecordBehaviour(member, "pos", "basket-1", "check-in", T0)
    assert world.one(as_behaviour).code == "business_key_conflict"
    assert world.one(redeem(member, "home-delivery", STRANGER)).code == "insufficient_points"


def test_answers_are_forgotten_after_ninety_days_and_the_sale_is_still_recorded_once(world: World) -> None:
    member = world.member()
    envelope = Envelope(purchase(member, "basket-1"), "till-7", "key-1", b"a" * 32)
    world.ledger.execute([envelope], T0)
    assert forget_answers(world.store, T0 + 90 * DAY) == 0
    assert forget_answers(world.store, T0 + 90 * DAY + 1) == 1
    assert world.ledger.execute([envelope], T0)[0].outcome == "replayed"
    assert world.purchases() == 1


def test_a_refusal_is_stored_with_its_key_and_given_again(world: World) -> None:
    """DESIGN §3: decided answers (refusals too) are stored with the commit."""
    member = world.member()
    envelope = Envelope(redeem(member), "app", "key-1", b"r" * 32)
    first = world.ledger.execute([envelope], T0)[0]
    assert (first.outcome, first.code) == ("refused", "insufficient_points")
    world.one(purchase(member, "basket-1", 90_000))
    again = world.ledger.execute([envelope], T0)[0]
    assert (again.outcome, again.code, again.body) == ("replayed", "insufficient_points", first.body)


@pytest.mark.parametrize("name", ["", "nobody", "A" * 36, STRANGER, STRANGER.upper(), "\x00"])
def test_an_unknown_or_malformed_member_is_refused(world: World, name: str) -> None:
    results = world.do(purchase(name, "basket-1"), purchase(world.member(), "basket-2"))
    assert [result.code for result in results] == ["unknown_member", "accepted"]


def test_one_bad_command_fails_alone(world: World) -> None:
    """Pitfall 36: a value the database cannot hold must not take its neighbours with it."""
    good, bad = world.members(20), world.member()
    commands = [purchase(member, f"basket-{member}") for member in good]
    commands.insert(7, RecordPurchase(bad, "pos", "lone surrogate \ud800", 5_000, T0))
    results = world.ledger.execute([Envelope(command) for command in commands], T0)
    refused = [result for result in results if not result.accepted]
    assert len(refused) == 1
    assert results[7] is refused[0]
    assert all(world.spendable(member) == 50 for member in good)
    assert world.spendable(bad) == 0
    world.assert_clean()


def test_a_command_that_breaks_the_engine_fails_alone(world: World) -> None:
    good = world.member()
    broken = RecordPurchase(world.member(), "pos", "basket-x", "not a number", T0)  # type: ignore[arg-type]
    results = world.ledger.execute([Envelope(purchase(good, "basket-1")), Envelope(broken)], T0)
    assert results[0].accepted
    assert not results[1].accepted
    world.assert_clean()


def test_a_purchase_and_its_refund_may_travel_in_one_group(world: World) -> None:
    """Pitfall 4, 7: the refund finds the lot that the purchase made, even inside the same group."""
    member = world.member()
    refund = RecordRefund(member, "pos", "refund-1", "pos", "basket-1", 5_000, T0)
    results = world.do(purchase(member, "basket-1"), refund)
    assert [result.accepted for result in results] == [True, True]
    assert world.spendable(member) == 0
    world.assert_clean()


def test_refund_after_redemption_leaves_a_debt_that_the_next_purchase_repays(world: World) -> None:
    member = world.member(900)
    assert world.one(redeem(member)).accepted
    refund = RecordRefund(member, "pos", "refund-1", "setup", f"first-{member}", 90_000, T0 + DAY)
    assert world.one(refund, T0 + DAY).accepted
    assert world.queries.balance(member, T0 + DAY).debt == 450
    world.one(purchase(member, "basket-2", 60_000, T0 + DAY), T0 + DAY)
    after = world.queries.balance(member, T0 + DAY)
    assert (after.debt, after.spendable) == (0, 450)
    world.assert_clean()


def test_a_cancelled_redemption_gives_back_points_and_stock(world: World) -> None:
    member = world.member(900)
    name = str(uuid.uuid4())
    assert world.one(redeem(member, "shopping-bag", name)).accepted
    assert world.limit_used("stock:shopping-bag") == 1
    assert world.one(CancelRedemption(member, name, T0)).accepted
    assert world.one(CancelRedemption(member, name, T0)).outcome == "replayed"
    assert world.limit_used("stock:shopping-bag") == 0
    assert world.spendable(member) == 1350
    world.assert_clean()


def test_enrolling_twice_is_one_member(world: World) -> None:
    member = str(uuid.uuid4())
    first, again = world.do(EnrolMember(member, "UTC", T0), EnrolMember(member, "UTC", T0))
    later = world.one(EnrolMember(member, "UTC", T0))
    assert [first.outcome, again.outcome, later.outcome] == ["accepted", "replayed", "replayed"]
    assert world.count("members") == 1
    world.assert_clean()


def test_points_are_not_spendable_after_expiry_even_before_the_sweep(world: World) -> None:
    """R-EXP-5, pitfall 6."""
    member = world.member(900)
    later = T0 + 200 * DAY
    assert world.spendable(member) == 1350
    assert world.spendable(member, later) == 0
    assert world.one(redeem(member, at=later), later).code == "insufficient_points"
    assert world.queries.balance(member, later).due_expiry == 1350


def test_open_lots_are_what_can_be_spent_however_many_were_spent_before(world: World) -> None:
    """R-EXP-5: the member sees every lot's date; lots spent long ago do not push the others off the page."""
    member = world.member()
    for number in range(12):
        world.one(purchase(member, f"basket-{number}", 5_000, T0 + number), T0 + number)
    assert world.one(redeem(member, at=T0 + 20), T0 + 20).accepted
    lots = world.queries.open_lots(member, T0 + 20)
    assert [(lot.lot_no, lot.remaining) for lot in lots] == [(10, 50), (11, 50), (12, 50)]
    assert sum(lot.remaining for lot in lots) == world.spendable(member, T0 + 20)
    assert world.queries.open_lots(member, T0 + 400 * DAY) == []


def test_queries_page_through_lots_and_history(world: World) -> None:
    member = world.member()
    for number in range(7):
        world.one(purchase(member, f"basket-{number}", 5_000, T0 + number), T0 + number)
    page = world.queries.lots(member, T0 + 10, None, 4)
    rest = world.queries.lots(member, T0 + 10, page.next_cursor, 4)
    assert [len(page.lots), len(rest.lots), rest.next_cursor] == [4, 3, None]
    history = world.queries.history(member, None, 5)
    older = world.queries.history(member, history.next_cursor, 5)
    assert [item.version for item in (*history.items, *older.items)] == list(range(8, 0, -1))
    assert history.items[0].points == 50
    lines = world.queries.explanation(member, 2, "en")
    assert any("50" in line for line in lines)
    queries = world.queries
    preview = rehearse(queries.store, queries.programs, purchase(member, "not-booked", 30_000, T0 + 10), T0 + 10)
    booked = world.one(purchase(member, "booked", 30_000, T0 + 10), T0 + 10)
    assert preview.points == body(booked)["points"]


def test_totals_are_the_sums_of_the_journal(world: World) -> None:
    member = world.member(900)
    world.one(redeem(member))
    world.one(RecordRefund(member, "pos", "refund-1", "setup", f"first-{member}", 10_000, T0))
    totals = world.queries.totals(T0)
    assert (totals.members, totals.purchases, totals.issued, totals.redeemed) == (1, 1, 1350, 450)
    assert totals.clawed_back > 0
    assert sum(totals.accounts.values()) == 0
    assert totals.liability == world.spendable(member) == 900 - totals.clawed_back
    assert msgspec.json.decode(msgspec.json.encode(totals))["expired"] == 0
