"""R-RED-4 over real databases: a flash sale sells exactly its stock; offsets of one order share its cap."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from alliance_node.application.envelopes import Result
from alliance_node.domain.commands import CancelRedemption, Redeem
from tests.integration.node.world import DAY, T0, World, redeem
from tests.unit.domain.sample import BASE, sample_text

BUYER = Path(__file__).with_name("buyer.py")
STOCK, BUYERS = 7, 50
FLASH: dict[str, Any] = {
    "kind": "flash",
    "id": "one-yuan-kettle",
    "name": {"en": "Kettle", "zh": "水壶"},
    "points": 100,
    "cash": "1.00",
    "value": "99.00",
    "stock": STOCK,
    "from": "2026-01-01T00:00",
    "until": "2027-01-01T00:00",
}


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    made = World(database_url, sample_text({"redemption": [*BASE["redemption"], FLASH]}))
    yield made
    made.close()


def sold(world: World) -> int:
    return world.count("events WHERE kind = 'redemption_made'") - world.count(
        "events WHERE kind = 'redemption_cancelled'"
    )


def left(world: World) -> int:
    limit = f"stock:{FLASH['id']}"
    with world.store.read() as connection:
        return STOCK - world.store.limits_used(connection, [limit]).get(limit, 0)


def all_at_once(count: int, ask: Any) -> list[Result]:
    barrier = threading.Barrier(count)

    def one(number: int) -> Result:
        barrier.wait()
        found: Result = ask(number)
        return found

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_fifty_buyers_at_once_get_exactly_the_stock(world: World) -> None:
    """R-RED-4, pitfall 13: never oversold, never undersold."""
    buyers = [world.member(200) for _ in range(BUYERS)]
    codes = Counter(result.code for result in all_at_once(BUYERS, lambda n: world.one(redeem(buyers[n], FLASH["id"]))))
    assert codes == {"accepted": STOCK, "out_of_stock": BUYERS - STOCK}
    assert (sold(world), left(world)) == (STOCK, 0)
    assert sum(world.spendable(buyer) for buyer in buyers) == BUYERS * 200 - STOCK * 100
    in_one_group = world.do(*(redeem(buyer, FLASH["id"]) for buyer in buyers))
    assert {result.code for result in in_one_group} == {"out_of_stock"}
    world.assert_clean()


def test_what_is_cancelled_meanwhile_is_sold_again(world: World) -> None:
    buyers = [world.member(200) for _ in range(30)]
    made = [(buyer, f"first-{n}") for n, buyer in enumerate(buyers[:STOCK])]
    for buyer, name in made:
        assert world.one(redeem(buyer, FLASH["id"], name)).accepted

    def ask(number: int) -> Result:
        if number < STOCK:
            return world.one(CancelRedemption(made[number][0], made[number][1], T0))
        return world.one(redeem(buyers[number], FLASH["id"]))

    results = all_at_once(30, ask)
    assert all(result.accepted for result in results[:STOCK])
    while world.one(redeem(buyers[-1], FLASH["id"])).accepted:
        pass
    assert left(world) == STOCK - sold(world)
    assert 0 <= sold(world) <= STOCK
    world.assert_clean()


def start_buyer(url: str, members: list[str]) -> subprocess.Popen[str]:
    """A process that waits for its word to begin."""
    return subprocess.Popen(
        [sys.executable, str(BUYER), url, str(FLASH["id"]), *members],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )


@pytest.mark.postgresql
def test_four_processes_sell_exactly_the_stock(postgresql_url: str) -> None:
    """R-RED-4 with several processes on PostgreSQL, each with buyers in threads of its own."""
    world = World(postgresql_url, sample_text({"redemption": [*BASE["redemption"], {**FLASH, "stock": 40}]}))
    members = [world.member(300) for _ in range(48)]
    buyers = [start_buyer(world.url, members[place * 12 : place * 12 + 12]) for place in range(4)]
    outputs = [buyer.communicate("go\n", timeout=60)[0] for buyer in buyers]
    assert [buyer.returncode for buyer in buyers] == [0] * 4
    codes = Counter(code for output in outputs for code in output.split()[1:])
    assert codes["accepted"] == sold(world) == 40
    assert set(codes) <= {"accepted", "out_of_stock", "insufficient_points"}
    assert sum(world.spendable(member) for member in members) == 48 * 300 - 40 * 100
    assert world.one(redeem(members[0], FLASH["id"])).code == "out_of_stock"
    world.assert_clean()
    world.close()


def test_a_flash_sale_is_over_when_its_window_is(world: World) -> None:
    buyer = world.member(200)
    assert world.one(redeem(buyer, FLASH["id"], at=T0), T0).accepted
    later = T0 + 400 * DAY
    assert world.one(redeem(buyer, FLASH["id"], at=later), later).code == "redemption_option_not_available"


def test_offsets_of_one_order_never_exceed_it_however_many_ask_at_once(world: World) -> None:
    """R-VAL-2: twenty times 1.00 asked of an order of 5.00, by four members; one is cancelled and asked again."""
    members = [world.member(2_000) for _ in range(4)]

    def ask(number: int) -> Result:
        return world.one(Redeem(members[number % 4], f"x{number}", "checkout", 1, 500, 100, T0, "order-1"))

    results = all_at_once(20, ask)
    assert Counter(result.code for result in results) == {"accepted": 5, "offset_not_allowed": 15}
    paid = next(number for number, result in enumerate(results) if result.accepted)
    assert world.one(CancelRedemption(members[paid % 4], f"x{paid}", T0)).accepted
    assert ask(20).accepted
    assert ask(21).code == "offset_not_allowed"
    other = Redeem(members[0], "y", "checkout", 1, 500, 500, T0, "order-2")
    assert world.one(other).accepted
    world.assert_clean()


def test_an_offset_again_with_other_points_is_a_conflict(world: World) -> None:
    """Pitfall 3: the same redemption is answered once, other content under its id never silently."""
    member = world.member(2_000)
    first = Redeem(member, "x", "checkout", 1, 500, 100, T0, "order-1")
    assert [world.one(first).outcome for _ in range(2)] == ["accepted", "replayed"]
    other = Redeem(member, "x", "checkout", 1, 500, 300, T0, "order-1")
    assert world.one(other).code == "business_key_conflict"
