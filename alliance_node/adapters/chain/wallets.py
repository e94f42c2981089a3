"""Members' own wallets on the alliance's ledger, for the application: sign-in messages, intents, what an account holds.

Owns the translation between JSON and what the desk takes. It holds no member's key.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from alliance_node.application.errors import LedgerUnreachable
from alliance_node.application.wallets.errors import (
    IntentMalformed,
    WalletAddressMalformed,
    WalletMessageMalformed,
    WalletWrongSigner,
)
from alliance_node.application.wallets.records import (
    AccountState,
    Intent,
    IntentKind,
    Message,
    OpenIntent,
    SignInText,
)
from bridge.chain.rpc import Call, ChainError, Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import load_artifact
from bridge.protocol import sign_in
from bridge.protocol.items import InvalidItem, ItemKind
from bridge.protocol.signed_items import (
    SignedItem,
    check_signed_item,
    intent_digest,
    is_signed_by_account,
    typed_data,
    wallet_domain,
)
from bridge.protocol.words import BadSignature, MalformedAddress, format_address, parse_address
from bridge.transactions import outbox

_KINDS: dict[str, ItemKind] = {"convert_out": ItemKind.CONVERT_OUT, "transfer": ItemKind.TRANSFER}
_FIELDS = {
    "convert_out": {"brand", "units", "minimum", "code", "nonce", "deadline"},
    "transfer": {"brand", "to", "units", "nonce", "deadline"},
}
_EMPTY = bytes(32)
_MAX_NUMBER = (1 << 63) - 1
_DIGITS = len(str(_MAX_NUMBER))


class ChainWallets:
    """Implements `application.wallets.records.WalletLedger`."""

    def __init__(self, rpc: Rpc, book: AddressBook, brand_id: int) -> None:
        self._rpc = rpc
        self._brand_id = brand_id
        self._chain_id = book.chain_id
        self._desk = book.address("ConversionDesk")
        self._point = book.address("AlliancePoint")
        self._domain = wallet_domain(book.chain_id, self._desk)

    @property
    def chain_id(self) -> int:
        return self._chain_id

    def parse_address(self, text: str) -> bytes:
        try:
            return parse_address(text)
        except MalformedAddress as error:
            raise WalletAddressMalformed("not an account's address: 0x and 40 hexadecimal digits") from error

    def format_address(self, address: bytes) -> str:
        return format_address(address)

    # ---- sign-in -------------------------------------------------------------------------------------------------

    def sign_in(self, fields: SignInText) -> str:
        return sign_in.compose(_plain(fields))

    def read_sign_in(self, message: str) -> SignInText:
        try:
            found = sign_in.parse(message)
        except sign_in.MalformedSignIn as error:
            raise WalletMessageMalformed(str(error)) from error
        return SignInText(*(getattr(found, name) for name in SignInText.__struct_fields__))

    def signer_of(self, message: str, signature: str) -> bytes:
        try:
            return sign_in.signer_of(message, _signature(signature))
        except BadSignature as error:
            raise WalletWrongSigner(str(error)) from error

    # ---- intents -------------------------------------------------------------------------------------------------

    def account(self, address: bytes) -> AccountState:
        text = format_address(address)
        nonces = load_artifact("ConversionDesk").functions["nonces"].encode(text)
        balance = load_artifact("AlliancePoint").functions["balanceOf"].encode(text)
        calls: list[Call] = [
            ("eth_call", ({"to": "0x" + to.hex(), "data": "0x" + data.hex()}, "latest"))
            for to, data in ((self._desk, nonces), (self._point, balance))
        ]
        try:
            nonce, units = (int(answer, 16) for answer in self._rpc.batch(calls))
        except ChainError as error:
            raise LedgerUnreachable(str(error)) from error
        return AccountState(nonce, units)

    def typed_data(self, intent: Intent) -> dict[str, object]:
        return typed_data(_item(intent, bytes(20), _EMPTY + _EMPTY + b"\0"), self._brand_id, self._chain_id, self._desk)

    def read_intent(self, kind: IntentKind, message: Message) -> Intent:
        wanted = _FIELDS.get(kind, set())
        if not wanted or not isinstance(message, Mapping) or set(message) != wanted:
            raise IntentMalformed(f"an intent has the fields {', '.join(sorted(wanted)) or 'of its kind'}")
        fields = dict(message)
        target = str(fields.pop("to" if kind == "transfer" else "code"))
        numbers = {name: _number(name, value) for name, value in fields.items()}
        if numbers["brand"] != self._brand_id:
            raise IntentMalformed(f"the intent is for brand {numbers['brand']}; this is brand {self._brand_id}")
        payload = self.parse_address(target).rjust(32, b"\0") if kind == "transfer" else _bytes32(target)
        minimum = numbers.get("minimum", 0)
        return Intent(kind, numbers["units"], minimum, payload, numbers["nonce"], numbers["deadline"])

    def check_signature(self, intent: Intent, address: bytes, signature: str) -> tuple[bytes, bytes]:
        try:
            raw = _signature(signature)
        except BadSignature as error:
            raise WalletWrongSigner(str(error)) from error
        item = _item(intent, address, raw)
        try:
            check_signed_item(item)
        except InvalidItem as error:
            raise IntentMalformed(str(error)) from error
        if not is_signed_by_account(item, self._brand_id, self._domain):
            raise WalletWrongSigner("the intent is not signed by the linked wallet, or was changed afterwards")
        return intent_digest(item, self._brand_id, self._domain), raw

    def open_intents(self, connection: Connection, address: bytes) -> list[OpenIntent]:
        return [OpenIntent(nonce, units) for nonce, units in outbox.open_intents(connection, address)]


def _plain(fields: SignInText) -> sign_in.SignIn:
    return sign_in.SignIn(*(getattr(fields, name) for name in SignInText.__struct_fields__))


def _item(intent: Intent, address: bytes, signature: bytes) -> SignedItem:
    return SignedItem(
        _KINDS[intent.kind],
        0,
        intent.deadline,
        intent.units,
        intent.minimum,
        intent.nonce,
        address,
        _EMPTY,
        intent.payload,
        signature[:32],
        signature[32:64],
        signature[64],
    )


def _number(name: str, value: Any) -> int:
    """JSON numbers, and decimal text as some wallets give large ones."""
    is_text = isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) <= _DIGITS
    number = int(value) if is_text else value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _MAX_NUMBER:
        raise IntentMalformed(f"{name} is not a whole number of its size")
    return number


def _bytes32(text: str) -> bytes:
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise IntentMalformed("a code is 0x and 64 hexadecimal digits")
    return raw


def _signature(text: str) -> bytes:
    """r, s, v as the desk takes them: some wallets say 0 and 1 where others say 27 and 28. Raises BadSignature."""
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != 65:
        raise BadSignature("a signature is 0x and 130 hexadecimal digits")
    return raw[:64] + bytes([raw[64] + 27]) if raw[64] in (0, 1) else raw
