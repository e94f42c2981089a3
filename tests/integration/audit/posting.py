"""Posting real batches on a test chain: the smallest driver that makes something to audit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_hash.auto import keccak

from bridge.audit.contracts.conversion_desk.batch import POST_BATCH, POST_SIGNED
from bridge.deploy.sending import send_all
from bridge.protocol.claims import commitment
from bridge.protocol.items import Item, ItemKind, encode_items
from bridge.protocol.signed_items import SignedItem, encode_signed_items
from bridge.protocol.words import word
from tests.chain_fixtures import Alliance, Brand

DAY = 86_400


def post(alliance: Alliance, brand: Brand, seq: int, items: Sequence[Item]) -> None:
    """One batch, mined in one block."""
    _send(alliance, brand, POST_BATCH, seq, encode_items(items))


def post_signed(alliance: Alliance, brand: Brand, seq: int, items: Sequence[SignedItem]) -> dict[str, Any]:
    """One batch that wallets signed, mined in one block; its receipt."""
    return _send(alliance, brand, POST_SIGNED, seq, encode_signed_items(items))


def _send(alliance: Alliance, brand: Brand, function: bytes, seq: int, data: bytes) -> dict[str, Any]:
    padded = data.ljust(-(-len(data) // 32) * 32, b"\0")
    call = function + word(brand.brand_id) + word(seq) + word(96) + word(len(data)) + padded
    desk = alliance.book.address("ConversionDesk")
    return send_all(alliance.rpc, brand.hot, [("a batch", desk, call, 12_000_000)], mine=alliance.mine)[0]


def salt_of(number: int) -> bytes:
    return bytes(keccak(f"salt {number}".encode()))


def convert_in(receiver: Brand, number: int, amount: int, deadline: int, rate_version: int = 1) -> Item:
    """Points to `receiver` under the code that salt `number` opens."""
    promised = commitment(receiver.brand_id, 1, salt_of(number))
    return Item(ItemKind.CONVERT_IN, rate_version, receiver.brand_id, deadline, amount, _reference(number), promised)


def claim(source: Brand, number: int, deadline: int, rate_version: int = 1) -> Item:
    return Item(ItemKind.CLAIM, rate_version, source.brand_id, deadline, 0, _reference(number), salt_of(number))


def give_back(receiver: Brand, number: int, deadline: int) -> Item:
    promised = commitment(receiver.brand_id, 1, salt_of(number))
    return Item(ItemKind.RETURN, 0, receiver.brand_id, deadline, 0, _reference(number), promised)


def _reference(number: int) -> bytes:
    return bytes(keccak(f"reference {number}".encode()))


@dataclass
class Story:
    """A few days of an alliance of two brands: conversions, claims, returns, and refused items."""

    alliance: Alliance
    deadline: int = 0
    claimed: list[int] = field(default_factory=list)

    def play(self) -> "Story":
        first, second = self.alliance.brands[:2]
        start = self.alliance.now()
        self.deadline = start + DAY
        bad_rate = convert_in(second, 90, 10, self.deadline, rate_version=7)
        late = convert_in(second, 91, 10, start - 1)
        far = convert_in(second, 92, 10, start + 30 * DAY)
        zero = convert_in(second, 93, 0, self.deadline)
        post(
            self.alliance,
            first,
            1,
            [*(convert_in(second, n, 100 + n, self.deadline) for n in range(6)), bad_rate, late, far, zero],
        )
        nothing = claim(first, 99, self.deadline)
        post(self.alliance, second, 1, [*(claim(first, n, self.deadline) for n in range(3)), nothing])
        self.claimed = [0, 1, 2]
        self.alliance.mine(self.deadline + 5)
        again = give_back(second, 0, self.deadline)
        post(self.alliance, first, 2, [give_back(second, 3, self.deadline), give_back(second, 4, self.deadline), again])
        self.alliance.mine()
        return self
