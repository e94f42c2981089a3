"""Use case: a final block of the alliance's ledger was observed; its consequences for this brand's members.

Owns capture and release of holds, claims for arrivals on our codes, returns after the deadline, credits. Runs inside
the indexer's one commit: nothing here commits. Deadlines are judged in alliance time.
"""

import uuid
from collections.abc import Sequence
from typing import Literal

import msgspec
import uuid_utils
from sqlalchemy import Connection

from alliance_node.application.arrival_awards import award_of
from alliance_node.application.chain_outcomes import OwnOutcome
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.envelopes import Envelope
from alliance_node.application.errors import ConversionBroken
from alliance_node.application.ports import OutgoingConversion
from alliance_node.application.records import ChainReceipt, ConversionRow, ConversionStatus
from alliance_node.domain.commands import (
    CaptureConversion,
    Command,
    ReceiveConversion,
    Redeem,
    ReleaseConversion,
    ReturnConversion,
)
from alliance_node.domain.instants import Instant

NOTHING_TO_CLAIM = "nothing_to_claim"
_TOO_EARLY = "too_early"
_RETURNS_PER_BLOCK = 1_000


class ArrivalSeen(msgspec.Struct, frozen=True):
    """Alliance points that wait for this brand's claim."""

    source_brand: int
    commitment: bytes
    deadline: Instant
    alliance_units: int
    claim_address: bytes
    seq: int
    item_index: int
    tx_hash: bytes


class ClaimNoticed(msgspec.Struct, frozen=True):
    """The receiving brand claimed what these conversions of ours sent."""

    conversion_ids: tuple[str, ...]
    seq: int
    item_index: int
    tx_hash: bytes


class ChainBlock(msgspec.Struct, frozen=True):
    """A final block, in order of its contents."""

    number: int
    timestamp: Instant
    alliance_time: Instant
    outcomes: tuple[OwnOutcome, ...] = ()
    arrivals: tuple[ArrivalSeen, ...] = ()
    claims: tuple[ClaimNoticed, ...] = ()


def apply_block(desk: ConversionDesk, connection: Connection, block: ChainBlock) -> None:
    """Write every consequence of the block. Raises ConversionBroken when the ledger refuses one: the indexer stops."""
    work = _Block(desk, connection, block)
    work.outcomes()
    work.claims()
    work.carry_out()
    work.arrivals()
    work.overdue()


