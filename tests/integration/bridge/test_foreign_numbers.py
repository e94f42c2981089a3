"""What a thief posts under our number can be adopted, whatever numbers it holds, on both databases (DESIGN §7)."""

import msgspec
import pytest
import sqlalchemy as sa

from bridge.deploy.admin import BrandKeys, announce_rate, register_brand
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.sending import send_all
from bridge.protocol.batches import AnyItem, decode_batch, encode_batch, is_signed
from bridge.protocol.items import Item, ItemKind
from bridge.protocol.rates import Rate
from bridge.protocol.signed_items import SignedItem
from bridge.settings import BridgeSettings
from bridge.transactions.adopt import adopt
from bridge.transactions.reconcile import reconcile
from bridge.transactions.states import HaltReason
from bridge.transactions.suspense import items_in_suspense
from bridge.transactions.tables import batch, item
from tests.chain_fixtures import LIMITS, Alliance, Brand, key
from tests.integration.bridge.kit import DAY, Node, batch_of, salt_of
from tests.integration.bridge.test_faulty_rpc import lands_once
from tests.integration.bridge.test_repair import halted_for, run_to_end
from tests.integration.bridge.wallets import address, balance, fill, outgoing, transfer, wallet

pytestmark = pytest.mark.chain
MOST, LARGEST = (1 << 64) - 1, (1 << 63) - 1
HOT, COLD, TREASURER, NEW_HOT = key(821), key(822), key(823), key(824)
ANN = wallet(0)
CHEAP = Rate(1, 1_000_000, 1_000_000, 1)
"""So little that a desk accepts 2^64 − 1 points."""


def admitted(alliance: Alliance) -> Brand:
    keys = BrandKeys(HOT.address, COLD.address, TREASURER.address)
    shared = (alliance.rpc, alliance.book)
    brand_id = register_brand(*shared, alliance.admin, "cheap", keys, LIMITS, mine=alliance.mine)
    announce_rate(*shared, COLD, brand_id, CHEAP, mine=alliance.mine)
    return Brand(brand_id, "cheap", HOT, COLD, CHEAP, b"\x03" * 32)


def post(node: Node, seq: int, items: list[AnyItem]) -> None:
    """As who stole the posting key does it."""
    alliance = node.alliance
    function = load_artifact("ConversionDesk").functions["postSigned" if is_signed(items) else "postBatch"]
    data = function.encode(node.brand.brand_id, seq, encode_batch(items))
    step = ("theft", alliance.book.address("ConversionDesk"), data, 3_000_000)
    send_all(alliance.rpc, HOT, [step], mine=alliance.mine)


def adopted(node: Node, seq: int) -> Node:
    """Both operators approve; the bridge as it goes on with a new key."""
    alliance, brand = node.alliance, node.brand
    shared = (node.engine, alliance.rpc, alliance.book, brand.brand_id, brand.reference_key)
    assert not adopt(*shared, TREASURER, seq).is_done
    assert adopt(*shared, COLD, seq, NEW_HOT.address, mine=alliance.mine).is_done
    fresh = Brand(brand.brand_id, brand.code, NEW_HOT, brand.cold, brand.rate, brand.reference_key)
    url = node.engine.url.render_as_string(hide_password=False)
    node.close()
    return Node(alliance, fresh, url, BridgeSettings(batch_size=3))


