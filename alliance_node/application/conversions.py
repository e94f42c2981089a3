"""What the conversion use cases share: their dependencies and the views they return.

Owns no step itself: see make_receiving_codes, quote_conversions, request_conversions, chain_block.
"""

from typing import Literal

import msgspec

from alliance_node.application.alliance_ports import AllianceDirectory
from alliance_node.application.answers import RefusedBody
from alliance_node.application.errors import ApplicationError
from alliance_node.application.ledger import Ledger
from alliance_node.application.ports import ConversionOutbox, ConversionStore, Vault
from alliance_node.application.spending_bonuses import BonusStore, SpendingBonuses
from alliance_node.domain.errors import DomainError
from alliance_node.domain.instants import Instant


class ConversionDesk:
    """Dependencies of the conversion use cases; times in seconds."""

    def __init__(
        self,
        ledger: Ledger,
        store: ConversionStore,
        directory: AllianceDirectory,
        outbox: ConversionOutbox,
        vault: Vault | None = None,
        quote_seconds: int = 15 * 60,
        code_seconds: int = 24 * 3600,
        bonuses: BonusStore | None = None,
    ) -> None:
        self.ledger = ledger
        self.store = store
        self.directory = directory
        self.outbox = outbox
        self.vault = vault
        self.quote_seconds = quote_seconds
        self.code_seconds = code_seconds
        self.bonuses = SpendingBonuses(ledger, bonuses, store, directory, outbox) if bonuses is not None else None
        if self.bonuses is not None:
            ledger.bonuses = self.bonuses


class CodeMade(msgspec.Struct, frozen=True):
    """A receiving code for a member to take to another brand."""

    member_id: str
    code: str
    expires_at: Instant
    award: str | None = None


class CodeRequest(msgspec.Struct, frozen=True):
    """A member wants a receiving code; `award`: the option of this brand that the arriving points are meant for."""

    member_id: str
    award: str | None = None


class AwardOnArrival(msgspec.Struct, frozen=True):
    """The award that arriving points were meant for: "waiting" for them, "redeemed", "refused" (the points stay in the
    account), or "ended" because the points never came."""

    option: str
    state: Literal["waiting", "redeemed", "refused", "ended"]
    redemption_id: str | None
    refusal: RefusedBody | None


class Quote(msgspec.Struct, frozen=True):
    """An offer to the member; `estimated_points` at the destination's rate in force now."""

    quote_id: str
    member_id: str
    points: int
    alliance_units: int
    estimated_points: int
    destination_brand: int
    destination_code: str
    rate_version: int
    expires_at: Instant


class QuoteRequest(msgspec.Struct, frozen=True):
    """A member wants to convert `points` to whoever made the receiving code."""

    member_id: str
    receiving_code: str
    points: int


class ConversionRequest(msgspec.Struct, frozen=True):
    """A member accepts a quote; the three idempotency fields as in Envelope."""

    member_id: str
    quote_id: str
    client_id: str | None = None
    idempotency_key: str | None = None
    body_hash: bytes | None = None


class Refused(msgspec.Struct, frozen=True):
    """One request of a batch that was refused; the others went on."""

    error: ApplicationError | DomainError
