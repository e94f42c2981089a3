"""The storage that the model foretells against the proven one.

It may not trust a value that an RPC computes: words come out of verified proofs.
"""

from collections.abc import Iterator, Sequence

from bridge.audit.contract import ContractAudit, Expected
from bridge.audit.findings import Check, Finding
from bridge.audit.storage import ProofRefused, ProvenState
from bridge.chain.proofs import BadProof
from bridge.chain.storage_compare import Difference, Unreachable

COMPLETE = Check("storage-complete", "EVIDENCE-7", "nothing is stored beside what the events say: no hidden balance")
PROOFS = Check("storage-proofs", "EVIDENCE-6", "storage proofs lead from the block's state root to each slot")


def storage_is_as_replayed(
    state: ProvenState, audited: ContractAudit, address: bytes, rows: Sequence[Expected], rest: Sequence[int] | None
) -> Iterator[Finding]:
    """A contract's storage against what the model expects: the whole of it, where `rest` says what else may be there;
    else each word by its own proof."""
    where = f"{audited.name} at block {state.block_number}"
    try:
        if rest is None:
            yield from _compare_words(state, address, rows, where)
        else:
            yield from _compare_all(state, address, rows, rest, where)
    except BadProof as error:
        yield PROOFS.failed("a proof from the block's state root", error, where)
    except ProofRefused as error:
        checks = dict.fromkeys(row.check for row in rows)
        for check in (*checks, *([COMPLETE] if rest is not None else [])):
            yield check.unchecked("a storage proof", error, where)


def _compare_all(
    state: ProvenState, address: bytes, rows: Sequence[Expected], rest: Sequence[int], where: str
) -> Iterator[Finding]:
    """The words of `rest` are read by proof; with the expected ones they must be all that is stored."""
    expected = {row.slot: row for row in rows}
    words = [(row.slot, max(0, row.word)) for row in rows]
    for slot, word in state.words(address, rest):
        if isinstance(word, BadProof):
            yield PROOFS.failed("a proof from the block's state root", word, f"{where}, slot {slot:#x}")
        else:
            words.append((slot, word))
    for found in state.differences(address, words):
        row = expected.get(found.slot) if isinstance(found, Difference) and found.slot is not None else None
        if isinstance(found, Unreachable):
            yield COMPLETE.unchecked("nothing there", "no proof leads there", f"{where}, path 0x{found.prefix}…")
        elif row is None:
            yield COMPLETE.failed("nothing there", hex(found.actual), f"{where}, path 0x{found.path}")
        else:
            yield row.check.failed(_shown(row.word), _shown(found.actual), f"{where}, {row.what}")


def _compare_words(state: ProvenState, address: bytes, rows: Sequence[Expected], where: str) -> Iterator[Finding]:
    words = state.words(address, [row.slot for row in rows])
    for row, (_, word) in zip(rows, words, strict=True):
        place = f"{where}, {row.what}"
        if isinstance(word, BadProof):
            yield PROOFS.failed("a proof from the block's state root", word, place)
        elif word & row.mask != row.word:
            yield row.check.failed(_shown(row.word), _shown(word & row.mask), place)


def _shown(word: int) -> str:
    """Small numbers in decimal, packed words in hexadecimal."""
    return str(word) if -(1 << 64) < word < 1 << 64 else hex(word)
