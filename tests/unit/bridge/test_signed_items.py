"""What a member's own wallet is shown and signs, checked with a wallet library that is not ours (eth-account)."""

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from bridge.protocol.items import InvalidItem, ItemKind, MalformedItems
from bridge.protocol.signed_items import (
    SIGNED_ITEM_SIZE,
    SignedItem,
    decode_signed_items,
    encode_signed_items,
    intent_digest,
    is_signed_by_account,
    typed_data,
    wallet_domain,
)

ANN = Account.from_key(b"\x0a" * 32)
ADDRESS = bytes.fromhex(ANN.address[2:])
DESK = b"\x0d" * 20
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
kinds = st.sampled_from((ItemKind.CONVERT_OUT, ItemKind.TRANSFER))
bytes32 = st.binary(min_size=32, max_size=32)
uint64 = st.integers(0, 2**64 - 1)


@st.composite
def unsigned(draw: st.DrawFn) -> SignedItem:
    kind = draw(kinds)
    payload = draw(bytes32) if kind == ItemKind.CONVERT_OUT else bytes(12) + draw(st.binary(min_size=20, max_size=20))
    version, deadline = draw(st.integers(0, 2**32 - 1)), draw(st.integers(0, 2**40 - 1))
    numbers = [draw(uint64) for _ in range(3)]
    return SignedItem(kind, version, deadline, *numbers, ADDRESS, draw(bytes32), payload, bytes(32), bytes(32), 0)


def with_signature(item: SignedItem, brand_id: int, chain_id: int = 1, desk: bytes = DESK) -> SignedItem:
    made = ANN.sign_typed_data(full_message=typed_data(item, brand_id, chain_id, desk))
    return structs.replace(item, r=made.r.to_bytes(32, "big"), s=made.s.to_bytes(32, "big"), v=made.v)


@given(st.lists(unsigned(), min_size=1, max_size=5))
def test_items_come_back_as_they_went(items: list[SignedItem]) -> None:
    data = encode_signed_items(items)
    assert len(data) == len(items) * SIGNED_ITEM_SIZE
    assert decode_signed_items(data) == items


@given(unsigned(), st.integers(1, 2**32 - 1), st.integers(1, 2**63))
def test_the_digest_is_what_the_wallet_library_signs(item: SignedItem, brand_id: int, chain_id: int) -> None:
    shown = encode_typed_data(full_message=typed_data(item, brand_id, chain_id, DESK))
    digest = keccak(b"\x19" + shown.version + shown.header + shown.body)
    assert intent_digest(item, brand_id, wallet_domain(chain_id, DESK)) == digest
    assert is_signed_by_account(with_signature(item, brand_id, chain_id), brand_id, wallet_domain(chain_id, DESK))


@given(unsigned())
def test_a_signature_counts_for_nothing_else(item: SignedItem) -> None:
    """Pitfall 24: other chain, desk, brand, account, malleated, and any changed field."""
    domain = wallet_domain(1, DESK)
    signed = with_signature(item, 2)
    assert is_signed_by_account(signed, 2, domain)
    assert not is_signed_by_account(signed, 3, domain)
    assert not is_signed_by_account(signed, 2, wallet_domain(2, DESK))
    assert not is_signed_by_account(signed, 2, wallet_domain(1, b"\x0e" * 20))
    twin = (ORDER - int.from_bytes(signed.s, "big")).to_bytes(32, "big")
    changes: list[dict[str, Any]] = [
        {"account": b"\x0b" * 20},
        {"s": twin, "v": 55 - signed.v},
        {"v": 0},
        {"r": bytes(32)},
        {"amount": item.amount ^ 1},
        {"nonce": item.nonce ^ 1},
        {"deadline": item.deadline ^ 1},
        {"payload": item.payload[:31] + bytes([item.payload[31] ^ 1])},
    ]
    if item.kind == ItemKind.CONVERT_OUT:
        changes.append({"minimum": item.minimum ^ 1})
    for change in changes:
        assert not is_signed_by_account(structs.replace(signed, **change), 2, domain), change


def test_what_does_not_fit_is_refused() -> None:
    item = SignedItem(9, 1, 1, 1, 1, 0, ADDRESS, bytes(32), bytes(32), bytes(32), bytes(32), 27)
    for change in ({"amount": 1 << 64}, {"nonce": -1}, {"account": bytes(19)}, {"v": 256}, {"minimum": True}):
        with pytest.raises(InvalidItem):
            encode_signed_items([structs.replace(item, **change)])
    for data in (b"", bytes(SIGNED_ITEM_SIZE - 1), bytes(151 * SIGNED_ITEM_SIZE)):
        with pytest.raises(MalformedItems):
            decode_signed_items(data)
    with pytest.raises(MalformedItems):
        encode_signed_items([])
