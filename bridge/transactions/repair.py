"""Putting a batch that the chain holds under our number into this database: forgotten by a backup, or foreign.

Owns the rows of such a batch. The indexer applies it afterwards like any other, exactly once, in its own commit. It may
not decide whether it should be done: `recover` and `adopt` do.
"""

import uuid
from collections.abc import Collection

import msgspec
import sqlalchemy as sa

from bridge.indexer.scan import PostedBatch, ScannedBlock
from bridge.protocol.batches import AnyItem, decode_batch
from bridge.protocol.events import Converted
from bridge.protocol.items import ItemKind, MalformedItems
from bridge.protocol.references import ForeignReference, open_reference
from bridge.protocol.signed_items import SignedItem
from bridge.transactions.item_rows import columns_of, cut
from bridge.transactions.states import BatchState, ItemState, TransactionState
from bridge.transactions.tables import batch, item, transaction

_OPEN = (ItemState.HELD, ItemState.BATCHED, ItemState.QUARANTINED)
_LANDED = (BatchState.FINAL, BatchState.CAPTURED)


class RepairRefused(Exception):
    """The repair would be unsafe now; nothing was changed."""

    code = "repair_refused"

    def __init__(self, message: str, next_step: str) -> None:
        self.next_step = next_step
        super().__init__(message)


class ChainItem(msgspec.Struct, frozen=True):
    """One item of a posted batch. `item_id`: ours, opened from the reference; None when it is not ours. `units`: what
    the desk made of it, None when it was rejected."""

    index: int
    item_id: str | None
    content: AnyItem
    units: int | None


def items_of(connection: sa.Connection, posted: PostedBatch, reference_key: bytes) -> list[ChainItem]:
    """The items of a posted batch, each with the id that only we can read. Raises MalformedItems.

    A reference is public once it was posted, and we post an item once. So an item whose reference comes twice, is held
    here with other content, or was on the chain before, is a copy: a stranger's item, without an id.
    """
    results = {result.item: result for result in posted.results}
    found = []
    for index, content in enumerate(decode_batch(posted.items, signed=posted.signed)):
        result = results.get(index)
        units = result.alliance_units if isinstance(result, Converted) else None
        found.append(ChainItem(index, _own_id(content, reference_key), content, units))
    used = _copied(connection, posted.seq, found)
    for one in sorted(found, key=lambda one: one.units is None):  # of two equal ones, ours is the one that took effect
        if one.item_id in used:
            found[one.index] = msgspec.structs.replace(one, item_id=None)
        elif one.item_id is not None:
            used.add(one.item_id)
    return found


def own_items(connection: sa.Connection, posted: PostedBatch, reference_key: bytes) -> list[ChainItem]:
    """The items of a batch that this database doesn't know, if we made every one of them; otherwise none."""
    try:
        items = items_of(connection, posted, reference_key)
    except MalformedItems:
        return []
    return [] if any(one.item_id is None for one in items) else items


def _copied(connection: sa.Connection, seq: int, items: list[ChainItem]) -> set[str]:
    """Ids that these items can't have: their row says something else, or reached the chain in another batch."""
    contents = {one.item_id: one.content for one in items if one.item_id is not None}
    query = (
        sa.select(item, batch.c.state.label("batch_state"))
        .outerjoin(batch, batch.c.seq == item.c.batch_seq)
        .where(item.c.item_id.in_(contents))
    )
    copied = set()
    for row in connection.execute(query).mappings():
        wanted = _effect(contents[row["item_id"]])
        if row["kind"] == ItemKind.TO_WALLET:
            del wanted["rate_version"]  # repeated on a restored node, a filling takes the rate of its day
        is_landed = row["batch_seq"] != seq and row["batch_state"] in _LANDED
        if is_landed or any(row[name] != value for name, value in wanted.items()):
            copied.add(row["item_id"])
    return copied


