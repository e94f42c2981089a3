"""Use case: bonuses and circulation awards that a sponsor's budget on the alliance's ledger pays (R-ALL-6).

Owns the way of each promise: SPEND enqueued in the redemption's commit, points only once the ledger paid,
UNSPEND when a redemption is cancelled. A bonus is owed by nobody before the sponsor has paid it, so a SPEND that
the ledger rejects costs neither brand nor member anything. Nothing here commits.
"""

import uuid
from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

import msgspec
from sqlalchemy import Connection

from alliance_node.application.alliance_ports import AllianceDirectory
from alliance_node.application.bonus_records import (
    BonusKind,
    BonusRow,
    BonusStatus,
    BonusStore,
    BudgetChange,
    BudgetKey,
)
from alliance_node.application.chain_outcomes import OwnOutcome
from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.ports import ConversionOutbox, ConversionStore, LedgerStore, OutgoingConversion, Programs
from alliance_node.application.promised_bonuses import Executes, Promise, promised, undone
from alliance_node.domain.codecs import decode_event
from alliance_node.domain.commands import (
    Command,
    PayCirculationAward,
    PaySpendingBonus,
    RefuseCirculationAward,
    RefuseSpendingBonus,
)
from alliance_node.domain.events import ConversionReceived
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram


class BonusLedger(Executes, Protocol):
    """What is needed of the ledger."""

    @property
    def store(self) -> LedgerStore: ...

    @property
    def programs(self) -> Programs: ...


