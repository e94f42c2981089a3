"""The bytes of a batch (DESIGN §6, §7): every item survives the round trip, nothing that does not fit gets in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.protocol.items import (
    ITEM_SIZE,
    MAX_ITEMS,
    InvalidItem,
    Item,
    ItemKind,
    MalformedItems,
    decode_items,
    encode_items,
    items_hash,
)


def uint(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, (1 << bits) - 1)


items = st.builds(
    Item,
    kind=uint(8),
    rate_version=uint(32),
    counterparty=uint(32),
    deadline=uint(40),
    amount=uint(64),
    reference=st.binary(min_size=32, max_size=32),
    payload=st.binary(min_size=32, max_size=32),
)


@given(st.lists(items, min_size=1, max_size=MAX_ITEMS))
def test_a_batch_survives_the_round_trip(batch: list[Item]) -> None:
    encoded = encode_items(batch)
    assert len(encoded) == ITEM_SIZE * len(batch)
    assert decode_items(encoded) == batch


def test_the_layout_is_the_one_of_the_contract() -> None:
    item = Item(ItemKind.CONVERT_IN, 2, 3, 0x0102030405, 6, b"r" * 32, b"p" * 32)
    assert encode_items([item]) == (
        b"\x01" + b"\0\0\0\x02" + b"\0\0\0\x03" + b"\1\2\3\4\5" + b"\0\0\0\0\0\0\0\x06" + b"r" * 32 + b"p" * 32
    )


def test_other_bytes_have_another_hash() -> None:
    assert items_hash(b"a") != items_hash(b"b")
    assert len(items_hash(b"")) == 32


@pytest.mark.parametrize("data", [b"", b"x" * 85, b"x" * 87, b"x" * (86 * 151)])
def test_bytes_that_are_no_batch_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedItems):
        decode_items(data)


def test_a_batch_is_neither_empty_nor_too_long() -> None:
    item = Item(1, 1, 1, 1, 1, b"r" * 32, b"p" * 32)
    for count in (0, MAX_ITEMS + 1):
        with pytest.raises(MalformedItems):
            encode_items([item] * count)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", 256),
        ("kind", True),
        ("rate_version", -1),
        ("counterparty", 1 << 32),
        ("deadline", 1 << 40),
        ("amount", 1 << 64),
        ("amount", 1.5),
        ("reference", b"short"),
        ("payload", b"x" * 33),
    ],
)
def test_a_value_that_does_not_fit_is_named(field: str, value: object) -> None:
    fields = {
        "kind": 1,
        "rate_version": 1,
        "counterparty": 1,
        "deadline": 1,
        "amount": 1,
        "reference": b"r" * 32,
        "payload": b"p" * 32,
    }
    with pytest.raises(InvalidItem) as caught:
        encode_items([Item(**{**fields, field: value})])
    assert caught.value.field == field
