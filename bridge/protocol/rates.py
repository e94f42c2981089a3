"""Rates between a brand's local points and alliance units, as RateBoard publishes them.

Pure integers; both directions round down, so a round trip never gains (RateBoard refuses rates where it could).
"""

import msgspec

UINT64_MAX = (1 << 64) - 1


class Rate(msgspec.Struct, frozen=True):
    """Both sides of one version: in = local → alliance, out = alliance → local."""

    in_numerator: int
    in_denominator: int
    out_numerator: int
    out_denominator: int


def to_alliance_units_down(rate: Rate, local_points: int) -> int:
    """floor(local × in); nothing by a rate that RateBoard refuses."""
    return local_points * rate.in_numerator // rate.in_denominator if rate.in_denominator else 0


def to_local_points_down(rate: Rate, alliance_units: int) -> int:
    """floor(alliance × out); nothing by a rate that RateBoard refuses."""
    return alliance_units * rate.out_numerator // rate.out_denominator if rate.out_denominator else 0


def never_gains(inward: Rate, outward: Rate) -> bool:
    """out(in(x)) ≤ x for every x, when `inward`'s in side meets `outward`'s out side."""
    return inward.in_numerator * outward.out_numerator <= inward.in_denominator * outward.out_denominator
