"""A storage root built at once is the root that a trie library builds word by word, and proves absence too."""

import random

import pytest
import rlp
from eth_hash.auto import keccak
from trie.hexary import HexaryTrie

from bridge.chain.proofs import EMPTY_TRIE_ROOT
from bridge.chain.storage_root import storage_root


def by_library(words: dict[int, int]) -> bytes:
    trie = HexaryTrie({})
    for slot, word in words.items():
        if word:
            trie.set(keccak(slot.to_bytes(32, "big")), rlp.encode(word))
    return bytes(trie.root_hash)


@pytest.mark.parametrize("size", [1, 2, 3, 17, 100, 2_000])
@pytest.mark.parametrize("widest", [7, 8, 64, 256])
def test_the_root_is_the_librarys(size: int, widest: int) -> None:
    dice = random.Random(f"{size} {widest}")
    words = {dice.getrandbits(dice.choice((4, 256))): dice.getrandbits(widest) for _ in range(size)}
    assert storage_root(words.items()) == by_library(words)


def test_words_whose_paths_agree_for_long_give_extensions_as_in_the_library() -> None:
    """Slots picked so that their hashes share their first three digits."""
    start = next(slot for slot in range(10_000) if keccak(slot.to_bytes(32, "big")).hex().startswith("abc"))
    more = [s for s in range(60_000) if keccak(s.to_bytes(32, "big")).hex().startswith("abc")][:5]
    words = dict.fromkeys((start, *more), 1)
    assert storage_root(words.items()) == by_library(words)


def test_an_emptied_slot_is_as_if_it_had_never_been_used() -> None:
    assert storage_root([(1, 0), (2, 0)]) == EMPTY_TRIE_ROOT
    assert storage_root([(1, 5), (2, 0)]) == storage_root([(1, 5)])


def test_one_word_more_less_or_changed_is_another_root() -> None:
    words = {slot: slot + 1 for slot in range(50)}
    root = storage_root(words.items())
    assert root != storage_root((words | {50: 1}).items())
    assert root != storage_root((words | {7: 9}).items())
    assert root != storage_root(list(words.items())[1:])
