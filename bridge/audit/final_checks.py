"""Each word that the model foretells against proven storage.

It may not trust a value that an RPC computes: words come out of verified proofs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bridge.audit.contract import Expected
from bridge.audit.findings import Check, Finding
from bridge.audit.storage import ProofRefused, ProvenState
from bridge.chain.proofs import BadProof

PROOFS = Check("storage-proofs", "EVIDENCE-6", "storage proofs lead from the block's state root to each slot")


def storage_is_as_replayed(
    state: ProvenState, contracts: Mapping[str, bytes], expected: Iterable[Expected]
) -> Iterator[Finding]:
    """Each expected word against its proven one; a proof that doesn't verify is a finding of its own."""
    by_contract: dict[str, list[Expected]] = {}
    for row in expected:
        by_contract.setdefault(row.contract, []).append(row)
    for contract, rows in by_contract.items():
        where = f"{contract} at block {state.block_number}"
        try:
            yield from _compare(state, contracts[contract], rows, where)
        except BadProof as error:
            yield PROOFS.failed("a proof from the block's state root", error, where)
        except ProofRefused as error:
            for check in dict.fromkeys(row.check for row in rows):
                yield check.unchecked("a storage proof", error, where)


def _compare(state: ProvenState, address: bytes, rows: Sequence[Expected], where: str) -> Iterator[Finding]:
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
