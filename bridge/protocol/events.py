"""The contracts' events, decoded from raw logs without an ABI library (tested against web3.py).

Pure. Takes a log's topics and data as bytes; it may not decide whether the log is to be believed.
"""

from collections.abc import Callable, Sequence

import msgspec

from bridge.protocol.keccak import keccak
from bridge.protocol.rates import Rate
from bridge.protocol.statements import Head, Statement


class MalformedLog(ValueError):
    """A log whose topics or data do not have its event's shape."""


class BatchPosted(msgspec.Struct, frozen=True, tag=True):
    brand_id: int
    seq: int
    items_hash: bytes
    count: int


class Converted(msgspec.Struct, frozen=True, tag=True):
    """An accepted item. `local_points`: amount of a CONVERT_IN, points owed by a CLAIM, 0 for a RETURN."""

    brand_id: int
    seq: int
    item: int
    kind: int
    rate_version: int
    local_points: int
    alliance_units: int


class Rejected(msgspec.Struct, frozen=True, tag=True):
    brand_id: int
    seq: int
    item: int
    reason: int


class RateWasAnnounced(msgspec.Struct, frozen=True, tag=True):
    brand_id: int
    version: int
    rate: Rate
    announced_at: int
    effective_at: int
    guaranteed_until: int


class Paused(msgspec.Struct, frozen=True, tag=True):
    """The alliance clock stands still at `alliance_time`."""

    guardian: bytes
    alliance_time: int


class Unpaused(msgspec.Struct, frozen=True, tag=True):
    """The clock runs again; `paused_seconds` is the sum of all pauses so far."""

    guardian: bytes
    paused_seconds: int


class HeadAnchored(msgspec.Struct, frozen=True, tag=True):
    brand_id: int
    head: Head


class StatementPublished(msgspec.Struct, frozen=True, tag=True):
    brand_id: int
    statement: Statement


Event = BatchPosted | Converted | Rejected | RateWasAnnounced | Paused | Unpaused | HeadAnchored | StatementPublished

SIGNATURES = {
    "BatchPosted": "BatchPosted(uint32,uint40,bytes32,uint16)",
    "Converted": "Converted(uint256)",
    "Rejected": "Rejected(uint32,uint40,uint16,uint8)",
    "RateAnnounced": "RateAnnounced(uint32,uint32,uint64,uint64,uint64,uint64,uint40,uint40,uint40)",
    "Paused": "Paused(address,uint40)",
    "Unpaused": "Unpaused(address,uint40)",
    "HeadAnchored": "HeadAnchored(uint32,uint32,uint64,bytes32)",
    "StatementPublished": "StatementPublished(uint32,uint32,"
    "(uint32,uint40,uint32,uint64,bytes32,bytes32,uint128,uint64,uint32))",
}
TOPICS: dict[str, bytes] = {name: bytes(keccak(text.encode())) for name, text in SIGNATURES.items()}


def decode_log(topics: Sequence[bytes], data: bytes) -> Event | None:
    """The event, or None when the first topic is none of ours. Raises MalformedLog."""
    if not topics:
        return None
    found = _DECODERS.get(topics[0])
    if found is None:
        return None
    topic_count, data_size, decoder = found
    if len(topics) != topic_count or len(data) != data_size or any(len(topic) != 32 for topic in topics):
        raise MalformedLog(f"{len(topics)} topics and {len(data)} bytes are not the shape of {decoder.__name__[1:]}")
    return decoder(topics, data)


def _batch_posted(topics: Sequence[bytes], data: bytes) -> Event:
    return BatchPosted(_uint(topics[1]), _uint(topics[2]), data[:32], _uint(data[32:]))


def _converted(topics: Sequence[bytes], data: bytes) -> Event:
    # brandId u32 | seq u40 | item u16 | kind u8 | rateVersion u32 | localAmount u64 | allianceUnits u64
    return Converted(
        _uint(data[:4]),
        _uint(data[4:9]),
        _uint(data[9:11]),
        data[11],
        _uint(data[12:16]),
        _uint(data[16:24]),
        _uint(data[24:32]),
    )


def _rejected(topics: Sequence[bytes], data: bytes) -> Event:
    return Rejected(_uint(topics[1]), _uint(topics[2]), _uint(data[:32]), _uint(data[32:]))


def _rate_announced(topics: Sequence[bytes], data: bytes) -> Event:
    values = [_uint(data[at : at + 32]) for at in range(0, 7 * 32, 32)]
    return RateWasAnnounced(_uint(topics[1]), _uint(topics[2]), Rate(*values[:4]), *values[4:])


def _paused(topics: Sequence[bytes], data: bytes) -> Event:
    return Paused(topics[1][12:], _uint(data))


def _unpaused(topics: Sequence[bytes], data: bytes) -> Event:
    return Unpaused(topics[1][12:], _uint(data))


def _head_anchored(topics: Sequence[bytes], data: bytes) -> Event:
    return HeadAnchored(_uint(topics[1]), Head(_uint(topics[2]), _uint(data[:32]), data[32:]))


def _statement_published(topics: Sequence[bytes], data: bytes) -> Event:
    return StatementPublished(_uint(topics[1]), Statement.from_words(data))


def _uint(data: bytes) -> int:
    return int.from_bytes(data, "big")


_Decoder = Callable[[Sequence[bytes], bytes], Event]
_DECODERS: dict[bytes, tuple[int, int, _Decoder]] = {
    TOPICS["BatchPosted"]: (3, 64, _batch_posted),
    TOPICS["Converted"]: (1, 32, _converted),
    TOPICS["Rejected"]: (3, 64, _rejected),
    TOPICS["RateAnnounced"]: (3, 224, _rate_announced),
    TOPICS["Paused"]: (2, 32, _paused),
    TOPICS["Unpaused"]: (2, 32, _unpaused),
    TOPICS["HeadAnchored"]: (3, 64, _head_anchored),
    TOPICS["StatementPublished"]: (3, 288, _statement_published),
}
