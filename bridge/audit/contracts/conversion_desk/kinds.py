"""The visible list of the kinds of items: how each is decided, which address it fills or empties, who owes whom.

How to add one: a function like those in conversions.py, and a line here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bridge.audit.contracts.conversion_desk import conversions
from bridge.audit.contracts.conversion_desk.running import Answer, Running
from bridge.protocol.items import Item, ItemKind


@dataclass(frozen=True, slots=True)
class Kind:
    """`issues`: it mints, and the poster's position falls; else it burns, and the position rises. `holder` takes the
    claim domain, the poster and the item."""

    issues: bool
    decide: Callable[[Running, Item], Answer]
    holder: Callable[[bytes, int, Item], int]


KINDS: dict[int, Kind] = {
    ItemKind.CONVERT_IN: Kind(True, conversions.convert_in, conversions.sent_to),
    ItemKind.CLAIM: Kind(False, conversions.claim, conversions.claimed_from),
    ItemKind.RETURN: Kind(False, conversions.give_back, conversions.sent_to),
}
ISSUING = frozenset(number for number, kind in KINDS.items() if kind.issues)
