"""Use case: a node restored from a backup takes back the conversions that only the chain remembers.

Owns the node's half: whose points a forgotten item took, and the hold that the indexer captures afterwards. It may not
invent: an item that no member's conversion answers for goes to suspense, and the operator is told.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import Connection

from alliance_node.application.chain_block import return_item_id
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.envelopes import Envelope
from alliance_node.application.records import ConversionRow, ConversionStatus
from alliance_node.domain.commands import HoldForConversion
from alliance_node.domain.instants import Instant


class ForgottenItem(msgspec.Struct, frozen=True):
    """One of our own items on the chain; `kind` as in OwnOutcome, `alliance_units` None when the desk rejected it.
    `points`: those that leave (none, where a wallet gives them). `commitment`: of the code (a claim's is computed from
    its salt)."""

    item_id: str
    kind: str
    accepted: bool
    rate_version: int
    counterparty: int
    deadline: Instant
    points: int
    alliance_units: int
    commitment: bytes
    claim_address: bytes


def recover_conversions(
    desk: ConversionDesk, connection: Connection, items: Sequence[ForgottenItem], now: Instant
) -> set[str]:
    """Holds and conversions of forgotten convert-ins, in the caller's transaction; returns the ids that stay
    unexplained: their members or codes were made after the backup, or their points are not there any more."""
    known = desk.store.lock_conversions(connection, [item.item_id for item in items])
    missing = [item for item in items if item.item_id not in known]
    unexplained = {item.item_id for item in missing}
    leaving = [item for item in missing if item.kind in ("convert_in", "to_wallet")]
    unexplained -= _take_back(desk, connection, leaving, now)
    unexplained -= _signed(
        desk, connection, [item for item in missing if item.kind in ("convert_out", "transfer")], now
    )
    claims = [item for item in missing if item.kind == "claim"]
    codes = desk.store.codes(connection, [item.commitment for item in claims])
    unexplained -= {item.item_id for item in claims if item.commitment in codes}
    returns = [item for item in missing if item.kind == "return"]
    unexplained -= _known_returns(desk, connection, returns)
    if desk.bonuses is not None:
        unexplained -= desk.bonuses.known(connection, [item.item_id for item in missing])
    return unexplained


def _take_back(desk: ConversionDesk, connection: Connection, items: Sequence[ForgottenItem], now: Instant) -> set[str]:
    """Hold again what accepted convert-ins took."""
    accepted = [item for item in items if item.accepted]
    owners = desk.directory.members_of([item.item_id for item in accepted], desk.store.every_member(connection))
    ours = [item for item in accepted if item.item_id in owners]
    holds = [
        Envelope(
            HoldForConversion(
                owners[item.item_id], item.item_id, item.points, item.alliance_units, now, item.kind == "to_wallet"
            )
        )
        for item in ours
    ]
    results = desk.ledger.execute_in(connection, holds, now)
    held = [item for item, result in zip(ours, results, strict=True) if result.accepted]
    desk.store.add_conversions(connection, [_row(item, owners[item.item_id], now) for item in held])
    return {item.item_id for item in held}


def _signed(desk: ConversionDesk, connection: Connection, items: Sequence[ForgottenItem], now: Instant) -> set[str]:
    """Intents that the desk carried out: their ids say whose they are, and the credit follows like any other."""
    accepted = [item for item in items if item.accepted]
    owners = desk.directory.members_of([item.item_id for item in accepted], desk.store.every_member(connection))
    ours = [item for item in accepted if item.item_id in owners]
    codes = desk.store.codes(connection, [item.commitment for item in ours if item.kind == "convert_out"])
    rows = []
    for item in ours:
        member_id, code = owners[item.item_id], codes.get(item.commitment)
        award = code.award if code is not None and code.member_id == member_id else None
        rows.append(_row(item, member_id, now, award))
    desk.store.add_conversions(connection, rows)
    return {item.item_id for item in ours}


_PLACES: dict[str, tuple[Literal["out", "in", "transfer"], ConversionStatus]] = {
    "convert_in": ("out", "held"),
    "to_wallet": ("out", "held"),
    "convert_out": ("in", "claiming"),
    "transfer": ("transfer", "sending"),
}


def _row(item: ForgottenItem, member_id: str, now: Instant, award: str | None = None) -> ConversionRow:
    direction, status = _PLACES[item.kind]
    return ConversionRow(
        item.item_id,
        direction,
        member_id,
        status,
        0 if direction == "in" else item.points,
        item.alliance_units,
        item.rate_version,
        item.counterparty,
        item.commitment,
        item.deadline,
        item.claim_address,
        now,
        now,
        award=award,
    )


def _known_returns(desk: ConversionDesk, connection: Connection, items: Sequence[ForgottenItem]) -> set[str]:
    """Returns of conversions that exist here, taken back ones included."""
    rows = desk.store.conversions_by_claim(connection, [item.claim_address for item in items])
    explained = {return_item_id(row.conversion_id) for row in rows} | {row.return_item_id for row in rows}
    return {item.item_id for item in items if item.item_id in explained}
