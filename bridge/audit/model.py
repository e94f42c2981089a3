"""The alliance as the events say it is: brands, rates, balances, positions, sequences, the clock.

Pure state with one small method per fact. It may not judge a fact (the checks do) and may not read a chain.
Addresses are integers, amounts alliance units, times Unix seconds.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from bridge.audit.limiter import Limiter
from bridge.audit.rates import RateRules, RateVersion


class BrandStatus(IntEnum):
    """The contract's numbers."""

    NONE = 0
    ACTIVE = 1
    EXIT_ONLY = 2
    CLOSED = 3
    SUSPENDED = 4


@dataclass(slots=True)
class Brand:
    """One brand. `next_seq` is the number its next batch must have; `rates[v - 1]` is version v."""

    brand_id: int
    hot: int
    cold: int
    settlement: int
    status: BrandStatus = BrandStatus.NONE
    credit_line: int = 0
    collateral: int = 0
    limiter: Limiter = field(default_factory=Limiter)
    next_seq: int = 1
    issued: int = 0
    redeemed: int = 0
    paid: int = 0
    rates: list[RateVersion] = field(default_factory=list)

    @property
    def position(self) -> int:
        return self.paid + self.redeemed - self.issued

    @property
    def issue_limit(self) -> int:
        return self.credit_line + self.collateral

    @property
    def headroom(self) -> int:
        """What it may still issue; negative when its limits were cut below its position."""
        return self.position + self.issue_limit

    def rate(self, version: int) -> RateVersion | None:
        return self.rates[version - 1] if 1 <= version <= len(self.rates) else None


@dataclass(slots=True)
class Clock:
    """Alliance time: the block's time less all pauses; it stands still during one."""

    paused_at: int | None = None
    paused_seconds: int = 0

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    def read(self, timestamp: int) -> int:
        return (timestamp if self.paused_at is None else self.paused_at) - self.paused_seconds

    def pause(self, timestamp: int) -> None:
        if self.paused_at is None:
            self.paused_at = timestamp

    def unpause(self, timestamp: int) -> None:
        if self.paused_at is not None:
            self.paused_seconds += timestamp - self.paused_at
            self.paused_at = None


@dataclass(slots=True)
class Alliance:
    """Everything the replay keeps. `balances` keeps emptied holders too, so that storage is checked for them."""

    rules: RateRules
    claim_domain: bytes
    brands: dict[int, Brand] = field(default_factory=dict)
    brand_of_hot_key: dict[int, int] = field(default_factory=dict)
    balances: dict[int, int] = field(default_factory=dict)
    supply: int = 0
    clock: Clock = field(default_factory=Clock)
    desks: dict[str, set[int]] = field(default_factory=dict)
    items: int = 0
    accepted: int = 0
    batches: int = 0

    def move(self, sender: int, receiver: int, alliance_units: int) -> None:
        """A Transfer: from 0 is a mint, to 0 a burn. A balance may go below zero here; a check says so."""
        if sender:
            self.balances[sender] = self.balances.get(sender, 0) - alliance_units
        else:
            self.supply += alliance_units
        if receiver:
            self.balances[receiver] = self.balances.get(receiver, 0) + alliance_units
        else:
            self.supply -= alliance_units

    def register(self, brand: Brand) -> None:
        self.brands[brand.brand_id] = brand
        self.brand_of_hot_key[brand.hot] = brand.brand_id

    def set_keys(self, brand: Brand, hot: int, cold: int, settlement: int) -> None:
        brand.hot, brand.cold, brand.settlement = hot, cold, settlement
        self.brand_of_hot_key[hot] = brand.brand_id

    def announce(self, brand: Brand, version: RateVersion) -> None:
        """Append; the version before it ends when this one takes effect."""
        if brand.rates:
            brand.rates[-1].superseded_at = version.effective_at
        brand.rates.append(version)

    @property
    def pool_cash(self) -> int:
        return sum(brand.paid for brand in self.brands.values())
