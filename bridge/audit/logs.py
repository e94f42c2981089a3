"""Raw logs to events: which contract's, which event, and its values as integers.

Owns the reading of topics and data by the declarations in the contracts' modules. A log of ours that isn't declared is
never skipped silently: it has no event, and the replay reports it.
"""

from dataclasses import dataclass
from operator import gt
from typing import Any

from bridge.audit.audited import AUDITED
from bridge.audit.contract import Take
from bridge.chain.hexadecimal import MalformedChainData
from bridge.protocol.keccak import keccak


@dataclass(frozen=True, slots=True)
class Event:
    """A declared event: where its values are, and what takes it (None: it changes nothing that is audited).
    `limits`: the highest word of each value's type, indexed ones first."""

    contract: str
    name: str
    topics: int
    words: int
    dynamic: bool
    take: Take | None
    limits: tuple[int, ...]


def _highest(kind: str) -> int:
    """The highest word that a contract's code can emit for a value of this type."""
    if kind == "bool":
        return 1
    bits = 160 if kind == "address" else int(kind[4:]) if kind.startswith("uint") and kind[4:].isdigit() else 256
    return (1 << bits) - 1


def _event(contract: str, declared: str, take: Take | None) -> tuple[str, Event]:
    name, _, rest = declared.partition("(")
    types = rest.removesuffix(")").split(",")
    indexed = sum(kind.startswith("*") for kind in types)
    dynamic = any(kind in ("string", "bytes") or kind.endswith("[]") for kind in types)
    in_order = sorted(types, key=lambda kind: not kind.startswith("*"))
    limits = tuple(_highest(kind.strip("*()")) for kind in in_order)
    topic = keccak(declared.replace("*", "").encode()).hex()
    return f"0x{topic}", Event(contract, name, 1 + indexed, len(types) - indexed, dynamic, take, limits)


EVENTS: dict[str, dict[str, Event]] = {
    audited.name: dict(_event(audited.name, declared, take) for declared, take in audited.events.items())
    for audited in AUDITED
}


def event_of(contract: str, log: dict[str, Any]) -> Event | None:
    """The event, or None when this contract has no such one (by topic or by number of topics)."""
    topics = log.get("topics")
    if not isinstance(topics, list) or not topics:
        return None
    event = EVENTS[contract].get(topics[0])
    return event if event is not None and len(topics) == event.topics else None


def values_of(event: Event, log: dict[str, Any]) -> list[int]:
    """Indexed values, then data words (the head word of a text or list is its offset). Raises MalformedChainData."""
    try:
        data = log["data"]
        values = [int(topic, 16) for topic in log["topics"][1:]]
        size = 2 + 64 * event.words
        if len(data) != size and not (event.dynamic and len(data) > size):
            raise MalformedChainData(event.name, data)
        values += [int(data[at : at + 64], 16) for at in range(2, size, 64)]
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedChainData(event.name, log) from error
    if any(map(gt, values, event.limits)):
        raise MalformedChainData(event.name, values)
    return values
