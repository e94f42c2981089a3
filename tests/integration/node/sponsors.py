"""Two brands with a sponsor's budget between them on a real chain, for tests of bonuses and awards. Owns wiring."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from alliance_node.domain.commands import CancelRedemption, Redeem
from bridge.protocol.budgets import Budget
from bridge.protocol.items import Item
from bridge.protocol.rates import Rate
from bridge.transactions.outbox import OutgoingItem, enqueue_many
from bridge.transactions.reconcile import reconcile
from tests.chain_fixtures import Alliance
from tests.integration.node.brands import BrandNode, admit, hot_key, settle
from tests.unit.domain.sample import sample_text

TERMS = b"\x11" * 32
DEADLINE = "2026-01-01T00:00"
DEADLINE_AT = 1_767_196_800
BONUS = {"percent": 10, "monthly_maximum_points": 500}
AWARD = {"points": 40, "threshold_points": 100}


def sponsored(sponsor: int, rules: dict[str, int]) -> dict[str, Any]:
    """A section of a program that the test's budget pays."""
    return {"sponsor_brand": sponsor, "terms": "0x" + TERMS.hex(), "deadline": DEADLINE, **rules}


class Brands:
    """A sends and sponsors, B receives; 150 points of B's member arrived at 20 units each."""

    def __init__(self, a: BrandNode, b: BrandNode, directory: Path, text: str) -> None:
        self.a, self.b, self.text = a, b, text
        self.book = directory / "address-book.json"
        self.budget = Budget(a.brand.brand_id, b.brand.brand_id, TERMS, DEADLINE_AT)

    @property
    def now(self) -> int:
        return self.a.alliance.now()

    def member(self, points: int = 150) -> str:
        sender, receiver = self.a.world.member(points * 2, self.now), self.b.world.member(0, self.now)
        self.a.convert(sender, self.b.receiving_code(receiver), points * 2)
        settle(self.a, self.b)
        assert self.b.world.spendable(receiver, self.now) == points
        return receiver

    def enqueue(self, node: BrandNode, item: Item) -> None:
        fields = (item.kind, item.rate_version, item.counterparty, item.deadline, item.amount, item.payload)
        with node.world.engine.begin() as connection:
            enqueue_many(connection, [OutgoingItem(str(uuid.uuid4()), *fields)])

    def fund(self, units: int) -> None:
        self.enqueue(self.a, self.budget.fund(units))
        settle(self.a, self.b)

    def redeem(self, member: str, key: str = "r", quantity: int = 2) -> None:
        assert self.b.world.one(Redeem(member, key, "coupon", quantity, None, None, self.now), self.now).accepted

    def cancel(self, member: str, key: str = "r") -> None:
        assert self.b.world.one(CancelRedemption(member, key, self.now), self.now).accepted

    def rows(self, query: str) -> list[Any]:
        with self.b.world.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def bonuses(self) -> list[Any]:
        return self.rows("SELECT status, units, reason FROM spending_bonuses ORDER BY updated_at, item_id")

    def promises(self) -> list[Any]:
        return self.rows(
            "SELECT kind, points, units, status FROM spending_bonuses ORDER BY kind, status, redemption_id"
        )

    def post_without_reading(self) -> None:
        """B's items reach a final block that B has not read."""
        while self.b.bridge.sender.step(int(time.time())):
            pass
        for _ in range(3):
            self.a.alliance.mine()

    def arguments(self) -> list[str]:
        """What a process needs to be B."""
        node = self.b
        brand = node.brand.brand_id
        return [node.world.url, node.alliance.url, str(self.book), str(brand), hot_key(brand).hex()]

    def budget_units(self) -> int:
        return int(self.rows("SELECT units FROM sponsor_budgets")[0][0])

    def kinds(self, member: str) -> list[str]:
        return [row[0] for row in self.rows(f"SELECT kind FROM events WHERE member_id = '{member}' ORDER BY version")]

    def assert_clean(self) -> None:
        for node in (self.a, self.b):
            node.world.assert_clean()
            connection = node.connection
            assert reconcile(node.world.engine, connection.rpc, connection.book, node.brand.brand_id) == []


@contextmanager
def two_brands(chain: Alliance, urls: tuple[str, str], directory: Path, **sections: dict[str, int]) -> Iterator[Brands]:
    """A (10 units a point) and B (20 units a point), whose program has these sections, paid by A."""
    sponsor = len(chain.brands) + 1
    named = {name: sponsored(sponsor, rules) for name, rules in sections.items()}
    text = sample_text({**named, "alliance.minimum_age_days": 0, "alliance.daily_maximum_points": 100_000})
    nodes = [
        BrandNode(url, chain, admit(chain, Rate(units, 1, 1, units)), directory, text)
        for url, units in zip(urls, (10, 20), strict=True)
    ]
    settle(*nodes, rounds=1)
    yield Brands(nodes[0], nodes[1], directory, text)
    for node in nodes:
        node.close()
