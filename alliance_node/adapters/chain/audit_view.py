"""What the bridge knows of this brand's items beside members' conversions, for an auditor.

Owns the translation for `export_chain_view`; it may not name a member, and knows none.
"""

from alliance_node.adapters.chain.connection import ChainConnection
from alliance_node.adapters.chain.repair import suspense_of
from alliance_node.application.export_chain_view import BesideConversions, ExportedItem, SuspendedItem
from bridge.transactions.accepted import accepted_beside_conversions


def beside_conversions(connection: ChainConnection) -> BesideConversions:
    """Items of wallets and budgets, and what is in suspense: as far as the chain accepted them."""
    items = [
        ExportedItem(one.seq, one.item_index, one.kind, one.local_points, one.alliance_units, one.item_id)
        for one in accepted_beside_conversions(connection.engine)
    ]
    suspense = [
        SuspendedItem(one.seq, one.item_index, one.kind, one.alliance_units, one.item_id)
        for one in suspense_of(connection)
        if one.seq is not None and one.item_index is not None and one.alliance_units is not None
    ]
    return BesideConversions(items, suspense)