class _Block:
    def __init__(self, desk: ConversionDesk, connection: Connection, block: ChainBlock) -> None:
        self._desk = desk
        self._connection = connection
        self._block = block
        self._at = block.timestamp
        self._commands: list[Command] = []
        self._awards: dict[str, Redeem] = {}
        self._rows: dict[str, ConversionRow] = {}
        self._receipts: list[ChainReceipt] = []
        self._gone: set[str] = set()

    # ---- our own items ----------------------------------------------------------------------------------------------

    def outcomes(self) -> None:
        """Captures, releases, credits and returns."""
        outcomes = self._block.outcomes
        if not outcomes:
            return
        ids = [outcome.item_id for outcome in outcomes]
        rows = self._desk.store.lock_conversions(self._connection, ids)
        returns = self._desk.store.conversions_by_return(self._connection, ids)
        self._look_for_gone([row.member_id for row in rows.values() if row.direction == "in"])
        for outcome in outcomes:
            row = returns.get(outcome.item_id) if outcome.kind == "return" else rows.get(outcome.item_id)
            if row is None:
                raise ConversionBroken(f"item {outcome.item_id} on chain belongs to no conversion of this database")
            row = self._rows.get(row.conversion_id, row)
            match outcome.kind:
                case "convert_in":
                    self._issued(row, outcome) if outcome.accepted else self._rejected(row, outcome)
                case "claim":
                    self._credited(row, outcome) if outcome.accepted else self._claim_refused(row, outcome)
                case _:
                    self._returned(row, outcome) if outcome.accepted else self._return_refused(row, outcome)

    def _issued(self, row: ConversionRow, outcome: OwnOutcome) -> None:
        self._commands.append(CaptureConversion(row.member_id, row.conversion_id, self._at))
        self._set(row, "waiting", alliance_units=outcome.alliance_units)
        self._own_receipt(row, "issued", outcome)

    def _rejected(self, row: ConversionRow, outcome: OwnOutcome) -> None:
        reason = outcome.reason or "rejected"
        self._commands.append(ReleaseConversion(row.member_id, row.conversion_id, reason, self._at))
        self._set(row, "rejected", reason=reason)
        if outcome.seq:
            self._own_receipt(row, "rejected", outcome)

    def _credited(self, row: ConversionRow, outcome: OwnOutcome) -> None:
        self._own_receipt(row, "credited", outcome)
        status: ConversionStatus = "completed"
        if row.member_id in self._gone:
            status = "unclaimed"  # owed unconditionally: the alliance points are burnt
        elif outcome.local_points:
            brand = self._desk.directory.brand_code(row.counterparty)
            self._commands.append(
                ReceiveConversion(
                    row.member_id, row.conversion_id, outcome.local_points, outcome.alliance_units, brand, self._at
                )
            )
        self._set(row, status, points=outcome.local_points, alliance_units=outcome.alliance_units)
        award = award_of(row, self._at)
        if award is not None and status == "completed":
            self._awards[row.conversion_id] = award

    def _claim_refused(self, row: ConversionRow, outcome: OwnOutcome) -> None:
        self._set(row, "rejected", reason=outcome.reason)

    def _returned(self, row: ConversionRow, outcome: OwnOutcome) -> None:
        self._commands.append(ReturnConversion(row.member_id, row.conversion_id, self._at))
        self._set(row, "returned")
        self._own_receipt(row, "returned", outcome)

    def _return_refused(self, row: ConversionRow, outcome: OwnOutcome) -> None:
        if outcome.reason == NOTHING_TO_CLAIM:
            self._set(row, "completed")
        elif outcome.reason == _TOO_EARLY:
            self._set(row, "waiting", return_item_id=None, reason=_TOO_EARLY)
        else:
            self._set(row, "returning", reason=outcome.reason)

    def _look_for_gone(self, member_ids: Sequence[str]) -> None:
        """Which of these members left or asked to be forgotten, in one look."""
        wanted = sorted(set(member_ids))
        if not wanted:
            return
        members = self._desk.ledger.store.members(self._connection, wanted)
        self._gone = {each for each in wanted if each not in members or members[each].closed_at is not None}
        if self._desk.vault is not None:
            self._gone |= self._desk.vault.erased(self._connection, wanted)

    # ---- what others did --------------------------------------------------------------------------------------------

    def claims(self) -> None:
        """The other brand claimed: our conversions are complete."""
        ids = [conversion_id for claim in self._block.claims for conversion_id in claim.conversion_ids]
        rows = self._desk.store.lock_conversions(self._connection, ids) if ids else {}
        for claim in self._block.claims:
            for conversion_id in claim.conversion_ids:
                found = self._rows.get(conversion_id) or rows.get(conversion_id)
                if found is None:
                    raise ConversionBroken(f"conversion {conversion_id} was claimed but is not in this database")
                self._set(found, "completed")
                self._receipt(conversion_id, "claimed", claim.seq, claim.item_index, claim.tx_hash)

    def arrivals(self) -> None:
        """Points for a code of ours whose member is still here: enqueue the claim. Others return after the deadline."""
        arrivals = self._block.arrivals
        codes = self._desk.store.codes(self._connection, [arrival.commitment for arrival in arrivals])
        self._look_for_gone([code.member_id for code in codes.values()])
        rows: list[ConversionRow] = []
        items: list[OutgoingConversion] = []
        for arrival in arrivals:
            code = codes.get(arrival.commitment)
            if code is None or arrival.deadline <= self._block.alliance_time or code.member_id in self._gone:
                continue
            row = ConversionRow(
                _incoming_id(arrival),
                "in",
                code.member_id,
                "claiming",
                0,
                arrival.alliance_units,
                code.rate_version,
                arrival.source_brand,
                arrival.commitment,
                arrival.deadline,
                arrival.claim_address,
                self._at,
                self._at,
                award=code.award,
            )
            rows.append(row)
            items.append(
                OutgoingConversion(
                    row.conversion_id,
                    "claim",
                    code.rate_version,
                    arrival.source_brand,
                    arrival.deadline,
                    0,
                    code.salt,
                )
            )
            self._receipt(row.conversion_id, "arrived", arrival.seq, arrival.item_index, arrival.tx_hash)
        self._desk.store.add_conversions(self._connection, rows)
        self._save_receipts()
        self._enqueue(items)

    def overdue(self) -> None:
        """Conversions that nobody claimed by their deadline: enqueue the return."""
        rows = self._desk.store.overdue(self._connection, self._block.alliance_time, _RETURNS_PER_BLOCK)
        items: list[OutgoingConversion] = []
        changed: list[ConversionRow] = []
        for row in rows:
            item_id = str(uuid_utils.uuid7()) if row.reason == _TOO_EARLY else return_item_id(row.conversion_id)
            changed.append(
                msgspec.structs.replace(row, status="returning", return_item_id=item_id, updated_at=self._at)
            )
            items.append(OutgoingConversion(item_id, "return", 0, row.counterparty, row.deadline, 0, row.commitment))
        self._desk.store.update_conversions(self._connection, changed)
        self._enqueue(items)

    # ---- writing ----------------------------------------------------------------------------------------------------

    def carry_out(self) -> None:
        """Members' streams, conversion rows and receipts of what has been gathered so far."""
        everything = [Envelope(command) for command in (*self._commands, *self._awards.values())]
        results = self._desk.ledger.execute_in(self._connection, everything, self._at)
        for command, result in zip(self._commands, results[: len(self._commands)], strict=True):
            if not result.accepted:
                raise ConversionBroken(f"{command} was refused: {result.body.decode()}")
        for conversion_id, result in zip(self._awards, results[len(self._commands) :], strict=True):
            if not result.accepted:
                row = self._rows[conversion_id]
                self._rows[conversion_id] = msgspec.structs.replace(row, award_refusal=result.body.decode())
        self._desk.store.update_conversions(self._connection, list(self._rows.values()))
        self._save_receipts()

    def _set(
        self,
        row: ConversionRow,
        status: ConversionStatus,
        *,
        points: int | None = None,
        alliance_units: int | None = None,
        reason: str | None = None,
        return_item_id: str | None = "keep",
    ) -> None:
        self._rows[row.conversion_id] = msgspec.structs.replace(
            row,
            status=status,
            points=row.points if points is None else points,
            alliance_units=row.alliance_units if alliance_units is None else alliance_units,
            reason=reason,
            return_item_id=row.return_item_id if return_item_id == "keep" else return_item_id,
            updated_at=self._at,
        )

    def _own_receipt(
        self,
        row: ConversionRow,
        step: Literal["issued", "rejected", "credited", "returned"],
        outcome: OwnOutcome,
    ) -> None:
        self._receipts.append(
            ChainReceipt(
                row.conversion_id,
                step,
                self._block.number,
                outcome.tx_hash,
                outcome.seq,
                outcome.item_index,
                outcome.local_points,
                outcome.alliance_units,
                self._at,
            )
        )

    def _receipt(
        self, conversion_id: str, step: Literal["arrived", "claimed"], seq: int, item_index: int, tx_hash: bytes
    ) -> None:
        self._receipts.append(
            ChainReceipt(conversion_id, step, self._block.number, tx_hash, seq, item_index, 0, 0, self._at)
        )

    def _save_receipts(self) -> None:
        self._desk.store.save_receipts(self._connection, self._receipts)
        self._receipts = []

    def _enqueue(self, items: Sequence[OutgoingConversion]) -> None:
        if items:
            self._desk.outbox.enqueue(self._connection, items)


def return_item_id(conversion_id: str) -> str:
    """The same conversion always gives its first return the same id: a node restored from a backup finds it again."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{conversion_id}:return"))


def _incoming_id(arrival: ArrivalSeen) -> str:
    """The same arrival always gives the same id, so that it can be enqueued only once."""
    name = f"{arrival.claim_address.hex()}:{arrival.source_brand}:{arrival.seq}:{arrival.item_index}"
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))
