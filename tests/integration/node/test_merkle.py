"""RFC 9162 trees over tiles, against the definition written out recursively and the verifiers that auditors run."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from alliance_node.application.merkle import (
    TILE_WIDTH,
    Tree,
    leaf_hash,
    node_hash,
    root_of,
)
from bridge.protocol.log_proofs import verify_consistency, verify_inclusion


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1 over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


class Tiled:
    """Leaves cut into tiles as the sealer stores them."""

    def __init__(self, count: int) -> None:
        self.leaves = [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]
        self.levels = [self.leaves]
        while len(self.levels[-1]) >= TILE_WIDTH:
            row = self.levels[-1]
            full = len(row) // TILE_WIDTH
            self.levels.append([root_of(row[n * TILE_WIDTH : (n + 1) * TILE_WIDTH]) for n in range(full)])

    def __call__(self, level: int, tile: int) -> bytes:
        return b"".join(self.levels[level][tile * TILE_WIDTH : (tile + 1) * TILE_WIDTH])


@given(st.integers(0, 1_500), st.data())
def test_roots_and_proofs_are_those_of_the_definition(size: int, data: st.DataObject) -> None:
    tiles = Tiled(size)
    tree = Tree(tiles, size)
    assert tree.root() == by_definition(tiles.leaves)
    if not size:
        return
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(index)
    assert verify_inclusion(tiles.leaves[index], index, size, proof, tree.root())
    assert not verify_inclusion(leaf_hash(b"forged"), index, size, proof, tree.root())
    assert not verify_inclusion(tiles.leaves[index], size, size, proof, tree.root())
    earlier = data.draw(st.integers(1, size))
    old_root = by_definition(tiles.leaves[:earlier])
    consistency = tree.consistency_proof(earlier)
    assert verify_consistency(earlier, size, consistency, old_root, tree.root())
    assert not verify_consistency(earlier, size, consistency, leaf_hash(b"forged"), tree.root())
    if consistency:
        broken = [*consistency[:-1], leaf_hash(b"forged")]
        assert not verify_consistency(earlier, size, broken, old_root, tree.root())


def test_more_than_one_level_of_tiles() -> None:
    """70,000 leaves: 273 full tiles, so the second level has a full tile and the third begins."""
    size = 70_000
    tiles = Tiled(size)
    tree = Tree(tiles, size)
    assert len(tiles.levels) == 3
    assert tree.root() == by_definition(tiles.leaves)
    for index in (0, 255, 256, 65_535, 65_536, size - 1):
        assert verify_inclusion(tiles.leaves[index], index, size, tree.inclusion_proof(index), tree.root())
    for earlier in (1, 256, 65_536, 65_537, size - 1):
        old = by_definition(tiles.leaves[:earlier])
        assert verify_consistency(earlier, size, tree.consistency_proof(earlier), old, tree.root())
