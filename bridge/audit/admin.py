"""What operators, brands and the guardian publish, taken into the model after its checks have spoken.

Owns one small method per event. It may not touch batches and balances: the replay does.
"""

from collections.abc import Callable, Mapping

from bridge.audit import admin_checks as checks
from bridge.audit.admin_checks import RATE_CHECKS, Announcement
from bridge.audit.logs import Shape
from bridge.audit.model import Alliance, Brand, BrandStatus
from bridge.audit.rates import RateVersion
from bridge.audit.report import Tally
from bridge.protocol.rates import Rate


class AdminFacts:
    """Takes administrative events. `addresses` are the address book's contracts, as integers."""

    def __init__(self, alliance: Alliance, addresses: Mapping[str, int], tally: Tally) -> None:
        self._alliance = alliance
        self._addresses = addresses
        self._tally = tally

    def take(self, shape: Shape, values: list[int], timestamp: int, where: str) -> None:
        """Events without a method (approvals, authorizations, the token's own pause) change nothing that is audited."""
        method = _FACTS.get((shape.contract, shape.name)) or _FACTS.get(("", shape.name))
        if method is not None:
            method(self, values, timestamp, where)

    def _brand(self, brand_id: int, where: str) -> Brand | None:
        self._tally.examine(checks.BRAND_IDS)
        self._tally.add(checks.brand_is_known(self._alliance, brand_id, where))
        return self._alliance.brands.get(brand_id)

    def _registered(self, values: list[int], timestamp: int, where: str) -> None:
        brand_id, _, hot, cold, settlement = values
        self._tally.examine(checks.BRAND_IDS)
        self._tally.examine(checks.HOT_KEYS)
        self._tally.add(checks.brand_id_is_next(self._alliance, brand_id, where))
        self._tally.add(checks.hot_key_is_fresh(self._alliance, brand_id, hot, where))
        self._alliance.register(Brand(brand_id, hot, cold, settlement))

    def _keys(self, values: list[int], timestamp: int, where: str) -> None:
        brand_id, hot, cold, settlement = values
        brand = self._brand(brand_id, where)
        self._tally.examine(checks.HOT_KEYS)
        self._tally.add(checks.hot_key_is_fresh(self._alliance, brand_id, hot, where))
        if brand is not None:
            self._alliance.set_keys(brand, hot, cold, settlement)

    def _status(self, values: list[int], timestamp: int, where: str) -> None:
        brand = self._brand(values[0], where)
        if brand is not None:
            self._tally.examine(checks.STATUS)
            self._tally.add(checks.status_may_change(brand, values[1], where))
            if values[1] in list(BrandStatus):
                brand.status = BrandStatus(values[1])

    def _credit_line(self, values: list[int], timestamp: int, where: str) -> None:
        brand = self._brand(values[0], where)
        if brand is not None:
            brand.credit_line = values[1]

    def _collateral(self, values: list[int], timestamp: int, where: str) -> None:
        brand = self._brand(values[0], where)
        if brand is not None:
            brand.collateral = values[1]

    def _limiter(self, values: list[int], timestamp: int, where: str) -> None:
        brand_id, capacity, window = values
        brand = self._brand(brand_id, where)
        if brand is not None:
            brand.limiter.change(capacity, window, timestamp)

    def _rate(self, values: list[int], timestamp: int, where: str) -> None:
        brand_id, number, *parts, announced_at, effective_at, guaranteed_until = values
        brand = self._brand(brand_id, where)
        if brand is None:
            return
        version = RateVersion(number, Rate(*parts), announced_at, effective_at, guaranteed_until)
        said = Announcement(self._alliance, brand, version, self._alliance.clock.read(timestamp), where)
        for check, run in RATE_CHECKS:
            self._tally.examine(check)
            self._tally.add(run(said))
        self._alliance.announce(brand, version)

    def _paused(self, values: list[int], timestamp: int, where: str) -> None:
        self._alliance.clock.pause(timestamp)
        self._clock_says("alliance time", self._alliance.clock.read(timestamp), values[1], where)

    def _unpaused(self, values: list[int], timestamp: int, where: str) -> None:
        self._alliance.clock.unpause(timestamp)
        self._clock_says("paused seconds", self._alliance.clock.paused_seconds, values[1], where)

    def _clock_says(self, what: str, expected: int, actual: int, where: str) -> None:
        self._tally.examine(checks.CLOCK)
        if expected != actual:
            self._tally.add([checks.CLOCK.failed(f"{what} {expected}", f"{what} {actual}", where)])

    def _desk(self, values: list[int], timestamp: int, where: str) -> None:
        desk, allowed = values
        self._same_address("ConversionDesk", desk if allowed else self._addresses["ConversionDesk"], where)

    def _clearing_house(self, values: list[int], timestamp: int, where: str) -> None:
        self._same_address("ClearingHouse", values[0], where)

    def _same_address(self, name: str, actual: int, where: str) -> None:
        self._tally.examine(checks.DESKS)
        if self._addresses[name] != actual:
            said = f"0x{actual:040x}"
            self._tally.add([checks.DESKS.failed(f"{name} 0x{self._addresses[name]:040x}", said, where)])


_FACTS: dict[tuple[str, str], Callable[[AdminFacts, list[int], int, str], None]] = {
    ("BrandRegistry", "BrandRegistered"): AdminFacts._registered,
    ("BrandRegistry", "KeysSet"): AdminFacts._keys,
    ("BrandRegistry", "StatusSet"): AdminFacts._status,
    ("BrandRegistry", "CreditLineSet"): AdminFacts._credit_line,
    ("BrandRegistry", "CollateralSet"): AdminFacts._collateral,
    ("BrandRegistry", "LimiterSet"): AdminFacts._limiter,
    ("BrandRegistry", "ClearingHouseSet"): AdminFacts._clearing_house,
    ("RateBoard", "RateAnnounced"): AdminFacts._rate,
    ("AllianceClock", "Paused"): AdminFacts._paused,
    ("AllianceClock", "Unpaused"): AdminFacts._unpaused,
    ("", "DeskSet"): AdminFacts._desk,
}
