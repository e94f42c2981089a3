"""Shapes and ports of founder memberships.

Owns what the use cases need of the alliance's ledger (`FounderLedger`) and of this node's tables (`FounderStore`). Who
holds a membership is the ledger's word alone, at its last final block.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec
from sqlalchemy import Connection

from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.ports import Database
from alliance_node.domain.instants import Instant

OrderKind = Literal["Transfer", "Sale", "Cancel", "Grant"]
Message = Mapping[str, int | str]
"""An order's fields as its typed data shows them: numbers, and 0x… text for addresses and 32-byte values."""


class FounderView(msgspec.Struct, frozen=True):
    """A membership at the last final block. `last_grant_month` is `2026-11`, or `-`."""

    token_id: int
    holder: str
    nonce: int
    last_grant_month: str


class FounderTerms(msgspec.Struct, frozen=True):
    """What the contract says now; `vault_units` can still be granted, `month` is `12 * year + month - 1` in UTC+8."""

    sponsor_brand: int
    treasury: str
    royalty_bps: int
    vault_units: int
    grant_units: int
    month: int
    issued: int
    description: str


class OrderView(msgspec.Struct, frozen=True):
    """A signed order on its way: `queued`, `signed`, `done` or `refused` with the contract's reason."""

    digest: str
    kind: str
    token_id: int
    state: str
    reason: str | None
    transaction: str | None


class GrantView(msgspec.Struct, frozen=True):
    """A grant that was paid."""

    token_id: int
    month: str
    sponsor_brand: int
    units: int
    claim_deadline: Instant
    block_number: int


class SponsoredView(msgspec.Struct, frozen=True):
    """A grant out of this brand's vault: `waiting`, `claimed`, `returning` or `returned`."""

    token_id: int
    month: str
    units: int
    claim_deadline: Instant
    state: str


class ChallengeRow(msgspec.Struct, frozen=True):
    """What a member was asked to sign."""

    challenge: bytes
    member_id: str
    token_id: int
    deadline: Instant


class LinkRow(msgspec.Struct, frozen=True):
    """A membership that a member has shown. Purchases of the stream are judged up to version `decided_through`."""

    token_id: int
    member_id: str
    holder: bytes
    linked_at: Instant
    decided_through: int


class DueLink(msgspec.Struct, frozen=True):
    """A link whose member's stream has grown, up to `version`."""

    link: LinkRow
    version: int


class PurchaseSeen(msgspec.Struct, frozen=True):
    """A purchase of a member's stream; `payload` is its event."""

    version: int
    occurred_at: Instant
    payload: str


class OfferRow(msgspec.Struct, frozen=True):
    """A signed sale that anyone may accept; `message` is JSON."""

    digest: bytes
    token_id: int
    price_units: int
    nonce: int
    deadline: Instant
    message: str
    signature: bytes


