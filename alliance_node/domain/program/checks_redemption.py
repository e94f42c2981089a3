"""Owns the checks of what points buy: options, redemption days, benefits, lotteries, gifts between members."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from alliance_node.domain.program.finding import Finding, Path, decimals_of
from alliance_node.domain.program.redemption_schema import Award, Flash, Lottery, Offer, Offset
from alliance_node.domain.program.rules_schema import When
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import to_instant

_DAY_FIELDS = frozenset({"starts", "until", "weekdays", "days_of_month", "tiers"})


def redemption_whens(program: ProgramFile) -> Iterator[tuple[Path, When, bool]]:
    """When each option and each redemption day is in force, for the checks that every condition goes through."""
    for number, offer in enumerate(program.redemption):
        yield ("redemption", number), _when(offer), False
    for number, day in enumerate(program.redemption_days):
        yield ("redemption_days", number, "when"), day.when, False


def redemption_ids(program: ProgramFile) -> Iterator[tuple[str, Path, str]]:
    """(group, path, id): a redemption day is named in traces like a rule."""
    for number, offer in enumerate(program.redemption):
        yield "offer", ("redemption", number), offer.id
    for number, day in enumerate(program.redemption_days):
        yield "rule", ("redemption_days", number), day.id
    for number, benefit in enumerate(program.benefits):
        yield "benefit", ("benefits", number), benefit.id


def redemption_tiers(program: ProgramFile) -> Iterator[tuple[Path, str]]:
    """Every tier that a price or an allowance names."""
    for number, offer in enumerate(program.redemption):
        if isinstance(offer, Award):
            for tier in offer.points_by_tier:
                yield ("redemption", number, "points_by_tier", tier), tier
    for number, benefit in enumerate(program.benefits):
        for place, allowance in enumerate(benefit.allowances):
            yield ("benefits", number, "allowances", place, "tier"), allowance.tier


def redemption_findings(program: ProgramFile) -> Iterator[Finding]:
    """Everything about redemption that refuses the program."""
    for number, offer in enumerate(program.redemption):
        yield from _money(("redemption", number), offer, program)
        yield from _sense(("redemption", number), offer, program)
    yield from _days(program)
    yield from _gifts(program)


def _when(offer: Offer) -> When:
    return When.model_validate(
        {
            "from": offer.starts,
            "until": offer.until,
            "weekdays": offer.weekdays,
            "days_of_month": offer.days_of_month,
            "tiers": offer.tiers,
        }
    )


def _money(path: Path, offer: Offer, program: ProgramFile) -> Iterator[Finding]:
    texts: list[tuple[Path, str]] = []
    if isinstance(offer, Lottery):
        texts += [((*path, "prizes", place, "value"), prize.value) for place, prize in enumerate(offer.prizes)]
    else:
        texts.append(((*path, "value"), offer.value))
    if isinstance(offer, Award | Flash):
        texts.append(((*path, "cash"), offer.cash))
    for place, text in texts:
        yield from decimals_of(place, text, program.currency_exponent, program.currency)


def _sense(path: Path, offer: Offer, program: ProgramFile) -> Iterator[Finding]:
    match offer:
        case Offset():
            if Fraction(offer.value) == 0:
                yield (*path, "value"), "an offset needs a value above 0"
        case Award() | Flash():
            if Fraction(offer.cash) > Fraction(offer.value):
                yield (*path, "cash"), f"{offer.cash} in money for something worth {offer.value}, and points besides"
            known = {benefit.id for benefit in program.benefits}
            named = offer.benefit if isinstance(offer, Award) else None
            if named is not None and named not in known:
                yield (*path, "benefit"), f"{named} is not under benefits ({', '.join(sorted(known)) or 'none'})"
        case Lottery():
            tz = program.timezone
            if offer.until is not None and to_instant(offer.reveal_by, tz) <= to_instant(offer.until, tz):
                yield (*path, "reveal_by"), f"{offer.reveal_by} is not after {offer.until}, when the entries close"
        case _:
            return


def _days(program: ProgramFile) -> Iterator[Finding]:
    options = {offer.id for offer in program.redemption}
    for number, day in enumerate(program.redemption_days):
        path = ("redemption_days", number)
        given = {name for name in When.model_fields if getattr(day.when, name) is not None}
        for name in sorted(given - _DAY_FIELDS):
            yield (*path, "when", name), "a redemption has none; use dates, weekdays, days of the month and tiers"
        if not given & (_DAY_FIELDS - {"tiers"}):
            yield (*path, "when"), "a redemption day needs dates, weekdays or days of the month"
        for place, name in enumerate(day.applies_to or ()):
            if name not in options:
                yield (*path, "applies_to", place), f"{name} is no option under redemption"


def _gifts(program: ProgramFile) -> Iterator[Finding]:
    rules = program.member_gifts
    if rules is None:
        return
    for name in ("daily_maximum_points", "receiver_monthly_maximum_points"):
        most = getattr(rules, name)
        if most is not None and most < rules.minimum_points:
            yield ("member_gifts", name), f"{most} is below minimum_points {rules.minimum_points}: nothing can be given"
