"""Owns what is worse in what points buy: options and their prices, redemption days, benefits, gifts between members,
conversion. Point prices, values and rates are devaluations (R-VAL-3)."""

from __future__ import annotations

from fractions import Fraction

from alliance_node.domain.program.comparing.kit import CHANGED, Comparison, Place
from alliance_node.domain.program.redemption_schema import (
    Allowance,
    Award,
    Benefit,
    Donation,
    Flash,
    Lottery,
    Offer,
    Offset,
)
from alliance_node.domain.program.schema import ProgramFile, Sponsored
from alliance_node.domain.program.values import to_instant


def redemption(c: Comparison) -> None:
    """The options."""
    for place, old, new in c.pairs(Place("redemption"), c.old.redemption, c.new.redemption):
        if type(old) is not type(new) or old.kind != new.kind:
            c.worse(place.at("kind"), old.kind, new.kind, CHANGED)
            continue
        c.window(place, old, new)
        c.not_narrower_tiers(place.at("tiers"), old.tiers, new.tiers)
        c.limits(place, old.limits, new.limits)
        _option(c, place, old, new)


def redemption_days(c: Comparison) -> None:
    """Cheaper days."""
    for place, old, new in c.pairs(Place("redemption_days"), c.old.redemption_days, c.new.redemption_days):
        c.when(place.at("when"), old.when, new.when)
        c.not_higher(place.at("percent"), old.percent, new.percent)
        c.not_narrower(place.at("applies_to"), old.applies_to, new.applies_to)


def benefits(c: Comparison) -> None:
    """Benefits and how often each tier may use them."""
    for place, old, new in c.pairs(Place("benefits"), c.old.benefits, c.new.benefits):
        _benefit(c, place, old, new)


def gifts_between_members(c: Comparison) -> None:
    """R-ALL-10."""
    old, new, place = c.old.member_gifts, c.new.member_gifts, Place("member_gifts")
    if old is None or new is None:
        if old is not None:
            c.worse(place, "offered", None, "removed")
        return
    c.not_higher(place.at("minimum_points"), old.minimum_points, new.minimum_points)
    c.not_lower(place.at("daily_maximum_points"), old.daily_maximum_points, new.daily_maximum_points)
    c.not_lower(place.at("monthly_maximum_times"), old.monthly_maximum_times, new.monthly_maximum_times)
    c.not_higher(place.at("minimum_age_days"), old.minimum_age_days, new.minimum_age_days)
    maximum = new.receiver_monthly_maximum_points
    c.cap(place.at("receiver_monthly_maximum_points"), old.receiver_monthly_maximum_points, maximum)


def alliance(c: Comparison) -> None:
    """Suggested rates and the conversion rules (R-ALL-2, R-ALL-9)."""
    old, new, place = c.old.alliance, c.new.alliance, Place("alliance")
    if old is None or new is None:
        if old is not None:
            c.worse(place, "offered", None, "removed", devaluation=True)
        return
    for name in ("rate_in", "rate_out"):
        before, after = getattr(old, name), getattr(new, name)
        if after.numerator * before.denominator < before.numerator * after.denominator:
            rate, rate_after = (f"{rate.numerator}/{rate.denominator}" for rate in (before, after))
            c.worse(place.at(name), rate, rate_after, "lower", devaluation=True)
    c.not_higher(place.at("minimum_points"), old.minimum_points, new.minimum_points)
    c.not_higher(place.at("minimum_age_days"), old.minimum_age_days, new.minimum_age_days)
    c.not_lower(place.at("daily_maximum_points"), old.daily_maximum_points, new.daily_maximum_points)
    c.not_off(place.at("received_convertible"), old.received_convertible, new.received_convertible)


def founders(c: Comparison) -> None:
    """What founder members earn on top (R-NFT-1)."""
    old, new = c.old.founders, c.new.founders
    if old is None:
        return
    if new is None:
        c.worse(Place("founders"), f"{old.extra_percent} %", None, "removed", devaluation=True)
        return
    c.not_lower(Place("founders.extra_percent"), old.extra_percent, new.extra_percent)


def spending_bonus(c: Comparison) -> None:
    """What redeeming points from partner brands brings (R-ALL-6)."""
    old, new = c.old.spending_bonus, c.new.spending_bonus
    if old is None or to_instant(old.deadline, c.old.timezone) <= c.at:
        return
    if new is None:
        c.worse(Place("spending_bonus"), f"{old.percent} %", None, "removed", devaluation=True)
        return
    place = Place("spending_bonus")
    c.not_lower(place.at("percent"), old.percent, new.percent)
    c.not_lower(place.at("monthly_maximum_points"), old.monthly_maximum_points, new.monthly_maximum_points)
    _ends(c, place, old, new)


