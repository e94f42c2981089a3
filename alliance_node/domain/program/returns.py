"""Owns the effective return of a program: what a member gets back of each unit of money spent (R-VAL-1). Exact ratios.

The typical purchase is earned through the engine itself, per tier and per way in which a base rule earns (its source,
channel and tag), without campaigns, behaviours and tasks. Each redemption option then says what those points are worth:
its value less its cash part, for the tier's price; a lottery its prizes when every ticket is sold. Redemption days are
left out.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.redemption_schema import Award, Flash, Lottery, Offer
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import to_minor

HEALTHY_FROM = Fraction(1, 100)
HEALTHY_TO = Fraction(5, 100)


class Return(NamedTuple):
    """The share of a typical purchase that comes back to a member of `tier` who redeems `offer`. `way` is the source,
    channel or tag that the purchase needs to earn, empty when it needs none."""

    tier: str
    offer: str
    rate: Fraction
    way: str = ""


class TierReturn(NamedTuple):
    """Best, typical (the middle one) and worst return of a tier."""

    tier: str
    best: Return
    typical: Return
    worst: Return


class _Way(NamedTuple):
    source: str
    channel: str
    tags: tuple[str, ...]

    def name(self) -> str:
        channel = self.channel if self.channel != "shop" else ""
        return " ".join(word for word in (self.source, channel, *self.tags) if word)


def effective_returns(program: ProgramFile) -> list[TierReturn]:
    """R-VAL-1 for every tier of the ladder, the lowest first; a tier to which nothing of value is open is left out."""
    campaignless = program.model_copy(update={"earn": program.earn.model_copy(update={"campaigns": []})})
    compiled = CompiledProgram(campaignless)
    amount = to_minor(program.points.typical_purchase, program.currency_exponent)
    result = []
    for tier in compiled.tier_ids:
        worth = {offer.id: value_per_point(offer, tier, program.currency_exponent) for offer in _open_to(program, tier)}
        returns = [
            Return(tier, offer, _earned(compiled, amount, way, tier) * value, way.name())
            for way in _ways(program)
            for offer, value in worth.items()
            if value is not None
        ]
        if returns:
            returns.sort(key=lambda item: item.rate)
            result.append(TierReturn(tier, returns[-1], returns[(len(returns) - 1) // 2], returns[0]))
    return result


def value_per_point(offer: Offer, tier: str, exponent: int) -> Fraction | None:
    """Minor units of money that a point is worth in this option; None when the option has no value in money."""
    if isinstance(offer, Lottery):
        prizes = sum(prize.winners * to_minor(prize.value, exponent) for prize in offer.prizes)
        return Fraction(prizes, offer.tickets * offer.points) if prizes else None
    value = to_minor(offer.value, exponent)
    if not value:
        return None
    cash = to_minor(offer.cash, exponent) if isinstance(offer, Award | Flash) else 0
    points = offer.points_by_tier.get(tier, offer.points) if isinstance(offer, Award) else offer.points
    return Fraction(value - cash, points)


def return_warnings(program: ProgramFile) -> list[str]:
    """One sentence with its number for every tier whose return leaves the healthy band of 1 % to 5 %."""
    returns = effective_returns(program)
    found = []
    for tier in returns:
        for name, item in (("best", tier.best), ("typical", tier.typical), ("worst", tier.worst)):
            if not HEALTHY_FROM <= item.rate <= HEALTHY_TO:
                way = f", {item.way}" if item.way else ""
                found.append(
                    f"tier {item.tier}: the {name} channel ({item.offer}{way}) returns {percent(item.rate)}, "
                    f"outside {percent(HEALTHY_FROM)} to {percent(HEALTHY_TO)}"
                )
    told = {tier.tier for tier in returns}
    missing = [tier.id for tier in program.tiers.ladder if tier.id not in told]
    return [*found, *(f"tier {tier}: no redemption option with a value is open to it, 0 returns" for tier in missing)]


def percent(rate: Fraction) -> str:
    """A rate as a percentage with one decimal, rounded half up, e.g. 4.5 %."""
    tenths = (rate.numerator * 2000 + rate.denominator) // (2 * rate.denominator)
    sign = "-" if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10} %"


def _open_to(program: ProgramFile, tier: str) -> list[Offer]:
    return [offer for offer in program.redemption if offer.tiers is None or tier in offer.tiers]


def _ways(program: ProgramFile) -> list[_Way]:
    """Every way in which a base rule for purchases earns (by source; its first channel and tag stand for all)."""
    found: dict[_Way, None] = {}
    for rule in program.earn.rules:
        if rule.on == "purchase" and not rule.bonus:
            when = rule.when
            channel = when.channels[0] if when.channels else "shop"
            tags = tuple((when.tags_any or [])[:1])
            found.update({_Way(source, channel, tags): None for source in when.sources or [""]})
    return list(found) or [_Way("", "shop", ())]


def _earned(compiled: CompiledProgram, amount: int, way: _Way, tier: str) -> Fraction:
    base, bonus, *_ = compiled.evaluate(None, amount, 0, 0, way.channel, way.source, way.tags, tier, {})
    return Fraction(base + bonus, amount)
