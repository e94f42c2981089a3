"""RFC 9162 Merkle trees over stored tiles: roots, inclusion and consistency proofs. Checking them is up to others.

Pure. Hashes come from a `Tiles` look-up; a tile holds up to 256 neighbouring hashes of every eighth level of the tree.
"""

from collections.abc import Callable

from alliance_node.domain.merkle_hashes import leaf_hash, node_hash, root_of

__all__ = [
    "HASH_SIZE",
    "TILE_WIDTH",
    "Tiles",
    "Tree",
    "leaf_hash",
    "node_hash",
    "root_of",
    "split",
]

TILE_WIDTH = 256
TILE_HEIGHT = 8
HASH_SIZE = 32

Tiles = Callable[[int, int], bytes]
"""(tile level, tile number) → the tile's hashes, joined. Level 0 holds leaf hashes, level 1 roots of full tiles, …"""


def split(tile: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [tile[start : start + HASH_SIZE] for start in range(0, len(tile), HASH_SIZE)]


class Tree:
    """The tree of `size` leaves over tiles."""

    def __init__(self, tiles: Tiles, size: int) -> None:
        self._tiles = tiles
        self.size = size

    def root(self) -> bytes:
        """The head's hash."""
        return self._range(0, self.size) if self.size else root_of(())

    def leaf(self, index: int) -> bytes:
        """The leaf hash at an index."""
        return self._complete(0, index)

    def inclusion_proof(self, index: int) -> list[bytes]:
        """The audit path of a leaf, RFC 9162 §2.1.3.1."""
        if not 0 <= index < self.size:
            raise IndexError(f"leaf {index} is not in a tree of {self.size}")
        return self._path(index, 0, self.size)

    def consistency_proof(self, earlier: int) -> list[bytes]:
        """Proof that the tree of `earlier` leaves is a prefix of this one, RFC 9162 §2.1.4.1."""
        if not 0 < earlier <= self.size:
            raise IndexError(f"no consistency proof from {earlier} to {self.size}")
        return [] if earlier == self.size else self._subproof(earlier, 0, self.size, True)

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split_at(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._range(middle, end)]
        return [*self._path(index, middle, end), self._range(start, middle)]

    def _subproof(self, earlier: int, start: int, end: int, known: bool) -> list[bytes]:
        if earlier == end:
            return [] if known else [self._range(start, end)]
        middle = start + _split_at(end - start)
        if earlier <= middle:
            return [*self._subproof(earlier, start, middle, known), self._range(middle, end)]
        return [*self._subproof(earlier, middle, end, False), self._range(start, middle)]

    def _range(self, start: int, end: int) -> bytes:
        count = end - start
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self._complete(level, start >> level)
        middle = start + _split_at(count)
        return node_hash(self._range(start, middle), self._range(middle, end))

    def _complete(self, level: int, index: int) -> bytes:
        """The complete subtree of 2^level leaves at an index of its level."""
        tile_level, above = divmod(level, TILE_HEIGHT)
        first = index << above
        tile, offset = divmod(first, TILE_WIDTH)
        hashes = self._tiles(tile_level, tile)
        return root_of(split(hashes[offset * HASH_SIZE : (offset + (1 << above)) * HASH_SIZE]))


def _split_at(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1
