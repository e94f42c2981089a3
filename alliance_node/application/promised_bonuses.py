"""What the ledger does with bonuses that its redemptions promise, in the same commit (R-ALL-6).

Owns the look at a group's redemptions and cancellations, which costs other commands nothing, and the answer of a node
without an alliance: it refuses them, for no sponsor can pay.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from sqlalchemy import Connection

from alliance_node.application.envelopes import Envelope, Result
from alliance_node.domain.commands import CancelRedemption, Redeem, RefuseSpendingBonus
from alliance_node.domain.events import RedemptionCancelled, RedemptionMade
from alliance_node.domain.instants import Instant


class BonusDesk(Protocol):
    """Follows a group of commands inside its transaction."""

    def follow(
        self, connection: Connection, envelopes: Sequence[Envelope], results: Sequence[Result], now: Instant
    ) -> None: ...


class Executes(Protocol):
    """The ledger, inside a transaction of the caller."""

    def execute_in(self, connection: Connection, envelopes: Sequence[Envelope], now: Instant) -> list[Result]: ...


class Unsponsored:
    """Implements `BonusDesk` without an alliance."""

    def __init__(self, ledger: Executes) -> None:
        self._ledger = ledger

    def follow(
        self, connection: Connection, envelopes: Sequence[Envelope], results: Sequence[Result], now: Instant
    ) -> None:
        """Refuse what was promised."""
        refusals = [
            Envelope(RefuseSpendingBonus(member_id, made.redemption_id, "not_connected", now))
            for member_id, made in promised(envelopes, results)
        ]
        self._ledger.execute_in(connection, refusals, now)


_CONCERNED = (Redeem, CancelRedemption)


def concerns_bonuses(envelopes: Sequence[Envelope]) -> bool:
    """Whether the group holds a command that may promise or end a bonus."""
    return any(type(envelope.command) in _CONCERNED for envelope in envelopes)


def promised(envelopes: Sequence[Envelope], results: Sequence[Result]) -> Iterator[tuple[str, RedemptionMade]]:
    """The group's new redemptions that promise a bonus, each with its member."""
    for envelope, result in zip(envelopes, results, strict=True):
        if type(envelope.command) is Redeem and result.outcome == "accepted":
            for event in result.events:
                if isinstance(event, RedemptionMade) and event.bonus_points:
                    yield envelope.command.member_id, event


def cancelled(envelopes: Sequence[Envelope], results: Sequence[Result]) -> list[str]:
    """The redemptions that the group cancelled."""
    return [
        event.redemption_id
        for envelope, result in zip(envelopes, results, strict=True)
        if type(envelope.command) is CancelRedemption and result.outcome == "accepted"
        for event in result.events
        if isinstance(event, RedemptionCancelled)
    ]
