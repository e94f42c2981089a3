"""An operator's ways out, on real nodes: an old backup, a stolen key, a rotated key, a slow chain (DESIGN §7)."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance_node.adapters.chain.local_alliance import LocalBrand, LocalRate
from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.admin import BrandKeys, Limits, announce_rate, register_brand
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import view
from bridge.deploy.sending import send_all
from bridge.protocol.items import Item, ItemKind, encode_items
from bridge.protocol.rates import Rate
from bridge.protocol.words import format_address
from tests.acceptance.node_process import NodeProcess, rfc3339
from tests.acceptance.test_conversions import DAY, Pair
from tests.integration.bridge.faulty_rpc import FaultyRpc
from tests.integration.bridge.processes import eventually

pytestmark = pytest.mark.chain
HOT, COLD, TREASURER, SECOND_HOT, THIRD_HOT = (bytes([n]) * 32 for n in (0x41, 0x42, 0x43, 0x44, 0x45))
KEYS = {f"TEST_{name}": value.hex() for name, value in (("COLD", COLD), ("TREASURER", TREASURER))}


_QUARANTINE = """CREATE TRIGGER bad AFTER INSERT ON bridge_item BEGIN
UPDATE bridge_item SET state = 'QUARANTINED' WHERE item_id = NEW.item_id; END"""


class Robbable(Pair):
    """A pair whose first brand's keys are known to the test."""

    way_to_the_chain: FaultyRpc | None = None

    def _node(self, brand: LocalBrand) -> NodeProcess:
        if brand.code == "SHOP":
            brand = self.brands[0] = self._admit_known()
        node = super()._node(brand)
        node.environment.update(KEYS)
        return node

    def _admit_known(self) -> LocalBrand:
        hot, cold = Signer(HOT), Signer(COLD)
        chain = self.chain
        self.book, self.rpc = AddressBook.load(chain.address_book), Rpc(chain.rpc_url)
        keys = BrandKeys(hot.address, cold.address, Signer(TREASURER).address)
        limits, admin = Limits(10**12, 10**12), Signer(chain._admin)
        number = register_brand(self.rpc, self.book, admin, "STORE", keys, limits, mine=self.mine_now)
        announce_rate(self.rpc, self.book, cold, number, Rate(10, 1, 1, 10), mine=self.mine_now)
        return LocalBrand("STORE", number, HOT.hex(), LocalRate(10, 1, 1, 10))

    def mine_now(self) -> None:
        self.rpc.call("evm_mine")

    def convert(self, sender: str, code: str) -> str:
        wanted = [{"member_id": sender, "receiving_code": code, "points": 100}]
        [made] = self.shop.post("/v1/conversions/bulk", {"conversions": wanted}).json()["results"]
        return str(made["conversion_id"])

    def bridge_says(self, code: str | None) -> dict[str, str]:
        """Mines until readiness shows this code of the shop's bridge (None: all is well)."""
        deadline = time.monotonic() + 60
        while True:
            part: dict[str, str] = self.shop.http.get("/readyz").json()["workers"].get("bridge", {})
            if part and part.get("code") == code:
                return part
            assert time.monotonic() < deadline, (part, self.shop.log[-2000:])
            self.mine(1)
            time.sleep(0.2)

    def repair(self, command: str, *arguments: str) -> str:
        done = self.shop.alliance("chain", command, *arguments)
        assert done.returncode == 0, done.stderr
        self.catch_up()
        return done.stdout

    def catch_up(self) -> None:
        """Commands that mine move the chain's clock on: it may be ahead of ours."""
        self.now = max(self.now, int(self.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16))


def copy_of(database: Path, target: Path) -> Path:
    with sqlite3.connect(database) as original, sqlite3.connect(target) as copy:
        original.backup(copy)
    return target


def restore(node: NodeProcess, backup: Path) -> None:
    for leftover in node.directory.glob("node.sqlite*"):
        leftover.unlink()
    copy_of(backup, node.directory / "node.sqlite")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Robbable]:
    made = Robbable(tmp_path_factory.mktemp("repairs"))
    made.bridge_says(None)
    yield made
    made.close()
    made.rpc.close()
    if made.way_to_the_chain is not None:
        made.way_to_the_chain.close()


@pytest.fixture(scope="module")
def sender(pair: Robbable) -> str:
    member = pair.member(pair.shop, purchases=4)
    pair.mine(40 * DAY)
    return member


def test_two_nodes_restored_from_yesterdays_backups_read_their_conversions_back(
    pair: Robbable, sender: str, tmp_path: Path
) -> None:
    """Sender and receiver both forgot: holds, captures and credits come back from the chain, once, to the last unit."""
    receiver = pair.member(pair.hotel)
    codes = [pair.code(receiver) for _ in range(2)]
    pair.wait(pair.shop, pair.convert(sender, codes[0]), "completed")
    nodes = (pair.shop, pair.hotel)
    backups = [copy_of(node.directory / "node.sqlite", tmp_path / node.directory.name) for node in nodes]
    forgotten = pair.convert(sender, codes[1])
    pair.wait(pair.shop, forgotten, "completed")
    pair.mine()
    before = pair.shop.spendable(sender), pair.hotel.spendable(receiver)
    for node, backup in zip(nodes, backups, strict=True):
        node.kill()
        restore(node, backup)
        node.start()
        assert node.get(f"/v1/conversions/{forgotten}").status_code == 404
    assert pair.shop.spendable(sender) == before[0] + 100
    assert "alliance chain recover" in pair.bridge_says("bridge_halted")["next_step"]
    assert "1 batches with 1 items read back, 0 items in suspense" in pair.repair("recover")
    done = pair.hotel.alliance("chain", "recover")
    assert (done.returncode, done.stdout[:27]) == (0, "1 batches with 1 items read"), done.stderr
    pair.wait(pair.shop, forgotten, "completed")
    pair.bridge_says(None)
    eventually(lambda: pair.hotel.spendable(receiver) == before[1], 60, pair.mine)
    assert pair.shop.spendable(sender) == before[0]
    for node in nodes:
        assert node.command("reconcile").returncode == 0
        assert node.command("rebuild", "--check").returncode == 0
    assert pair.shop.alliance("chain", "suspense").returncode == 0


