"""What the administrator and the issuer of founder memberships do at a console; only `adapters.chain` imports `bridge`.

Owns opening chain, book and key for one command. A text that promises return never gets as far as the chain (R-NFT-4).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alliance_node.application.founders.errors import PromisingText
from alliance_node.application.founders.first_sale import SignedFirstPayment
from alliance_node.domain.promises import forbidden_promises
from bridge.chain.keys import Signer, load_signer
from bridge.chain.rpc import Rpc
from bridge.deploy import founders
from bridge.deploy.address_book import AddressBook
from bridge.protocol.founders import month_text
from bridge.protocol.words import format_address, parse_address


class FounderConsole:
    """One command's chain and address book."""

    def __init__(self, rpc_url: str, book: Path, environment: Mapping[str, str], *, mine: bool = False) -> None:
        self._rpc = Rpc(rpc_url)
        self._book = AddressBook.load(book)
        self._environment = environment
        self._mine = (lambda: self._rpc.call("evm_mine")) if mine else None

    def issue(self, key: str, holders: Sequence[str]) -> list[int]:
        """Give each account the next membership."""
        signer = load_signer(key, self._environment)
        accounts = [parse_address(holder) for holder in holders]
        return founders.issue_founders(self._rpc, self._book, signer, accounts, mine=self._mine)

    def sell_new(self, key: str, purchase: SignedFirstPayment) -> int:
        """Sell the next membership for a payment that a buyer signed at a node."""
        payment = purchase.payment
        return founders.sell_new(
            self._rpc,
            self._book,
            load_signer(key, self._environment),
            payment.price_units,
            bytes.fromhex(payment.salt[2:]),
            parse_address(payment.buyer),
            payment.valid_before,
            bytes.fromhex(purchase.signature[2:]),
            mine=self._mine,
        )

    def set_terms(self, key: str, sponsor_brand: int, treasury: str, royalty_bps: int) -> None:
        """Who sponsors grants, who is paid, how much royalty."""
        signer = load_signer(key, self._environment)
        founders.set_terms(
            self._rpc, self._book, signer, sponsor_brand, parse_address(treasury), royalty_bps, mine=self._mine
        )

    def describe(self, key: str, text: str) -> None:
        """Set the text of the metadata. Raises PromisingText."""
        require_honest(text)
        signer = load_signer(key, self._environment)
        founders.set_description(self._rpc, self._book, signer, text, mine=self._mine)

    def status(self) -> dict[str, Any]:
        """Terms and counts, and what the vault lacks for one month of grants."""
        terms = founders.read_terms(self._rpc, self._book)
        month_units = terms.issued * terms.grant_units
        return {
            "issued": terms.issued,
            "month": month_text(terms.month),
            "sponsor_brand": terms.sponsor_brand or None,
            "treasury": format_address(terms.treasury),
            "royalty_bps": terms.royalty_bps,
            "vault_units": terms.vault_units,
            "grants_left": terms.vault_units // terms.grant_units,
            "units_of_one_month": month_units,
            "missing_units": max(0, month_units - terms.vault_units),
            "vault": self._book.contracts["FounderMembership"],
            "description": terms.description,
        }

    def metadata(self, token_id: int) -> str:
        """The token's metadata as a data URI."""
        return founders.token_uri(self._rpc, self._book, token_id)


def require_honest(text: str) -> None:
    """Raises PromisingText when the text promises return."""
    found = forbidden_promises(text)
    if found:
        raise PromisingText("the text promises return: " + ", ".join(promise.phrase for promise in found))


def sign_typed_data(key: str, typed_data: str, environment: Mapping[str, str]) -> str:
    """What a wallet does: sign typed data (`eth_signTypedData_v4`) with a key of the caller."""
    return signature_of(load_signer(key, environment), json.loads(typed_data))


def signature_of(signer: Signer, typed_data: Mapping[str, object]) -> str:
    """The signature as 0x…, 65 bytes."""
    from eth_account.messages import _hash_eip191_message, encode_typed_data

    message = encode_typed_data(full_message=dict(typed_data))
    return "0x" + signer.sign_digest(bytes(_hash_eip191_message(message))).hex()
