"""One group of commands between its load and its save: decided in memory, one member's commands in order.

Owns the working states and the rows to write. It may not open, commit or roll back a transaction.
"""

import re
from collections.abc import Container, Sequence

from sqlalchemy import Connection

from alliance_node.application import answers
from alliance_node.application.changes import Changes
from alliance_node.application.envelopes import ACCEPTED, Envelope, Result
from alliance_node.application.errors import (
    BusinessKeyConflict,
    IdempotencyConflict,
    MemberClosed,
    UnknownMember,
    unknown_member,
)
from alliance_node.application.limit_settlement import settle
from alliance_node.application.limits import SharedLimits
from alliance_node.application.load_state import add_lots, state_of
from alliance_node.application.ports import Key, LedgerStore
from alliance_node.application.records import LoadedMember, StoredAnswer, WriteSet
from alliance_node.domain.codecs import decode_event
from alliance_node.domain.commands import (
    CaptureConversion,
    Command,
    EnrolMember,
    EvaluateTier,
    RecallPoints,
    RecordBehaviour,
    RecordPurchase,
    ReleaseConversion,
    ReturnConversion,
    SweepExpiry,
    business_key,
    refers_to,
)
from alliance_node.domain.decide import decide, limits_needed, needs_lots
from alliance_node.domain.errors import DomainError
from alliance_node.domain.event_facts import PurchaseHistory, event_key, lots_named
from alliance_node.domain.events import Event
from alliance_node.domain.evolve import evolve
from alliance_node.domain.instants import Instant
from alliance_node.domain.lots_needed import can_spare_lots, first_end
from alliance_node.domain.program import ProgramBook
from alliance_node.domain.state import MemberState, new_member

_SAME_CONTENT = (
    "amount_minor",
    "behaviour",
    "option",
    "quantity",
    "purchase_source",
    "purchase_source_event_id",
    "benefit",
    "to_member_id",
    "prize",
)
"""What must be equal for a command to be the repetition of an earlier one under the same business key; `points` too,
where the command names them."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_FOR_CLOSED_MEMBERS = (
    CaptureConversion,
    ReleaseConversion,
    ReturnConversion,
    SweepExpiry,
    EvaluateTier,
    RecallPoints,
)


def is_member_id(text: object) -> bool:
    """Whether the text is a UUID in its canonical lower-case form."""
    return isinstance(text, str) and _UUID.fullmatch(text) is not None


class Origin:
    """An event that commands refer to, with what came later."""

    __slots__ = ("event", "later", "member_id", "version")

    def __init__(self, member_id: str, version: int, event: Event) -> None:
        self.member_id = member_id
        self.version = version
        self.event = event
        self.later: list[Event] = []


class Task:
    """An envelope with its command's keys, worked out once."""

    __slots__ = ("command", "envelope", "key", "reference")

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.command = envelope.command
        self.key = business_key(envelope.command)
        self.reference = refers_to(envelope.command)


