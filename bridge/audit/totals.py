"""The figures of a report: what the replay adds up to, per brand and for the alliance.

Pure. Amounts that may exceed 53 bits are decimal text, so that every JSON reader reads the same.
"""

from typing import Any

from bridge.audit.audited import AUDITED
from bridge.audit.contracts.alliance_point import Token
from bridge.audit.contracts.brand_registry import Brand, Registry
from bridge.audit.contracts.clearing_house import Positions
from bridge.audit.contracts.conversion_desk.batch import Desk
from bridge.audit.contracts.rate_board import Board
from bridge.audit.contracts.under_way import UnderWay
from bridge.audit.model import Alliance


def totals_of(alliance: Alliance, events: int) -> dict[str, Any]:
    """Counts as numbers, amounts in alliance units as text; then what each contract's module adds."""
    desk, token, positions = alliance.of(Desk), alliance.of(Token), alliance.of(Positions)
    totals: dict[str, Any] = {
        "events": events,
        "batches": desk.batches,
        "items": desk.items,
        "accepted_items": desk.accepted,
        "rejected_items": desk.items - desk.accepted,
        "holders": sum(1 for units in token.balances.values() if units),
        "supply_alliance_units": str(token.supply),
        "pool_cash_alliance_units": str(positions.pool_cash),
        "sum_of_positions_alliance_units": str(sum(row.balance for row in positions.of_brand.values())),
        "brands": [_brand_row(alliance, brand) for brand in alliance.of(Registry).brands.values()],
    }
    for audited in AUDITED:
        totals |= audited.figures(alliance)
    return totals


def _brand_row(alliance: Alliance, brand: Brand) -> dict[str, Any]:
    position = alliance.of(Positions).row(brand.brand_id)
    return {
        "brand_id": brand.brand_id,
        "status": brand.status.name,
        "batches": alliance.of(Desk).last_seq.get(brand.brand_id, 0),
        "rate_versions": len(alliance.of(Board).of_brand(brand.brand_id)),
        "issued_alliance_units": str(position.issued),
        "redeemed_alliance_units": str(position.redeemed),
        "position_alliance_units": str(position.balance),
        "under_way_alliance_units": str(alliance.of(UnderWay).units(brand.brand_id, alliance.of(Token).balances)),
        "issue_limit_alliance_units": str(brand.issue_limit),
    }
