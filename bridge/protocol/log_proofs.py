"""RFC 9162 proofs about a brand's sealed event log, as everybody but the brand checks them.

Pure. The node makes the proofs with code of its own; a test compares the two.
"""

import hashlib
from collections.abc import Sequence


def leaf_hash(digest: bytes) -> bytes:
    """The leaf of an event's digest, §2.1.1."""
    return hashlib.sha256(b"\x00" + digest).digest()


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Leaf hash `leaf` is number `index` of the log of `size` events, §2.1.3.2."""
    if not 0 <= index < size:
        return False
    place, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            value = _node(sibling, value)
            place, last = _up(place, last)
        else:
            value = _node(value, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and value == root


def verify_consistency(earlier: int, size: int, proof: Sequence[bytes], earlier_root: bytes, root: bytes) -> bool:
    """The log of `earlier` events is how the log of `size` events begins, §2.1.4.2."""
    if earlier == size:
        return not proof and earlier_root == root
    if not 0 < earlier < size or not proof:
        return False
    path = list(proof) if earlier & (earlier - 1) else [earlier_root, *proof]
    place, last = earlier - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = _node(sibling, old), _node(sibling, new)
            place, last = _up(place, last)
        else:
            new = _node(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == earlier_root and new == root


def _up(place: int, last: int) -> tuple[int, int]:
    """Past the levels on which the node is alone."""
    while not place & 1 and place:
        place, last = place >> 1, last >> 1
    return place, last


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
