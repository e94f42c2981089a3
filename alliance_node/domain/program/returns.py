"""Owns the effective return of a program: what a member gets back of each unit of money spent (R-VAL-1). Exact ratios.

The typical purchase of the program is earned through the engine itself, per tier, without campaigns or behaviours;
each redemption channel then says what those points are worth.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import to_minor

HEALTHY_FROM = Fraction(1, 100)
HEALTHY_TO = Fraction(5, 100)


class Return(NamedTuple):
    """The share of a typical purchase that comes back to a member of `tier` who redeems `offer`."""

    tier: str
    offer: str
    rate: Fraction


class TierReturn(NamedTuple):
    """Best, typical (the middle one) and worst redemption channel of a tier."""

    tier: str
    best: Return
    typical: Return
    worst: Return


def effective_returns(program: ProgramFile) -> list[TierReturn]:
    """R-VAL-1 for every tier of the ladder, the lowest first."""
    campaignless = program.model_copy(update={"earn": program.earn.model_copy(update={"campaigns": []})})
    compiled = CompiledProgram(campaignless)
    amount = to_minor(program.points.typical_purchase, program.currency_exponent)
    result = []
    for tier in compiled.tier_ids:
        base, bonus, *_ = compiled.evaluate(None, amount, 0, 0, "shop", "", (), tier, {})
        earned = Fraction(base + bonus, amount)
        returns = [
            Return(tier, offer_id, earned * Fraction(offer.value_minor, offer.offer.points))
            for offer_id, offer in compiled.offers.items()
            if (offer.offer.tiers is None or tier in offer.offer.tiers) and offer.value_minor
        ]
        returns.sort(key=lambda item: item.rate)
        result.append(TierReturn(tier, returns[-1], returns[(len(returns) - 1) // 2], returns[0]))
    return result


def return_warnings(program: ProgramFile) -> list[str]:
    """One sentence with its number for every tier whose return leaves the healthy band of 1 % to 5 %."""
    found = []
    for tier in effective_returns(program):
        for name, item in (("best", tier.best), ("typical", tier.typical), ("worst", tier.worst)):
            if not HEALTHY_FROM <= item.rate <= HEALTHY_TO:
                found.append(
                    f"tier {item.tier}: the {name} channel ({item.offer}) returns {percent(item.rate)}, "
                    f"outside {percent(HEALTHY_FROM)} to {percent(HEALTHY_TO)}"
                )
    return found


def percent(rate: Fraction) -> str:
    """A rate as a percentage with one decimal, rounded half up, e.g. 4.5 %."""
    tenths = (rate.numerator * 2000 + rate.denominator) // (2 * rate.denominator)
    return f"{tenths // 10}.{tenths % 10} %"
