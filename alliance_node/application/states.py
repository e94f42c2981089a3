"""Members' states for reading: previews, quotes, balances.

Owns loading without locks. What is decided on such a state is never saved.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from alliance_node.application.errors import unknown_member
from alliance_node.application.group import is_member_id
from alliance_node.application.load_state import state_of
from alliance_node.application.ports import LedgerStore
from alliance_node.domain.state import MemberState


def load_states(store: LedgerStore, connection: Connection, member_ids: Sequence[str]) -> dict[str, MemberState]:
    """The members' states with their open lots; unknown ids are absent."""
    rows = store.members(connection, sorted({name for name in member_ids if is_member_id(name)}))
    lots = store.open_lots(connection, sorted(rows))
    return {member_id: state_of(row, lots.get(member_id, ())) for member_id, row in rows.items()}


def load_state(store: LedgerStore, connection: Connection, member_id: str) -> MemberState:
    """One member's state. Raises UnknownMember."""
    state = load_states(store, connection, [member_id]).get(member_id)
    if state is None:
        raise unknown_member(member_id)
    return state
