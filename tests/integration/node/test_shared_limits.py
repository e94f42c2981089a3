"""Stock and budgets that all processes share: exact to the unit, and no row that every request waits for."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from alliance_node.application.activate_program import activate_program
from alliance_node.application.limits import LimitsLeft
from alliance_node.domain.commands import CancelRedemption, RecordPurchase
from tests.integration.node.world import DAY, T0, World, program_text, purchase, redeem

STOCK = "stock:shopping-bag"
SHOPPER = Path(__file__).with_name("shopper.py")


def with_stock(count: int) -> str:
    """The grocery program with so many bags."""
    return program_text().replace("stock: 5000", f"stock: {count}")


def with_budget(text: str, points: int) -> str:
    """The program with a budget, for ever, on its rule for fresh produce."""
    text = text.replace("earn:\n", f"earn:\n  budgets: [{{id: produce, points: {points}, per: ever}}]\n", 1)
    return text.replace("when: {tags_any: [fresh]}\n", "when: {tags_any: [fresh]}\n      budget: produce\n", 1)


def rows(world: World, statement: str) -> list[tuple[object, ...]]:
    """What a statement finds."""
    with world.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


def buy(world: World, member: str, count: int, at: int = T0) -> list[str]:
    """Redemptions of one bag each, in groups of their own; the codes."""
    return [world.one(redeem(member, "shopping-bag", at=at), at).code for _ in range(count)]


class Shopper:
    """A running `shopper.py`."""

    def __init__(self, url: str, prefix: str, members: list[str]) -> None:
        self.bags = self.points = 0
        self.process = subprocess.Popen(
            [sys.executable, str(SHOPPER), url, prefix, *members],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )

    def go(self) -> None:
        """Wait until it is ready, then let it shop."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == "ready"
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def read_group(self) -> bool:
        """Wait for the next committed group."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if line:
            bags, points = line.split()
            self.bags, self.points = self.bags + int(bags), self.points + int(points)
        return bool(line)

    def finish(self) -> int:
        """Read until the end; the exit code."""
        while self.read_group():
            pass
        return self.process.wait(timeout=60)


@pytest.mark.postgresql
def test_four_processes_one_killed_use_a_stock_and_a_budget_up_exactly(postgresql_url: str) -> None:
    """R-RED-4, R-EARN-10: nobody gets more than there is, and no unit stays in the hands of the killed process."""
    world = World(postgresql_url, with_budget(with_stock(331), 1_999), busy_seconds=60)
    members = [world.member(60_000) for _ in range(12)]
    shoppers = [Shopper(world.url, f"till-{n}", members[3 * n : 3 * n + 3]) for n in range(4)]
    for shopper in shoppers:
        shopper.go()
    killed = shoppers.pop()
    for _ in range(4):
        assert killed.read_group()
    killed.process.send_signal(signal.SIGKILL)
    killed.finish()
    assert [shopper.finish() for shopper in shoppers] == [0, 0, 0]
    assert world.limit_used(STOCK) == 331
    assert world.limit_used("budget:produce/0") == 1_999
    assert 331 - 3 * 1 - 3 <= sum(shopper.bags for shopper in [*shoppers, killed]) <= 331
    assert world.count("events WHERE kind = 'redemption_made'") == 331
    assert rows(world, "SELECT coalesce(sum(rest + returned), 0) FROM limit_leases") == [(0,)]
    world.assert_clean()
    world.close()


@pytest.mark.postgresql
def test_a_slice_pays_without_the_row_that_all_share(postgresql_url: str) -> None:
    """Pitfall 13: while somebody holds the stock's own row, a process goes on from its slice; the sum is exact."""
    world = World(postgresql_url, with_stock(1_600))
    member = world.member(20_000)
    assert buy(world, member, 1) == ["accepted"]
    assert rows(world, "SELECT used FROM shared_limits") == [(100,)]
    assert rows(world, "SELECT capacity, rest, returned FROM limit_leases") == [(1_600, 99, 0)]
    with world.engine.begin() as connection:
        connection.execute(sa.text("SELECT used FROM shared_limits FOR UPDATE"))
        assert buy(world, member, 3) == ["accepted"] * 3
    assert world.limit_used(STOCK) == 4
    world.assert_clean()
    world.close()