def test_a_foreign_batch_with_the_largest_amount_is_adopted(alliance: Alliance, database_url: str) -> None:
    """A convert-in of 2^64 − 1 points and a rejected item: the rows are cut, the batch keeps the true bytes."""
    node = Node(alliance, admitted(alliance), database_url)
    until = alliance.now() + DAY
    good = Item(ItemKind.CONVERT_IN, 1, 2, until, MOST, b"r" * 32, salt_of(900))
    post(node, 1, [good, msgspec.structs.replace(good, kind=99)])
    halted_for(node, HaltReason.FOREIGN_BATCH)
    node = adopted(node, 1)
    try:
        ids = node.enqueue([msgspec.structs.replace(one, amount=10**7) for one in batch_of(2, until)])
        run_to_end(node, ids)
        lands_once(node, ids)
        assert [(one.amount, one.alliance_units) for one in items_in_suspense(node.engine)] == [
            (LARGEST, MOST // 1_000_000),
            (LARGEST, 0),
        ]
        with node.engine.connect() as connection:
            stored = connection.execute(sa.select(batch.c["items"]).where(batch.c.seq == 1)).scalar_one()
        assert [one.amount for one in decode_batch(bytes(stored), signed=False)] == [MOST, MOST]
        node.mine_and_step(until + DAY)
        for _ in range(3):
            node.mine_and_step()
        assert items_in_suspense(node.engine)[0].emptied_block, "it went home like any other"
        assert reconcile(node.engine, alliance.rpc, alliance.book, node.brand.brand_id) == []
    finally:
        node.close()


def test_a_foreign_signed_batch_with_the_largest_numbers_is_adopted(alliance: Alliance, database_url: str) -> None:
    """A minimum of 2^64 − 1, which the desk does not look at with a transfer, and a nonce that it rejects."""
    node = Node(alliance, admitted(alliance), database_url)
    ids = node.enqueue(fill(ANN, points=10**9))
    run_to_end(node, ids)
    post(node, 2, [signed_transfer(alliance, node.brand.brand_id, nonce=nonce, minimum=MOST) for nonce in (0, MOST)])
    halted_for(node, HaltReason.FOREIGN_BATCH)
    node = adopted(node, 2)
    try:
        node.step()
        assert [one.state for one in items_in_suspense(node.engine)] == ["CAPTURED", "RELEASED"]
        assert balance(alliance, b"\x77" * 20) == 100
        with node.engine.connect() as connection:
            query = sa.select(item.c.account_nonce, item.c.minimum).where(item.c.in_suspense)
            stored = connection.execute(query.order_by(item.c.position)).all()
        assert [tuple(row) for row in stored] == [(0, LARGEST), (LARGEST, LARGEST)]
        assert reconcile(node.engine, alliance.rpc, alliance.book, node.brand.brand_id) == []
    finally:
        node.close()


def test_a_transfer_that_a_thief_relayed_with_another_minimum_settles_ours(
    alliance: Alliance, database_url: str
) -> None:
    """No wallet signs a transfer's minimum, so who relays it chooses one: it is the same deed, done."""
    node = Node(alliance, admitted(alliance), database_url)
    run_to_end(node, node.enqueue(fill(ANN, points=10**9)))
    intent = transfer(alliance, ANN, b"\x77" * 20)
    ours = msgspec.structs.replace(intent, signature=signature_of(alliance, node.brand.brand_id, 0, 0))
    node.enqueue([ours])
    post(node, 2, [signed_transfer(alliance, node.brand.brand_id, nonce=0, minimum=MOST)])
    halted_for(node, HaltReason.FOREIGN_BATCH)
    node = adopted(node, 2)
    try:
        node.step()
        assert node.status(ours.item_id).state == "CAPTURED"
        assert items_in_suspense(node.engine) == []
        assert balance(alliance, b"\x77" * 20) == 100
    finally:
        node.close()


def signature_of(alliance: Alliance, brand_id: int, nonce: int, minimum: int) -> bytes:
    signature = outgoing(alliance, _transfer(alliance, nonce, minimum), ANN, brand_id).signature
    assert signature is not None
    return signature


def signed_transfer(alliance: Alliance, brand_id: int, *, nonce: int, minimum: int) -> SignedItem:
    signature = signature_of(alliance, brand_id, nonce, minimum)
    return msgspec.structs.replace(
        _transfer(alliance, nonce, minimum), r=signature[:32], s=signature[32:64], v=signature[64]
    )


def _transfer(alliance: Alliance, nonce: int, minimum: int) -> SignedItem:
    """100 units of Ann's, under a reference that is not ours."""
    to, empty = (b"\x77" * 20).rjust(32, b"\0"), bytes(32)
    kind, until = ItemKind.TRANSFER, alliance.now() + DAY
    return SignedItem(kind, 0, until, 100, minimum, nonce, address(ANN), b"r" * 32, to, empty, empty, 0)
