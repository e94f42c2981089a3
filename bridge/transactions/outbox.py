"""The outbox: where the node hands an item to the bridge, in the same commit as its hold (state HELD).

Owns the rows of `bridge_item` at their birth and their reading. It may not commit: the caller's transaction does, so
points are never held without their item, nor an item sent without its hold (pitfalls 17, 35).
"""

import uuid

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bridge.protocol.items import WALLET_SIGNED, InvalidItem, RejectReason, check_item
from bridge.protocol.signed_items import SignedItem, check_signed_item
from bridge.transactions import tables
from bridge.transactions.item_rows import LARGEST, content_of
from bridge.transactions.states import BatchState, ItemState

_CHUNK = 500


class OutgoingItem(msgspec.Struct, frozen=True):
    """What the node wants on chain. `item_id` is a UUID; its 16 bytes, sealed, become the item's reference. The last
    four fields are those of an item that a wallet signed (`signature`: r, s, v), and None with every other."""

    item_id: str
    kind: int
    rate_version: int
    counterparty: int
    deadline: int
    amount: int
    payload: bytes
    account: bytes | None = None
    account_nonce: int | None = None
    minimum: int | None = None
    signature: bytes | None = None


class ItemStatus(msgspec.Struct, frozen=True):
    """`state` is one of HELD, BATCHED, SIGNED, SENT, MINED, FINAL, CAPTURED, RELEASED, QUARANTINED.

    `reason` says why it was RELEASED; `emptied_block`: when its claim address was claimed or returned.
    """

    item_id: str
    state: str
    reason: RejectReason | None
    seq: int | None
    item_index: int | None
    local_points: int | None
    alliance_units: int | None
    block_number: int | None
    tx_hash: bytes | None
    emptied_block: int | None


class OutboxConflict(Exception):
    """The same item id with other content."""

    code = "outbox_conflict"
    next_step = "An item id stands for one content: use a fresh id."

    def __init__(self, item_id: str, fields: list[str]) -> None:
        self.item_id = item_id
        self.fields = fields
        super().__init__(f"item {item_id} is in the outbox already with another {', '.join(fields)}")


def enqueue(connection: sa.Connection, outgoing: OutgoingItem) -> bool:
    """Insert in state HELD; the same id with the same content is a no-op (False).

    Raises OutboxConflict (same id, other content), InvalidItem.
    """
    return enqueue_many(connection, [outgoing]) == 1


def enqueue_many(connection: sa.Connection, outgoing: list[OutgoingItem]) -> int:
    """As `enqueue` for a group; returns how many were new."""
    rows = [_row(item) for item in outgoing]
    new = 0
    for start in range(0, len(rows), _CHUNK):
        new += _insert(connection, rows[start : start + _CHUNK])
    return new


def take_out_of_suspense(connection: sa.Connection, item_ids: list[str]) -> list[ItemStatus]:
    """The node asks for these again after a restore: whatever of them was in suspense is explained now. Returns those
    whose end is known already, and that nobody will be told of any more: the caller must take the answer from here."""
    item = tables.item
    found: list[str] = []
    for start in range(0, len(item_ids), _CHUNK):
        here = (item.c.item_id.in_(item_ids[start : start + _CHUNK]), item.c.in_suspense)
        found += connection.scalars(sa.update(item).where(*here).values(in_suspense=False).returning(item.c.item_id))
    ended = (ItemState.CAPTURED, ItemState.RELEASED)
    return [known for known in statuses(connection, sorted(found)).values() if known.state in ended]


def status(connection: sa.Connection, item_id: str) -> ItemStatus | None:
    """Where an item is, or None when it was never enqueued."""
    return statuses(connection, [item_id]).get(item_id)


def statuses(connection: sa.Connection, item_ids: list[str]) -> dict[str, ItemStatus]:
    """As `status` for many items."""
    joined = tables.item.outerjoin(tables.batch, tables.batch.c.seq == tables.item.c.batch_seq)
    query = sa.select(tables.item, tables.batch.c.state.label("batch_state")).select_from(joined)
    found: dict[str, ItemStatus] = {}
    for start in range(0, len(item_ids), _CHUNK):
        named = query.where(tables.item.c.item_id.in_(item_ids[start : start + _CHUNK]))
        found |= {row.item_id: _status(row) for row in connection.execute(named)}
    return found


