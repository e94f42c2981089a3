"""A restored node that is asked again for what it forgot takes the ledger's answer from where it is (R-ALL-6)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from alliance_node.adapters.chain.repair import recover_node, suspense_of
from alliance_node.application.bonus_records import SponsoredKey
from alliance_node.application.errors import BudgetNotOpen, BudgetOrderConflict
from alliance_node.application.sponsor_budgets import Funding, close_budget, fund_budget
from bridge.protocol.items import ItemKind
from bridge.transactions.states import Halted
from tests.chain_fixtures import GENESIS, make_alliance
from tests.integration.node import world as world_module
from tests.integration.node.brands import BrandNode, settle
from tests.integration.node.sponsors import BONUS, DEADLINE_AT, TERMS, Brands, two_brands
from tests.integration.node.test_recover import Place
from tests.integration.node.world import DAY

pytestmark = pytest.mark.chain


class Restorable:
    """Two brands whose databases can be put back."""

    def __init__(self, brands: Brands, places: dict[str, Place], directory: Path) -> None:
        self.brands, self._places, self._directory = brands, places, directory

    def reopen(self, name: str, while_closed: Callable[[Place], None]) -> BrandNode:
        old: BrandNode = getattr(self.brands, name)
        old.close()
        while_closed(self._places[name])
        made = BrandNode(self._places[name].url, old.alliance, old.brand, self._directory, self.brands.text)
        setattr(self.brands, name, made)
        return made

    def recover(self, name: str) -> int:
        """From the backup; how many items went to suspense."""
        node = self.reopen(name, Place.put_back)
        with suppress(Halted):
            while True:
                node.bridge.indexer.step()
        return recover_node(node.connection, node.desk, self.brands.now).suspended


@contextmanager
def restorable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Restorable]:
    """A sponsor and its partner on files that can be put back."""
    monkeypatch.setattr(world_module, "START", GENESIS - 400 * DAY)
    chain = make_alliance(tmp_path / "chain", brands=0)
    places = {name: Place(tmp_path, name) for name in "ab"}
    try:
        with two_brands(chain, (places["a"].url, places["b"].url), tmp_path, spending_bonus=BONUS) as brands:
            yield Restorable(brands, places, tmp_path)
            brands.a.close()
            brands.b.close()
    finally:
        chain.anvil.kill()


@pytest.mark.parametrize("read_before", [True, False])
def test_a_redemption_and_an_order_that_are_repeated_after_a_restore_get_the_ledgers_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_before: bool
) -> None:
    """The blocks were read again before the repetition, or are read after it: paid once, and nothing waits."""
    with restorable(tmp_path, monkeypatch) as nodes:
        brands, key = nodes.brands, SponsoredKey(2, TERMS, DEADLINE_AT)
        member = brands.member()
        nodes.reopen("a", Place.back_up)
        order = fund_budget(brands.a.desk, Funding("spring", key, 200), brands.now)
        settle(brands.a, brands.b)
        nodes.reopen("b", Place.back_up)
        brands.redeem(member)
        settle(brands.a, brands.b)
        brands.cancel(member)
        settle(brands.a, brands.b)
        assert brands.bonuses() == [("returned", 200, None)]
        suspended = [nodes.recover("a"), nodes.recover("b")]
        assert suspended == [1, 2]
        if read_before:
            settle(brands.a, brands.b)
        with pytest.raises(BudgetOrderConflict):
            fund_budget(brands.a.desk, Funding("spring", key, 300), brands.now)
        again = fund_budget(brands.a.desk, Funding("spring", key, 200), brands.now)
        assert (again.item_id, again.status) == (order.item_id, "done" if read_before else "waiting")
        brands.redeem(member)
        assert brands.bonuses() == [("paid" if read_before else "spending", 200, None)]
        if not read_before:
            settle(brands.a, brands.b)
        assert brands.bonuses() == [("paid", 200, None)]
        assert brands.b.world.spendable(member, brands.now) == 60
        brands.cancel(member)
        settle(brands.a, brands.b)
        assert brands.bonuses() == [("returned", 200, None)]
        with brands.a.world.engine.begin() as connection:
            assert brands.a.desk.bonus_store is not None
            assert [one.status for one in brands.a.desk.bonus_store.orders(connection)] == ["done"]
        assert suspense_of(brands.a.connection) == suspense_of(brands.b.connection) == []
        assert brands.kinds(member).count("spending_bonus_paid") == 1
        brands.assert_clean()


def test_a_closing_that_is_repeated_after_a_restore_is_the_one_the_ledger_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with restorable(tmp_path, monkeypatch) as nodes:
        brands, key = nodes.brands, SponsoredKey(2, TERMS, DEADLINE_AT)
        brands.fund(2_000)
        settle(brands.a, brands.b, at=DEADLINE_AT)
        nodes.reopen("a", Place.back_up)
        close_budget(brands.a.desk, key, brands.now)
        settle(brands.a, brands.b)
        assert nodes.recover("a") == 1
        settle(brands.a, brands.b)
        assert [one.kind for one in suspense_of(brands.a.connection)] == [ItemKind.CLOSE]
        again = close_budget(brands.a.desk, key, brands.now)
        assert (again.status, again.units) == ("done", 2_000)
        assert suspense_of(brands.a.connection) == []
        with pytest.raises(BudgetNotOpen, match="nothing is left"):
            close_budget(brands.a.desk, key, brands.now)
        brands.assert_clean()
