"""Use case: a member leaves (erasure): the stream ends, the pseudonym stays.

Owns the mark on the member's row. The vault destroys the person's data in the caller's transaction.
"""

from sqlalchemy import Connection

from alliance_node.application.errors import unknown_member
from alliance_node.application.group import is_member_id
from alliance_node.application.ports import ReadStore
from alliance_node.domain.instants import Instant


def close_member(store: ReadStore, connection: Connection, member_id: str, now: Instant) -> None:
    """Nothing can be earned, spent or received from now on; conversions under way still end. Raises UnknownMember."""
    if not is_member_id(member_id) or not store.lock_members(connection, [member_id]):
        raise unknown_member(member_id)
    store.close_member(connection, member_id, now)
