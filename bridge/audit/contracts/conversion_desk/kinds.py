"""The visible list of the kinds of items: how each is decided, which address it fills or empties, who owes whom.

How to add one: a function like those in conversions.py, and a line here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bridge.audit.contracts.conversion_desk import budgets, conversions, wallets
from bridge.audit.contracts.conversion_desk.running import Answer, Running
from bridge.protocol.domains import DeskDomains
from bridge.protocol.items import Item, ItemKind
from bridge.protocol.signed_items import SignedItem


@dataclass(frozen=True, slots=True)
class Kind:
    """`issues`: it mints, and the poster's position falls; else it burns, and the position rises. `holder` takes the
    desk's domains, the poster and the item."""

    issues: bool
    decide: Callable[[Running, Item], Answer]
    holder: Callable[[DeskDomains, int, Item], int]


KINDS: dict[int, Kind] = {
    ItemKind.CONVERT_IN: Kind(True, conversions.convert_in, conversions.sent_to),
    ItemKind.CLAIM: Kind(False, conversions.claim, conversions.claimed_from),
    ItemKind.RETURN: Kind(False, conversions.give_back, conversions.sent_to),
    ItemKind.TO_WALLET: Kind(True, conversions.to_wallet, conversions.wallet_of),
    ItemKind.FUND: Kind(True, budgets.fund, budgets.of_sponsor),
    ItemKind.SPEND: Kind(False, budgets.spend, budgets.of_beneficiary),
    ItemKind.UNSPEND: Kind(True, budgets.unspend, budgets.of_beneficiary),
    ItemKind.CLOSE: Kind(False, budgets.close, budgets.of_sponsor),
}
SIGNED_KINDS: dict[int, Callable[[Running, SignedItem], Answer]] = {
    ItemKind.CONVERT_OUT: wallets.convert_out,
    ItemKind.TRANSFER: wallets.transfer,
}
ISSUING = frozenset(number for number, kind in KINDS.items() if kind.issues)
REDEEMING = frozenset(KINDS) - ISSUING | {ItemKind.CONVERT_OUT}
