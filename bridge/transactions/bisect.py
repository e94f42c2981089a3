"""Finding the items that make a batch revert, by halving it (pitfall 23).

Pure: the caller supplies the question "do these groups pass?", which costs one request per round.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

T = TypeVar("T")
Passes = Callable[[list[list[T]]], list[bool]]


class Verdict(msgspec.Struct, frozen=True):
    """`culprits`: indices that revert alone. `keep`: how many of the first items pass together, when none reverts alone
    but all together do."""

    culprits: list[int]
    keep: int | None = None


def find_culprits(items: Sequence[T], passes: Passes[T]) -> Verdict:
    """Why a batch that reverts as a whole reverts; `items` is known to fail."""
    suspects = [range(len(items))]
    culprits: list[int] = []
    while suspects:
        halves = [half for suspect in suspects if len(suspect) > 1 for half in _halves(suspect)]
        culprits += [suspect[0] for suspect in suspects if len(suspect) == 1]
        if not halves:
            break
        verdicts = passes([[items[index] for index in half] for half in halves])
        suspects = [half for half, good in zip(halves, verdicts, strict=True) if not good]
    if culprits:
        return Verdict(sorted(culprits))
    return Verdict([], _longest_passing_half(items, passes))


def _halves(indices: range) -> tuple[range, range]:
    middle = (len(indices) + 1) // 2
    return indices[:middle], indices[middle:]


def _longest_passing_half(items: Sequence[T], passes: Passes[T]) -> int:
    size = len(items) // 2
    while size > 1:
        if passes([list(items[:size])])[0]:
            return size
        size //= 2
    return 1
