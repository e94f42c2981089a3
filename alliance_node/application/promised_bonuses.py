"""What the ledger does with bonuses and awards that its redemptions promise, in the same commit (R-ALL-6).

Owns the look at a group's redemptions and cancellations, which costs other commands nothing, and the answer of a node
without an alliance: it refuses them, for no sponsor can pay.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec
from sqlalchemy import Connection

from alliance_node.application.bonus_records import BonusKind
from alliance_node.application.envelopes import Envelope, Result
from alliance_node.domain.commands import CancelRedemption, Command, Redeem, RefuseCirculationAward, RefuseSpendingBonus
from alliance_node.domain.events import CirculationAwardRevoked, RedemptionCancelled, RedemptionMade
from alliance_node.domain.instants import Instant


class BonusDesk(Protocol):
    """Follows a group of commands inside its transaction."""

    def follow(
        self, connection: Connection, envelopes: Sequence[Envelope], results: Sequence[Result], now: Instant
    ) -> None: ...


class Executes(Protocol):
    """The ledger, inside a transaction of the caller."""

    def execute_in(self, connection: Connection, envelopes: Sequence[Envelope], now: Instant) -> list[Result]: ...


class Promise(msgspec.Struct, frozen=True):
    """Points that a redemption promises once a sponsor has paid."""

    kind: BonusKind
    member_id: str
    made: RedemptionMade
    points: int

    def refusal(self, reason: str, now: Instant) -> Command:
        """The command that ends the promise; `reason` is a code."""
        named = (self.member_id, self.made.redemption_id, reason, now)
        return RefuseSpendingBonus(*named) if self.kind == "bonus" else RefuseCirculationAward(*named)


class Unsponsored:
    """Implements `BonusDesk` without an alliance."""

    def __init__(self, ledger: Executes) -> None:
        self._ledger = ledger

    def follow(
        self, connection: Connection, envelopes: Sequence[Envelope], results: Sequence[Result], now: Instant
    ) -> None:
        """Refuse what was promised."""
        refusals = [Envelope(promise.refusal("not_connected", now)) for promise in promised(envelopes, results)]
        self._ledger.execute_in(connection, refusals, now)


_CONCERNED = (Redeem, CancelRedemption)


def concerns_bonuses(envelopes: Sequence[Envelope]) -> bool:
    """Whether the group holds a command that may promise or end a bonus."""
    return any(type(envelope.command) in _CONCERNED for envelope in envelopes)


def promised(envelopes: Sequence[Envelope], results: Sequence[Result]) -> Iterator[Promise]:
    """What the group's new redemptions promise."""
    for envelope, result in zip(envelopes, results, strict=True):
        if type(envelope.command) is Redeem and result.outcome == "accepted":
            member_id = envelope.command.member_id
            for event in result.events:
                if isinstance(event, RedemptionMade) and event.bonus_points:
                    yield Promise("bonus", member_id, event, event.bonus_points)
                if isinstance(event, RedemptionMade) and event.award is not None:
                    yield Promise("award", member_id, event, event.award.points)


def undone(envelopes: Sequence[Envelope], results: Sequence[Result]) -> list[tuple[str, BonusKind]]:
    """What the group's cancellations undo: the redemption that had promised it, and whether bonus or award."""
    found: list[tuple[str, BonusKind]] = []
    for envelope, result in zip(envelopes, results, strict=True):
        if type(envelope.command) is CancelRedemption and result.outcome == "accepted":
            for event in result.events:
                if isinstance(event, RedemptionCancelled):
                    found.append((event.redemption_id, "bonus"))
                if isinstance(event, CirculationAwardRevoked):
                    found.append((event.redemption_id, "award"))
    return found
