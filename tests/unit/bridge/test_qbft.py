"""QBFT headers: hashes leave the seals out, and a block counts only with ⌈2N/3⌉ good seals (DESIGN §8)."""

from typing import Any

import pytest
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from bridge.chain.evidence import UntrustedBlock, verify_header, verify_seals
from bridge.chain.headers import header_hash, header_rlp, qbft_extra_data, seal_digest
from bridge.chain.hexadecimal import MalformedChainData
from bridge.chain.keys import Signer
from bridge.chain.qbft import MIX_HASH, ExtraData, parse_extra_data, quorum, sealers
from tests.chain_fixtures import key
from tests.qbft_chain import VALIDATORS, hexed, seal, sealed_header

OTHERS = tuple(key(8000 + number) for number in range(4))
GENESIS_EXTRA = (
    "f87aa00000000000000000000000000000000000000000000000000000000000000000f854"
    "94b7b1fcd9f2dd1b2e4b3a4c5d6e7f8091a2b3c4d5"
    "94c7b1fcd9f2dd1b2e4b3a4c5d6e7f8091a2b3c4d5"
    "94d7b1fcd9f2dd1b2e4b3a4c5d6e7f8091a2b3c4d5"
    "94e7b1fcd9f2dd1b2e4b3a4c5d6e7f8091a2b3c4d5"
    "c080c0"
)
"""The published layout of a genesis block's extra data: vanity, four validators, no vote, round 0, no seals."""


def raw_block(number: int = 7) -> dict[str, Any]:
    row: dict[str, Any] = {
        field: hexed(bytes([index]) * 32)
        for index, field in enumerate(("sha3Uncles", "stateRoot", "transactionsRoot", "receiptsRoot"))
    }
    quantities = ("gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed", "excessBlobGas")
    row |= {field: hex(index) for index, field in enumerate(quantities)}
    row |= {"withdrawalsRoot": hexed(bytes(32)), "parentBeaconBlockRoot": hexed(bytes(32))}
    return row | {"number": hex(number), "logsBloom": hexed(bytes(256)), "nonce": hexed(bytes(8))}


def header(
    named: tuple[Signer, ...] = VALIDATORS, sealing: tuple[Signer, ...] = VALIDATORS, round_: int = 0
) -> dict[str, Any]:
    return sealed_header(raw_block(), bytes(32), named, sealing, round_)


def addresses(signers: tuple[Signer, ...]) -> tuple[bytes, ...]:
    return tuple(signer.address for signer in signers)


def resealed(row: dict[str, Any], seals: tuple[bytes, ...]) -> dict[str, Any]:
    extra = qbft_extra_data(row)
    assert extra is not None
    return row | {"extraData": hexed(ExtraData(extra.vanity, extra.validators, [], extra.round, seals).encode())}


def reason(row: dict[str, Any], parents: tuple[Signer, ...] | None = VALIDATORS) -> str:
    with pytest.raises(UntrustedBlock) as caught:
        verify_seals(row, None if parents is None else addresses(parents))
    return str(caught.value)


def test_the_published_layout_of_extra_data_is_read() -> None:
    found = parse_extra_data(bytes.fromhex(GENESIS_EXTRA))
    assert (len(found.validators), found.vote, found.round, found.seals) == (4, [], 0, ())
    assert found.validators[0].hex().startswith("b7b1")
    assert found.encode().hex() == GENESIS_EXTRA


def test_a_blocks_hash_and_the_sealed_digest_are_taken_over_the_documented_bytes() -> None:
    """Hash: round 0, no seals. Seal: the block's round, no seals. Both encoded here by hand."""
    row = header(round_=3)
    extra = qbft_extra_data(row)
    assert extra is not None
    assert len(extra.seals) == 4
    start = b"\xa0" + bytes(32) + b"\xf8\x54" + b"".join(b"\x94" + each for each in extra.validators) + b"\xc0"
    hashed, sealed = start + b"\x80\xc0", start + b"\x03\xc0"
    for payload, digest in ((hashed, header_hash(row)), (sealed, seal_digest(row, extra))):
        encoded = b"\xf8" + bytes([len(payload)]) + payload
        assert digest == keccak(header_rlp(row, encoded))
    assert header_hash(row) != seal_digest(row, extra)


def test_seals_and_round_do_not_change_a_blocks_hash_and_validators_do() -> None:
    assert header_hash(header(sealing=VALIDATORS[:3], round_=2)) == header_hash(header())
    assert header_hash(header(named=VALIDATORS[:3])) != header_hash(header())
    assert verify_header(header()).validators == tuple(sorted(addresses(VALIDATORS)))


def test_a_header_of_another_chain_has_its_plain_hash() -> None:
    row = raw_block() | {"mixHash": hexed(bytes(32)), "extraData": "0xabcd", "difficulty": "0x0"}
    row |= {"parentHash": hexed(bytes(32)), "miner": hexed(bytes(20))}
    assert qbft_extra_data(row) is None
    assert header_hash(row) == keccak(header_rlp(row))
    assert verify_header(row | {"hash": hexed(header_hash(row))}).validators == ()
    with pytest.raises(UntrustedBlock, match="no QBFT block"):
        verify_seals(row, None)