class FounderLedger(Protocol):
    """The alliance's ledger, as far as it concerns founder memberships."""

    def founder(self, connection: Connection, token_id: int) -> FounderView:
        """Raises UnknownFounder."""
        ...

    def indexed_until(self, connection: Connection) -> Instant:
        """The time of the last final block that this node has read; 0 before the first."""
        ...

    def owner_before(self, connection: Connection, token_id: int, at: Instant) -> bytes | None:
        """The holder at the last final block before the instant."""
        ...

    def grants(self, connection: Connection, token_ids: Sequence[int]) -> list[GrantView]:
        """Grants of these memberships, oldest first."""
        ...

    def terms(self) -> FounderTerms:
        """The contract's terms at the head. Raises AllianceNotConnected."""
        ...

    def vault(self) -> str:
        """The account that grants are paid from."""
        ...

    def presentation(self, token_id: int, challenge: bytes, deadline: Instant) -> dict[str, object]:
        """The typed data by which a holder shows a membership to this brand."""
        ...

    def presented_by(self, token_id: int, challenge: bytes, deadline: Instant, signature: str) -> bytes:
        """Who signed it. Raises InvalidFounderSignature."""
        ...

    def commitment_of(self, code: str) -> bytes:
        """What a receiving code of this brand commits to."""
        ...

    def typed_data(self, kind: OrderKind, message: Message) -> dict[str, object]:
        """What a wallet signs. Raises InvalidFounderOrder."""
        ...

    def signed_by(self, kind: OrderKind, message: Message, signature: str) -> tuple[bytes, str]:
        """The order's digest, and who signed it. Raises InvalidFounderOrder, InvalidFounderSignature."""
        ...

    def payment(self, message: Message, buyer: str, valid_before: Instant) -> dict[str, object]:
        """The typed data of the buyer's payment for a sale. Raises InvalidFounderOrder."""
        ...

    def sponsored(self, connection: Connection) -> list[SponsoredView]:
        """Grants that this brand sponsors, the oldest deadline first."""
        ...

    def relay_account(self) -> str:
        """The account from which this node relays members' orders."""
        ...

    def first_payment(self, price: int, buyer: str, salt: bytes, valid_before: Instant) -> dict[str, object]:
        """The typed data of a payment for the next new membership. Raises InvalidFounderOrder."""
        ...

    def require_first_payment(self, price: int, buyer: str, salt: bytes, valid_before: Instant, signature: str) -> None:
        """Raises InvalidFounderSignature unless the buyer signed exactly this."""
        ...

    def relay(
        self, connection: Connection, kind: OrderKind, message: Message, signature: str, now: Instant
    ) -> OrderView:
        """Queue a signed order. Raises InvalidFounderOrder, InvalidFounderSignature."""
        ...

    def relay_purchase(
        self,
        connection: Connection,
        message: Message,
        signature: bytes,
        buyer: str,
        valid_before: Instant,
        payment_signature: str,
        now: Instant,
    ) -> OrderView:
        """Queue a sale with its payment. Raises InvalidFounderOrder, InvalidFounderSignature."""
        ...

    def order(self, connection: Connection, digest: str) -> OrderView:
        """Raises UnknownFounderOrder."""
        ...


class FounderStore(Database, Protocol):
    """This node's tables; every method works inside the caller's transaction."""

    def add_challenge(self, connection: Connection, row: ChallengeRow, now: Instant) -> None:
        """Keep a challenge; those whose time is over go."""
        ...

    def take_challenge(self, connection: Connection, challenge: bytes) -> ChallengeRow | None:
        """Find and remove it: a challenge is answered once."""
        ...

    def put_link(self, connection: Connection, row: LinkRow) -> None:
        """Keep a link; one of the same token ends."""
        ...

    def drop_link(self, connection: Connection, member_id: str, token_id: int) -> bool:
        """Whether there was one."""
        ...

    def links_of(self, connection: Connection, member_id: str) -> list[LinkRow]:
        """A member's links, by token."""
        ...

    def due_links(self, connection: Connection, limit: int) -> list[DueLink]:
        """Links of members who are still here and whose stream has grown, the longest waiting first."""
        ...

    def purchases(self, connection: Connection, member_id: str, after: int, limit: int) -> list[PurchaseSeen]:
        """Purchases after a version of the stream, in order."""
        ...

    def decided(self, connection: Connection, token_id: int, through: int) -> None:
        """Purchases are judged up to this version."""
        ...

    def add_offer(self, connection: Connection, row: OfferRow) -> None:
        """The same offer again is a no-op."""
        ...

    def offer(self, connection: Connection, digest: bytes) -> OfferRow | None:
        """One offer."""
        ...

    def offers(self, connection: Connection, now: Instant) -> list[OfferRow]:
        """Offers whose time is not over, cheapest first."""
        ...


class FounderDesk:
    """Dependencies of the use cases about founder memberships."""

    def __init__(self, conversions: ConversionDesk, ledger: FounderLedger, store: FounderStore) -> None:
        self.conversions = conversions
        self.ledger = ledger
        self.store = store
