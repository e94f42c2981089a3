"""Every event of the alliance's contracts as the auditor reads it: name, indexed fields, data words.

Owns the table of known events. A log of ours that isn't in the table is never skipped silently: it decodes to None, and
the replay reports it. Values are integers (addresses too); text is not read.
"""

from dataclasses import dataclass
from typing import Any

from eth_hash.auto import keccak

from bridge.chain.hexadecimal import MalformedChainData

# contract -> event signatures, "indexed" marked with a leading '*' on the type.
_DECLARED: dict[str, tuple[str, ...]] = {
    "AlliancePoint": (
        "Transfer(*address,*address,uint256)",
        "Approval(*address,*address,uint256)",
        "DeskSet(*address,bool)",
        "Paused(address)",
        "Unpaused(address)",
        "AuthorizationUsed(*address,*bytes32)",
        "AuthorizationCanceled(*address,*bytes32)",
        "AuthorityUpdated(address)",
    ),
    "BrandRegistry": (
        "BrandRegistered(*uint32,string,address,address,address)",
        "KeysSet(*uint32,address,address,address)",
        "StatusSet(*uint32,uint8)",
        "CreditLineSet(*uint32,uint128)",
        "CollateralSet(*uint32,uint128)",
        "LimiterSet(*uint32,uint208,uint48)",
        "ClearingHouseSet(*address)",
        "DeskSet(*address,bool)",
        "AuthorityUpdated(address)",
    ),
    "RateBoard": ("RateAnnounced(*uint32,*uint32,uint64,uint64,uint64,uint64,uint40,uint40,uint40)",),
    "ConversionDesk": (
        "BatchPosted(*uint32,*uint40,bytes32,uint16)",
        "Converted(uint256)",
        "Rejected(*uint32,*uint40,uint16,uint8)",
    ),
    "ClearingHouse": (
        "PositionChanged(*uint32,uint128,uint128)",
        "DeskSet(*address,bool)",
        "AuthorityUpdated(address)",
    ),
    "AllianceClock": (
        "Paused(*address,uint40)",
        "Unpaused(*address,uint40)",
        "AuthorityUpdated(address)",
    ),
}
CONTRACTS = tuple(_DECLARED)


@dataclass(frozen=True, slots=True)
class Shape:
    """A known event: where its values are."""

    contract: str
    name: str
    topics: int
    words: int
    dynamic: bool


def _shape(contract: str, declared: str) -> tuple[str, Shape]:
    name, _, rest = declared.partition("(")
    types = rest.rstrip(")").split(",")
    indexed = sum(kind.startswith("*") for kind in types)
    topic = keccak(declared.replace("*", "").encode()).hex()
    return f"0x{topic}", Shape(contract, name, 1 + indexed, len(types) - indexed, "string" in types)


SHAPES: dict[str, dict[str, Shape]] = {
    contract: dict(_shape(contract, declared) for declared in events) for contract, events in _DECLARED.items()
}


def shape_of(contract: str, log: dict[str, Any]) -> Shape | None:
    """The event's shape, or None when this contract has no such event (by topic or by number of topics)."""
    topics = log.get("topics")
    if not isinstance(topics, list) or not topics:
        return None
    shape = SHAPES[contract].get(topics[0])
    return shape if shape is not None and len(topics) == shape.topics else None


def values_of(shape: Shape, log: dict[str, Any]) -> list[int]:
    """Indexed values, then data words (the head word of a text is its offset). Raises MalformedChainData."""
    try:
        data = log["data"]
        values = [int(topic, 16) for topic in log["topics"][1:]]
        size = 2 + 64 * shape.words
        if len(data) != size and not (shape.dynamic and len(data) > size):
            raise MalformedChainData(shape.name, data)
        values += [int(data[at : at + 64], 16) for at in range(2, size, 64)]
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedChainData(shape.name, log) from error
    return values
