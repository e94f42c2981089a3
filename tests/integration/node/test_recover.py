"""A node restored from a backup takes back what it can explain, and shows the operator the rest (DESIGN §7)."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from alliance_node.adapters.chain.audit_view import beside_conversions
from alliance_node.adapters.chain.reconcile import reconcile_node
from alliance_node.adapters.chain.repair import recover_node, suspense_of
from alliance_node.application.export_chain_view import export_chain_view
from bridge.audit.node_export import NodeExport, SuspendedItem, load_export
from bridge.audit.run import run_audit
from bridge.protocol.rates import Rate
from bridge.transactions.states import Halted
from tests.chain_fixtures import GENESIS, Alliance, make_alliance
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
    export_is_explained(chain, [a, b], tmp_path)
    for node in (a, b):
        assert reconcile_node(node.connection) == []
        node.world.assert_clean()
        node.close()
    chain.anvil.kill()


def export_is_explained(chain: Alliance, nodes: list[BrandNode], directory: Path) -> None:
    """An auditor is told of what is in suspense instead of finding differences that nobody can explain."""
    export: NodeExport = []
    for node in nodes:
        path = directory / "view.json"
        beside = beside_conversions(node.connection)
        path.write_bytes(export_chain_view(node.world.store, node.brand.brand_id, beside))
        export += load_export(path)
    report = run_audit(chain.url, chain.book, export=export)
    assert report.failures == ()
    expected = {str(node.brand.brand_id): {"items": 1, "alliance_units": "2000"} for node in nodes}
    assert report.totals["node_suspense"] == expected
    assert any("suspense" in limit["what"] for limit in report.limits)
    silent = [msgspec.structs.replace(brand, suspense=[]) for brand in export]
    assert {one.check for one in run_audit(chain.url, chain.book, export=silent).failures} == {
        "node-items",
        "node-totals",
    }
    invented = [msgspec.structs.replace(one, suspense=[*one.suspense, SuspendedItem(1, 9, 1, 5)]) for one in export]
    named = {one.check for one in run_audit(chain.url, chain.book, export=invented).failures}
    assert named == {"node-suspense", "node-totals"}
