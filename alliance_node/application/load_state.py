"""A member's state from the rows that hold it: columns, snapshot, lots.

Owns this one assembly, for commands and for reading. It may not read the rows itself.
"""

from collections.abc import Iterable

from alliance_node.application.records import LoadedMember, LotTuple
from alliance_node.domain.codecs import decode_snapshot
from alliance_node.domain.state import Lot, MemberState


def state_of(row: LoadedMember, lots: Iterable[LotTuple]) -> MemberState:
    """The state with the given lots. Raises ValueError when the snapshot's format is not known."""
    state = decode_snapshot(row.member_id, row.columns, row.snapshot)
    add_lots(state, lots)
    return state


def add_lots(state: MemberState, lots: Iterable[LotTuple]) -> None:
    """Give the state lots that were loaded; they do not count as touched."""
    for lot in lots:
        state.lots[lot[0]] = Lot(*lot)