def circulation_award(c: Comparison) -> None:
    """What redeeming enough of them in a month brings (R-ALL-6)."""
    old, new = c.old.circulation_award, c.new.circulation_award
    if old is None or to_instant(old.deadline, c.old.timezone) <= c.at:
        return
    if new is None:
        c.worse(Place("circulation_award"), old.points, None, "removed", devaluation=True)
        return
    place = Place("circulation_award")
    c.not_lower(place.at("points"), old.points, new.points)
    c.not_higher(place.at("threshold_points"), old.threshold_points, new.threshold_points)
    _ends(c, place, old, new)


def _ends(c: Comparison, place: Place, old: Sponsored, new: Sponsored) -> None:
    ends, ends_after = to_instant(old.deadline, c.old.timezone), to_instant(new.deadline, c.new.timezone)
    if ends_after < ends:
        c.worse(place.at("deadline"), old.deadline, new.deadline, "shorter")


def _option(c: Comparison, place: Place, old: Offer, new: Offer) -> None:
    match old, new:
        case (Offset(), Offset()):
            _worth(c, place, old, new)
            c.not_lower(place.at("max_order_percent"), old.max_order_percent, new.max_order_percent)
        case (Donation(), Donation()):
            _worth(c, place, old, new)
        case (Award(), Award()):
            _award(c, place, old, new)
        case (Flash(), Flash()):
            _price(c, place, old, new)
            c.not_lower(place.at("stock"), old.stock, new.stock)
        case (Lottery(), Lottery()):
            _lottery(c, place, old, new)


def _worth(c: Comparison, place: Place, old: Offset | Donation, new: Offset | Donation) -> None:
    if Fraction(new.value) * old.points < Fraction(old.value) * new.points:
        worth, worth_after = (f"{offer.value} for {offer.points}" for offer in (old, new))
        c.worse(place.at("value"), worth, worth_after, "lower", devaluation=True)
    elif old.points % new.points:
        c.worse(place.at("points"), old.points, new.points, "steps that do not fit")


def _price(c: Comparison, place: Place, old: Award | Flash, new: Award | Flash) -> None:
    c.not_higher(place.at("points"), old.points, new.points, devaluation=True)
    c.not_higher(place.at("cash"), old.cash, new.cash, devaluation=True)
    c.not_lower(place.at("value"), old.value, new.value, devaluation=True)


def _award(c: Comparison, place: Place, old: Award, new: Award) -> None:
    _price(c, place, old, new)
    for tier, before in c.tiers.items():
        prices = old.points_by_tier.get(before, old.points), new.points_by_tier.get(tier, new.points)
        if tier in new.points_by_tier or before in old.points_by_tier:
            c.not_higher(place.at("points_by_tier").at(tier), *prices, devaluation=True)
    c.cap(place.at("stock"), old.stock, new.stock)
    c.same(place.at("benefit"), old.benefit, new.benefit)
    c.not_lower(place.at("uses"), old.uses, new.uses)


def _lottery(c: Comparison, place: Place, old: Lottery, new: Lottery) -> None:
    c.not_higher(place.at("points"), old.points, new.points, devaluation=True)
    c.same(place.at("tickets"), old.tickets, new.tickets)
    if to_instant(new.reveal_by, c.new.timezone) > to_instant(old.reveal_by, c.old.timezone):
        c.worse(place.at("reveal_by"), c.time(old.reveal_by, c.old), c.time(new.reveal_by, c.new), "later")
    for inside, prize, after in c.pairs(place.at("prizes"), old.prizes, new.prizes, devaluation=True):
        c.not_lower(inside.at("winners"), prize.winners, after.winners, devaluation=True)
        c.not_lower(inside.at("value"), prize.value, after.value, devaluation=True)
        c.not_lower(inside.at("points"), prize.points, after.points, devaluation=True)


def _benefit(c: Comparison, place: Place, old: Benefit, new: Benefit) -> None:
    before, after = _by_tier(old, c.old), _by_tier(new, c.new)
    for tier, had, has in c.by_tier(before, after):
        inside = place.at("allowances").at(tier)
        if had is None:
            continue
        if has is None:
            c.worse(inside, had.times or "as often as wanted", "0", "removed")
            continue
        c.cap(inside.at("times"), had.times, has.times)
        if has.times is not None and had.times is not None:
            c.same(inside.at("per"), had.per, has.per)


def _by_tier(benefit: Benefit, program: ProgramFile) -> dict[str, Allowance]:
    """An allowance counts for its tier and those above, until a higher one has its own."""
    named = {allowance.tier: allowance for allowance in benefit.allowances}
    found: dict[str, Allowance] = {}
    last = None
    for tier in program.tiers.ladder:
        last = named.get(tier.id, last)
        if last is not None:
            found[tier.id] = last
    return found
