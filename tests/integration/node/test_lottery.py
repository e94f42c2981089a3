"""R-RED-3 over real databases: a lottery from its opening to a record that anyone can verify."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from alliance_node.adapters.sql.lottery_store import SqlLotteryStore
from alliance_node.application.activate_program import activate_program
from alliance_node.application.errors import (
    DrawBroken,
    DrawConflict,
    DrawNotReady,
    SeedRejected,
    UnknownDraw,
    UnknownLottery,
)
from alliance_node.application.lottery_close import SETTLING_SECONDS, close_draw, close_due_draws
from alliance_node.application.lottery_draw import draw_prizes, draw_record
from alliance_node.application.lottery_open import open_draw
from alliance_node.application.lottery_records import DrawRequest, LotteryDesk
from alliance_node.application.lottery_reveal import reveal_seed
from alliance_node.application.lottery_views import draw_view, member_tickets
from alliance_node.domain.commands import CancelRedemption, Redeem
from alliance_node.domain.instants import Instant, parse_instant
from alliance_node.domain.lottery import Announcement, Beacon, PartyTerms, commitment
from alliance_node.domain.lottery_record import verify
from tests.integration.node.world import T0, World
from tests.unit.domain.sample import BASE, sample_text

DYING = Path(__file__).with_name("dying_draw.py")
LOTTERY = {
    "kind": "lottery",
    "id": "ticket",
    "name": {"en": "Ticket", "zh": "抽奖券"},
    "points": 10,
    "tickets": 500,
    "from": "2026-09-01T00:00",
    "until": "2026-10-01T00:00",
    "reveal_by": "2026-10-02T00:00",
    "prizes": [
        {"id": "bag", "name": {"en": "Bag", "zh": "包"}, "winners": 2, "value": "50.00"},
        {"id": "points", "name": {"en": "Points", "zh": "积分"}, "winners": 5, "value": "1.00", "points": 100},
    ],
}
TEXT = sample_text({"redemption": [*BASE["redemption"], LOTTERY], "promises": {"notice_days": 0}})
CLOSES = parse_instant("2026-10-01T00:00:00+08:00")
REVEAL_BY = parse_instant("2026-10-02T00:00:00+08:00")
CLOSED = CLOSES + SETTLING_SECONDS
SEED = b"auditor's seed, 32 bytes, secret"
BEACON = Beacon(1234, "0x" + "5a" * 32, REVEAL_BY + 3)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    made = World(database_url, TEXT)
    yield made
    made.close()


@pytest.fixture
def desk(world: World) -> LotteryDesk:
    return LotteryDesk(world.ledger, SqlLotteryStore(world.engine))


def opened(desk: LotteryDesk) -> Announcement:
    auditor = PartyTerms("auditor", commitment(SEED, "auditor", "autumn"))
    return open_draw(desk, DrawRequest("autumn", "ticket", (auditor,)), T0)


def buy(world: World, member: str, tickets: int, name: str | None = None, at: Instant = T0) -> str:
    return world.one(Redeem(member, name or str(uuid.uuid4()), "ticket", tickets, None, None, at), at).code


def sold(world: World, members: int = 12) -> list[str]:
    """Members with two tickets each; one more bought and gave back, one has two redemptions."""
    ids = [world.member(100) for _ in range(members)]
    assert {buy(world, member, 2) for member in ids[1:]} == {"accepted"}
    assert [buy(world, ids[0], 1), buy(world, ids[0], 1)] == ["accepted"] * 2
    away = world.member(100)
    assert buy(world, away, 9, "away") == "accepted"
    assert world.one(CancelRedemption(away, "away", T0)).accepted
    return ids


def won(world: World) -> int:
    return world.count("events WHERE kind = 'prize_won'")


def test_a_draw_from_its_opening_to_a_record_that_anyone_can_verify(world: World, desk: LotteryDesk) -> None:
    announcement = opened(desk)
    members = sold(world)
    closing = close_draw(desk, "autumn", CLOSED)
    assert (closing.members, closing.tickets) == (12, 24)
    assert close_draw(desk, "autumn", CLOSED + 50) == closing and close_due_draws(desk, CLOSED) == []
    reveal_seed(desk, "autumn", "auditor", SEED.hex(), CLOSED + 60)
    report = draw_prizes(desk, "autumn", CLOSED + 120)
    assert (report.winners, report.awarded, report.undelivered, won(world)) == (7, 7, [], 7)
    record = draw_record(desk, "autumn")
    assert verify(record, msgspec.json.encode(announcement), msgspec.json.encode(closing)) == []
    assert record == draw_record(desk, "autumn")
    text = record.decode()
    assert not any(member in text for member in members), "a record names nobody"
    places = [member_tickets(desk, "autumn", member) for member in members]
    winners = {winner["pseudonym"]: winner["prize"] for winner in json.loads(text)["winners"]}
    numbers = sorted(
        number for place in places for number in range(place.first_ticket or 0, (place.first_ticket or 0) + 2)
    )
    assert numbers == list(range(24))
    given = sum(world.spendable(member, CLOSED + 120) - 80 for member in members)
    assert given == 500 and set(winners) <= {place.pseudonym for place in places}
    again = draw_prizes(desk, "autumn", CLOSED + 999)
    assert (again.awarded, won(world), draw_record(desk, "autumn")) == (7, 7, record)
    world.assert_clean()


def test_tickets_are_final_and_no_more_are_sold_once_the_entries_have_closed(world: World, desk: LotteryDesk) -> None:
    """A frozen list stays what its root says, also against late events."""
    opened(desk)
    member = sold(world, 2)[0]
    assert buy(world, member, 1, "last") == "accepted"
    assert world.one(CancelRedemption(member, "last", CLOSES - 1), CLOSES - 1).accepted
    assert buy(world, member, 1, "kept", CLOSES - 1) == "accepted"
    refused = world.one(CancelRedemption(member, "kept", CLOSES), CLOSES)
    assert refused.code == "entries_closed"
    late = Redeem(member, "late", "ticket", 1, None, None, CLOSES - 1)
    assert world.one(late, CLOSES + 1).code == "entries_closed"
    with pytest.raises(DrawNotReady, match="can be frozen from 2026-09-30T16:05:00Z on"):
        close_draw(desk, "autumn", CLOSES)
    assert close_due_draws(desk, CLOSED) == ["autumn"]


def test_the_beacon_stands_in_for_a_party_that_does_not_reveal(world: World, desk: LotteryDesk) -> None:
    """The documented fallback; who withholds cannot foresee what comes instead."""
    opened(desk)
    sold(world)
    close_draw(desk, "autumn", CLOSED)
    with pytest.raises(DrawNotReady, match="auditor may still reveal until 2026-10-01T16:00:00Z"):
        draw_prizes(desk, "autumn", REVEAL_BY - 1, BEACON)
    for beacon in (None, Beacon(1233, "0x00", REVEAL_BY - 1)):
        with pytest.raises(DrawNotReady, match="auditor revealed nothing: the first block"):
            draw_prizes(desk, "autumn", REVEAL_BY, beacon)
    with pytest.raises(DrawNotReady, match="counted until"):
        reveal_seed(desk, "autumn", "auditor", SEED.hex(), REVEAL_BY)

    class Ledger:
        def first_block_not_before(self, at: Instant) -> Beacon | None:
            assert at == REVEAL_BY
            return BEACON

    connected = LotteryDesk(world.ledger, desk.store, Ledger())
    with pytest.raises(DrawNotReady, match="is block 1234, not block 99 as given"):
        draw_prizes(connected, "autumn", REVEAL_BY + 10, Beacon(99, "0x00", REVEAL_BY + 3))
    assert draw_prizes(connected, "autumn", REVEAL_BY + 10).awarded == 7
    record = draw_record(desk, "autumn")
    assert verify(record) == [] and json.loads(record)["beacon"]["block_number"] == 1234
    other = Beacon(1, "0x01", REVEAL_BY + 9)
    assert draw_prizes(desk, "autumn", REVEAL_BY + 20, other).awarded == 7
    assert draw_record(desk, "autumn") == record, "what is fixed stays fixed"


def test_terms_are_fixed_before_the_entries_close(world: World, desk: LotteryDesk) -> None:
    first = opened(desk)
    assert opened(desk) == first
    auditor = PartyTerms("auditor", "ab" * 32)
    with pytest.raises(DrawConflict, match="opened before with other terms"):
        open_draw(desk, DrawRequest("autumn", "ticket", (auditor,)), T0)
    with pytest.raises(DrawConflict, match="draw autumn is already open for the entries of ticket"):
        open_draw(desk, DrawRequest("second", "ticket", (auditor,)), T0)
    with pytest.raises(UnknownLottery):
        open_draw(desk, DrawRequest("x", "coupon", (auditor,)), T0)
    with pytest.raises(DrawNotReady, match="commitments come before"):
        open_draw(desk, DrawRequest("x", "ticket", (auditor,)), CLOSES)
    for parties in ((), (auditor, auditor), (PartyTerms("brand", "ab" * 32),), (PartyTerms("No Name", "ab" * 32),)):
        with pytest.raises(DrawConflict):
            open_draw(desk, DrawRequest("x", "ticket", parties), T0)
    with pytest.raises(SeedRejected):
        open_draw(desk, DrawRequest("x", "ticket", (PartyTerms("a", "AB" * 32),)), T0)


def test_seeds_stay_secret_until_the_list_is_frozen_and_must_open_their_commitment(
    world: World, desk: LotteryDesk
) -> None:
    opened(desk)
    assert [reveal.seed for reveal in draw_view(desk, "autumn").reveals] == [None, None]
    with pytest.raises(DrawNotReady, match="not frozen yet"):
        reveal_seed(desk, "autumn", "auditor", SEED.hex(), T0)
    with pytest.raises(DrawNotReady):
        draw_prizes(desk, "autumn", T0)
    close_draw(desk, "autumn", CLOSED)
    for wrong in ("00" * 32, "zz", SEED.hex() + "00"):
        with pytest.raises(SeedRejected):
            reveal_seed(desk, "autumn", "auditor", wrong, CLOSED)
    with pytest.raises(UnknownDraw):
        reveal_seed(desk, "autumn", "stranger", SEED.hex(), CLOSED)
    with pytest.raises(UnknownDraw):
        reveal_seed(desk, "winter", "auditor", SEED.hex(), CLOSED)
    assert reveal_seed(desk, "autumn", "auditor", SEED.hex(), CLOSED)[1].revealed_at == CLOSED
    assert reveal_seed(desk, "autumn", "auditor", SEED.hex(), CLOSED + 9)[1].revealed_at == CLOSED
    assert all(reveal.seed for reveal in draw_view(desk, "autumn").reveals)
    report = draw_prizes(desk, "autumn", CLOSED)
    assert (report.winners, verify(draw_record(desk, "autumn"))) == (0, []), "nobody took part"


def test_a_draw_that_was_killed_goes_on_and_gives_every_prize_once(world: World, desk: LotteryDesk) -> None:
    """SIGKILL after some of the prizes were given."""
    opened(desk)
    sold(world)
    close_draw(desk, "autumn", CLOSED)
    reveal_seed(desk, "autumn", "auditor", SEED.hex(), CLOSED)
    command = [sys.executable, str(DYING), world.url, "autumn", str(CLOSED + 60)]
    died = subprocess.run(command, env={**os.environ, "PYTHONWARNINGS": "ignore"}, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert 0 < won(world) < 7 and draw_view(desk, "autumn").status == "drawing"
    report = draw_prizes(desk, "autumn", CLOSED + 90)
    assert (report.awarded, won(world), draw_view(desk, "autumn").status) == (7, 7, "drawn")
    assert verify(draw_record(desk, "autumn")) == []
    world.assert_clean()


def test_tickets_that_were_tampered_with_stop_the_draw(world: World, desk: LotteryDesk) -> None:
    """Nobody adds tickets to the ledger after the close without the root showing it."""
    opened(desk)
    member = sold(world)[3]
    close_draw(desk, "autumn", CLOSED)
    reveal_seed(desk, "autumn", "auditor", SEED.hex(), CLOSED)
    world.run(
        "UPDATE events SET payload = REPLACE(payload, :two, :nine) WHERE kind = 'redemption_made' AND member_id = :id",
        two='"quantity":2',
        nine='"quantity":9',
        id=member,
    )
    with pytest.raises(DrawBroken, match="was closed with root"):
        draw_prizes(desk, "autumn", CLOSED)
    assert won(world) == 0


def test_a_winner_who_has_left_is_named_as_undelivered(world: World, desk: LotteryDesk) -> None:
    opened(desk)
    members = sold(world, 3)
    close_draw(desk, "autumn", CLOSED)
    reveal_seed(desk, "autumn", "auditor", SEED.hex(), CLOSED)
    for member in members:
        world.run("UPDATE members SET closed_at = :at WHERE member_id = :id", at=CLOSED, id=member)
    report = draw_prizes(desk, "autumn", CLOSED)
    assert (report.winners, report.awarded, len(report.undelivered)) == (6, 0, 6)


def test_a_ticket_is_in_one_draw_only_when_the_lotterys_dates_move_on(world: World, desk: LotteryDesk) -> None:
    """The next draw of the same option begins where the first one closed."""
    opened(desk)
    member = sold(world, 2)[0]
    moved = {**LOTTERY, "until": "2026-11-01T00:00", "reveal_by": "2026-11-02T00:00"}
    changes = {"version": 2, "redemption": [*BASE["redemption"], moved], "promises": {"notice_days": 0}}
    activate_program(world.programs, sample_text(changes), CLOSES - 60, T0)
    assert buy(world, member, 3, at=CLOSES + 1) == "accepted"
    assert close_draw(desk, "autumn", CLOSED).tickets == 4
    auditor = PartyTerms("auditor", commitment(SEED, "auditor", "winter"))
    winter = open_draw(desk, DrawRequest("winter", "ticket", (auditor,)), CLOSED)
    assert close_draw(desk, "winter", winter.closes + SETTLING_SECONDS).tickets == 3
