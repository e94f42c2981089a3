"""Checks on the end of the replay: the totals among themselves, and each word against proven storage.

They may not trust a value that an RPC computes: totals come from events, words from verified proofs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bridge.audit.expectations import Expected
from bridge.audit.findings import Check, Finding
from bridge.audit.model import Alliance
from bridge.audit.storage import ProofRefused, ProvenState
from bridge.chain.proofs import BadProof

SUPPLY = Check("supply", "INV-1", "supply = Σ issued − Σ redeemed = Σ balances, and no balance is below zero")
POSITIONS = Check("positions", "INV-2", "Σ positions = pool cash − supply")
PROOFS = Check("storage-proofs", "EVIDENCE-6", "storage proofs lead from the block's state root to each slot")


def supply_is_what_was_issued(alliance: Alliance) -> Iterator[Finding]:
    issued = sum(brand.issued for brand in alliance.brands.values())
    redeemed = sum(brand.redeemed for brand in alliance.brands.values())
    held = sum(alliance.balances.values())
    if not alliance.supply == issued - redeemed == held:
        expected = f"supply {alliance.supply} by the token's events"
        yield SUPPLY.failed(expected, f"{issued} issued − {redeemed} redeemed, {held} held", "end of replay")
    for holder, units in alliance.balances.items():
        if units < 0:
            yield SUPPLY.failed("a balance of at least 0", units, f"holder 0x{holder:040x}")


def positions_add_up(alliance: Alliance) -> Iterator[Finding]:
    total = sum(brand.position for brand in alliance.brands.values())
    if total != alliance.pool_cash - alliance.supply:
        yield POSITIONS.failed(alliance.pool_cash - alliance.supply, total, "end of replay")


TOTAL_CHECKS: tuple[tuple[Check, Callable[[Alliance], Iterator[Finding]]], ...] = (
    (SUPPLY, supply_is_what_was_issued),
    (POSITIONS, positions_add_up),
)


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
