"""Whether the registry names the key that this bridge posts with: looked at now and then.

Owns the look alone. A bridge with another key can send nothing, and would only say so with its first batch; it may not
stop anything, for it can still read.
"""

import time
from collections.abc import Callable

import msgspec

from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.admin import read_brand
from bridge.protocol.words import format_address

_EVERY, _EVERY_WHILE_WRONG = 60.0, 2.0
"""Seconds between looks."""


class WrongKey(msgspec.Struct, frozen=True):
    """The registry's posting key and this bridge's, 20 bytes each."""

    brand_id: int
    registered: bytes
    ours: bytes

    code = "posting_key_wrong"

    @property
    def next_step(self) -> str:
        """For the operator."""
        return (
            f"Brand {self.brand_id} posts with {format_address(self.registered)}, but this bridge has the key of "
            f"{format_address(self.ours)}: it can send nothing. Correct hot_key (or brand_id), or give the brand this "
            "key with `alliance chain rotate-key`."
        )


class KeyWatch:
    """`elapsed` counts seconds."""

    def __init__(
        self, rpc: Rpc, book: AddressBook, brand_id: int, ours: bytes, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._rpc = rpc
        self._book = book
        self._brand_id = brand_id
        self._ours = ours
        self._elapsed = elapsed
        self._looked_at: float | None = None
        self.wrong: WrongKey | None = None

    def look(self) -> None:
        """Raises UnknownBrand when the registry has no such brand, and what the RPC raises."""
        now, pause = self._elapsed(), _EVERY if self.wrong is None else _EVERY_WHILE_WRONG
        if self._looked_at is not None and now - self._looked_at < pause:
            return
        registered = read_brand(self._rpc, self._book, self._brand_id).keys.hot
        self._looked_at = now
        self.wrong = None if registered == self._ours else WrongKey(self._brand_id, registered, self._ours)
