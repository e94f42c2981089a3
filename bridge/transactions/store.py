"""What the sender writes and reads: one function per state change, each run inside a fenced commit.

Owns the rows of batches and transactions. It may not talk to a chain or decide anything.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from bridge.chain.transactions import Signed
from bridge.protocol.batches import AnyItem, encode_batch
from bridge.protocol.items import items_hash
from bridge.protocol.references import seal_reference
from bridge.protocol.signed_items import SignedItem
from bridge.transactions.item_rows import content_of
from bridge.transactions.states import BatchState, InFlight, ItemState, TransactionState
from bridge.transactions.tables import batch, item, transaction

UNFINISHED = (BatchState.BATCHED, BatchState.SIGNED, BatchState.SENT, BatchState.MINED)


class QueuedItem:
    """A row of the outbox on its way into a batch."""

    __slots__ = ("item", "item_id", "position")

    def __init__(self, position: int, item_id: str, content: AnyItem) -> None:
        self.position = position
        self.item_id = item_id
        self.item = content


def held_count(connection: sa.Connection, limit: int) -> int:
    """How many items wait, counted up to `limit`."""
    return _count(connection, item.c.state == ItemState.HELD, limit)


def next_batch_count(connection: sa.Connection, limit: int) -> int:
    """How many of them could be in the batch that comes next: those of one shape."""
    return _count(connection, _held(connection), limit)


def _count(connection: sa.Connection, where: sa.ColumnElement[bool], limit: int) -> int:
    waiting = sa.select(item.c.position).where(where).limit(limit).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(waiting)).scalar_one())


def in_flight(connection: sa.Connection) -> list[InFlight]:
    """Signed transactions that may still land, by batch number."""
    query = (
        sa.select(transaction, batch.c.state.label("batch_state"), batch.c.block_hash)
        .join(batch, batch.c.seq == transaction.c.seq)
        .where(transaction.c.state == TransactionState.LIVE, batch.c.state.in_(UNFINISHED))
        .order_by(transaction.c.seq)
    )
    return [
        InFlight(
            row.seq,
            row.attempt,
            row.nonce,
            row.hash,
            row.raw,
            BatchState(row.batch_state),
            row.block_hash,
            row.sent_at,
            row.sender,
        )
        for row in connection.execute(query)
    ]


def void(connection: sa.Connection) -> list[tuple[bytes, bytes, int, bytes]]:
    """(hash, sender, nonce, raw) of transactions that can only revert, and whose nonces must be spent all the same."""
    columns = (transaction.c.hash, transaction.c.sender, transaction.c.nonce, transaction.c.raw)
    query = sa.select(*columns).where(transaction.c.state == TransactionState.VOID).order_by(transaction.c.nonce)
    return [(row.hash, row.sender, row.nonce, row.raw) for row in connection.execute(query)]


def mark_spent(connection: sa.Connection, hashes: Sequence[bytes]) -> None:
    """VOID → REVERTED: the nonces are used at a final block."""
    query = sa.update(transaction).where(transaction.c.hash.in_(hashes))
    connection.execute(query.values(state=TransactionState.REVERTED))


def unsigned_batch(connection: sa.Connection) -> tuple[int, int] | None:
    """(number, attempts so far) of the lowest batch without a live transaction."""
    query = sa.select(batch.c.seq, batch.c.attempts).where(batch.c.state == BatchState.BATCHED).order_by(batch.c.seq)
    row = connection.execute(query.limit(1)).one_or_none()
    return (row.seq, row.attempts) if row else None


def last_seq(connection: sa.Connection) -> int:
    """The highest batch number known; 0 before the first."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(batch.c.seq), 0))).scalar_one())


def first_unfinished_seq(connection: sa.Connection) -> int:
    """The lowest batch number that is not final: the chain must have used all below it."""
    query = sa.select(sa.func.min(batch.c.seq)).where(batch.c.state.in_(UNFINISHED))
    lowest = connection.execute(query).scalar_one()
    return int(lowest) if lowest is not None else last_seq(connection) + 1


def last_nonce(connection: sa.Connection, sender: bytes) -> int:
    """The highest nonce ever signed with this key; −1 before the first."""
    query = sa.select(sa.func.max(transaction.c.nonce)).where(transaction.c.sender == sender)
    found = connection.execute(query).scalar_one()
    return -1 if found is None else int(found)


def last_spent_nonce(connection: sa.Connection, sender: bytes) -> int:
    """The highest nonce of this key that was used at a final block; −1 before the first."""
    spent = (TransactionState.DONE, TransactionState.REVERTED)
    query = sa.select(sa.func.max(transaction.c.nonce)).where(
        transaction.c.sender == sender, transaction.c.state.in_(spent)
    )
    found = connection.execute(query).scalar_one()
    return -1 if found is None else int(found)


def compose(connection: sa.Connection, seq: int, size: int, reference_key: bytes) -> list[QueuedItem]:
    """HELD → BATCHED: batch `seq` keeps its items and is filled up from the queue; its bytes are stored.

    Only for a batch that has no live transaction. It never mixes items that wallets signed with others: the one that
    waits longest says which they are. Returns the items in order; none when nothing waits.
    """
    own = _items(connection, sa.and_(item.c.state == ItemState.BATCHED, item.c.batch_seq == seq), size, reference_key)
    if len(own) < size:
        signed = isinstance(own[0].item, SignedItem) if own else None
        own += _items(connection, _held(connection, signed), size - len(own), reference_key)
    if not own:
        return []
    rows = [{"at": queued.position, "index": index} for index, queued in enumerate(own)]
    assign = sa.update(item).where(item.c.position == sa.bindparam("at"))
    values = {"state": ItemState.BATCHED, "batch_seq": seq, "item_index": sa.bindparam("index")}
    connection.execute(assign.values(values), rows)
    data = encode_batch([queued.item for queued in own])
    content = {"items": data, "items_hash": items_hash(data), "state": BatchState.BATCHED}
    if connection.execute(sa.update(batch).where(batch.c.seq == seq).values(content)).rowcount == 0:
        connection.execute(sa.insert(batch).values(seq=seq, attempts=0, **content))
    return own


