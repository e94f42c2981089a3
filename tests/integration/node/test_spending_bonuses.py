"""A sponsor's budget on a real chain pays bonuses for points that arrived from another brand, once (R-ALL-6)."""

import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alliance_node.adapters.chain.audit_view import beside_conversions
from alliance_node.application.export_chain_view import export_chain_view
from alliance_node.application.recover_conversions import ForgottenItem, recover_conversions
from alliance_node.domain.commands import CancelRedemption, ReceiveConversion, Redeem
from bridge.audit.node_export import NodeExport, load_export
from bridge.audit.run import run_audit
from bridge.protocol.budgets import Budget
from bridge.protocol.items import Item
from bridge.protocol.rates import Rate
from bridge.transactions.outbox import OutgoingItem, enqueue_many
from bridge.transactions.reconcile import reconcile
from tests.chain_fixtures import GENESIS, Alliance, make_alliance
from tests.integration.node import world as world_module
from tests.integration.node.brands import BrandNode, admit, hot_key, settle
from tests.integration.node.world import DAY, T0, World
from tests.unit.domain.sample import sample_text

pytestmark = pytest.mark.chain
TERMS = b"\x11" * 32
DEADLINE = "2026-01-01T00:00"
DEADLINE_AT = 1_767_196_800
DYING = Path(__file__).with_name("dying_redeemer.py")


class Brands:
    """A sends and sponsors, B receives; 150 points of B's member arrived at 20 units each."""

    def __init__(self, a: BrandNode, b: BrandNode, directory: Path) -> None:
        self.a, self.b = a, b
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

    def budget_units(self) -> int:
        return int(self.rows("SELECT units FROM sponsor_budgets")[0][0])

    def kinds(self, member: str) -> list[str]:
        return [row[0] for row in self.rows(f"SELECT kind FROM events WHERE member_id = '{member}' ORDER BY version")]

    def assert_clean(self) -> None:
        for node in (self.a, self.b):
            node.world.assert_clean()
            connection = node.connection
            assert reconcile(node.world.engine, connection.rpc, connection.book, node.brand.brand_id) == []


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alliance]:
    alliance = make_alliance(tmp_path_factory.mktemp("chain"), brands=0)
    yield alliance
    alliance.rpc.close()
    alliance.anvil.kill()


@pytest.fixture
def brands(
    chain: Alliance, two_database_urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Brands]:
    monkeypatch.setattr(world_module, "START", GENESIS - 400 * DAY)
    a_id = len(chain.brands) + 1
    bonus = {
        "sponsor_brand": a_id,
        "terms": "0x" + TERMS.hex(),
        "deadline": DEADLINE,
        "percent": 10,
        "monthly_maximum_points": 500,
    }
    text = sample_text(
        {"spending_bonus": bonus, "alliance.minimum_age_days": 0, "alliance.daily_maximum_points": 100_000}
    )
    nodes = [
        BrandNode(url, chain, admit(chain, Rate(units, 1, 1, units)), tmp_path, text)
        for url, units in zip(two_database_urls, (10, 20), strict=True)
    ]
    settle(*nodes, rounds=1)
    yield Brands(nodes[0], nodes[1], tmp_path)
    for node in nodes:
        node.close()


def test_the_budget_pays_the_bonus_and_both_books_agree(brands: Brands) -> None:
    """Golden: +10 % of 100 arrived points, 20 units each, once the ledger has paid."""
    brands.fund(1_000)
    member = brands.member()
    brands.redeem(member)
    assert brands.bonuses() == [("spending", 200, None)]
    assert brands.b.world.spendable(member, brands.now) == 50
    settle(brands.a, brands.b)
    assert brands.bonuses() == [("paid", 200, None)]
    assert brands.b.world.spendable(member, brands.now) == 60
    assert brands.budget_units() == 800
    settle(brands.a, brands.b)
    assert brands.kinds(member).count("spending_bonus_paid") == 1
    brands.assert_clean()


def test_a_cancelled_redemption_gives_the_budget_its_units_again(brands: Brands) -> None:
    """Once after the payment, once while the SPEND is still under way."""
    brands.fund(1_000)
    member = brands.member()
    brands.redeem(member)
    settle(brands.a, brands.b)
    brands.cancel(member)
    assert brands.b.world.spendable(member, brands.now) == 150
    settle(brands.a, brands.b)
    brands.redeem(member, "second")
    brands.cancel(member, "second")
    settle(brands.a, brands.b, rounds=6)
    assert sorted(brands.bonuses()) == [("returned", 200, None), ("returned", 200, None)]
    assert brands.b.world.spendable(member, brands.now) == 150
    assert brands.budget_units() == 1_000
    assert "spending_bonus_refused" not in brands.kinds(member)
    brands.assert_clean()


def test_a_budget_known_to_be_empty_refuses_at_once(brands: Brands) -> None:
    brands.fund(199)
    member = brands.member()
    brands.redeem(member)
    assert brands.bonuses() == []
    assert brands.kinds(member)[-1] == "spending_bonus_refused"
    assert brands.b.world.spendable(member, brands.now) == 50
    brands.assert_clean()


