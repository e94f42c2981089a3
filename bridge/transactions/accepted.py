"""What the desk accepted of this brand beside conversions: wallets filled, budgets funded, spent and closed, founder
grants that nobody claimed.

Reads only. Conversions are the node's to tell; what is in suspense is nobody's.
"""

import msgspec
import sqlalchemy as sa

from bridge.protocol.items import ItemKind
from bridge.transactions.database import reading
from bridge.transactions.founder_tables import sponsored_grant
from bridge.transactions.states import ItemState
from bridge.transactions.tables import item

_CONVERSIONS = (ItemKind.CONVERT_IN, ItemKind.CLAIM, ItemKind.RETURN)


class AcceptedItem(msgspec.Struct, frozen=True):
    """An item with its place on the ledger and the amounts that the desk stated."""

    seq: int
    item_index: int
    kind: int
    local_points: int
    alliance_units: int
    item_id: str


def accepted_beside_conversions(engine: sa.Engine) -> list[AcceptedItem]:
    """All of them, in the order of the ledger."""
    place = item.c.batch_seq, item.c.item_index
    # By the claim address's content, not by the grant's `item_id`: a second grant to the same address clears that.
    grants_return = (item.c.kind == ItemKind.RETURN) & sa.exists().where(
        sponsored_grant.c.commitment == item.c.payload, sponsored_grant.c.deadline == item.c.deadline
    )
    query = (
        sa.select(*place, item.c.kind, item.c.local_points, item.c.alliance_units, item.c.item_id)
        .where(
            item.c.kind.not_in(_CONVERSIONS) | grants_return,
            ~item.c.in_suspense,
            item.c.state == ItemState.CAPTURED,
        )
        .order_by(*place)
    )
    with reading(engine) as connection:
        return [AcceptedItem(*row) for row in connection.execute(query)]