@pytest.mark.postgresql
def test_what_a_process_left_behind_is_sold_by_another(postgresql_url: str) -> None:
    world = World(postgresql_url, with_stock(40))
    other = World(postgresql_url, migrate=False)
    member = world.member(60_000)
    assert buy(other, member, 1) == ["accepted"]
    assert rows(world, "SELECT rest FROM limit_leases") == [(1,)]
    other.close()
    assert buy(world, member, 40) == ["accepted"] * 39 + ["out_of_stock"]
    assert world.limit_used(STOCK) == 40
    world.assert_clean()
    world.close()


@pytest.mark.postgresql
def test_what_is_given_back_can_be_sold_again_by_every_process(postgresql_url: str) -> None:
    world = World(postgresql_url, with_stock(20))
    other = World(postgresql_url, migrate=False)
    member = world.member(60_000)
    names = [f"0f5a9c1e-3b0d-4f5e-8a77-6f1e2d3c4b{n:02}" for n in range(20)]
    assert {result.code for result in world.do(*(redeem(member, "shopping-bag", name) for name in names))} == {
        "accepted"
    }
    assert buy(other, member, 1) == ["out_of_stock"]
    assert {result.code for result in world.do(*(CancelRedemption(member, name, T0) for name in names[:3]))} == {
        "accepted"
    }
    assert rows(world, "SELECT rest, returned FROM limit_leases") == [(0, 3)]
    assert buy(other, member, 4) == ["accepted"] * 3 + ["out_of_stock"]
    world.assert_clean()
    other.close()
    world.close()


@pytest.mark.postgresql
def test_a_version_with_less_stock_binds_at_once_whoever_holds_slices(postgresql_url: str) -> None:
    world = World(postgresql_url, with_stock(320))
    other = World(postgresql_url, migrate=False)
    member = world.member(60_000)
    assert buy(world, member, 2) + buy(other, member, 2) == ["accepted"] * 4
    changed = with_stock(6).replace("version: 1\nname", "version: 2\nname")
    begins = T0 + 40 * DAY
    activate_program(world.programs, changed, begins, T0)
    assert buy(other, member, 3, begins) == ["accepted", "accepted", "out_of_stock"]
    assert buy(world, member, 1, begins) == ["out_of_stock"]
    assert world.one(redeem(member, "shopping-bag", at=begins - 1), begins).accepted, "rules of the time it happened"
    assert world.limit_used(STOCK) == 7
    world.assert_clean()
    other.close()
    world.close()


def test_a_budget_gives_what_is_left_and_then_nothing(database_url: str) -> None:
    """R-EARN-10: 12 points are left for three purchases of 5; the next refund gives them to others."""
    world = World(database_url, with_budget(program_text(), 12))
    member = world.member()
    fresh = [RecordPurchase(member, "pos", str(n), 1_000, T0, ("fresh",)) for n in range(4)]
    results = world.do(*fresh)
    assert [sum(units for _, units in result.events[0].limits) for result in results] == [5, 5, 2, 0]
    with world.store.read() as connection:
        left = LimitsLeft(world.store, connection, world.programs.book(connection), T0)
        assert left["budget:produce/0"] == 0
        assert left["stock:cooking-class"] == 200
    world.assert_clean()
    world.close()


def test_a_changed_limit_is_found_named_and_repaired(world: World) -> None:
    """`rebuild --check` counts again what the events took of each limit."""
    member = world.member(900)
    world.one(redeem(member, "shopping-bag"))
    world.one(purchase(member, "basket-1"))
    world.run("UPDATE shared_limits SET used = used - 1")
    assert [(each.check, each.where, each.expected, each.actual) for each in world.check().findings] == [
        ("shared-limits", STOCK, "1", "0")
    ]
    world.repair()
    world.assert_clean()
    assert world.limit_used(STOCK) == 1
