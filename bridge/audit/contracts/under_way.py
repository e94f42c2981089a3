"""A brand's own supply: units that it issued for others' members and that were neither claimed nor returned.

They lie at claim and budget addresses, to which nobody has a key; this keeps which of them are whose. It may not count
what members hold in own wallets: that is anybody's, and backed by the pool.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class UnderWay:
    """By sponsor: every address that was ever filled for it, emptied ones too."""

    addresses: dict[int, set[int]] = field(default_factory=dict)

    def add(self, brand_id: int, address: int) -> None:
        """Units of the brand came to an address."""
        known = self.addresses.get(brand_id)
        if known is None:
            known = self.addresses[brand_id] = set()
        known.add(address)

    def units(self, brand_id: int, balances: Mapping[int, int]) -> int:
        """What is still there, given all balances of the token."""
        return sum(balances.get(address, 0) for address in self.addresses.get(brand_id, ()))
