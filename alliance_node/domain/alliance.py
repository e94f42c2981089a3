"""Owns the unit of the alliance, as the node's domain knows it (R-ALL-1). Rates and the ledger live elsewhere."""

from __future__ import annotations

ALLIANCE_UNITS_PER_POINT = 100
"""1 unit = 0.01 alliance point."""

ALLIANCE_UNITS_PER_FEN = 10
"""1 alliance point is worth 0.1 CNY = 10 fen, so 1 unit is 0.001 CNY."""

OWN_WALLET = ""
"""Stands for a brand's code where points come from the member's own wallet: they were of any brand, perhaps of this
one, so nothing that is given for a partner's points is given for them."""


def to_fen_down(alliance_units: int) -> int:
    """The value in whole fen (0.01 CNY), rounded down."""
    return alliance_units // ALLIANCE_UNITS_PER_FEN


def format_alliance_points(alliance_units: int) -> str:
    """Alliance points with two decimals, e.g. 12.34."""
    whole, rest = divmod(alliance_units, ALLIANCE_UNITS_PER_POINT)
    return f"{whole}.{rest:02d}"
