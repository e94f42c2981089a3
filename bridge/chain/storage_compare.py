"""A whole storage against the words that it should hold, without asking for each: only where hashes differ one looks.

Owns the walk from the storage root down. Equal hashes prove all words below them at once, and that nothing else is
there; a word of 0 that a trie holds all the same (Anvil keeps one for each slot ever read) is no difference.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import rlp

from bridge.chain.proofs import EMPTY_TRIE_ROOT, BadProof, ProofNodes, segment_of, word_of
from bridge.chain.storage_root import Leaf, node_over, path_of, reference_to, sorted_leaves
from bridge.protocol.keccak import keccak

_FEW, _TRIES = 20_000, 2_000_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One word that is not the expected one. `slot` None: nobody expected a word there, so only its path is known."""

    path: str
    slot: int | None
    expected: int
    actual: int


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Something is stored under this path, but no slot is known whose proof would show it."""

    prefix: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A node of the real trie, as its parent names it, and the path to it."""

    reference: Any
    prefix: str


def compare_storage(
    nodes: ProofNodes,
    words: Iterable[tuple[int, int]],
    fetch: Callable[[Sequence[int]], None],
    hints: Callable[[], Iterable[int]] = tuple,
) -> Iterator[Difference | Unreachable]:
    """Every difference between the storage under `nodes.root` and these (slot, word) pairs; say the zeros that you know
    of, too. `fetch` adds the nodes of the proofs of some slots to `nodes`. `hints` is asked, at most once, for slots
    that may be in use beside the words: they say where to look, never what is there. Raises BadProof.
    """
    return _Comparison(nodes, list(words), fetch, hints).run()


class _Comparison:
    def __init__(
        self,
        nodes: ProofNodes,
        words: Sequence[tuple[int, int]],
        fetch: Callable[[Sequence[int]], None],
        hints: Callable[[], Iterable[int]],
    ) -> None:
        self._nodes = nodes
        self._fetch = fetch
        self._hints = hints
        self._hinted: list[tuple[str, int]] | None = None
        self._words = words
        self._leaves = sorted_leaves(words)
        zero = {path_of(slot) for slot, word in words if not word}
        # What a trie holds that forgets zeros, and one that keeps every one of them.
        self._forms = [[leaf for leaf in self._leaves if leaf[0] not in zero]] + ([self._leaves] if zero else [])
        self._known: dict[str, tuple[int, int]] = {}

    def run(self) -> Iterator[Difference | Unreachable]:
        root: Any = b"" if self._nodes.root == EMPTY_TRIE_ROOT else self._nodes.root
        if self._is_as_expected(root, ""):
            return
        self._known = {path_of(slot): (slot, word) for slot, word in self._words}
        level = [_Place(root, "")]
        while level:
            yield from self._look_up(level)
            following: list[_Place] = []
            for place in level:
                for found in self._below(place):
                    if isinstance(found, _Place):
                        following.append(found)
                    else:
                        yield found
            level = following

    def _look_up(self, level: list[_Place]) -> Iterator[Unreachable]:
        """Fetch what is needed to go on; places that no proof shows leave the level."""
        hidden = [place for place in level if place.reference != b"" and not self._nodes.knows(place.reference)]
        slots = {place.prefix: self._slot_under(place.prefix) for place in hidden}
        blind = {prefix for prefix, slot in slots.items() if slot is None}
        # Near the root a short search finds slots; deeper the hints are asked, which cost an answer of the whole state.
        found = _slots_under(blind, 0, min(_FEW, _TRIES))
        found |= self._hinted_under(blind - found.keys())
        found |= _slots_under(blind - found.keys(), _FEW, _TRIES)
        yield from (Unreachable(prefix) for prefix in sorted(blind - found.keys()))
        level[:] = [place for place in level if place.prefix not in blind or place.prefix in found]
        wanted = [slot for slot in (*slots.values(), *found.values()) if slot is not None]
        if wanted:
            self._fetch(wanted)

    def _hinted_under(self, prefixes: set[str]) -> dict[str, int]:
        """A hinted slot under each prefix, where there is one."""
        if prefixes and self._hinted is None:
            self._hinted = sorted((path_of(slot), slot) for slot in set(self._hints()))
        found = {}
        for prefix in prefixes:
            at = bisect_left(self._hinted or [], (prefix,))
            if self._hinted and at < len(self._hinted) and self._hinted[at][0].startswith(prefix):
                found[prefix] = self._hinted[at][1]
        return found

    def _slot_under(self, prefix: str) -> int | None:
        first, last = _range(self._leaves, prefix)
        return self._known[self._leaves[first][0]][0] if first < last else None

    def _below(self, place: _Place) -> Iterator[Difference | _Place]:
        if place.reference == b"":
            yield from self._missing(place.prefix)
            return
        node = self._nodes.resolve(place.reference, place.prefix)
        if len(node) == 17:
            for digit in range(16):
                yield from self._child(node[digit], f"{place.prefix}{digit:x}")
            return
        segment, is_leaf = segment_of(node[0])
        path = place.prefix + segment
        yield from self._missing(place.prefix, beside=path)
        if is_leaf:
            yield from self._leaf(path, node[1])
        else:
            yield from self._child(node[1], path)

    def _child(self, reference: Any, prefix: str) -> Iterator[_Place]:
        if not self._is_as_expected(reference, prefix):
            yield _Place(reference, prefix)

    def _is_as_expected(self, reference: Any, prefix: str) -> bool:
        """Whether the real node is the one over the expected leaves, in either form."""
        real = rlp.encode(reference) if isinstance(reference, list) else reference and b"\xa0" + reference
        for leaves in self._forms:
            first, last = _range(leaves, prefix)
            node = node_over(leaves, first, last, len(prefix)) if first < last else b""
            if (real == reference_to(node)) if prefix and node else (reference == (node and keccak(node))):
                return True
        return False

    def _leaf(self, path: str, value: Any) -> Iterator[Difference]:
        if len(path) != 64 or not isinstance(value, bytes):
            raise BadProof(f"the leaf at 0x{path} is malformed")
        actual = word_of(value)
        slot, expected = self._known.get(path, (None, 0))
        if actual != expected:
            yield Difference(path, slot, expected, actual)

    def _missing(self, prefix: str, beside: str = "g") -> Iterator[Difference]:
        """Expected words under `prefix` of which the trie has nothing, those under `beside` left out."""
        first, last = _range(self._leaves, prefix)
        for path, _ in self._leaves[first:last]:
            slot, expected = self._known[path]
            if expected and not path.startswith(beside):
                yield Difference(path, slot, expected, 0)


def _range(leaves: Sequence[Leaf], prefix: str) -> tuple[int, int]:
    """The leaves whose path begins with `prefix`; no hexadecimal digit comes after "f"."""
    first = bisect_left(leaves, (prefix,))
    return first, bisect_left(leaves, (prefix + "g",), first)


def _slots_under(prefixes: set[str], first: int, last: int) -> dict[str, int]:
    """Any slot whose path begins with each prefix, as far as a search from `first` to `last` finds one: its proof shows
    what lies there."""
    found: dict[str, int] = {}
    lengths = sorted({len(prefix) for prefix in prefixes})
    for slot in range(first, last) if prefixes else ():
        path = path_of(slot)
        for length in lengths:
            if path[:length] in prefixes:
                found.setdefault(path[:length], slot)
        if len(found) == len(prefixes):
            break
    return found
