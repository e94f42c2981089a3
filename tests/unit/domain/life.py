"""A member's life for tests: the real decide, evolve and posting over an in-memory stream, lots table and journal.

Loads as the adapters do (open lots, plus those that the history names) and checks every invariant after every step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from alliance_node.domain.codecs import decode_event, decode_snapshot, encode_event, encode_snapshot, member_columns
from alliance_node.domain.commands import (
    CancelRedemption,
    CaptureConversion,
    ChangeTimezone,
    Command,
    EnrolMember,
    EvaluateTier,
    HoldForConversion,
    ImportPurchase,
    ReceiveConversion,
    RecordBehaviour,
    RecordPurchase,
    RecordRefund,
    Redeem,
    ReleaseConversion,
    ReturnConversion,
    SweepExpiry,
    refers_to,
)
from alliance_node.domain.decide import Decision, decide
from alliance_node.domain.event_facts import PurchaseHistory, event_key, lots_named, reference_of
from alliance_node.domain.events import Event
from alliance_node.domain.evolve import evolve
from alliance_node.domain.instants import FAR_FUTURE, Instant
from alliance_node.domain.posting import MEMBER_AVAILABLE, MEMBER_DEBT, MEMBER_PENDING, posting_rules
from alliance_node.domain.program import ProgramBook, ProgramFile
from alliance_node.domain.quantities import due_expiry, due_maturity, held, pending_booked, spendable
from alliance_node.domain.state import Lot, MemberState, new_member

DAY = 86_400


class Limits(dict[str, int]):
    """What is left of shared limits: everything that the program gives, until a test or a decision says otherwise."""

    def __init__(self, life: Life) -> None:
        super().__init__()
        self._life = life

    def __missing__(self, limit_id: str) -> int:
        return self._life.book.at(self._life.now).capacity_of(limit_id)

    def get(self, limit_id: str, _default: object = None) -> int:  # type: ignore[override]
        return self[limit_id]


class Life:
    """One member at one brand."""

    def __init__(
        self, program: ProgramFile | ProgramBook, at: Instant, timezone: str = "America/New_York", *, enrol: bool = True
    ) -> None:
        self.book = program if isinstance(program, ProgramBook) else ProgramBook.from_versions([(0, program)])
        self.now = at
        self.timezone = timezone
        self.member_id = "7f3c1c52-5a0e-4c1d-9a51-1f6f0f8f0001"
        self._save(new_member(self.member_id))
        self.table: dict[int, Lot] = {}
        self.stream: list[Event] = []
        self.journal: Counter[str] = Counter()
        self.limits = Limits(self)
        self.numbers = 0
        if enrol:
            self.enrol()

    def enrol(self) -> list[Event]:
        return self.do(EnrolMember(self.member_id, self.timezone, self.now))

    def purchase(
        self, amount_minor: int, key: str | None = None, *, at: Instant | None = None, **more: object
    ) -> list[Event]:
        occurred_at = self.now if at is None else at
        return self.do(RecordPurchase(self.member_id, "pos", key or self.fresh("p"), amount_minor, occurred_at, **more))

    def refund(self, purchase: str, amount_minor: int) -> list[Event]:
        return self.do(RecordRefund(self.member_id, "pos", self.fresh("r"), "pos", purchase, amount_minor, self.now))

    def behave(self, behaviour: str, *, at: Instant | None = None, **more: object) -> list[Event]:
        occurred_at = self.now if at is None else at
        return self.do(RecordBehaviour(self.member_id, "app", self.fresh("b"), behaviour, occurred_at, **more))

    def change_timezone(self, timezone: str) -> list[Event]:
        return self.do(ChangeTimezone(self.member_id, timezone, self.now))

    def import_purchase(self, key: str, amount_minor: int, points: int) -> list[Event]:
        return self.do(ImportPurchase(self.member_id, "pos", key, amount_minor, self.now, points=points))

    def redeem(self, option: str, key: str | None = None, quantity: int = 1) -> list[Event]:
        return self.do(Redeem(self.member_id, key or self.fresh("x"), option, quantity, None, None, self.now))

    def offset(
        self, points: int, order: int, key: str | None = None, option: str = "checkout", order_id: str | None = None
    ) -> list[Event]:
        order_id = order_id or self.fresh("o")
        return self.do(Redeem(self.member_id, key or self.fresh("x"), option, 1, order, points, self.now, order_id))

    def cancel(self, key: str) -> list[Event]:
        return self.do(CancelRedemption(self.member_id, key, self.now))

    def hold(self, points: int, key: str | None = None) -> list[Event]:
        return self.do(HoldForConversion(self.member_id, key or self.fresh("c"), points, points * 70, self.now))

    def capture(self, key: str) -> list[Event]:
        return self.do(CaptureConversion(self.member_id, key, self.now))

    def release(self, key: str) -> list[Event]:
        return self.do(ReleaseConversion(self.member_id, key, "rejected", self.now))

    def give_back(self, key: str) -> list[Event]:
        return self.do(ReturnConversion(self.member_id, key, self.now))

    def receive(self, points: int, key: str | None = None) -> list[Event]:
        command = ReceiveConversion(self.member_id, key or self.fresh("in"), points, points * 70, "coffee", self.now)
        return self.do(command)

    def sweep(self) -> list[Event]:
        return self.do(SweepExpiry(self.member_id, self.now, due_expiry(self.state(), self.now)))

    def evaluate_tier(self) -> list[Event]:
        return self.do(EvaluateTier(self.member_id, self.now))

    def days(self, count: int) -> Life:
        self.now += count * DAY
        return self

    def fresh(self, prefix: str) -> str:
        self.numbers += 1
        return f"{prefix}{self.numbers}"

    def _save(self, state: MemberState) -> None:
        self.columns, self.snapshot = member_columns(state), encode_snapshot(state)

    def _loaded(self) -> MemberState:
        return decode_snapshot(self.member_id, self.columns, self.snapshot)

    def state(self, named: frozenset[int] = frozenset()) -> MemberState:
        """The state as an adapter loads it."""
        state = self._loaded()
        for number, lot in self.table.items():
            if (lot.remaining > 0 and lot.expires_at > state.swept_through) or number in named:
                state.lots[number] = msgspec.structs.replace(lot)
        return state

    def history(self, command: Command) -> PurchaseHistory | None:
        reference = refers_to(command)
        if reference is None:
            return None
        for number, event in enumerate(self.stream):
            if event_key(event) == reference:
                later = [other for other in self.stream if reference_of(other) == reference]
                return PurchaseHistory(event, number + 1, later)
        return None

    def named(self, history: PurchaseHistory | None) -> frozenset[int]:
        return lots_named(history, self._loaded()) if history is not None else frozenset()

    def decide(self, command: Command, limits: Mapping[str, int] | None = None) -> tuple[Decision, MemberState]:
        history = self.history(command)
        state = self.state(self.named(history))
        return decide(self.book, state, command, self.now, history, self.limits if limits is None else limits), state

    def do(self, command: Command) -> list[Event]:
        """Decide, apply and book; the input state of decide is unchanged."""
        history = self.history(command)
        named = self.named(history)
        decision, state = self.decide(command)
        assert state == self.state(named), "decide changed its input"
        for event in decision.events:
            self._book(event)
            evolve(state, event)
            self.stream.append(event)
        for limit_id, taken in decision.consumes:
            self.limits[limit_id] = self.limits.get(limit_id, 0) - taken
        for number in state.touched_lots:
            self.table[number] = msgspec.structs.replace(state.lots[number])
        self._save(state)
        self.check()
        return decision.events

    def _book(self, event: Event) -> None:
        assert decode_event(encode_event(event)) == event
        legs = posting_rules(event)
        assert sum(leg.amount for leg in legs) == 0
        for leg in legs:
            self.journal[leg.account] += leg.amount

    def check(self) -> None:
        """Every invariant of the ledger (DESIGN.md §3)."""
        state = self.state()
        assert sum(self.journal.values()) == 0
        assert self.journal[MEMBER_AVAILABLE] == state.booked
        assert self.journal[MEMBER_PENDING] == pending_booked(state)
        assert self.journal[MEMBER_DEBT] == -state.debt_points
        assert (
            state.debt_points >= 0
            and state.forgiven_points >= 0
            and state.booked >= 0
            and state.growth >= 0
            and state.spend_minor >= 0
        )
        for at in (self.now, *self._seconds_that_decide(state), self.now + 200 * DAY):
            assert state.booked + due_maturity(state, at) == spendable(state, at) + held(state) + due_expiry(state, at)
            assert spendable(state, at) == self._alive(at)
        assert all(0 <= lot.remaining <= lot.amount for lot in self.table.values())
        assert state.version == len(self.stream)

    def _alive(self, at: Instant) -> int:
        """Pitfall 6, from the table alone: a lot is spendable from its maturity on and not at its end any more."""
        return sum(lot.remaining for lot in self.table.values() if lot.matures_at <= at < lot.expires_at)

    def _seconds_that_decide(self, state: MemberState) -> list[Instant]:
        """The next ends and maturities of open lots, and the seconds before them."""
        instants = {instant for lot in state.lots.values() for instant in (lot.matures_at, lot.expires_at)}
        coming = sorted(instant for instant in instants if self.now < instant < FAR_FUTURE)[:3]
        return [instant + step for instant in coming for step in (-1, 0)]

    def rebuild(self) -> tuple[MemberState, dict[int, Lot], Counter[str]]:
        """The state, lots and journal by replaying the encoded events."""
        state, journal = new_member(self.member_id), Counter[str]()
        for event in self.stream:
            stored = decode_event(encode_event(event))
            evolve(state, stored)
            for leg in posting_rules(stored):
                journal[leg.account] += leg.amount
        return state, state.lots, journal

    @property
    def spendable(self) -> int:
        return spendable(self.state(), self.now)

    @property
    def debt(self) -> int:
        return self.state().debt_points
