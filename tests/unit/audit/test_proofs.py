"""Proof verification: true proofs give the true value; a damaged one gives that value or nothing, never another."""

import pytest
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st
from rlp.codec import encode_raw
from trie import HexaryTrie

from bridge.chain.hexadecimal import minimal_bytes
from bridge.chain.proofs import EMPTY_TRIE_ROOT, NO_ACCOUNT, BadProof, ProofNodes, verify_account_proof
from bridge.chain.proofs import verify_storage_proof as verify

slots = st.integers(min_value=0, max_value=2**256 - 1)
words = st.dictionaries(slots, st.integers(min_value=1, max_value=2**256 - 1), min_size=1, max_size=40)


def storage(content: dict[int, int]) -> HexaryTrie:
    """A storage trie, built by the `trie` library."""
    trie = HexaryTrie({})
    for slot, word in content.items():
        trie.set(keccak(slot.to_bytes(32, "big")), encode_raw(minimal_bytes(word)))
    return trie


def proof_of(trie: HexaryTrie, slot: int) -> dict[str, list[str]]:
    nodes = trie.get_proof(keccak(slot.to_bytes(32, "big")))
    return {"proof": [f"0x{encode_raw(node).hex()}" for node in nodes]}


@given(words, slots)
def test_every_slot_is_proven_present_or_absent(content: dict[int, int], absent: int) -> None:
    trie = storage(content)
    shared = ProofNodes(trie.root_hash)
    for slot in [*content, absent]:
        expected = content.get(slot, 0)
        assert verify(trie.root_hash, slot, proof_of(trie, slot)) == expected
        assert shared.word(slot, proof_of(trie, slot)) == expected


@given(words, st.data())
def test_a_damaged_proof_never_proves_another_value(content: dict[int, int], data: st.DataObject) -> None:
    trie = storage(content)
    slot = data.draw(st.sampled_from(sorted(content)))
    nodes = proof_of(trie, slot)["proof"]
    index = data.draw(st.integers(0, len(nodes) - 1))
    raw = bytearray.fromhex(nodes[index][2:])
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    damaged = [*nodes[:index], f"0x{raw.hex()}", *nodes[index + 1 :]]
    with pytest.raises(BadProof):
        verify(trie.root_hash, slot, {"proof": damaged})


@given(words, st.lists(st.binary(max_size=80), max_size=5))
def test_any_bytes_at_all_are_refused_with_a_typed_error(content: dict[int, int], noise: list[bytes]) -> None:
    trie = storage(content)
    with pytest.raises(BadProof):
        verify(trie.root_hash, min(content), {"proof": [f"0x{node.hex()}" for node in noise]})


@given(words, words, st.data())
def test_a_proof_of_another_trie_proves_nothing(one: dict[int, int], two: dict[int, int], data: st.DataObject) -> None:
    first, second = storage(one), storage(two)
    slot = data.draw(st.sampled_from(sorted(one)))
    if first.root_hash != second.root_hash:
        with pytest.raises(BadProof):
            verify(second.root_hash, slot, proof_of(first, slot))


@pytest.mark.parametrize("proof", [{}, {"proof": None}, {"proof": []}, {"proof": ["0x"]}, {"proof": ["zz"]}])
def test_a_missing_proof_is_refused(proof: dict[str, list[str]]) -> None:
    with pytest.raises(BadProof):
        verify(b"\x11" * 32, 0, proof)


def test_a_node_that_hashes_right_but_is_no_node_is_refused() -> None:
    for node in (
        encode_raw([b"", b"", b""]),
        encode_raw([b"\x90", b"x"]),
        encode_raw([b"", b"x"]),
        encode_raw(b"text"),
    ):
        with pytest.raises(BadProof):
            verify(keccak(node), 0, {"proof": [f"0x{node.hex()}"]})


def test_an_empty_trie_needs_no_nodes() -> None:
    assert HexaryTrie({}).root_hash == EMPTY_TRIE_ROOT
    assert verify(EMPTY_TRIE_ROOT, 5, {"proof": []}) == 0
    assert verify_account_proof(EMPTY_TRIE_ROOT, b"\x01" * 20, {"accountProof": []}) == NO_ACCOUNT


def test_a_leaf_that_is_no_account_is_refused() -> None:
    trie = HexaryTrie({})
    trie.set(keccak(b"\x01" * 20), encode_raw([b"\x01", b"\x02"]))
    nodes = [f"0x{encode_raw(node).hex()}" for node in trie.get_proof(keccak(b"\x01" * 20))]
    with pytest.raises(BadProof, match="not an account"):
        verify_account_proof(trie.root_hash, b"\x01" * 20, {"accountProof": nodes})