def open_intents(connection: sa.Connection, account: bytes) -> list[tuple[int, int]]:
    """(nonce, units) of what this wallet signed and whose end is not known here yet, by nonce."""
    item = tables.item
    open_states = (ItemState.HELD, ItemState.BATCHED, ItemState.QUARANTINED)
    query = sa.select(item.c.account_nonce, item.c.amount).where(
        item.c.account == account, item.c.state.in_(open_states)
    )
    return [(row.account_nonce, row.amount) for row in connection.execute(query.order_by(item.c.account_nonce))]


def amount_of(connection: sa.Connection, item_id: str) -> int | None:
    """What an item was enqueued with, or None when it was never enqueued."""
    query = sa.select(tables.item.c.amount).where(tables.item.c.item_id == item_id)
    return connection.execute(query).scalar_one_or_none()


def payload_of(connection: sa.Connection, item_id: str) -> bytes | None:
    """What an item was enqueued with, or None when it was never enqueued."""
    found = connection.execute(sa.select(tables.item.c.payload).where(tables.item.c.item_id == item_id))
    payload = found.scalar_one_or_none()
    return None if payload is None else bytes(payload)


def requeue(connection: sa.Connection, item_id: str) -> bool:
    """Give a quarantined item another try (an operator's decision). False when it isn't quarantined."""
    query = (
        sa.update(tables.item)
        .where(tables.item.c.item_id == item_id, tables.item.c.state == ItemState.QUARANTINED)
        .values(state=ItemState.HELD)
    )
    return connection.execute(query).rowcount == 1


def _insert(connection: sa.Connection, rows: list[dict[str, object]]) -> int:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    inserted = connection.execute(
        dialect.insert(tables.item).on_conflict_do_nothing(index_elements=["item_id"]).returning(tables.item.c.item_id),
        rows,
    )
    new = {row.item_id for row in inserted}
    for row in rows:
        if row["item_id"] not in new:
            _refuse_other_content(connection, row)
    return len(new)


def _refuse_other_content(connection: sa.Connection, row: dict[str, object]) -> None:
    stored = connection.execute(sa.select(tables.item).where(tables.item.c.item_id == row["item_id"])).mappings().one()
    differing = [name for name, value in row.items() if name != "state" and stored[name] != value]
    if differing:
        raise OutboxConflict(str(row["item_id"]), differing)


def _row(outgoing: OutgoingItem) -> dict[str, object]:
    _check(outgoing)
    return {"state": ItemState.HELD, **msgspec.structs.asdict(outgoing)}


def _check(outgoing: OutgoingItem) -> None:
    try:
        canonical = str(uuid.UUID(outgoing.item_id))
    except (ValueError, AttributeError, TypeError) as error:
        raise InvalidItem("item_id", outgoing.item_id) from error
    if canonical != outgoing.item_id:
        raise InvalidItem("item_id", outgoing.item_id)
    of_wallet = (outgoing.account, outgoing.account_nonce, outgoing.minimum, outgoing.signature)
    given = [value is not None for value in of_wallet]
    if any(given) != (outgoing.kind in WALLET_SIGNED) or any(given) != all(given):
        raise InvalidItem("kind", outgoing.kind)
    if outgoing.signature is not None and len(outgoing.signature) != 65:
        raise InvalidItem("signature", outgoing.signature)
    content = content_of(msgspec.structs.asdict(outgoing), bytes(32))
    if isinstance(content, SignedItem):
        check_signed_item(content)
    else:
        check_item(content)
    for field in ("amount", "account_nonce", "minimum"):
        if (getattr(outgoing, field) or 0) > LARGEST:
            raise InvalidItem(field, getattr(outgoing, field))


def _status(row: sa.Row[tuple[object, ...]]) -> ItemStatus:
    fields = row._mapping
    state = fields["state"]
    if state == ItemState.BATCHED:
        state = fields["batch_state"] or BatchState.BATCHED
    return ItemStatus(
        fields["item_id"],
        str(state),
        RejectReason(fields["reason"]) if fields["reason"] is not None else None,
        fields["batch_seq"],
        fields["item_index"],
        fields["local_points"],
        fields["alliance_units"],
        fields["block_number"],
        fields["tx_hash"],
        fields["emptied_block"],
    )
