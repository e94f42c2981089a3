"""A whole storage compared at once: every wrong, missing and hidden word is named, and equal storages need no proof."""

import random
from collections.abc import Sequence

import pytest
import rlp
from trie.hexary import HexaryTrie

from bridge.chain.proofs import ProofNodes
from bridge.chain.storage_compare import Difference, Unreachable, compare_storage
from bridge.chain.storage_root import path_of

Words = dict[int, int]
Found = set[tuple[int | None, int, int]]


def differences(
    stored: Words, expected: Words, zeros: Sequence[int] = ()
) -> tuple[set[tuple[int | None, int, int]], int]:
    """(slot, expected, actual) of each difference, and how many proofs were asked for."""
    trie = HexaryTrie({})
    for slot, word in [*stored.items(), *((slot, 0) for slot in zeros)]:
        trie.set(bytes.fromhex(path_of(slot)), rlp.encode(word))
    nodes, asked = ProofNodes(bytes(trie.root_hash)), 0

    def fetch(slots: Sequence[int]) -> None:
        nonlocal asked
        asked += len(slots)
        for slot in slots:
            proof = trie.get_proof(bytes.fromhex(path_of(slot)))
            nodes.add([f"0x{rlp.encode(node).hex()}" for node in proof])

    found = set()
    for difference in compare_storage(nodes, expected.items(), fetch):
        assert isinstance(difference, Difference)
        found.add((difference.slot, difference.expected, difference.actual))
    return found, asked


def some_words(dice: random.Random, size: int) -> Words:
    return {dice.getrandbits(256): dice.getrandbits(dice.choice((3, 8, 200))) | 1 for _ in range(size)}


@pytest.mark.parametrize("size", [1, 2, 30, 700])
@pytest.mark.parametrize("seed", range(8))
def test_every_difference_is_named_and_nothing_else(size: int, seed: int) -> None:
    """Words changed, removed, hidden, and zeros that Anvil keeps, all at once."""
    dice = random.Random(f"{size} {seed}")
    expected = some_words(dice, size)
    stored, owed = dict(expected), set()
    for slot in dice.sample(sorted(expected), dice.randint(0, min(size, 5))):
        if dice.random() < 0.5:
            owed.add((slot, expected[slot], 0))
            del stored[slot]
        else:
            stored[slot] += 1
            owed.add((slot, expected[slot], stored[slot]))
    hidden = some_words(dice, dice.randint(0, 4))
    owed |= {(None, 0, word) for word in hidden.values()}
    zeros = [dice.getrandbits(256) for _ in range(dice.randint(0, 6))]
    known_zeros = dict.fromkeys([*zeros[::2], dice.getrandbits(256)], 0)
    found, _ = differences(stored | hidden, expected | known_zeros, zeros)
    assert found == owed


def test_equal_storages_need_no_proof_at_all() -> None:
    words = some_words(random.Random(1), 500)
    assert differences(words, words) == (set(), 0)
    assert differences({}, {}) == (set(), 0)


def test_zeros_that_anvil_keeps_for_known_slots_need_no_proof_either() -> None:
    """Holders that were emptied: absent on a usual chain, leaves with a zero on Anvil."""
    words = some_words(random.Random(3), 300)
    emptied = dict.fromkeys(some_words(random.Random(4), 300), 0)
    assert differences(words, words | emptied) == (set(), 0)
    assert differences(words, words | emptied, zeros=list(emptied)) == (set(), 0)


def test_one_hidden_word_among_many_needs_a_few_proofs() -> None:
    words = some_words(random.Random(2), 2_000)
    found, asked = differences(words | {7: 9}, words)
    assert found == {(None, 0, 9)}
    assert asked <= 8


def test_an_empty_storage_and_an_unexpected_one_are_told_apart() -> None:
    assert differences({}, {5: 6})[0] == {(5, 6, 0)}
    assert differences({5: 6}, {})[0] == {(None, 0, 6)}


def test_what_no_proof_can_show_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deep in a large trie no slot may be found whose path leads there: that is not silence."""
    monkeypatch.setattr("bridge.chain.storage_compare._TRIES", 0)
    trie = HexaryTrie({})
    trie.set(bytes.fromhex(path_of(5)), rlp.encode(6))
    (found,) = compare_storage(ProofNodes(bytes(trie.root_hash)), [], lambda slots: None)
    assert found == Unreachable("")


def test_a_hinted_slot_leads_to_what_is_stored_deep_in_the_trie(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hints say where to look, not what is there: a 0 that Anvil keeps is none, a hidden word is named."""
    monkeypatch.setattr("bridge.chain.storage_compare._TRIES", 0)
    dice = random.Random(7)
    words = some_words(dice, 2_000)
    trie = HexaryTrie({})
    for slot, word in [*words.items(), (5, 0), (6, 99)]:
        trie.set(bytes.fromhex(path_of(slot)), rlp.encode(word))
    nodes = ProofNodes(bytes(trie.root_hash))
    asked = []

    def fetch(slots: Sequence[int]) -> None:
        for slot in slots:
            nodes.add([f"0x{rlp.encode(node).hex()}" for node in trie.get_proof(bytes.fromhex(path_of(slot)))])

    def hints() -> list[int]:
        asked.append(1)
        return [5, 6, 7, *words]

    assert list(compare_storage(nodes, words.items(), fetch, hints)) == [Difference(path_of(6), None, 0, 99)]
    assert asked == [1]
