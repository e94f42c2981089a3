"""A batch while its items are decided one after the other: what is left, and balances that differ from the model's.

Owns what one item leaves to the next. It may not change the model.
"""

from dataclasses import dataclass, field

from bridge.audit.contracts.alliance_clock import Clock
from bridge.audit.contracts.alliance_point import Token
from bridge.audit.contracts.brand_registry import Brand, BrandStatus, Registry
from bridge.audit.contracts.clearing_house import Positions
from bridge.audit.contracts.rate_board import Board
from bridge.audit.contracts.rates import RateRules, RateVersion
from bridge.audit.model import Alliance
from bridge.protocol.domains import DeskDomains
from bridge.protocol.items import RejectReason
from bridge.protocol.rates import UINT64_MAX

MAX_SUPPLY = UINT64_MAX

# Refused, or (rate version, local points, alliance units, address that is filled or emptied).
Answer = RejectReason | tuple[int, int, int, int]


@dataclass(slots=True)
class Nonces:
    """The next nonce of each account that had an intent carried out."""

    next: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Running:
    """`clock` is alliance time; `closed_to` is why nothing may be issued, None if it may."""

    rules: RateRules
    domains: DeskDomains
    brand: Brand
    brands: dict[int, Brand]
    rates: list[RateVersion]
    model_balances: dict[int, int]
    clock: int
    closed_to: RejectReason | None
    transfers_stopped: bool
    model_nonces: dict[int, int]
    headroom: int
    limiter_left: int
    supply_left: int
    balances: dict[int, int] = field(default_factory=dict)
    nonces: dict[int, int] = field(default_factory=dict)

    def rate(self, version: int) -> RateVersion | None:
        return self.rates[version - 1] if 1 <= version <= len(self.rates) else None

    def balance(self, holder: int) -> int:
        known = self.balances.get(holder)
        return self.model_balances.get(holder, 0) if known is None else known

    def nonce(self, account: int) -> int:
        """The account's next."""
        known = self.nonces.get(account)
        return self.model_nonces.get(account, 0) if known is None else known

    def use_nonce(self, account: int) -> None:
        self.nonces[account] = self.nonce(account) + 1

    def refused_limits(self, units: int) -> RejectReason | None:
        """Why the poster may not issue so much."""
        if units > self.headroom:
            return RejectReason.CREDIT_LIMIT
        return RejectReason.RATE_LIMITED if units > self.limiter_left else None

    def issue(self, holder: int, units: int) -> None:
        """Mint at `holder`, against the poster's limits."""
        self.supply_left -= units
        self.headroom -= units
        self.limiter_left -= units
        self.balances[holder] = self.balance(holder) + units

    def burn(self, holder: int, units: int) -> None:
        """Burn `units` of `holder` in the poster's favour."""
        self.balances[holder] = self.balance(holder) - units
        self.supply_left += units
        self.headroom += units


def open_batch(alliance: Alliance, brand: Brand, timestamp: int) -> Running:
    """The state before the first item of a batch of `brand`."""
    clock, token = alliance.of(Clock), alliance.of(Token)
    closed_to: RejectReason | None = None
    if brand.status is not BrandStatus.ACTIVE:
        closed_to = RejectReason.BRAND_NOT_ACTIVE
    elif clock.is_paused:
        closed_to = RejectReason.PAUSED
    return Running(
        rules=alliance.rules,
        domains=alliance.domains,
        brand=brand,
        brands=alliance.of(Registry).brands,
        rates=alliance.of(Board).of_brand(brand.brand_id),
        model_balances=token.balances,
        clock=clock.read(timestamp),
        closed_to=closed_to,
        transfers_stopped=clock.is_paused or token.paused,
        model_nonces=alliance.of(Nonces).next,
        headroom=alliance.of(Positions).row(brand.brand_id).balance + brand.issue_limit,
        limiter_left=brand.limiter.available(timestamp),
        supply_left=MAX_SUPPLY - token.supply,
    )
