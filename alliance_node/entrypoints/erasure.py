"""Forgets a person: the stream ends, the data key is destroyed, and what named an account of theirs is removed.

Owns this composition only. The pseudonym and its entries stay, because the books must. Backups stay closed.
"""

from alliance_node.adapters.sql.founder_store import SqlFounderStore
from alliance_node.application.close_member import close_member
from alliance_node.entrypoints.composition import Node


def erase(node: Node, member_id: str) -> None:
    """All of it in one commit. Raises UnknownMember."""
    now = node.clock.now()
    with node.store.write() as connection:
        close_member(node.store, connection, member_id, now)
        node.vault.erase(connection, member_id, now)
        SqlFounderStore(node.engine).drop_member(connection, member_id)
    node.store.overwrite_deleted()