def test_a_slow_chain_never_makes_a_purchase_wait(pair: Robbable, sender: str) -> None:
    """Every answer of the chain takes two seconds; tills and balances do not notice, the conversion arrives later."""
    code = pair.code(pair.member(pair.hotel))
    slow = pair.way_to_the_chain = FaultyRpc(pair.chain.rpc_url, delay=2.0)
    pair.shop.stop()
    settings = pair.shop.directory / "node.toml"
    settings.write_text(settings.read_text().replace(pair.chain.rpc_url, slow.url))
    pair.shop.start()
    pair.bridge_says(None)
    conversion = pair.convert(sender, code)
    slow.always("delay")
    slowest = 0.0
    for _ in range(30):
        began = time.monotonic()
        body = pair.shop.purchase(sender, "10.00", occurred_at=rfc3339(pair.now))
        assert pair.shop.post("/v1/purchases", body).status_code == 201
        pair.shop.spendable(sender)
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.05)
    assert slow.counts["delay"] > 0
    assert slowest < 1.0
    slow.heal()
    pair.wait(pair.shop, conversion, "completed")


def test_a_quarantined_conversion_is_tried_again_by_command(pair: Robbable, sender: str) -> None:
    code = pair.code(pair.member(pair.hotel))
    with sqlite3.connect(pair.shop.directory / "node.sqlite") as database:
        database.execute(_QUARANTINE)
    conversion = pair.convert(sender, code)
    pair.mine()
    with sqlite3.connect(pair.shop.directory / "node.sqlite") as database:
        database.execute("DROP TRIGGER bad")
    assert pair.repair("requeue", "--item", conversion) == "requeued\n"
    pair.wait(pair.shop, conversion, "completed")
    again = pair.shop.alliance("chain", "requeue", "--item", conversion)
    assert again.returncode == 1
    assert "not_quarantined" in again.stderr


def test_a_stolen_key_is_adopted_by_two_operators_and_replaced(pair: Robbable, sender: str) -> None:
    """The thief's items go to suspense, the node gets a new key, members' conversions go on; keys are in no log."""
    desk, brand = pair.book.address("ConversionDesk"), pair.brands[0].brand_id
    functions = load_artifact("ConversionDesk").functions
    (seq,) = view(pair.rpc, desk, "ConversionDesk", "nextSeq", brand, block=pair.rpc.call("eth_blockNumber"))
    loot = Item(ItemKind.CONVERT_IN, 1, pair.brands[1].brand_id, pair.now + DAY, 500, b"\x07" * 32, b"\x08" * 32)
    data = functions["postBatch"].encode(brand, seq, encode_items([loot]))
    send_all(pair.rpc, Signer(HOT), [("theft", desk, data, 500_000)], mine=pair.mine_now)
    pair.catch_up()
    assert "two operators" in pair.bridge_says("bridge_halted")["next_step"]
    number, fresh = ("--seq", str(seq)), format_address(Signer(SECOND_HOT).address)
    assert "1 approval(s)" in pair.repair("adopt", *number, "--key", "env:TEST_TREASURER")
    told = pair.repair("adopt", *number, "--key", "env:TEST_COLD", "--new-hot", fresh, "--mine")
    assert "1 items, 1 not ours, issuing 5000 units; 2 approval(s)" in told
    assert pair.bridge_says("key_rotated")["next_step"] == f"Start the bridge with the key of {fresh}."
    trail = pair.shop.alliance("chain", "approvals")
    assert trail.returncode == 0 and trail.stdout.count(" valid") == 2, trail.stdout
    use_key(pair, SECOND_HOT)
    listed = pair.shop.alliance("chain", "suspense")
    assert (listed.returncode, "5000" in listed.stdout) == (1, True)
    assert pair.shop.command("reconcile").returncode == 0
    conversion = pair.convert(sender, pair.code(pair.member(pair.hotel)))
    pair.wait(pair.shop, conversion, "completed")
    assert pair.shop.command("reconcile").returncode == 0


def test_a_key_is_rotated_by_command_while_the_node_runs(pair: Robbable, sender: str) -> None:
    conversion = pair.convert(sender, pair.code(pair.member(pair.hotel)))
    pair.wait(pair.shop, conversion, "completed")
    fresh = format_address(Signer(THIRD_HOT).address)
    told = pair.repair("rotate-key", "--key", "env:TEST_COLD", "--new-hot", fresh, "--mine")
    assert f"the posting key is {fresh}" in told
    pair.bridge_says("key_rotated")
    use_key(pair, THIRD_HOT)
    pair.wait(pair.shop, pair.convert(sender, pair.code(pair.member(pair.hotel))), "completed")
    assert pair.shop.command("reconcile").returncode == 0
    logs = pair.shop.log + pair.hotel.log
    for key in (HOT, COLD, TREASURER, SECOND_HOT, THIRD_HOT, bytes.fromhex(pair.brands[1].hot_key)):
        assert key.hex() not in logs.lower()


def use_key(pair: Robbable, key: bytes) -> None:
    pair.shop.stop()
    pair.shop.environment["TEST_HOT_KEY"] = key.hex()
    pair.shop.start()
    pair.bridge_says(None)
