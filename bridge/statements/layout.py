"""Where StatementRegistry keeps its records (a test compares with the compiler).

Pure.
"""

from bridge.protocol.keccak import keccak
from bridge.protocol.words import word

LATEST, HEAD_DIGESTS, STATEMENT_DIGESTS = 2, 3, 4


def head_slot(brand_id: int, day: int) -> int:
    """The slot of a day's head digest."""
    return _nested(HEAD_DIGESTS, brand_id, day)


def statement_slot(brand_id: int, month: int) -> int:
    """The slot of a month's statement digest."""
    return _nested(STATEMENT_DIGESTS, brand_id, month)


def latest_slot(brand_id: int) -> int:
    """The slot of a brand's newest day, size, month and cut-off."""
    return int.from_bytes(keccak(word(brand_id) + word(LATEST)), "big")


def _nested(slot: int, outer: int, inner: int) -> int:
    return int.from_bytes(keccak(word(inner) + keccak(word(outer) + word(slot))), "big")
