"""Proofs about the sealed log: what the node makes, the alliance's own verification accepts, and nothing else
(RFC 9162; decision 0001, R-AUD-1)."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from alliance_node.application import merkle
from bridge.protocol import log_proofs


def tree_of(size: int) -> tuple[merkle.Tree, list[bytes]]:
    leaves = [merkle.leaf_hash(number.to_bytes(8, "big")) for number in range(size)]

    def tiles(level: int, tile: int) -> bytes:
        row = leaves
        for _ in range(level):
            row = [merkle.root_of(row[at : at + 256]) for at in range(0, len(row) - len(row) % 256, 256)]
        return b"".join(row[tile * 256 : (tile + 1) * 256])

    return merkle.Tree(tiles, size), leaves


@given(st.integers(1, 700), st.data())
def test_inclusion_proofs_of_the_node_verify_and_changed_ones_do_not(size: int, data: st.DataObject) -> None:
    tree, leaves = tree_of(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root = tree.inclusion_proof(index), tree.root()
    assert log_proofs.leaf_hash(index.to_bytes(8, "big")) == leaves[index]
    assert log_proofs.verify_inclusion(leaves[index], index, size, proof, root)
    assert not log_proofs.verify_inclusion(leaves[index], index, size, proof, hashlib.sha256(root).digest())
    assert not log_proofs.verify_inclusion(hashlib.sha256(leaves[index]).digest(), index, size, proof, root)
    assert not log_proofs.verify_inclusion(leaves[index], index, size, [*proof, root], root)
    assert not log_proofs.verify_inclusion(leaves[index], size, size, proof, root)


@given(st.integers(1, 700), st.data())
def test_consistency_proofs_of_the_node_verify_and_another_history_does_not(size: int, data: st.DataObject) -> None:
    tree, leaves = tree_of(size)
    earlier = data.draw(st.integers(1, size))
    proof, root = tree.consistency_proof(earlier), tree.root()
    before = merkle.root_of(leaves[:earlier])
    rewritten = merkle.root_of([hashlib.sha256(leaves[0]).digest(), *leaves[1:earlier]])
    assert log_proofs.verify_consistency(earlier, size, proof, before, root)
    assert not log_proofs.verify_consistency(earlier, size, proof, rewritten, root)
    assert not log_proofs.verify_consistency(earlier, size, [*proof, root], before, root)
    assert not log_proofs.verify_consistency(size + 1, size, proof, before, root)
