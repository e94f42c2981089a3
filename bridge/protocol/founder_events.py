"""The events of FounderMembership that the bridge follows, decoded from raw logs.

Pure. Kept apart from `events` because a founder membership's `Transfer` has the signature of every token's.
"""

from collections.abc import Callable, Sequence

import msgspec
from eth_hash.auto import keccak

from bridge.protocol.events import MalformedLog


class MembershipMoved(msgspec.Struct, frozen=True, tag=True):
    """ERC-721's Transfer; `sender` is zero for a new one."""

    token_id: int
    sender: bytes
    receiver: bytes


class SignatureUsed(msgspec.Struct, frozen=True, tag=True):
    """A signed order acted."""

    token_id: int
    digest: bytes
    nonce: int


class GrantPaid(msgspec.Struct, frozen=True, tag=True):
    """A month's grant waits at the claim address of (sponsor brand, commitment, claim deadline)."""

    token_id: int
    holder: bytes
    month: int
    sponsor_brand: int
    commitment: bytes
    claim_deadline: int
    units: int


class SignaturesCancelled(msgspec.Struct, frozen=True, tag=True):
    token_id: int
    nonce: int


FounderEvent = MembershipMoved | SignatureUsed | GrantPaid | SignaturesCancelled

SIGNATURES = {
    "Transfer": "Transfer(address,address,uint256)",
    "SignatureUsed": "SignatureUsed(uint256,bytes32,uint64)",
    "GrantPaid": "GrantPaid(uint256,address,uint24,uint32,bytes32,uint40,uint64)",
    "SignaturesCancelled": "SignaturesCancelled(uint256,uint64)",
}
TOPICS: dict[str, bytes] = {name: bytes(keccak(text.encode())) for name, text in SIGNATURES.items()}


def decode_founder_log(topics: Sequence[bytes], data: bytes) -> FounderEvent | None:
    """The event, or None when it is none that is followed. Raises MalformedLog."""
    found = _DECODERS.get(topics[0]) if topics else None
    if found is None:
        return None
    topic_count, data_size, decoder = found
    if len(topics) != topic_count or len(data) != data_size or any(len(topic) != 32 for topic in topics):
        raise MalformedLog(f"{len(topics)} topics and {len(data)} bytes are not the shape of {decoder.__name__[1:]}")
    return decoder(topics, data)


def _moved(topics: Sequence[bytes], data: bytes) -> FounderEvent:
    return MembershipMoved(_uint(topics[3]), topics[1][12:], topics[2][12:])


def _used(topics: Sequence[bytes], data: bytes) -> FounderEvent:
    return SignatureUsed(_uint(topics[1]), topics[2], _uint(data))


def _granted(topics: Sequence[bytes], data: bytes) -> FounderEvent:
    month, sponsor, commitment, deadline, units = (data[at : at + 32] for at in range(0, 160, 32))
    return GrantPaid(
        _uint(topics[1]), topics[2][12:], _uint(month), _uint(sponsor), commitment, _uint(deadline), _uint(units)
    )


def _cancelled(topics: Sequence[bytes], data: bytes) -> FounderEvent:
    return SignaturesCancelled(_uint(topics[1]), _uint(data))


def _uint(data: bytes) -> int:
    return int.from_bytes(data, "big")


_Decoder = Callable[[Sequence[bytes], bytes], FounderEvent]
_DECODERS: dict[bytes, tuple[int, int, _Decoder]] = {
    TOPICS["Transfer"]: (4, 0, _moved),
    TOPICS["SignatureUsed"]: (3, 32, _used),
    TOPICS["GrantPaid"]: (3, 160, _granted),
    TOPICS["SignaturesCancelled"]: (2, 32, _cancelled),
}
