"""Founder memberships of a local alliance, for the demo and simulations: terms, issue, simulated members' wallets.

Uses the throw-away keys of `LocalAlliance`. A simulated wallet's key follows from a seed, so that a run can be
repeated: never use one for anything real.
"""

from collections.abc import Callable, Mapping, Sequence

from eth_hash.auto import keccak

from alliance_node.adapters.chain.founder_admin import signature_of, text_signature_of
from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy import founders
from bridge.deploy.address_book import AddressBook
from bridge.protocol import founders as protocol
from bridge.protocol.words import format_address, parse_address

GRANT_UNITS = protocol.GRANT_UNITS
_ROYALTY_BPS = 500


class SimulatedWallet:
    """A member's wallet: an address, and what `eth_signTypedData_v4` and `personal_sign` answer."""

    def __init__(self, seed: int, number: int) -> None:
        self._signer = Signer(bytes(keccak(f"points alliance demo: simulated wallet {number} of {seed}".encode())))
        self.address = format_address(self._signer.address)

    def sign(self, typed_data: Mapping[str, object]) -> str:
        """The signature as 0x…, 65 bytes."""
        return signature_of(self._signer, typed_data)

    def sign_text(self, text: str) -> str:
        """The same for a message."""
        return text_signature_of(self._signer, text)


def open_founders(
    rpc: Rpc, book: AddressBook, admin: Signer, sponsor: int, holders: Sequence[str], mine: Callable[[], object]
) -> list[int]:
    """Name the sponsor and give each account the next membership; returns their numbers. Raises ChainError."""
    founders.set_terms(rpc, book, admin, sponsor, admin.address, _ROYALTY_BPS, mine=mine)
    return founders.issue_founders(rpc, book, admin, [parse_address(one) for one in holders], mine=mine)


def vault_units(rpc: Rpc, book: AddressBook) -> int:
    """What grants can still be paid from, at the head."""
    return founders.read_terms(rpc, book).vault_units
