"""The Merkle-sum tree of a statement that lists a million members, beside hashing as many leaves and nothing else.

Two salted leaves a member, random orders, sums and all rows of the tree; one proof is made and checked. Built in a
process of its own, whose peak memory is the second figure.
"""

import hashlib
import multiprocessing
import resource
import time
from collections.abc import Iterator

from benchmarks.figures import BenchmarkFailed, Figure, figure
from bridge.protocol.liabilities import LiabilityTree, verify

MEMBERS = 1_000_000
_BRAND, _MONTH, _LEAF_BYTES = 1, 682, 97


def measure() -> list[Figure]:
    """Seconds for the tree, and MiB of the process that built it."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        seconds, memory, empty = pool.apply(_build)
        bare = pool.apply(_hash_leaves)
    limit = f"SHA-256 of {MEMBERS:,} leaves and nothing else"
    return [
        figure("statement_1m", seconds, "s", bare, limit),
        figure("statement_1m_mib", memory, "MiB", empty, "the same process before it began"),
    ]


def _build() -> tuple[float, float, float]:
    empty = _peak_mib()
    began = time.perf_counter()
    tree = LiabilityTree(bytes(range(32)), _BRAND, _MONTH, _balances())
    seconds = time.perf_counter() - began
    memory = _peak_mib()
    proof, total = tree.prove(_member(77)), tree.total_points
    verify(proof, brand_id=_BRAND, month=_MONTH, root=tree.root, total_points=total, leaves=tree.leaves)
    if total != sum(points for _, points in _balances()):
        raise BenchmarkFailed("the tree's total is not the sum of the balances")
    return seconds, memory, empty


def _balances() -> Iterator[tuple[bytes, int]]:
    return ((_member(number), 1 + number % 5_000) for number in range(MEMBERS))


def _member(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(4, "big")).digest()[:16]


def _hash_leaves() -> float:
    body = bytes(_LEAF_BYTES)
    began = time.perf_counter()
    for _ in range(MEMBERS):
        hashlib.sha256(body).digest()
    return time.perf_counter() - began


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
