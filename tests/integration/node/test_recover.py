"""A node restored from a backup takes back what it can explain, and shows the operator the rest (DESIGN §7)."""

import sqlite3
from pathlib import Path

import pytest

from alliance_node.adapters.chain.reconcile import reconcile_node
from alliance_node.adapters.chain.repair import recover_node, suspense_of
from bridge.protocol.rates import Rate
from bridge.transactions.states import Halted
from tests.chain_fixtures import GENESIS, make_alliance
from tests.integration.node import world as world_module
from tests.integration.node.brands import BrandNode, admit, settle
from tests.integration.node.world import DAY

pytestmark = pytest.mark.chain


class Place:
    """One brand's database file, which can be copied and put back while no node runs on it."""

    def __init__(self, directory: Path, name: str) -> None:
        self.path, self.copy = directory / f"{name}.sqlite", directory / f"{name}.backup"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def back_up(self) -> None:
        with sqlite3.connect(self.path) as original, sqlite3.connect(self.copy) as copy:
            original.backup(copy)

    def put_back(self) -> None:
        for leftover in self.path.parent.glob(f"{self.path.name}*"):
            leftover.unlink()
        with sqlite3.connect(self.copy) as original, sqlite3.connect(self.path) as copy:
            original.backup(copy)


def test_what_no_member_or_code_of_the_backup_explains_goes_to_suspense(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world_module, "START", GENESIS - 400 * DAY)
    chain = make_alliance(tmp_path / "chain", brands=0)
    brands = [admit(chain, Rate(units, 1, 1, units)) for units in (10, 20)]
    places = [Place(tmp_path, name) for name in "ab"]

    def open_nodes() -> list[BrandNode]:
        return [BrandNode(place.url, chain, brand, tmp_path) for place, brand in zip(places, brands, strict=True)]

    a, b = open_nodes()
    settle(a, b, rounds=1)
    old_sender, old_receiver = a.world.member(900, chain.now()), b.world.member(0, chain.now())
    old_code = b.receiving_code(old_receiver)
    a.close()
    b.close()
    for place in places:
        place.back_up()

    a, b = open_nodes()
    new_sender, new_receiver = a.world.member(900, chain.now()), b.world.member(0, chain.now())
    explained = a.convert(old_sender, old_code, 300)
    unexplained = a.convert(new_sender, b.receiving_code(new_receiver), 200)
    settle(a, b)
    assert (a.status(explained), a.status(unexplained)) == ("completed", "completed")
    a.close()
    b.close()
    for place in places:
        place.put_back()

    a, b = open_nodes()
    for node in (a, b):
        with pytest.raises(Halted, match="forgotten_batch"):
            while True:
                node.bridge.indexer.step()
        done = recover_node(node.connection, node.desk, chain.now())
        assert (done.items, done.suspended) == (2, 1)
    settle(a, b)
    assert a.status(explained) == "completed"
    assert a.world.spendable(old_sender, chain.now()) == 1_050
    assert b.world.spendable(old_receiver, chain.now()) == 150
    assert [(one.item_id, one.alliance_units) for one in suspense_of(a.connection)] == [(unexplained, 2_000)]
    assert [one.alliance_units for one in suspense_of(b.connection)] == [2_000]
    for node in (a, b):
        assert reconcile_node(node.connection) == []
        node.world.assert_clean()
        node.close()
    chain.anvil.kill()
