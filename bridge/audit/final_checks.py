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
    state: ProvenState, audited: ContractAudit, address: bytes, rows: Sequence[Expected]
) -> Iterator[Finding]:
    """A contract's whole storage against what the model expects."""
    where = f"{audited.name} at block {state.block_number}"
    try:
        yield from _compare_all(state, address, rows, where)
    except BadProof as error:
        yield PROOFS.failed("a proof from the block's state root", error, where)
    except ProofRefused as error:
        checks = dict.fromkeys(row.check for row in rows)
        for check in (*checks, COMPLETE):
            yield check.unchecked("a storage proof", error, where)


def _compare_all(state: ProvenState, address: bytes, rows: Sequence[Expected], where: str) -> Iterator[Finding]:
    """The words with a range are read by proof; with the others they must be all that is there."""
    expected = {row.slot: row for row in rows}
    words = [(row.slot, max(0, row.word)) for row in rows if row.highest is None]
    read = [row.slot for row in rows if row.highest is not None]
    for slot, word in state.words(address, read):
        if isinstance(word, BadProof):
            yield PROOFS.failed("a proof from the block's state root", word, f"{where}, slot {slot:#x}")
            continue
        words.append((slot, word))
        row = expected[slot]
        if row.highest is not None and not row.word <= word <= row.highest:
            yield row.check.failed(f"{row.word:#x} to {row.highest:#x}", f"{word:#x}", f"{where}, {row.what}")
    for found in state.differences(address, words):
        known = expected.get(found.slot) if isinstance(found, Difference) and found.slot is not None else None
        if isinstance(found, Unreachable):
            yield COMPLETE.unchecked("nothing there", "no proof leads there", f"{where}, path 0x{found.prefix}…")
        elif known is None:
            yield COMPLETE.failed("nothing there", hex(found.actual), f"{where}, path 0x{found.path}")
        else:
            yield known.check.failed(_shown(known.word), _shown(found.actual), f"{where}, {known.what}")


def _shown(word: int) -> str:
    """Small numbers in decimal, packed words in hexadecimal."""
    return str(word) if -(1 << 64) < word < 1 << 64 else hex(word)
