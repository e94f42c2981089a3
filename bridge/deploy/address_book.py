"""The address book: which contracts on which chain form the alliance. Every party, auditor included, starts from it.

Owns the file format. It may not talk to a chain: whether the book is true is checked by those who use it.
"""

from pathlib import Path
from typing import Literal

import msgspec

from bridge.protocol.words import format_address, parse_address

CONTRACTS = (
    "AccessManager",
    "AllianceClock",
    "AlliancePoint",
    "BrandRegistry",
    "ClearingHouse",
    "RateBoard",
    "ConversionDesk",
    "StatementRegistry",
    "GuaranteeFund",
    "Settlement",
    "FounderMembership",
)


class AddressBookError(Exception):
    """The address book is missing, unreadable or incomplete."""

    code = "address_book_error"
    next_step = "Deploy with `alliance chain deploy`, or get the address book from the alliance."


class DeployParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """RateBoard's settings: seconds, and millionths for the largest improvement without notice. Settlement's: seconds
    between a complete statement and the dues' date, the ERC-20 asset that settles (empty: banks do), and whether credit
    lines need the guarantee fund's cover (INV-17); a deployment that does without says so here, for every auditor."""

    notice_period: int = 30 * 86_400
    quote_grace: int = 24 * 3_600
    claim_window: int = 7 * 86_400
    max_step_ppm: int = 200_000
    payment_period: int = 10 * 86_400
    settlement_asset: str = ""
    cover_rule: bool = True


Consensus = Literal["none", "qbft", "snowman"]


class AddressBook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`deployed_block` holds the first deployment; its hash tells this chain from another one with the same id.

    `consensus`: "qbft" when every block carries its validators' seals, which all readers then demand. "snowman" when
    headers are Subnet-EVM's: the chain is proven from them, but the validators' votes are in no header.
    """

    chain_id: int
    deployed_block: int
    deployed_block_hash: str
    contracts: dict[str, str]
    params: DeployParameters
    consensus: Consensus = "none"

    def address(self, name: str) -> bytes:
        """The 20 bytes of a contract's address."""
        return parse_address(self.contracts[name])

    def save(self, path: Path) -> None:
        """Write the file in one step; the same book gives the same bytes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(path.suffix + ".new")
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> "AddressBook":
        """Raises AddressBookError."""
        try:
            book = msgspec.json.decode(path.read_bytes(), type=cls)
            for name in CONTRACTS:
                book.address(name)
        except OSError as error:
            raise AddressBookError(f"the address book {path} cannot be read: {error.strerror}") from error
        except (msgspec.DecodeError, ValueError) as error:
            raise AddressBookError(f"the address book {path} is damaged: {error}") from error
        except KeyError as error:
            raise AddressBookError(f"the address book {path} does not name the contract {error}") from error
        return book


def make_book(
    chain_id: int,
    block: int,
    block_hash: str,
    contracts: dict[str, bytes],
    params: DeployParameters,
    consensus: Consensus = "none",
) -> AddressBook:
    """A book from raw addresses."""
    texts = {name: format_address(contracts[name]) for name in CONTRACTS}
    return AddressBook(chain_id, block, block_hash, texts, params, consensus)