def test_a_spend_that_the_ledger_rejects_leaves_no_bonus_and_no_debt(brands: Brands) -> None:
    """The units went elsewhere between the last block seen and the SPEND: BudgetEmpty."""
    brands.fund(200)
    member = brands.member()
    brands.enqueue(brands.b, brands.budget.spend(150))
    brands.redeem(member)
    settle(brands.a, brands.b)
    assert brands.bonuses() == [("refused", 200, "budget_empty")]
    assert brands.kinds(member)[-1] == "spending_bonus_refused"
    assert brands.b.world.spendable(member, brands.now) == 50
    brands.assert_clean()


def test_a_cancelled_bonus_that_the_ledger_rejects_asks_for_no_units_any_more(brands: Brands) -> None:
    brands.fund(200)
    member = brands.member()
    brands.enqueue(brands.b, brands.budget.spend(150))
    brands.redeem(member)
    brands.cancel(member)
    settle(brands.a, brands.b)
    assert brands.bonuses() == [("refused", 200, "budget_empty")]
    brands.fund(150)
    brands.redeem(member, "again")
    settle(brands.a, brands.b)
    assert sorted(row[0] for row in brands.bonuses()) == ["paid", "refused"]
    brands.assert_clean()


def test_two_members_at_once_share_a_budget_for_one(brands: Brands) -> None:
    brands.fund(200)
    first, second = brands.member(), brands.member()
    threads = [threading.Thread(target=brands.redeem, args=(each, each[:8])) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(brands.a, brands.b)
    answers = sorted(brands.kinds(each)[-1] for each in (first, second))
    assert answers == ["spending_bonus_paid", "spending_bonus_refused"]
    assert brands.budget_units() == 0
    brands.assert_clean()


def test_a_node_killed_before_the_commit_has_promised_and_asked_nothing(brands: Brands) -> None:
    """SIGKILL after the SPEND was written; asked again, the redemption and its bonus happen once."""
    brands.fund(1_000)
    member, node = brands.member(), brands.b
    brand = str(node.brand.brand_id)
    arguments = [node.world.url, node.alliance.url, str(brands.book), brand, hot_key(node.brand.brand_id).hex()]
    died = subprocess.run([sys.executable, str(DYING), *arguments, member, str(brands.now)], timeout=120, check=False)
    assert died.returncode == -signal.SIGKILL
    assert brands.bonuses() == [] and "redemption_made" not in brands.kinds(member)
    brands.redeem(member)
    brands.redeem(member)  # the repetition gives the first answer
    settle(brands.a, brands.b)
    assert brands.bonuses() == [("paid", 200, None)]
    assert brands.budget_units() == 800
    brands.assert_clean()


def test_a_restored_node_knows_the_items_of_its_bonuses(brands: Brands) -> None:
    """They are not put into suspense: their outcome still pays or refuses."""
    brands.fund(1_000)
    brands.redeem(brands.member())
    [(spend,)] = brands.rows("SELECT item_id FROM spending_bonuses")
    other = str(uuid.uuid4())
    items = [
        ForgottenItem(str(each), "other", True, 0, 1, DEADLINE_AT, 200, 200, TERMS, bytes(20))
        for each in (spend, other)
    ]
    with brands.b.world.engine.begin() as connection:
        assert recover_conversions(brands.b.desk, connection, items, brands.now) == {other}


def test_a_node_without_an_alliance_refuses_the_bonus_in_the_same_commit(database_url: str) -> None:
    bonus = {
        "sponsor_brand": 1,
        "terms": "0x" + TERMS.hex(),
        "deadline": "2030-01-01T00:00",
        "percent": 10,
        "monthly_maximum_points": 500,
    }
    world = World(database_url, sample_text({"spending_bonus": bonus}))
    member = world.member()
    assert world.one(ReceiveConversion(member, str(uuid.uuid4()), 100, 2_000, "a", T0)).accepted
    assert world.one(Redeem(member, "r", "coupon", 2, None, None, T0)).accepted
    with world.engine.connect() as connection:
        kinds = list(connection.scalars(sa.text("SELECT kind FROM events ORDER BY version")))
    assert kinds == ["member_enrolled", "conversion_received", "redemption_made", "spending_bonus_refused"]
    world.assert_clean()
    world.close()


def test_a_nodes_export_tells_of_budgets_too_and_an_auditor_finds_no_difference(brands: Brands, tmp_path: Path) -> None:
    """R-AUD-1: what a brand funded and spent is on its account at the chain as conversions are."""
    brands.fund(1_000)
    member = brands.member()
    brands.redeem(member)
    settle(brands.a, brands.b)
    export: NodeExport = []
    for node in (brands.a, brands.b):
        path = tmp_path / "view.json"
        path.write_bytes(export_chain_view(node.world.store, node.brand.brand_id, beside_conversions(node.connection)))
        export += load_export(path)
    assert {item.kind for brand in export for item in brand.items} >= {1, 2, 5, 6}
    chain = brands.a.alliance
    assert run_audit(chain.url, chain.book, export=export).failures == ()
