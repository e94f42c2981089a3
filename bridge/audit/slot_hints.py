"""Which slots an RPC says are in use: where to look, and nothing else.

A trie shows hashes of what is stored, never the slots, so a word that nobody expected lies where no proof leads until
somebody names its slot. Anvil keeps such words (a 0 for each slot that was ever read), and names all slots in the dump
of its state. What is stored there is proven all the same; an RPC that hides a slot makes the word a finding.
"""

import zlib
from dataclasses import dataclass, field

import orjson

from bridge.audit.source import Reader
from bridge.chain.rpc import RpcError

_DUMP = "anvil_dumpState"
_GZIP = 31
_LARGEST_DUMP = 1 << 30
_SLOTS = 1 << 256


@dataclass
class SlotHints:
    """Asks at most once."""

    reader: Reader
    _slots: dict[int, list[int]] | None = field(default=None)

    def of(self, address: bytes) -> list[int]:
        """Slots of this account; none when the RPC can't or won't say."""
        if self._slots is None:
            self._slots = _read(self.reader)
        return self._slots.get(int.from_bytes(address, "big"), [])


def _read(reader: Reader) -> dict[int, list[int]]:
    try:
        (dump,) = reader.batch([(_DUMP, [])])
        unpacked = zlib.decompressobj(_GZIP).decompress(bytes.fromhex(dump.removeprefix("0x")), _LARGEST_DUMP)
        accounts = orjson.loads(unpacked)["accounts"]
        return {
            int(address, 16): [slot for slot in (int(text, 16) for text in account["storage"]) if 0 <= slot < _SLOTS]
            for address, account in accounts.items()
        }
    except (RpcError, zlib.error, AttributeError, KeyError, TypeError, ValueError):
        return {}