def put_in(
    connection: sa.Connection,
    block: ScannedBlock,
    posted: PostedBatch,
    items: list[ChainItem],
    suspense: Collection[str],
    keys_in_force: bytes,
) -> int:
    """Make this database agree that the batch was posted; returns how many items went to suspense.

    `suspense`: our own ids that no conversion answers for. `keys_in_force`: what any other key signed can't land any
    more. Raises RepairRefused when one of its items is in a batch that may still land.
    """
    _give_up_own(connection, posted)
    values = {
        "state": BatchState.FINAL,
        "items": posted.items,
        "items_hash": posted.items_hash,
        "block_number": block.number,
        "block_hash": block.hash,
    }
    if connection.execute(sa.update(batch).where(batch.c.seq == posted.seq).values(values)).rowcount == 0:
        connection.execute(sa.insert(batch).values(seq=posted.seq, attempts=0, **values))
    return sum(_put_item(connection, posted, one, suspense, keys_in_force) for one in items)


def _give_up_own(connection: sa.Connection, posted: PostedBatch) -> None:
    """What we had prepared under this number: its items wait again, its transaction can only revert."""
    mine = sa.update(item).where(item.c.batch_seq == posted.seq, item.c.state == ItemState.BATCHED)
    connection.execute(mine.values(state=ItemState.HELD, batch_seq=None, item_index=None))
    landed = sa.update(transaction).where(transaction.c.seq == posted.seq)
    landed = landed.where(transaction.c.state == TransactionState.LIVE)
    connection.execute(landed.values(state=TransactionState.VOID))


def _put_item(
    connection: sa.Connection, posted: PostedBatch, one: ChainItem, suspense: Collection[str], key: bytes
) -> bool:
    """True when it went to suspense."""
    place = {"state": ItemState.BATCHED, "batch_seq": posted.seq, "item_index": one.index}
    known = _waiting_row(connection, posted.seq, one)
    if known is not None:
        _refuse_if_landing(connection, known.batch_seq, key)
        connection.execute(sa.update(item).where(item.c.position == known.position).values(place))
        return bool(known.in_suspense)
    item_id, in_suspense = one.item_id, one.item_id is None or one.item_id in suspense
    if item_id is None or _exists(connection, item_id):
        name = f"{posted.tx_hash.hex()}:{posted.seq}:{one.index}"
        item_id, in_suspense = str(uuid.uuid5(uuid.NAMESPACE_OID, name)), True
    fields = cut(columns_of(one.content))
    connection.execute(sa.insert(item).values(item_id=item_id, in_suspense=in_suspense, **fields, **place))
    return in_suspense


def _waiting_row(connection: sa.Connection, seq: int, one: ChainItem) -> "sa.Row[tuple[object, ...]] | None":
    """Our open row for this item: by its id, or for a foreign item one with the very same effect on the chain (the same
    claim address emptied or filled): what it wanted has happened. A row stands for one item of the batch only."""
    if one.item_id is not None:
        same = item.c.item_id == one.item_id
    else:
        if one.units is None:
            return None  # rejected: it did nothing
        wanted = _effect(one.content)
        if cut(wanted) != wanted:
            return None  # we never make such an item, and no database can be asked for it
        same = sa.and_(*(item.c[name] == value for name, value in wanted.items()))
    is_free = sa.or_(item.c.batch_seq.is_(None), item.c.batch_seq != seq)
    query = sa.select(item).where(same, item.c.state.in_(_OPEN), is_free).order_by(item.c.position).limit(1)
    return connection.execute(query).one_or_none()


def _effect(content: AnyItem) -> dict[str, object]:
    """What makes two items the same deed. Whoever relays a signed intent chooses the rate version, and with a transfer
    the minimum too, which its wallet doesn't sign."""
    columns = columns_of(content)
    if isinstance(content, SignedItem):
        del columns["rate_version"], columns["signature"]
        if content.kind == ItemKind.TRANSFER:
            del columns["minimum"]
    return columns


def _exists(connection: sa.Connection, item_id: str) -> bool:
    return connection.execute(sa.select(item.c.position).where(item.c.item_id == item_id)).first() is not None


def _refuse_if_landing(connection: sa.Connection, seq: int | None, key: bytes) -> None:
    if seq is None:
        return
    query = sa.select(transaction.c.sender).where(
        transaction.c.seq == seq, transaction.c.state == TransactionState.LIVE, transaction.c.sender == key
    )
    if connection.execute(query).first() is not None:
        message = f"an item of this batch is also in batch {seq}, which may still land"
        raise RepairRefused(message, "Repeat when that batch is final or its key is rotated.")


def _own_id(content: AnyItem, reference_key: bytes) -> str | None:
    try:
        return str(uuid.UUID(bytes=open_reference(reference_key, content.reference)))
    except ForeignReference:
        return None
