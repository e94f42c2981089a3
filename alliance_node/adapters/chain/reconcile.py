"""Node and chain compared to the last unit, for entry points (which may not import the bridge)."""

from alliance_node.adapters.chain.connection import ChainConnection
from bridge.transactions.reconcile import Finding, reconcile


def reconcile_node(connection: ChainConnection) -> list[Finding]:
    """Every difference; empty when node and chain agree. Raises the bridge's typed chain errors."""
    return reconcile(connection.engine, connection.rpc, connection.book, connection.brand_id)
