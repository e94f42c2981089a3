"""Who bears a default, and in which order: what the Settlement contract books, computed beforehand.

Pure; must compute exactly what the contract computes (INV-16). All amounts are alliance units. It may not read a chain.
"""

from collections.abc import Mapping

import msgspec


class Waterfall(msgspec.Struct, frozen=True):
    """Where a due comes from. The parts add up to it; `written_off` becomes the pool's deficit."""

    collateral: int
    own_contribution: int
    mutual_fund: int
    assessments: dict[int, int]
    written_off: int

    @property
    def total(self) -> int:
        cash = self.collateral + self.own_contribution + self.mutual_fund
        return cash + sum(self.assessments.values()) + self.written_off


def waterfall(due: int, collateral: int, contribution: int, fund: int, caps_left: Mapping[int, int]) -> Waterfall:
    """`fund` includes the defaulter's `contribution`; `caps_left` are the other brands' caps less what is used."""
    from_collateral = min(due, collateral)
    rest = due - from_collateral
    own = min(contribution, rest)
    mutual = min(fund - own, rest - own)
    rest -= own + mutual
    caps = sum(caps_left.values())
    assessed = min(rest, caps)
    shares = {brand: left * assessed // caps for brand, left in sorted(caps_left.items())} if assessed else {}
    shares = {brand: units for brand, units in shares.items() if units}
    return Waterfall(from_collateral, own, mutual, shares, rest - sum(shares.values()))
