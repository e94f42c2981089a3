"""Signed intents of members' own wallets at a node: in parallel, through crashes and a restored backup, exactly once
(R-ALL-3; INV-20; pitfalls 1, 17, 35)."""

import json
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alliance_node.adapters.chain.outbox import BridgeOutbox
from alliance_node.adapters.chain.reconcile import reconcile_node
from alliance_node.adapters.chain.repair import recover_node
from alliance_node.application.arrival_awards import award_on_arrival
from alliance_node.application.wallets.errors import (
    IntentNonceUsed,
)
from bridge.protocol.rates import Rate
from bridge.transactions.states import Halted
from tests.chain_fixtures import GENESIS, Alliance
from tests.integration.node import world as world_module
from tests.integration.node.brands import admit, hot_key, settle
from tests.integration.node.databases import database_url, on
from tests.integration.node.test_recover import Place
from tests.integration.node.wallets import (
    BEN,
    WalletNode,
    funded,
    node,
    signed_data,
)
from tests.integration.node.world import DAY

__all__ = ["database_url", "node"]
pytestmark = pytest.mark.chain
DYING = Path(__file__).with_name("dying_relay.py")
ON_BOTH_DATABASES = {
    "test_an_intent_and_a_group_of_conversions_never_wait_for_each_other_in_a_ring",
    "test_the_same_intent_in_parallel_is_one_and_of_two_with_one_nonce_one_is_taken",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test's databases."""
    on(metafunc, ON_BOTH_DATABASES)


def test_an_intent_and_a_group_of_conversions_never_wait_for_each_other_in_a_ring(node: WalletNode) -> None:
    """Both ask for room in the outbox before they lock members: PostgreSQL would end a ring as a deadlock."""
    member, wallet = funded(node)
    message, typed = node.draft(member, kind="convert_out", units=100)
    signature = signed_data(wallet, typed)
    node.desk.outbox = BridgeOutbox(10)  # so few that transactions ask one after another
    with ThreadPoolExecutor(1) as pool:
        with node.world.store.write() as connection:
            assert node.desk.outbox.room(connection, 1) == 1
            handed_in = pool.submit(node.submit, member, "convert_out", message, signature)
            time.sleep(2.5)  # longer than PostgreSQL waits before it looks for rings
            node.world.store.lock_members(connection, [member])
        assert handed_in.result(30).status == "claiming"


def test_the_same_intent_in_parallel_is_one_and_of_two_with_one_nonce_one_is_taken(node: WalletNode) -> None:
    """Pitfalls 1 and 35: a double click, and two different wishes signed with one nonce."""
    member, wallet = funded(node)
    message, typed = node.draft(member, kind="convert_out", units=100)
    rival = {**message, "units": 200, "minimum": 20}
    wishes = [(message, signed_data(wallet, typed)), (rival, signed_data(wallet, {**typed, "message": rival}))]
    barrier = threading.Barrier(8)

    def hand_in(place: int) -> tuple[int, str]:
        barrier.wait()
        try:
            return place % 2, node.submit(member, "convert_out", *wishes[place % 2]).conversion_id
        except IntentNonceUsed as error:
            return place % 2, error.code

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(hand_in, range(8)))
    assert len(answers) == 2  # each wish has one answer
    [(winner, conversion)] = [one for one in answers if one[1] != IntentNonceUsed.code]
    settle(node, rounds=2)
    assert node.row(conversion)[0] == "completed"
    assert node.units_of(wallet) == 3_000 - (100, 200)[winner]
    assert node.world.count("wallet_intents") == 1
    node.world.assert_clean()
    assert reconcile_node(node.connection) == []


@pytest.mark.parametrize("moment", ["queue", "answer", "credit"])
def test_a_node_killed_with_an_intent_in_its_hands_neither_loses_nor_doubles_it(
    node: WalletNode, tmp_path: Path, moment: str
) -> None:
    """SIGKILL of a real process before the commit, before the answer, inside the commit that credits (pitfall 35)."""
    member, wallet = funded(node)
    message, typed = node.draft(member, kind="convert_out", units=1_000)
    signature = signed_data(wallet, typed)
    if moment == "credit":
        node.submit(member, "convert_out", message, signature)
        while node.bridge.sender.step(0):
            pass
        node.alliance.mine()
    told = {
        "url": str(node.world.engine.url),
        "rpc": node.alliance.url,
        "book": str(tmp_path / "address-book.json"),
        "brand": node.brand.brand_id,
        "hot_key": hot_key(node.brand.brand_id).hex(),
        "reference_key": node.brand.reference_key.hex(),
        "member": member,
        "message": message,
        "signature": signature,
        "now": node.now,
        "moment": moment,
    }
    done = subprocess.run([sys.executable, str(DYING), json.dumps(told)], timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    assert node.world.count("wallet_intents") == (0 if moment == "queue" else 1)
    again = node.submit(member, "convert_out", message, signature)
    settle(node, rounds=2)
    assert node.row(again.conversion_id) == ("completed", None, ["burnt"])
    assert node.world.spendable(member, node.now) == 1_150
    assert node.units_of(wallet) == 2_000
    node.world.assert_clean()
    assert reconcile_node(node.connection) == []


def test_a_node_restored_from_a_backup_credits_what_its_members_wallets_signed(
    chain: Alliance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """The items' references say whose they are: points into a wallet, out of it, and a transfer (DESIGN §7)."""
    del database_url
    monkeypatch.setattr(world_module, "START", GENESIS - 400 * DAY)
    place, brand = Place(tmp_path, "own"), admit(chain, Rate(10, 1, 1, 10))
    node = WalletNode(place.url, chain, brand, tmp_path)
    settle(node, rounds=1)
    member, wallet = funded(node)
    code = node.receiving_code(member, "shopping-bag")
    commitment = node.desk.directory.verify_code(code, node.now).commitment
    node.close()
    place.back_up()
    node = WalletNode(place.url, chain, brand, tmp_path)
    message, typed = node.draft(member, kind="convert_out", units=500)
    message = {**message, "code": "0x" + commitment.hex()}
    signature = signed_data(wallet, {**typed, "message": message})
    ids = [
        node.to_wallet(member, 100),
        node.submit(member, "convert_out", message, signature).conversion_id,
        node.send(member, wallet, kind="transfer", units=100, to=BEN.address),
    ]
    settle(node, rounds=3)
    balance = node.world.spendable(member, node.now)
    awarded = award_on_arrival(node.conversion(ids[1]).conversion)
    assert awarded is not None and awarded.state == "redeemed"
    node.close()
    place.put_back()

    node = WalletNode(place.url, chain, brand, tmp_path)
    with pytest.raises(Halted, match="forgotten_batch"):
        while True:
            node.bridge.indexer.step()
    done = recover_node(node.connection, node.desk, node.now)
    assert (done.items, done.suspended) == (3, 0)
    settle(node, rounds=2)
    assert [node.row(one)[0] for one in ids] == ["completed"] * 3
    assert node.conversion(ids[1]).conversion.award == "shopping-bag"  # and redeemed again: the balance tells
    assert award_on_arrival(node.conversion(ids[1]).conversion) == awarded
    assert node.world.spendable(member, node.now) == balance
    node.world.assert_clean()
    assert reconcile_node(node.connection) == []
    node.close()
