"""Budget addresses, and the items that fill and empty them, as ConversionDesk reads them.

Pure. Owns what sponsor, beneficiary and auditor must compute alike; it may not decide whether a budget may be used.
"""

from dataclasses import dataclass

from bridge.protocol.items import Item, ItemKind
from bridge.protocol.keccak import keccak
from bridge.protocol.words import word

BUDGET_TYPE = bytes(keccak(b"PointsAlliance.Budget.v1"))
NO_REFERENCE = bytes(32)
MAX_BUDGET_LIFE = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Budget:
    """What `sponsor` pays `beneficiary` for, until `deadline` (alliance time). `terms`: the hash of what was agreed."""

    sponsor: int
    beneficiary: int
    terms: bytes
    deadline: int

    def fund(self, units: int, reference: bytes = NO_REFERENCE) -> Item:
        """The sponsor's item that issues `units` into the budget."""
        return self._item(ItemKind.FUND, self.beneficiary, units, reference)

    def spend(self, units: int, reference: bytes = NO_REFERENCE) -> Item:
        """The beneficiary's item that is paid `units` out of the budget."""
        return self._item(ItemKind.SPEND, self.sponsor, units, reference)

    def unspend(self, units: int, reference: bytes = NO_REFERENCE) -> Item:
        """The beneficiary's item that gives `units` back."""
        return self._item(ItemKind.UNSPEND, self.sponsor, units, reference)

    def close(self, reference: bytes = NO_REFERENCE) -> Item:
        """The sponsor's item that takes what is left, from the deadline on."""
        return self._item(ItemKind.CLOSE, self.beneficiary, 0, reference)

    def _item(self, kind: ItemKind, counterparty: int, units: int, reference: bytes) -> Item:
        return Item(kind, 0, counterparty, self.deadline, units, reference, self.terms)


def budget_domain(chain_id: int, desk: bytes) -> bytes:
    """`BUDGET_DOMAIN` of a desk (20 bytes) on a chain."""
    return bytes(keccak(BUDGET_TYPE + word(chain_id) + desk.rjust(32, b"\0")))


def budget_address(domain: bytes, budget: Budget) -> bytes:
    """The 20 bytes of the address that holds the budget: nobody has a key for it."""
    parts = word(budget.sponsor) + word(budget.beneficiary) + budget.terms + word(budget.deadline)
    return bytes(keccak(domain + parts))[:20]
