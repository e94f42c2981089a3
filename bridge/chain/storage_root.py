"""The storage root of an account, built from all of its words at once (Yellow Paper §4.1, appendix D).

Pure. Equal roots prove every word together, and that there is no other one; a single word is proven by proofs.py.
"""

from collections.abc import Iterable, Sequence

from bridge.chain.proofs import EMPTY_TRIE_ROOT
from bridge.protocol.keccak import keccak

# (64 hexadecimal digits of the hashed slot, RLP of the word as the leaf holds it)
Leaf = tuple[str, bytes]
NOTHING = b"\x80"


def storage_root(words: Iterable[tuple[int, int]]) -> bytes:
    """The root of a storage that holds these (slot, word) pairs, each slot once; a word of 0 is no word."""
    leaves = sorted_leaves((slot, word) for slot, word in words if word)
    return keccak(node_over(leaves, 0, len(leaves), 0)) if leaves else EMPTY_TRIE_ROOT


def sorted_leaves(words: Iterable[tuple[int, int]]) -> list[Leaf]:
    """The leaves of the trie that holds these words, zeros too, in the order of their paths."""
    return sorted((path_of(slot), _stored(word)) for slot, word in words)


def path_of(slot: int) -> str:
    """Where the trie keeps a slot: the hash of its number, as 64 hexadecimal digits."""
    return keccak(slot.to_bytes(32, "big")).hex()


def _stored(word: int) -> bytes:
    """The leaf's value: the RLP of the RLP of a word."""
    if word == 0:
        return b"\x81\x80"
    data = word.to_bytes((word.bit_length() + 7) // 8, "big")
    if word < 0x80:
        return data
    return bytes((0x81 + len(data), 0x80 + len(data))) + data


def node_over(leaves: Sequence[Leaf], first: int, last: int, depth: int) -> bytes:
    """The RLP of the node over `leaves[first:last]`, whose paths agree in their first `depth` digits."""
    path, value = leaves[first]
    if last - first == 1:
        return _list(_path(path[depth:], leaf=True) + value)
    shared = _shared(path, leaves[last - 1][0], depth)
    if shared > depth:
        return _list(_path(path[depth:shared], leaf=False) + reference_to(node_over(leaves, first, last, shared)))
    children = [NOTHING] * 17
    while first < last:
        digit = leaves[first][0][depth]
        end = first + 1
        while end < last and leaves[end][0][depth] == digit:
            end += 1
        children[int(digit, 16)] = reference_to(node_over(leaves, first, end, depth + 1))
        first = end
    return _list(b"".join(children))


def _shared(low: str, high: str, depth: int) -> int:
    """How many digits the lowest and the highest path, and so all between them, have in common."""
    while low[depth] == high[depth]:
        depth += 1
    return depth


def _path(digits: str, *, leaf: bool) -> bytes:
    """RLP of the hex-prefix form of a path."""
    odd = len(digits) & 1
    flag = 2 * leaf + odd
    data = bytes.fromhex(f"{flag:x}{digits}" if odd else f"{flag:x}0{digits}")
    return data if len(data) == 1 and data[0] < 0x80 else bytes((0x80 + len(data),)) + data


def reference_to(node: bytes) -> bytes:
    """A node as its parent names it: by its hash, or itself when it is shorter than one."""
    return node if len(node) < 32 else b"\xa0" + keccak(node)


def _list(payload: bytes) -> bytes:
    """RLP list; a node's payload has at most 16 × 33 + 1 bytes."""
    size = len(payload)
    if size < 56:
        return bytes((0xC0 + size,)) + payload
    return (bytes((0xF8, size)) if size < 256 else b"\xf9" + size.to_bytes(2, "big")) + payload
