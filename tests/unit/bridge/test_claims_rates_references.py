"""What both brands and the desk must compute alike: claim addresses, references, rates."""

import pytest
from eth_abi import encode as abi_encode
from eth_hash.auto import keccak
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.protocol import claims, references
from bridge.protocol.rates import Rate, never_gains, to_alliance_units_down, to_local_points_down
from bridge.protocol.words import MalformedAddress, format_address, parse_address

bytes32 = st.binary(min_size=32, max_size=32)
uint32 = st.integers(0, 2**32 - 1)


@given(st.integers(0, 2**64), st.binary(min_size=20, max_size=20))
def test_the_claim_domain_is_abi_encoded(chain_id: int, desk: bytes) -> None:
    tag = keccak(b"PointsAlliance.Claim.v1")
    assert claims.claim_domain(chain_id, desk) == keccak(
        abi_encode(["bytes32", "uint256", "address"], [tag, chain_id, "0x" + desk.hex()])
    )


@given(uint32, uint32, bytes32)
def test_a_commitment_is_abi_encoded(brand_id: int, rate_version: int, salt: bytes) -> None:
    encoded = abi_encode(["uint32", "uint32", "bytes32"], [brand_id, rate_version, salt])
    assert claims.commitment(brand_id, rate_version, salt) == keccak(encoded)


@given(bytes32, uint32, bytes32, st.integers(0, 2**40 - 1))
def test_a_claim_address_is_the_first_20_bytes(domain: bytes, brand: int, commitment: bytes, deadline: int) -> None:
    encoded = abi_encode(["bytes32", "uint32", "bytes32", "uint40"], [domain, brand, commitment, deadline])
    assert claims.claim_address(domain, brand, commitment, deadline) == keccak(encoded)[:20]


@given(bytes32, st.binary(min_size=16, max_size=16))
def test_a_reference_opens_only_under_its_own_key(key: bytes, conversion_id: bytes) -> None:
    sealed = references.seal_reference(key, conversion_id)
    assert len(sealed) == 32
    assert references.open_reference(key, sealed) == conversion_id
    other = bytes([key[0] ^ 1]) + key[1:]
    with pytest.raises(references.ForeignReference):
        references.open_reference(other, sealed)


def test_a_reference_needs_a_whole_key_and_a_whole_id() -> None:
    for key, identifier in ((b"k" * 31, b"i" * 16), (b"k" * 32, b"i" * 15)):
        with pytest.raises(ValueError, match="32-byte key"):
            references.seal_reference(key, identifier)
    with pytest.raises(references.ForeignReference):
        references.open_reference(b"k" * 32, b"short")


ratio = st.integers(1, 2**64 - 1)


@given(ratio, ratio, ratio, ratio, st.integers(0, 2**64 - 1))
def test_a_legal_rate_never_gains_on_a_round_trip(a: int, b: int, c: int, d: int, local: int) -> None:
    rate = Rate(a, b, c, d)
    assume(never_gains(rate, rate))
    assert to_local_points_down(rate, to_alliance_units_down(rate, local)) <= local


def test_one_alliance_point_is_a_tenth_of_a_yuan() -> None:
    """R-ALL-1: 100 units = 1 alliance point = 0.1 CNY; 3 local points at 7 units each are 21 units."""
    rate = Rate(7, 1, 1, 8)
    assert to_alliance_units_down(rate, 3) == 21
    assert to_local_points_down(rate, 21) == 2


@given(st.binary(min_size=20, max_size=20))
def test_an_address_survives_the_round_trip(address: bytes) -> None:
    assert parse_address(format_address(address)) == address
    assert parse_address("0x" + address.hex()) == address


def test_a_mistyped_address_is_refused() -> None:
    good = format_address(bytes.fromhex("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"))
    assert good == "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    for bad in (good[:-1], good[2:], good.replace("aA", "AA"), "0x" + "g" * 40, None):
        with pytest.raises(MalformedAddress):
            parse_address(bad)
