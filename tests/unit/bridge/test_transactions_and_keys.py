"""Signed bytes are what eth-account would sign; keys come only from where they are said to be."""

from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from bridge.chain.evidence import bloom_mask
from bridge.chain.keys import KeystoreExists, KeyUnavailable, Signer, load_signer
from bridge.chain.transactions import Fees, Unsigned, create_address, fees_for, sign_transaction
from bridge.protocol.words import format_address

keys = st.binary(min_size=32, max_size=32).filter(lambda raw: 0 < int.from_bytes(raw, "big") < 1 << 255)
uints = st.integers(0, 2**63)


@given(keys, st.integers(1, 2**40), uints, st.integers(21_000, 2**24), st.binary(max_size=300), uints, uints)
def test_signed_bytes_are_those_of_eth_account(
    key: bytes, chain_id: int, nonce: int, gas: int, data: bytes, fee: int, tip: int
) -> None:
    to = b"\x11" * 20
    common = {"chainId": chain_id, "nonce": nonce, "gas": gas, "to": format_address(to), "data": data, "value": 5}
    dynamic = {**common, "maxFeePerGas": fee + tip, "maxPriorityFeePerGas": tip, "type": 2}
    legacy = {**common, "gasPrice": fee}
    for fees, fields in ((Fees(max_fee=fee + tip, priority_fee=tip), dynamic), (Fees(gas_price=fee), legacy)):
        ours = sign_transaction(Signer(key), Unsigned(chain_id, nonce, gas, to, data, fees, 5))
        theirs = Account.sign_transaction(fields, key)
        assert (ours.raw, ours.hash) == (bytes(theirs.raw_transaction), bytes(theirs.hash))


def test_fees_fit_every_kind_of_chain() -> None:
    """Pitfall 22: free gas with and without a base fee, and a base fee that grows."""
    assert fees_for(None) == Fees(gas_price=0)
    assert fees_for(0) == Fees(max_fee=0)
    assert fees_for(10, priority_fee=1) == Fees(max_fee=41, priority_fee=1)


def test_a_contract_lives_where_its_creator_says() -> None:
    sender = bytes.fromhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    assert create_address(sender, 0).hex() == "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"


def test_a_bloom_has_at_most_three_bits_per_address() -> None:
    assert 1 <= bloom_mask(b"\x11" * 20).bit_count() <= 3


def test_a_key_comes_from_the_environment_or_a_keystore(tmp_path: Path) -> None:
    signer = Signer.generate()
    path = tmp_path / "hot.json"
    signer.save(path, "correct horse")
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_signer(f"keystore:{path}:PASSWORD", {"PASSWORD": "correct horse"}).address == signer.address
    assert load_signer("env:KEY", {"KEY": "0x" + "11" * 32}).address == Signer(b"\x11" * 32).address
    with pytest.raises(KeyUnavailable, match="wrong password"):
        load_signer(f"keystore:{path}:PASSWORD", {"PASSWORD": "wrong"})
    before = path.read_bytes()
    with pytest.raises(KeystoreExists, match="exists; keys are never overwritten") as refused:
        Signer.generate().save(path, "again")
    assert "another --path" in refused.value.next_step
    assert path.read_bytes() == before
    with pytest.raises(KeyUnavailable, match="cannot be created"):
        signer.save(path / "below", "again")


@pytest.mark.parametrize(
    ("source", "environment"),
    [
        ("env:KEY", {}),
        ("env:KEY", {"KEY": "short"}),
        ("env:", {}),
        ("plain:0x11", {}),
        ("keystore:/nowhere.json:PASSWORD", {"PASSWORD": "x"}),
        ("keystore:/nowhere.json:PASSWORD", {}),
    ],
)
def test_a_missing_key_is_said_plainly(source: str, environment: dict[str, str]) -> None:
    with pytest.raises(KeyUnavailable):
        load_signer(source, environment)


def test_a_signer_never_shows_its_key() -> None:
    signer = Signer(b"\x11" * 32)
    assert repr(signer) == "Signer(0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A)"
    with pytest.raises(KeyUnavailable):
        Signer(b"short")
