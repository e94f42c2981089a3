"""R-ALL-10 over real databases: a gift is both halves or none, and makes no points."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alliance_node.application.envelopes import Result
from alliance_node.application.send_gift import GiftRequest, send_gift, send_gifts
from alliance_node.domain.commands import SendGift
from tests.integration.node.world import T0, World
from tests.unit.domain.sample import sample_text

RULES = {
    "daily_maximum_points": 1_000_000,
    "monthly_maximum_times": 1_000,
    "receiver_monthly_maximum_points": 5_000,
}
DYING = Path(__file__).with_name("dying_giver.py")
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    made = World(database_url, sample_text({"member_gifts": RULES}))
    yield made
    made.close()


def give(world: World, giver: str, taker: str, points: int, name: str, key: str | None = None) -> Result:
    gift = SendGift(giver, name, taker, points, T0)
    transport = ("page", key, b"h" * 32) if key else (None, None, None)
    return send_gift(world.ledger, GiftRequest(gift, *transport), T0)


def journal(world: World) -> int:
    return world.queries.totals(T0).accounts.get("gift_clearing", 0)


def test_twenty_concurrent_gifts_of_one_balance_give_it_once(world: World) -> None:
    """Pitfall 1: a hundred points stay a hundred points, whoever asks at once."""
    giver, takers = world.member(100), [world.member() for _ in range(20)]
    barrier = threading.Barrier(20)

    def ask(taker: str) -> str:
        barrier.wait()
        return give(world, giver, taker, 100, f"g-{taker}").code

    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(ask, takers))
    assert sorted(codes) == ["accepted"] + ["not_giveable"] * 19
    assert world.spendable(giver) == 0 and sum(world.spendable(taker) for taker in takers) == 100
    assert journal(world) == 0 and world.count("events WHERE kind = 'gift_sent'") == 1
    world.assert_clean()


def test_gifts_there_and_back_at_once_do_not_deadlock(world: World) -> None:
    """Members are locked in id order, whoever gives."""
    members = [world.member(1000) for _ in range(3)]
    pairs = [(a, b) for a in members for b in members if a != b] * 4
    barrier = threading.Barrier(len(pairs))

    def ask(numbered: tuple[int, tuple[str, str]]) -> str:
        barrier.wait()
        number, (giver, taker) = numbered
        return give(world, giver, taker, 10, f"g-{number}").code

    with ThreadPoolExecutor(len(pairs)) as pool:
        assert set(pool.map(ask, enumerate(pairs))) == {"accepted"}
    assert [world.spendable(member) for member in members] == [1000] * 3
    world.assert_clean()


def test_a_gift_that_cannot_be_received_is_not_sent(world: World) -> None:
    """Both halves or none, and the refusal is the answer that the key keeps."""
    giver, taker = world.member(9000), world.member()
    assert give(world, giver, UNKNOWN, 100, "a", "key-a").code == "unknown_member"
    assert give(world, giver, "no id", 100, "b").code == "unknown_member"
    assert give(world, giver, taker, 5_001, "c").code == "gift_limit_reached"
    again = give(world, giver, UNKNOWN, 100, "a", "key-a")
    assert (again.outcome, again.code) == ("replayed", "unknown_member")
    assert (world.spendable(giver), journal(world)) == (9000, 0)
    world.run("UPDATE members SET closed_at = :at WHERE member_id = :id", at=T0, id=taker)
    assert give(world, giver, taker, 100, "d").code == "member_closed"
    assert world.count("events WHERE kind LIKE 'gift%'") == 0
    world.assert_clean()


def test_the_same_gift_again_is_given_once(world: World) -> None:
    """Pitfall 3; other content under the same id is a conflict."""
    giver, taker = world.member(1000), world.member()
    first = give(world, giver, taker, 100, "g", "key")
    assert first.outcome == "accepted"
    assert give(world, giver, taker, 100, "g", "key").outcome == "replayed"
    assert give(world, giver, taker, 100, "g", "other-key").outcome == "replayed"
    assert give(world, giver, taker, 101, "g").code == "business_key_conflict"
    assert give(world, giver, world.member(), 100, "g").code == "business_key_conflict"
    assert (world.spendable(giver), world.spendable(taker)) == (900, 100)
    results = send_gifts(world.ledger, [GiftRequest(SendGift(giver, f"m{n}", taker, 300, T0)) for n in range(4)], T0)
    assert [result.code for result in results] == ["accepted"] * 3 + ["not_giveable"]
    world.assert_clean()


def test_a_process_that_dies_between_the_halves_leaves_neither(world: World) -> None:
    """SIGKILL after the giver's half was written and before the receiver's was decided."""
    giver, taker = world.member(100), world.member()
    command = [sys.executable, str(DYING), world.url, giver, taker]
    died = subprocess.run(command, env={**os.environ, "PYTHONWARNINGS": "ignore"}, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert (world.spendable(giver), world.spendable(taker)) == (100, 0)
    assert give(world, giver, taker, 100, "g").outcome == "accepted"
    assert (world.spendable(giver), world.spendable(taker)) == (0, 100)
    world.assert_clean()
