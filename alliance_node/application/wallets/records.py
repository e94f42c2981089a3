"""Shapes and ports of members' own wallets.

Owns what the use cases need of the alliance's ledger (`WalletLedger`), of the identity vault (`WalletVault`: which
wallet is whose is identity data) and of this node's tables (`WalletStore`, which hold no address).
"""

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec
from sqlalchemy import Connection

from alliance_node.application.ports import Database
from alliance_node.domain.instants import Instant

IntentKind = Literal["convert_out", "transfer"]
Message = Mapping[str, int | str]
"""An intent's fields as its typed data shows them: numbers, and 0x… text for addresses and 32-byte values."""


class SignInText(msgspec.Struct, frozen=True):
    """The fields of a sign-in message (EIP-4361)."""

    domain: str
    address: str
    statement: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: Instant
    expires_at: Instant


class ChallengeRow(msgspec.Struct, frozen=True):
    """A sign-in message that a member was given; `used_at`: when it was answered."""

    nonce: str
    member_id: str
    issued_at: Instant
    expires_at: Instant
    used_at: Instant | None = None


class IntentRow(msgspec.Struct, frozen=True):
    """An intent that was handed in: its digest, and the conversion that it became."""

    digest: bytes
    conversion_id: str
    member_id: str


class Intent(msgspec.Struct, frozen=True):
    """What a wallet signs. `payload`: the receiving code's commitment (convert_out) or the receiver (transfer)."""

    kind: IntentKind
    units: int
    minimum: int
    payload: bytes
    nonce: int
    deadline: Instant


class OpenIntent(msgspec.Struct, frozen=True):
    """An intent of a wallet that this node has not seen the end of."""

    nonce: int
    units: int


class AccountState(msgspec.Struct, frozen=True):
    """A wallet on the ledger's newest block: its next nonce at the desk, and its alliance units."""

    nonce: int
    units: int


class WalletLedger(Protocol):
    """The alliance's ledger and its ways of signing, as far as own wallets go. Addresses are 20 bytes."""

    @property
    def chain_id(self) -> int: ...

    def parse_address(self, text: str) -> bytes:
        """Raises WalletAddressMalformed."""
        ...

    def format_address(self, address: bytes) -> str:
        """With checksum (EIP-55)."""
        ...

    def sign_in(self, fields: SignInText) -> str:
        """The message that a wallet signs."""
        ...

    def read_sign_in(self, message: str) -> SignInText:
        """Raises WalletMessageMalformed."""
        ...

    def signer_of(self, message: str, signature: str) -> bytes:
        """Whose account signed this text. Raises WalletWrongSigner."""
        ...

    def account(self, address: bytes) -> AccountState:
        """Raises AllianceNotConnected."""
        ...

    def typed_data(self, intent: Intent) -> dict[str, object]:
        """What the wallet is asked to sign (`eth_signTypedData_v4`)."""
        ...

    def read_intent(self, kind: IntentKind, message: Message) -> Intent:
        """Raises IntentMalformed."""
        ...

    def check_signature(self, intent: Intent, address: bytes, signature: str) -> tuple[bytes, bytes]:
        """The intent's digest and the signature as the desk takes it. Raises WalletWrongSigner."""
        ...

    def open_intents(self, connection: Connection, address: bytes) -> list[OpenIntent]:
        """Intents of this wallet in the outbox whose end this node has not seen."""
        ...


class WalletVault(Protocol):
    """Which wallet is whose; inside the caller's transaction."""

    def link(self, connection: Connection, member_id: str, address: bytes, now: Instant) -> None:
        """One wallet of one member; an earlier one of theirs ends. Raises WalletInUse."""
        ...

    def unlink(self, connection: Connection, member_id: str) -> bool:
        """Whether there was one; nothing of it stays."""
        ...

    def wallet_of(
        self, connection: Connection, member_id: str, *, reader: str, reason: str, now: Instant
    ) -> bytes | None:
        """The member's wallet. A read of personal data, and logged as one."""
        ...


class WalletStore(Database, Protocol):
    """This node's tables; every method works inside the caller's transaction."""

    def add_challenge(self, connection: Connection, row: ChallengeRow) -> None:
        """Keep a challenge; those that ended more than a day ago go."""
        ...

    def challenge(self, connection: Connection, nonce: str) -> ChallengeRow | None: ...

    def use_challenge(self, connection: Connection, nonce: str, now: Instant) -> bool:
        """Whether it was still unused: a challenge is answered once, whoever asks at the same time."""
        ...

    def set_linked(self, connection: Connection, member_id: str, at: Instant | None) -> None:
        """Since when a wallet is linked; None: none is."""
        ...

    def linked_at(self, connection: Connection, member_id: str) -> Instant | None: ...

    def add_intent(self, connection: Connection, row: IntentRow) -> None: ...

    def intent(self, connection: Connection, digest: bytes) -> IntentRow | None: ...