class SpendingBonuses:
    """Implements `BonusDesk` with an alliance."""

    def __init__(
        self,
        ledger: BonusLedger,
        store: BonusStore,
        conversions: ConversionStore,
        directory: AllianceDirectory,
        outbox: ConversionOutbox,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._conversions = conversions
        self._directory = directory
        self._outbox = outbox

    def follow(
        self, connection: Connection, envelopes: Sequence[Envelope], results: Sequence[Result], now: Instant
    ) -> None:
        """SPEND for what was promised, UNSPEND for what was cancelled, in the group's commit."""
        refusals: list[Command] = []
        ended: list[OwnOutcome] = []
        for promise in promised(envelopes, results):
            asked = self._ask(connection, promise, now)
            if isinstance(asked, str):
                refusals.append(promise.refusal(asked, now))
            else:
                ended += asked
        self._ledger.execute_in(connection, [Envelope(command) for command in refusals], now)
        self.answered(connection, ended, now)
        gone = undone(envelopes, results)
        if gone:
            found = self._store.lock(connection, [spend_item_id(redemption, kind) for redemption, kind in gone])
            self._give_back(connection, list(found.values()), now)

    def give_back_again(self, connection: Connection, now: Instant) -> int:
        """Another UNSPEND for each that the ledger refused; returns how many. Repeated at once it finds none."""
        found = self._store.in_status(connection, "kept")
        self._ledger.store.lock_members(connection, sorted({row.member_id for row in found}))
        locked = self._store.lock(connection, [row.item_id for row in found]).values()
        rows = [row for row in locked if row.status == "kept"]
        self._store.save(connection, [self._unspend(connection, row, now, _again(row)) for row in rows])
        return len(rows)

    def known(self, connection: Connection, item_ids: Sequence[str]) -> set[str]:
        """Of these items, those that a promise or an order answers for: a restored node gives them their outcome."""
        return self._store.known(connection, item_ids)

    def budgets_moved(self, connection: Connection, changes: Sequence[BudgetChange]) -> None:
        """What a final block did to the budgets of this brand."""
        for change in changes:
            self._store.move(connection, change)

    def answered(self, connection: Connection, outcomes: Sequence[OwnOutcome], now: Instant) -> None:
        """The ledger accepted or rejected our items. Items that no bonus knows are the operator's own."""
        if not outcomes:
            return
        ids = [outcome.item_id for outcome in outcomes]
        self._ledger.store.lock_members(connection, self._store.members(connection, ids))
        spends, unspends = self._store.lock(connection, ids), self._store.by_unspend(connection, ids)
        rows: list[BonusRow] = []
        waiting: list[tuple[BonusRow, OwnOutcome]] = []
        for outcome in outcomes:
            spend, unspend = spends.get(outcome.item_id), unspends.get(outcome.item_id)
            if unspend is not None:
                rows.append(_unspent(unspend, outcome, now))
            elif spend is not None and spend.status == "spending":
                waiting.append((spend, outcome))
            elif spend is not None and spend.status == "cancelled":
                undone = self._unspend(connection, spend, now) if outcome.accepted else None
                rows.append(undone or _now(spend, "refused", now, outcome.reason))
        self._store.save(connection, [*rows, *self._answer(connection, waiting, now)])

    def _answer(
        self, connection: Connection, waiting: Sequence[tuple[BonusRow, OwnOutcome]], now: Instant
    ) -> list[BonusRow]:
        """Pay or refuse; a bonus that its member cannot have any more goes back into the budget."""
        commands = [_command(row, outcome, now) for row, outcome in waiting]
        results = self._ledger.execute_in(connection, [Envelope(command) for command in commands], now)
        rows = []
        for (row, outcome), result in zip(waiting, results, strict=True):
            if not outcome.accepted:
                rows.append(_now(row, "refused", now, outcome.reason))
            elif result.accepted:
                rows.append(_now(row, "paid", now))
            else:
                rows.append(self._unspend(connection, row, now))
        return rows

    def _ask(self, connection: Connection, promise: Promise, now: Instant) -> str | Sequence[OwnOutcome]:
        """Enqueue the SPEND, or say why not. An outcome: a redemption repeated on a restored node, long answered."""
        made = promise.made
        program = self._ledger.programs.book(connection).version(made.program_version)
        found = _budget(program, promise.kind) if program is not None else None
        if found is None:
            return "not_connected"
        units = self._units(connection, promise)
        if not units:
            return "rate_unknown" if units is None else "below_one_unit"
        item_id = spend_item_id(made.redemption_id, promise.kind)
        asked_before = self._outbox.amount_of(connection, item_id) == units  # and the budget has paid it, maybe
        if not asked_before and self._store.units_left(connection, found) < units:
            return "budget_empty"
        row = BonusRow(
            item_id,
            promise.kind,
            made.redemption_id,
            promise.member_id,
            found,
            promise.points,
            units,
            "spending",
            None,
            None,
            now,
        )
        self._store.add(connection, row)
        return self._outbox.enqueue(connection, [_item(item_id, "spend", found, units)])

    def _units(self, connection: Connection, promise: Promise) -> int | None:
        """What the points are worth at the out-rates of the arrivals, rounded down; None: one of them is not known."""
        made = promise.made
        arrived = sum(part.points for part in made.arrived)
        units = Fraction(0)
        for part in made.arrived:
            (stored,) = self._ledger.store.stream(connection, promise.member_id, part.source_version, 1)
            event = decode_event(stored.payload)
            if not isinstance(event, ConversionReceived):
                return None
            row = self._conversions.lock_conversions(connection, [event.conversion_id]).get(event.conversion_id)
            rate = self._directory.rate_version(connection, row.rate_version) if row is not None else None
            if rate is None:
                return None
            share = Fraction(part.points * promise.points, arrived)
            units += share * rate.out_denominator / rate.out_numerator
        return int(units)

    def _give_back(self, connection: Connection, found: Sequence[BonusRow], now: Instant) -> None:
        rows = [
            self._unspend(connection, row, now) if row.status == "paid" else _now(row, "cancelled", now)
            for row in found
            if row.status in ("paid", "spending")
        ]
        self._store.save(connection, rows)

    def _unspend(self, connection: Connection, row: BonusRow, now: Instant, item_id: str = "") -> BonusRow:
        item_id = item_id or str(uuid.uuid5(uuid.NAMESPACE_OID, f"{row.item_id}:unspend"))
        ended = self._outbox.enqueue(connection, [_item(item_id, "unspend", row.budget, row.units)])
        asked = msgspec.structs.replace(row, status="unspending", reason=None, unspend_item_id=item_id, updated_at=now)
        return _unspent(asked, ended[0], now) if ended else asked


def spend_item_id(redemption_id: str, kind: BonusKind = "bonus") -> str:
    """The same redemption always gives the same id: what it promises is asked for once, whatever crashes."""
    name = "spending-bonus" if kind == "bonus" else "circulation-award"
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{redemption_id}:{name}"))


def _again(row: BonusRow) -> str:
    """The id of the next try, from the one before: a restored node that asks again asks for the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{row.unspend_item_id}:again"))


def _budget(program: CompiledProgram, kind: BonusKind) -> BudgetKey | None:
    file = program.file
    rules = file.spending_bonus if kind == "bonus" else file.circulation_award
    ends = program.bonus_ends if kind == "bonus" else program.award_ends
    return BudgetKey(rules.sponsor_brand, bytes.fromhex(rules.terms[2:]), ends) if rules is not None else None


def _item(item_id: str, kind: str, budget: BudgetKey, units: int) -> OutgoingConversion:
    return OutgoingConversion(item_id, kind, 0, budget.sponsor, budget.deadline, units, budget.terms)


def _command(row: BonusRow, outcome: OwnOutcome, now: Instant) -> Command:
    named = (row.member_id, row.redemption_id)
    if outcome.accepted:
        return PaySpendingBonus(*named, now) if row.kind == "bonus" else PayCirculationAward(*named, now)
    reason = outcome.reason or "rejected"
    if row.kind == "bonus":
        return RefuseSpendingBonus(*named, reason, now)
    return RefuseCirculationAward(*named, reason, now)


def _unspent(row: BonusRow, outcome: OwnOutcome, now: Instant) -> BonusRow:
    return _now(row, "returned" if outcome.accepted else "kept", now, outcome.reason)


def _now(row: BonusRow, status: BonusStatus, now: Instant, reason: str | None = None) -> BonusRow:
    return msgspec.structs.replace(row, status=status, reason=reason, updated_at=now)