@pytest.mark.parametrize(("validators", "needed"), [(1, 1), (3, 2), (4, 3), (6, 4), (7, 5)])
def test_two_thirds_rounded_up_must_seal(validators: int, needed: int) -> None:
    assert quorum(validators) == needed
    signers = tuple(key(7100 + number) for number in range(validators))
    verify_seals(header(signers, signers[:needed]), addresses(signers))
    assert f"{needed - 1} of {validators} validators sealed it, {needed} are needed" in reason(
        header(signers, signers[: needed - 1]), signers
    )


def test_a_seal_counts_once_and_only_from_a_validator_over_this_header() -> None:
    """Repeated, strangers', malleable and broken seals, and those of another round or block, count for nothing."""
    row = header(sealing=())
    extra = qbft_extra_data(row)
    assert extra is not None
    digest = seal_digest(row, extra)
    good = [seal(digest, signer) for signer in VALIDATORS]
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = good[2][:32] + (order - int.from_bytes(good[2][32:64], "big")).to_bytes(32, "big")
    for third in (
        good[0],
        seal(digest, OTHERS[0]),
        seal(keccak(b"another block"), VALIDATORS[2]),
        seal(seal_digest(header(round_=1), extra), VALIDATORS[2])[:64] + b"\x07",
        high + bytes([1 - good[2][64]]),
        bytes(65),
    ):
        assert sealers(digest, ExtraData(bytes(32), extra.validators, [], 0, (good[0], good[1], third))) == {
            VALIDATORS[0].address,
            VALIDATORS[1].address,
        }
        assert "2 of 4 validators sealed it" in reason(resealed(row, (good[0], good[1], third)))
    verify_seals(resealed(row, (good[0], good[1], good[2])), addresses(VALIDATORS))


def test_the_set_changes_by_one_validator_a_block_and_the_former_set_agrees() -> None:
    five = (*VALIDATORS, OTHERS[0])
    verify_seals(header(five, five[:4]), addresses(VALIDATORS))
    verify_seals(header(VALIDATORS[:3], VALIDATORS[:2]), addresses(VALIDATORS))
    six = (*VALIDATORS, *OTHERS[:2])
    assert "2 validators changed at once" in reason(header(six, six))
    assert "8 validators changed at once" in reason(header(OTHERS, OTHERS))
    verify_seals(header(OTHERS, OTHERS), None)


@pytest.mark.parametrize("validators", range(1, 40))
@pytest.mark.parametrize("step", [-1, 0, 1])
def test_a_quorum_of_the_next_set_holds_an_honest_validator_of_the_former_one(validators: int, step: int) -> None:
    """At most ⌊(N − 1)/3⌋ of N are faulty, and at most one sealer is new: so the rule of one change suffices."""
    sealing, newcomers = quorum(validators + step), max(step, 0)
    assert sealing - newcomers >= min((validators - 1) // 3 + 1, validators + step)


def test_the_proposer_is_a_validator() -> None:
    """The proposer stands in the sealed part of the header, so a change of it also breaks the seals."""
    row = header() | {"miner": hexed(OTHERS[0].address)}
    extra = qbft_extra_data(row)
    assert extra is not None
    seals = tuple(seal(seal_digest(row, extra), signer) for signer in VALIDATORS)
    assert "is not a validator" in reason(resealed(row, seals))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc0",
        bytes.fromhex(GENESIS_EXTRA)[:-1],
        bytes.fromhex(GENESIS_EXTRA) + b"\0",
        bytes.fromhex(GENESIS_EXTRA.replace("c080c0", "c000c0")),
        ExtraData(bytes(31), (bytes(20),), [], 0, ()).encode(),
        ExtraData(bytes(32), (bytes(19),), [], 0, ()).encode(),
        ExtraData(bytes(32), (bytes(20),), [], 0, (bytes(64),)).encode(),
    ],
)
def test_extra_data_that_is_not_its_one_encoding_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedChainData):
        parse_extra_data(data)


@given(st.binary(max_size=200))
def test_any_extra_data_is_read_back_exactly_or_refused(data: bytes) -> None:
    try:
        assert parse_extra_data(data).encode() == data
    except MalformedChainData:
        return


@given(st.integers(0, 31), st.integers(0, 3), st.integers(1, 255))
def test_no_byte_of_the_sealed_header_can_change(place: int, field: int, flip: int) -> None:
    """Any change of a root or of the parent gives another digest, which nobody sealed."""
    row = header()
    name = ("parentHash", "stateRoot", "receiptsRoot", "transactionsRoot")[field]
    changed = bytearray.fromhex(row[name][2:])
    changed[place] ^= flip
    assert "0 of 4 validators sealed it" in reason(row | {name: hexed(bytes(changed))})
    assert qbft_extra_data(row) is not None
    assert row["mixHash"] == hexed(MIX_HASH)
