"""Use case: what a command would do, by the code that would decide it. Reads without locks; nothing is ever saved.

Owns loading what a decision needs (state, history, room in shared limits) for reading only.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from alliance_node.application.errors import MemberClosed, RecordedBefore
from alliance_node.application.load_state import add_lots
from alliance_node.application.ports import Programs, ReadStore
from alliance_node.application.states import load_state
from alliance_node.domain.codecs import decode_event
from alliance_node.domain.commands import Command, SweepExpiry, business_key, refers_to
from alliance_node.domain.event_facts import PurchaseHistory, lots_named
from alliance_node.domain.instants import Instant
from alliance_node.domain.preview import Preview, preview
from alliance_node.domain.program import CompiledProgram
from alliance_node.domain.state import MemberState


class Room(Mapping[str, int]):
    """limit id → what is left of it right now, under one program version. Reads each limit once, when it is asked."""

    def __init__(self, store: ReadStore, connection: Connection, program: CompiledProgram) -> None:
        self._store = store
        self._connection = connection
        self._program = program
        self._used: dict[str, int] = {}

    def __getitem__(self, limit_id: str) -> int:
        if limit_id not in self._used:
            self._used[limit_id] = self._store.limits_used(self._connection, [limit_id]).get(limit_id, 0)
        return self._program.capacity_of(limit_id) - self._used[limit_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._used)

    def __len__(self) -> int:
        return len(self._used)


def rehearse(store: ReadStore, programs: Programs, command: Command, now: Instant, language: str = "en") -> Preview:
    """R-EARN-11: equals booking at the same state and instant; a refusal of the rules is part of the answer.

    Raises UnknownMember, MemberClosed, RecordedBefore (there is nothing left to preview), NoProgramInForce.
    """
    with store.read() as connection:
        state = load_state(store, connection, command.member_id)
        if store.members(connection, [command.member_id])[command.member_id].closed_at is not None:
            raise MemberClosed(f"member {command.member_id} has left the program")
        key = business_key(command)
        if key is not None and store.decided(connection, [key]):
            raise RecordedBefore(f"{key.source} {key.source_event_id} was decided before")
        book = programs.book(connection)
        history = _history(store, connection, command, state)
        at = command.through if isinstance(command, SweepExpiry) else command.occurred_at
        room = Room(store, connection, book.at(at))
        return preview(book, state, command, now, language, history=history, available=room)


def _history(store: ReadStore, connection: Connection, command: Command, state: MemberState) -> PurchaseHistory | None:
    """What the command refers to, with its lots given to the state; None when it is nothing of this member."""
    reference = refers_to(command)
    stored = store.decided(connection, [reference]).get(reference) if reference is not None else None
    if stored is None or stored.member_id != state.member_id:
        return None
    later = store.referring(connection, [(stored.member_id, stored.version)])
    events = [decode_event(row.payload) for row in later]
    history = PurchaseHistory(decode_event(stored.payload), stored.version, events)
    missing = sorted(lots_named(history, state) - state.lots.keys())
    named = store.named_lots(connection, [(state.member_id, number) for number in missing])
    add_lots(state, named.get(state.member_id, ()))
    return history