def give_back(connection: sa.Connection, positions: Sequence[int], state: ItemState) -> None:
    """BATCHED → HELD or QUARANTINED, out of a batch that has no live transaction."""
    query = sa.update(item).where(item.c.position.in_(positions), item.c.state == ItemState.BATCHED)
    connection.execute(query.values(state=state, batch_seq=None, item_index=None))


def drop_if_last_and_empty(connection: sa.Connection, seq: int) -> None:
    """Forget a batch number that was never signed, holds nothing, and has no successor."""
    held = sa.select(item.c.position).where(item.c.batch_seq == seq).exists()
    newest = sa.select(sa.func.max(batch.c.seq)).scalar_subquery()
    never_signed = ~sa.select(transaction.c.hash).where(transaction.c.seq == seq).exists()
    connection.execute(sa.delete(batch).where(batch.c.seq == seq, ~held, batch.c.seq == newest, never_signed))


def store_signed(connection: sa.Connection, seq: int, attempt: int, sender: bytes, nonce: int, signed: Signed) -> None:
    """BATCHED → SIGNED: the exact bytes, before anybody else sees them (pitfall 17)."""
    row = {
        "hash": signed.hash,
        "seq": seq,
        "attempt": attempt,
        "sender": sender,
        "nonce": nonce,
        "raw": signed.raw,
        "state": TransactionState.LIVE,
    }
    connection.execute(sa.insert(transaction).values(row))
    connection.execute(
        sa.update(batch).where(batch.c.seq == seq).values(state=BatchState.SIGNED, attempts=attempt, block_hash=None)
    )


def mark_sent(connection: sa.Connection, flying: Sequence[InFlight], now: int) -> None:
    """SIGNED → SENT, or sent once more."""
    hashes = [one.hash for one in flying]
    connection.execute(sa.update(transaction).where(transaction.c.hash.in_(hashes)).values(sent_at=now))
    _move(connection, [one.seq for one in flying], BatchState.SENT, (BatchState.SIGNED, BatchState.SENT))


def mark_unmined(connection: sa.Connection, flying: InFlight) -> None:
    """MINED → SENT: its block was reorganised away (pitfall 20)."""
    query = sa.update(batch).where(batch.c.seq == flying.seq, batch.c.state == BatchState.MINED)
    connection.execute(query.values(state=BatchState.SENT, block_number=None, block_hash=None))
    connection.execute(sa.update(transaction).where(transaction.c.hash == flying.hash).values(sent_at=None))


def mark_mined(connection: sa.Connection, flying: InFlight, number: int, block_hash: bytes, state: BatchState) -> None:
    """SENT → MINED or FINAL."""
    query = sa.update(batch).where(batch.c.seq == flying.seq, batch.c.state.in_(UNFINISHED))
    connection.execute(query.values(state=state, block_number=number, block_hash=block_hash))
    if state == BatchState.FINAL:
        done = sa.update(transaction).where(transaction.c.hash == flying.hash)
        connection.execute(done.values(state=TransactionState.DONE))


def mark_reverted(connection: sa.Connection, flying: InFlight) -> None:
    """SENT → BATCHED: nonce spent, number unused, at a final block."""
    spent = sa.update(transaction).where(transaction.c.hash == flying.hash)
    connection.execute(spent.values(state=TransactionState.REVERTED))
    query = sa.update(batch).where(batch.c.seq == flying.seq, batch.c.state.in_(UNFINISHED))
    connection.execute(query.values(state=BatchState.BATCHED, block_number=None, block_hash=None))


def _move(connection: sa.Connection, seqs: Sequence[int], state: BatchState, allowed: tuple[BatchState, ...]) -> None:
    connection.execute(sa.update(batch).where(batch.c.seq.in_(seqs), batch.c.state.in_(allowed)).values(state=state))


def _held(connection: sa.Connection, signed: bool | None = None) -> sa.ColumnElement[bool]:
    """What waits and is of one shape; None: of the shape of what waits longest."""
    if signed is None:
        oldest = sa.select(item.c.signature.is_not(None)).where(item.c.state == ItemState.HELD)
        signed = bool(connection.scalar(oldest.order_by(item.c.position).limit(1)))
    shape = item.c.signature.is_not(None) if signed else item.c.signature.is_(None)
    return sa.and_(item.c.state == ItemState.HELD, shape)


def _items(
    connection: sa.Connection, where: sa.ColumnElement[bool], limit: int, reference_key: bytes
) -> list[QueuedItem]:
    order = (item.c.item_index, item.c.position)
    rows = connection.execute(sa.select(item).where(where).order_by(*order).limit(limit).with_for_update())
    return [QueuedItem(row.position, row.item_id, _item(row, reference_key)) for row in rows]


def _item(row: "sa.Row[tuple[object, ...]]", reference_key: bytes) -> AnyItem:
    fields = row._mapping
    reference = seal_reference(reference_key, bytes.fromhex(fields["item_id"].replace("-", "")))
    return content_of(fields, reference)
