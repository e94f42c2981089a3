"""The figures of a report: what the replay adds up to, per brand and for the alliance.

Pure. Amounts that may exceed 53 bits are decimal text, so that every JSON reader reads the same.
"""

from typing import Any

from bridge.audit.model import Alliance, Brand


def totals_of(alliance: Alliance, events: int) -> dict[str, Any]:
    """Counts as numbers, amounts in alliance units as text."""
    return {
        "events": events,
        "batches": alliance.batches,
        "items": alliance.items,
        "accepted_items": alliance.accepted,
        "rejected_items": alliance.items - alliance.accepted,
        "holders": sum(1 for units in alliance.balances.values() if units),
        "supply_alliance_units": str(alliance.supply),
        "pool_cash_alliance_units": str(alliance.pool_cash),
        "sum_of_positions_alliance_units": str(sum(brand.position for brand in alliance.brands.values())),
        "brands": [_brand_row(brand) for brand in alliance.brands.values()],
    }


def _brand_row(brand: Brand) -> dict[str, Any]:
    return {
        "brand_id": brand.brand_id,
        "status": brand.status.name,
        "batches": brand.next_seq - 1,
        "rate_versions": len(brand.rates),
        "issued_alliance_units": str(brand.issued),
        "redeemed_alliance_units": str(brand.redeemed),
        "position_alliance_units": str(brand.position),
        "issue_limit_alliance_units": str(brand.issue_limit),
    }
