"""What ConversionDesk must answer to a batch, decided again from the items and the model alone.

Pure: reads the model, changes nothing, returns the outcomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.audit.contracts.brand_registry import Brand
from bridge.audit.contracts.conversion_desk.kinds import KINDS, SIGNED_KINDS
from bridge.audit.contracts.conversion_desk.running import Answer, Running, open_batch
from bridge.audit.model import Alliance
from bridge.protocol.items import Item, RejectReason
from bridge.protocol.signed_items import SignedItem


def packed_outcome(prefix: int, item: int, kind: int, rate_version: int, local_points: int, alliance_units: int) -> int:
    """The word of a `Converted` event; always above every reject reason, because the brand id is in its top bits."""
    return prefix | item << 168 | kind << 160 | rate_version << 128 | local_points << 64 | alliance_units


def outcome_prefix(brand_id: int, seq: int) -> int:
    return brand_id << 224 | seq << 184


@dataclass(frozen=True, slots=True)
class Decision:
    """Per item: the packed word of its Converted event or its reject reason; the addresses of accepted items."""

    outcomes: list[int]
    holders: dict[int, int]


def decide_batch(
    alliance: Alliance, brand: Brand, seq: int, items: Sequence[Item | SignedItem], timestamp: int
) -> Decision:
    """What the desk must answer to each item, in order."""
    running = open_batch(alliance, brand, timestamp)
    prefix = outcome_prefix(brand.brand_id, seq)
    decision = Decision([], {})
    for index, item in enumerate(items):
        answer = _answer(running, item)
        if isinstance(answer, RejectReason):
            decision.outcomes.append(int(answer))
        else:
            *fields, decision.holders[index] = answer
            decision.outcomes.append(packed_outcome(prefix, index, item.kind, *fields))
    return decision


def _answer(running: Running, item: Item | SignedItem) -> Answer:
    if isinstance(item, SignedItem):
        decide = SIGNED_KINDS.get(item.kind)
        return RejectReason.UNKNOWN_KIND if decide is None else decide(running, item)
    kind = KINDS.get(item.kind)
    return RejectReason.UNKNOWN_KIND if kind is None else kind.decide(running, item)
