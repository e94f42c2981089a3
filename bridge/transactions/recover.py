"""A node restored from a backup: batches that it posted and forgot are read back from the chain.

Owns the decision that all of them are ours, and the one commit in which the node's holds and the bridge's rows come
back. What they did is applied afterwards by the indexer, as if it were new.
"""

from collections.abc import Callable, Sequence

import msgspec
import sqlalchemy as sa

from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.admin import read_brand
from bridge.indexer import cursors
from bridge.indexer.scan import PostedBatch, ScannedBlock
from bridge.indexer.search import own_batches
from bridge.protocol.claims import claim_address, claim_domain
from bridge.protocol.items import Item
from bridge.transactions import halts
from bridge.transactions.database import reading, writing
from bridge.transactions.repair import ChainItem, RepairRefused, own_items, put_in
from bridge.transactions.states import HaltReason
from bridge.transactions.tables import batch


class Forgotten(msgspec.Struct, frozen=True):
    """One of our own items on the chain. `units` None: the desk rejected it. `claim_address`: where its points went,
    empty with an item that a wallet signed."""

    item_id: str
    kind: int
    rate_version: int
    counterparty: int
    deadline: int
    amount: int
    payload: bytes
    units: int | None
    claim_address: bytes


class Recovered(msgspec.Struct, frozen=True):
    """What came back. `suspended`: items that no member's conversion answers for."""

    batches: int
    items: int
    suspended: int


Rebuild = Callable[[sa.Connection, list[Forgotten]], set[str]]
"""The node's part, inside the commit: bring conversions and holds back; returns the ids that it can't explain."""


def recover(
    engine: sa.Engine,
    rpc: Rpc,
    book: AddressBook,
    brand_id: int,
    reference_key: bytes,
    rebuild: Rebuild,
    *,
    finality_depth: int = 0,
) -> Recovered:
    """Read back every forgotten batch up to the final block, or to the first that is a stranger's, and let the bridge
    go on: at a stranger's batch it halts again, and `adopt` is the way out.

    Raises RepairRefused (not halted for this; the next batch isn't ours), and what reading the chain raises.
    """
    with reading(engine) as connection:
        cursor = cursors.load(connection, brand_id)
    halts.require(engine, brand_id, HaltReason.FORGOTTEN_BATCH)
    last = int(rpc.call("eth_blockNumber"), 16) - finality_depth
    found = list(own_batches(rpc, book, brand_id, cursor.final_number + 1, last))
    domain = claim_domain(book.chain_id, book.address("ConversionDesk"))
    key = read_brand(rpc, book, brand_id).keys.hot
    with writing(engine) as connection:
        halts.lift(connection, brand_id)
        missing = _forgotten_batches(connection, found, reference_key)
        items = [item for _, _, its in missing for item in its]
        suspended = rebuild(connection, [_forgotten(item, brand_id, domain) for item in items])
        count = sum(put_in(connection, block, posted, its, suspended, key) for block, posted, its in missing)
    return Recovered(len(missing), len(items), count)


def _forgotten_batches(
    connection: sa.Connection, found: Sequence[tuple[ScannedBlock, PostedBatch]], reference_key: bytes
) -> list[tuple[ScannedBlock, PostedBatch, list[ChainItem]]]:
    """Those that this database doesn't know, up to the first that is a stranger's. Raises RepairRefused if none is
    before it."""
    missing: list[tuple[ScannedBlock, PostedBatch, list[ChainItem]]] = []
    used: set[str | None] = set()
    for block, posted in found:
        if _is_known(connection, posted):
            continue
        items = own_items(connection, posted, reference_key)
        ids = {one.item_id for one in items}
        if not items or ids & used:  # no id is posted twice
            if not missing:
                message = f"batch {posted.seq} is not all ours: the posting key is shared or stolen"
                raise RepairRefused(message, f"Use `alliance chain adopt --seq {posted.seq}` for it (two operators).")
            break
        used |= ids
        missing.append((block, posted, items))
    return missing


def _is_known(connection: sa.Connection, posted: PostedBatch) -> bool:
    row = connection.execute(sa.select(batch.c.items_hash).where(batch.c.seq == posted.seq)).one_or_none()
    return row is not None and bytes(row.items_hash) == posted.items_hash


def _forgotten(one: ChainItem, brand_id: int, domain: bytes) -> Forgotten:
    content = one.content
    plain = isinstance(content, Item)
    address = claim_address(domain, brand_id, content.payload, content.deadline) if plain else b""
    return Forgotten(
        str(one.item_id),
        content.kind,
        content.rate_version,
        content.counterparty if isinstance(content, Item) else 0,
        content.deadline,
        content.amount,
        content.payload,
        one.units,
        address,
    )