class Group:
    """Load once, decide each envelope, then hand over what is to be saved."""

    def __init__(
        self,
        store: LedgerStore,
        connection: Connection,
        programs: ProgramBook,
        now: Instant,
        firm: Container[str],
    ) -> None:
        self._store = store
        self._connection = connection
        self._programs = programs
        self._now = now
        self._tasks: list[Task] = []
        self._rows: dict[str, LoadedMember] = {}
        self._states: dict[str, MemberState] = {}
        self._answers: dict[Key, StoredAnswer] = {}
        self._origins: dict[Key, Origin] = {}
        self._with_lots: set[str] = set()
        self._limits = SharedLimits(store, connection, programs, firm)
        self._changes = Changes(now)

    # ---- load -------------------------------------------------------------------------------------------------------

    def load(self, envelopes: Sequence[Envelope]) -> None:
        """Lock the members in id order, then read everything that deciding needs: a fixed number of queries."""
        self._tasks = [Task(envelope) for envelope in envelopes]
        names = {task.command.member_id for task in self._tasks}
        self._rows = self._store.lock_members(self._connection, sorted(name for name in names if is_member_id(name)))
        transport = {
            (envelope.client_id, envelope.idempotency_key)
            for envelope in envelopes
            if envelope.client_id is not None and envelope.idempotency_key is not None
        }
        self._answers = self._store.answers(self._connection, sorted(transport))
        self._load_origins()
        self._load_states()
        self._limits.load({limit_id for command in self._to_lock() for limit_id in self._limits_of(command)})

    def _to_lock(self) -> list[Command]:
        """The commands whose limits to lock before deciding. What is only looked at is looked at when `decide` asks."""
        commands = [task.command for task in self._tasks]
        if self._limits.locks_early:
            return commands
        return [command for command in commands if not isinstance(command, RecordPurchase | RecordBehaviour)]

    def _limits_of(self, command: Command) -> tuple[str, ...]:
        try:
            return limits_needed(self._programs, command)
        except DomainError:  # `decide` refuses the command with the same error
            return ()

    def _load_origins(self) -> None:
        wanted = {task.key for task in self._tasks if task.key is not None}
        referred = {task.reference for task in self._tasks if task.reference is not None}
        by_place: dict[tuple[str, int], Origin] = {}
        for place, stored in self._store.decided(self._connection, sorted(wanted | referred)).items():
            origin = Origin(stored.member_id, stored.version, decode_event(stored.payload))
            self._origins[place] = origin
            if place in referred:
                by_place[stored.member_id, stored.version] = origin
        for stored in self._store.referring(self._connection, sorted(by_place)):
            if stored.refers_to is not None:
                by_place[stored.member_id, stored.refers_to].later.append(decode_event(stored.payload))

    def _load_states(self) -> None:
        self._states = {member_id: state_of(row, ()) for member_id, row in self._rows.items()}
        needed, spared = self._members_by_need()
        for member_id, lots in self._store.open_lots(self._connection, sorted(needed)).items():
            add_lots(self._states[member_id], lots)
        self._with_lots = needed
        for member_id in spared - needed:
            state = self._states[member_id]
            state.unloaded_from = state.lots_end_from
        for member_id, lots in self._store.named_lots(self._connection, self._named()).items():
            add_lots(self._states[member_id], lots)

    def _members_by_need(self) -> tuple[set[str], set[str]]:
        """Members with a command that needs their open lots, and members with one that can do without."""
        needed: set[str] = set()
        spared: set[str] = set()
        for task in self._tasks:
            command = task.command
            state = self._states.get(command.member_id)
            if state is not None and needs_lots(self._programs, command):
                can_do_without = can_spare_lots(self._programs, state, command, self._now)
                (spared if can_do_without else needed).add(command.member_id)
        return needed, spared

    def _named(self) -> list[tuple[str, int]]:
        named: set[tuple[str, int]] = set()
        for task in self._tasks:
            origin = self._origins.get(task.reference) if task.reference is not None else None
            if origin is not None and origin.member_id in self._states:
                history = PurchaseHistory(origin.event, origin.version, origin.later)
                state = self._states[origin.member_id]
                wanted = lots_named(history, state) - state.lots.keys()
                named.update((origin.member_id, number) for number in wanted)
        return sorted(named)

    # ---- decide -----------------------------------------------------------------------------------------------------

    def decide(self) -> list[Result]:
        """The answers in order, from what was loaded and what the group has decided so far."""
        return [self._decide_task(task) for task in self._tasks]

    def _decide_task(self, task: Task) -> Result:
        transport = self._transport(task.envelope)
        if transport is not None and (stored := self._answers.get(transport)) is not None:
            return self._again(stored, task.envelope.body_hash)
        result, version = self._answer(task)
        if transport is not None:
            self._keep(transport, task.envelope, result, version)
        return result

    @staticmethod
    def _transport(envelope: Envelope) -> Key | None:
        if envelope.client_id is None or envelope.idempotency_key is None:
            return None
        return envelope.client_id, envelope.idempotency_key

    def _again(self, stored: StoredAnswer, body_hash: bytes | None) -> Result:
        if stored.body_hash != body_hash:
            return answers.refused(IdempotencyConflict(f"key {stored.key!r} was used before with another body"))
        events: tuple[Event, ...] = ()
        if stored.member_id is not None and stored.version is not None and stored.events:
            rows = self._store.stream(self._connection, stored.member_id, stored.version, stored.events)
            events = tuple(decode_event(row.payload) for row in rows)
        return Result("replayed", stored.code, stored.body.encode(), events)

    def _answer(self, task: Task) -> tuple[Result, int]:
        """The result and the stream version of its first event."""
        command = task.command
        if task.key is not None and (origin := self._origins.get(task.key)) is not None:
            return self._first_decision(task, origin)
        state = self._states.get(command.member_id)
        try:
            if state is None:
                state = self._new_member(command)
            elif self._is_closed(command):
                name = command.member_id
                raise MemberClosed(f"member {name} has left the program", chinese=(f"会员 {name} 已退出", ""))
            events = self._decide(state, task)
        except (DomainError, UnknownMember, MemberClosed) as error:
            return answers.refused(error), 0
        return self._apply(state, events, task)

    def _new_member(self, command: Command) -> MemberState:
        if not isinstance(command, EnrolMember) or not is_member_id(command.member_id):
            raise unknown_member(command.member_id)
        return new_member(command.member_id)

    def _is_closed(self, command: Command) -> bool:
        row = self._rows.get(command.member_id)
        return row is not None and row.closed_at is not None and not isinstance(command, _FOR_CLOSED_MEMBERS)

    def _first_decision(self, task: Task, origin: Origin) -> tuple[Result, int]:
        command = task.command
        state = self._states.get(command.member_id)
        same = all(getattr(command, name, None) == getattr(origin.event, name, None) for name in _SAME_CONTENT)
        asked = getattr(command, "points", None)  # compared where the event names points of its own
        same = same and asked in (None, getattr(origin.event, "points", asked))
        if origin.member_id != command.member_id or state is None or not same:
            named = f"{task.key} was recorded before with another member or content"
            return answers.refused(BusinessKeyConflict(named)), 0
        body = answers.accepted_body(state, origin.version, origin.event, self._now)
        return Result("replayed", ACCEPTED, body, (origin.event,)), origin.version

    def _decide(self, state: MemberState, task: Task) -> list[Event]:
        command = task.command
        history = self._history(task) if task.reference is not None else None
        self._limits.occurred_at = command.through if isinstance(command, SweepExpiry) else command.occurred_at
        decision = decide(self._programs, state, command, self._now, history, self._limits)
        uses = decision.consumes
        if uses:
            self._limits.consume(uses)
        return decision.events

    def _history(self, task: Task) -> PurchaseHistory | None:
        origin = self._origins.get(task.reference) if task.reference is not None else None
        if origin is None or origin.member_id != task.command.member_id:
            return None
        return PurchaseHistory(origin.event, origin.version, origin.later)

    def _apply(self, state: MemberState, events: list[Event], task: Task) -> tuple[Result, int]:
        key, reference = task.key, task.reference
        first = main_version = state.version + 1
        main = events[0] if events else None
        if not events:
            first = main_version = state.version
        origin = self._origins.get(reference) if reference is not None else None
        if state.member_id not in self._states:
            self._states[state.member_id] = state
        for event in events:
            evolve(state, event)
            event_reference = event_key(event) or (key if state.version == 1 else None)
            if event_reference is not None:
                self._origins[event_reference] = Origin(state.member_id, state.version, event)
                if event_reference == key:
                    main, main_version = event, state.version
            belongs = origin is not None and event_reference == key
            self._changes.add(state, event, event_reference, origin.version if origin and belongs else None)
            if origin is not None and belongs:
                origin.later.append(event)
        return answers.accepted(state, main_version, main, events, self._now), first

    def _keep(self, transport: Key, envelope: Envelope, result: Result, version: int) -> None:
        kept = StoredAnswer(
            *transport,
            envelope.body_hash or b"",
            result.code,
            result.body.decode(),
            envelope.command.member_id if result.events else None,
            version if result.events else None,
            len(result.events),
        )
        self._answers[transport] = kept
        self._changes.keep(kept)

    # ---- hand over --------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Make sure of the shared limits that the decisions counted on. Raises LimitsMoved."""
        settle(self._store, self._connection, self._limits)

    def changes(self) -> WriteSet:
        """Every row that the group writes."""
        for member_id in self._with_lots:
            state = self._states[member_id]
            state.lots_end_from = first_end(state)
        return self._changes.collect(self._rows, self._states)
