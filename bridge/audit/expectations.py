"""The storage that the contracts must have at the audited block, if the events are the whole truth.

Pure: the model in, (contract, slot, word) out. It may not read a chain.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.audit import layout
from bridge.audit.findings import Check
from bridge.audit.model import Alliance, Brand
from bridge.audit.rates import FOREVER, RateVersion

SUPPLY = Check("storage-supply", "INV-1", "the token's total supply is what the events add up to")
BALANCE = Check("storage-balance", "INV-1", "each holder's balance is what the events add up to")
POSITION = Check("storage-position", "INV-2", "issued, redeemed, paid and pool cash are what the events add up to")
SEQUENCE = Check("storage-sequence", "INV-4", "the desk's last batch number of each brand is the last one seen")
BRAND = Check("storage-brand", "REGISTRY-4", "keys, status and limits of each brand are those last published")
LIMITER = Check("storage-limiter", "INV-11", "each brand's limiter holds what its batches used")
RATE = Check("storage-rate", "INV-6", "each brand's rate versions are those published")
CLOCK = Check("storage-clock", "INV-10", "the clock's pauses are those published")
STORAGE_CHECKS = (SUPPLY, BALANCE, POSITION, SEQUENCE, BRAND, LIMITER, RATE, CLOCK)

_MASK_128 = (1 << 128) - 1
_WHOLE_WORD = (1 << 256) - 1


@dataclass(frozen=True, slots=True)
class Expected:
    """One word of storage. Only the bits of `mask` are the check's business."""

    check: Check
    contract: str
    slot: int
    word: int
    what: str
    mask: int = _WHOLE_WORD


def expected_storage(alliance: Alliance, clearing_house: int) -> Iterator[Expected]:
    """Every word that the auditor can foretell, contract by contract."""
    yield Expected(SUPPLY, "AlliancePoint", layout.POINT_SUPPLY, alliance.supply, "total supply")
    for holder, units in alliance.balances.items():
        slot = layout.entry(layout.POINT_BALANCES, holder)
        yield Expected(BALANCE, "AlliancePoint", slot, units, f"balance of 0x{holder:040x}")
    count = layout.packed((len(alliance.brands), 0), (clearing_house, 4))
    yield Expected(
        BRAND, "BrandRegistry", layout.REGISTRY_COUNT_AND_CLEARING_HOUSE, count, "brand count and clearing house"
    )
    yield Expected(POSITION, "ClearingHouse", layout.CLEARING_POOL_CASH, alliance.pool_cash, "pool cash")
    paused = layout.packed((alliance.clock.paused_at or 0, 0), (alliance.clock.paused_seconds, 5))
    clock_mask = ((1 << 80) - 1) << 8 * 21
    yield Expected(CLOCK, "AllianceClock", layout.CLOCK, paused << 8 * 21, "paused at and paused seconds", clock_mask)
    for brand in alliance.brands.values():
        yield from _of_registry(brand)
        yield from _of_clearing(brand)
        slot = layout.entry(layout.DESK_LAST_SEQ, brand.brand_id)
        yield Expected(SEQUENCE, "ConversionDesk", slot, brand.next_seq - 1, f"last batch of brand {brand.brand_id}")
        yield from _of_rates(brand)


def _of_registry(brand: Brand) -> Iterator[Expected]:
    record = layout.entry(layout.REGISTRY_RECORDS, brand.brand_id)
    words = {
        layout.RECORD_HOT_AND_STATUS: (layout.packed((brand.hot, 0), (brand.status, 20)), "hot key and status"),
        layout.RECORD_COLD: (brand.cold, "cold key"),
        layout.RECORD_SETTLEMENT: (brand.settlement, "settlement key"),
        layout.RECORD_LIMITS: (layout.packed((brand.credit_line, 0), (brand.collateral, 16)), "credit and collateral"),
    }
    for offset, (value, what) in words.items():
        yield Expected(BRAND, "BrandRegistry", record + offset, value, f"{what} of brand {brand.brand_id}")
    of_brand = f"of brand {brand.brand_id}"
    limits = layout.packed((brand.limiter.capacity, 0), (brand.limiter.window, 26))
    yield Expected(LIMITER, "BrandRegistry", record + layout.RECORD_LIMITER, limits, f"limiter setting {of_brand}")
    used = layout.packed((brand.limiter.used, 0), (brand.limiter.used_at, 26))
    bucket = layout.entry(record + layout.RECORD_BUCKETS, 0)
    yield Expected(LIMITER, "BrandRegistry", bucket, used, f"limiter use {of_brand}")


def _of_clearing(brand: Brand) -> Iterator[Expected]:
    slot = layout.entry(layout.CLEARING_POSITION, brand.brand_id)
    totals = layout.packed((brand.issued, 0), (brand.redeemed, 16))
    yield Expected(POSITION, "ClearingHouse", slot, totals, f"issued and redeemed of brand {brand.brand_id}")
    yield Expected(POSITION, "ClearingHouse", slot + 1, brand.paid, f"paid of brand {brand.brand_id}", _MASK_128)


def _of_rates(brand: Brand) -> Iterator[Expected]:
    brand_id = brand.brand_id
    latest = layout.entry(layout.BOARD_LATEST, brand_id)
    yield Expected(RATE, "RateBoard", latest, len(brand.rates), f"latest version of brand {brand_id}")
    promised = max((version.guaranteed_until for version in brand.rates), default=0)
    guarantee = layout.entry(layout.BOARD_GUARANTEE, brand_id)
    yield Expected(RATE, "RateBoard", guarantee, promised, f"guarantee of brand {brand_id}")
    versions = layout.entry(layout.BOARD_VERSIONS, brand_id)
    for version in brand.rates:
        slot = layout.entry(versions, version.version)
        what = f"rate version {version.version} of brand {brand_id}"
        yield Expected(RATE, "RateBoard", slot, _rate_word(version), what)
        yield Expected(RATE, "RateBoard", slot + 1, _dates_word(version), f"dates of {what}")


def _rate_word(version: RateVersion) -> int:
    rate = version.rate
    return layout.packed(
        (rate.in_numerator, 0), (rate.in_denominator, 8), (rate.out_numerator, 16), (rate.out_denominator, 24)
    )


def _dates_word(version: RateVersion) -> int:
    superseded = 0 if version.superseded_at == FOREVER else version.superseded_at
    return layout.packed((version.announced_at, 0), (version.effective_at, 5), (superseded, 10))
