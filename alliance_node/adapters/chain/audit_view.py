"""What the bridge knows of this brand's items beside members' conversions, for an auditor.

Owns the translation for `export_chain_view`; it may not name a member, and knows none.
"""

import sqlalchemy as sa

from alliance_node.adapters.chain.connection import ChainConnection
from alliance_node.application.export_chain_view import BesideConversions, ExportedItem, SuspendedItem
from bridge.transactions.accepted import accepted_beside_conversions
from bridge.transactions.states import ItemState
from bridge.transactions.suspense import items_in_suspense


def beside_conversions(connection: ChainConnection) -> BesideConversions:
    """Items of wallets, budgets and returned grants, and what is in suspense: as far as the chain accepted them."""
    items = [
        ExportedItem(one.seq, one.item_index, one.kind, one.local_points, one.alliance_units, one.item_id)
        for one in accepted_beside_conversions(connection.engine)
    ]
    return BesideConversions(items, accepted_in_suspense(connection.engine))


def accepted_in_suspense(engine: sa.Engine) -> list[SuspendedItem]:
    """What is on the brand's account at the chain and no member's; not what the desk rejected."""
    return [
        SuspendedItem(one.seq, one.item_index, one.kind, one.alliance_units, one.item_id)
        for one in items_in_suspense(engine)
        if one.state == ItemState.CAPTURED
        and one.seq is not None
        and one.item_index is not None
        and one.alliance_units is not None
    ]
