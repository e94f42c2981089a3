"""A sponsor's budget on a real chain pays bonuses for points that arrived from another brand, once (R-ALL-6)."""

import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from alliance_node.adapters.chain.audit_view import beside_conversions
from alliance_node.application.export_chain_view import export_chain_view
from alliance_node.application.recover_conversions import ForgottenItem, recover_conversions
from alliance_node.domain.commands import ReceiveConversion, Redeem
from bridge.audit.node_export import NodeExport, load_export
from bridge.audit.run import run_audit
from tests.chain_fixtures import GENESIS, Alliance
from tests.integration.node import world as world_module
from tests.integration.node.brands import settle
from tests.integration.node.sponsors import AWARD, BONUS, DEADLINE_AT, TERMS, Brands, sponsored, two_brands
from tests.integration.node.world import DAY, T0, World
from tests.unit.domain.sample import sample_text

pytestmark = pytest.mark.chain
DYING = Path(__file__).with_name("dying_redeemer.py")


@pytest.fixture
def brands(
    chain: Alliance, two_database_urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Brands]:
    monkeypatch.setattr(world_module, "START", GENESIS - 400 * DAY)
    with two_brands(chain, two_database_urls, tmp_path, spending_bonus=BONUS) as made:
        yield made


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
    member = brands.member()
    died = subprocess.run(
        [sys.executable, str(DYING), *brands.arguments(), member, str(brands.now)], timeout=120, check=False
    )
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


def test_a_node_without_an_alliance_refuses_both_promises_in_the_same_commit(database_url: str) -> None:
    paid = {"deadline": "2030-01-01T00:00"}
    sections = {
        "spending_bonus": {**sponsored(1, BONUS), **paid},
        "circulation_award": {**sponsored(1, AWARD), **paid},
    }
    world = World(database_url, sample_text(sections))
    member = world.member()
    assert world.one(ReceiveConversion(member, str(uuid.uuid4()), 100, 2_000, "a", T0)).accepted
    assert world.one(Redeem(member, "r", "coupon", 2, None, None, T0)).accepted
    with world.engine.connect() as connection:
        kinds = list(connection.scalars(sa.text("SELECT kind FROM events ORDER BY version")))
    assert kinds[:3] == ["member_enrolled", "conversion_received", "redemption_made"]
    assert kinds[3:] == ["spending_bonus_refused", "circulation_award_refused"]
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
