"""Receiving codes: signed for one brand, one chain, one desk, until one time (pitfall 24)."""

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from bridge.protocol import codes
from bridge.protocol.codes import ReceivingCode
from bridge.protocol.words import (
    SECP256K1_HALF_ORDER,
    address_of_key,
    sign_digest,
)

KEY = b"\x01" * 32
DESK = b"\x0d" * 20
HOT = address_of_key(KEY)


def signed(key: bytes = KEY, **fields: object) -> ReceivingCode:
    given_fields = {"brand_id": 2, "commitment": b"c" * 32, "expires_at": 1000, "chain_id": 31337, "desk": DESK}
    return codes.issue(lambda digest: sign_digest(key, digest), **{**given_fields, **fields})


def verify(code: ReceivingCode, now: int = 999) -> None:
    codes.verify(code, HOT, chain_id=31337, desk=DESK, now=now)


def test_a_code_is_accepted_until_it_expires() -> None:
    verify(signed())
    with pytest.raises(codes.CodeExpired):
        verify(signed(), now=1000)


def test_the_digest_is_eip_712_as_eth_account_computes_it() -> None:
    code = signed()
    message = codes.typed_data(code.brand_id, code.commitment, code.expires_at, code.chain_id, code.desk)
    expected = Account.sign_message(encode_typed_data(full_message=message), KEY)
    assert expected.signature == code.signature


def test_a_code_of_another_chain_desk_or_brand_key_is_refused() -> None:
    with pytest.raises(codes.WrongChain):
        verify(signed(chain_id=1))
    with pytest.raises(codes.WrongDesk):
        verify(signed(desk=b"\x0e" * 20))
    with pytest.raises(codes.WrongSignature):
        verify(signed(key=b"\x02" * 32))


@pytest.mark.parametrize(
    ("field", "value"), [("brand_id", 3), ("commitment", b"d" * 32), ("expires_at", 2000), ("signature", b"\0" * 65)]
)
def test_a_code_changed_after_signing_is_refused(field: str, value: object) -> None:
    code = signed()
    fields = {name: getattr(code, name) for name in code.__struct_fields__}
    with pytest.raises(codes.WrongSignature):
        verify(ReceivingCode(**{**fields, field: value}))


def test_the_malleable_twin_of_a_signature_is_refused() -> None:
    code = signed()
    order = 2 * SECP256K1_HALF_ORDER + 1
    s = order - int.from_bytes(code.signature[32:64], "big")
    twin = code.signature[:32] + s.to_bytes(32, "big") + bytes([55 - code.signature[64]])
    with pytest.raises(codes.WrongSignature, match="malleable"):
        verify(ReceivingCode(code.brand_id, code.commitment, code.expires_at, code.chain_id, code.desk, twin))


@given(
    brand_id=st.integers(0, 2**32 - 1),
    commitment=st.binary(min_size=32, max_size=32),
    expires_at=st.integers(0, 2**64 - 1),
    chain_id=st.integers(0, 2**64 - 1),
    desk=st.binary(min_size=20, max_size=20),
    signature=st.binary(min_size=65, max_size=65),
)
def test_the_text_survives_the_round_trip(**fields: object) -> None:
    code = ReceivingCode(**fields)
    assert codes.parse(codes.encode(code)) == code


@given(st.text())
def test_no_text_crashes_the_parser(text: str) -> None:
    for candidate in (text, "PA1." + text):
        with pytest.raises(codes.MalformedCode):
            codes.parse(candidate)


@given(st.integers(4, 186), st.characters())
def test_one_changed_character_never_verifies(position: int, character: str) -> None:
    text = codes.encode(signed())
    changed = text[:position] + character + text[position + 1 :]
    if changed == text:
        return
    with pytest.raises(codes.CodeError):
        verify(codes.parse(changed))
