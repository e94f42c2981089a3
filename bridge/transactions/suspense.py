"""Items in suspense: posted under the brand's number and on its account at the chain, but no member's.

Owns their way home: what a foreign convert-in sent to another brand, and nobody claimed, is returned at its deadline,
so the brand's position is restored as far as the chain allows. It may not touch an item of the node.
"""

import uuid

import msgspec
import sqlalchemy as sa

from bridge.protocol.items import ItemKind
from bridge.transactions.database import reading
from bridge.transactions.states import ItemState
from bridge.transactions.tables import item

_PER_RANGE = 500


class SuspenseItem(msgspec.Struct, frozen=True):
    """What an operator sees. `alliance_units` None: the block is not applied yet, or the desk rejected it."""

    item_id: str
    kind: int
    seq: int | None
    item_index: int | None
    counterparty: int
    amount: int
    alliance_units: int | None
    state: str
    emptied_block: int | None


def items_in_suspense(engine: sa.Engine) -> list[SuspenseItem]:
    """All of them, oldest first."""
    query = sa.select(item).where(item.c.in_suspense).order_by(item.c.position)
    with reading(engine) as connection:
        return [
            SuspenseItem(
                row.item_id,
                row.kind,
                row.batch_seq,
                row.item_index,
                row.counterparty,
                row.amount,
                row.alliance_units,
                row.state,
                row.emptied_block,
            )
            for row in connection.execute(query)
        ]


def send_home(connection: sa.Connection, alliance_time: int) -> None:
    """Enqueue the return of every convert-in in suspense whose points still wait at their deadline."""
    open_rows = connection.execute(
        sa.select(item.c.item_id, item.c.counterparty, item.c.deadline, item.c.payload)
        .where(
            item.c.in_suspense,
            item.c.kind == ItemKind.CONVERT_IN,
            item.c.state == ItemState.CAPTURED,
            item.c.emptied_block.is_(None),
            item.c.deadline <= alliance_time,
        )
        .order_by(item.c.position)
        .limit(_PER_RANGE)
    ).all()
    by_return = {_return_id(row.item_id): row for row in open_rows}
    if not by_return:
        return
    known = set(connection.scalars(sa.select(item.c.item_id).where(item.c.item_id.in_(by_return))))
    rows = [_return(item_id, row) for item_id, row in by_return.items() if item_id not in known]
    if rows:
        connection.execute(sa.insert(item), rows)


def _return(item_id: str, row: "sa.Row[str, int, int, bytes]") -> dict[str, object]:
    return {
        "item_id": item_id,
        "kind": ItemKind.RETURN,
        "rate_version": 0,
        "counterparty": row.counterparty,
        "deadline": row.deadline,
        "amount": 0,
        "payload": row.payload,
        "state": ItemState.HELD,
        "in_suspense": True,
    }


def _return_id(item_id: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{item_id}:return"))
