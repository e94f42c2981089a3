"""Owns the checks that look across a program's sections. Each yields (path, reason); all are reported at once."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from typing import Any

from alliance_node.domain.program.checks_lifecycle import lifecycle_findings
from alliance_node.domain.program.checks_redemption import (
    redemption_findings,
    redemption_ids,
    redemption_tiers,
    redemption_whens,
)
from alliance_node.domain.program.checks_tasks import task_advice, task_findings, task_ids, task_whens, when_findings
from alliance_node.domain.program.finding import Finding, Path, decimals_of
from alliance_node.domain.program.redemption_schema import ADVISED_CHANNEL_KINDS, Lottery
from alliance_node.domain.program.rules_schema import ByBracket, Fixed, Graded, PerUnit, Rule, Streak, When
from alliance_node.domain.program.schema import ProgramFile, sponsored
from alliance_node.domain.program.values import MAX_AMOUNT_MINOR, MAX_POINTS, skipped_by_the_clock, to_instant
from alliance_node.domain.promises import forbidden_promises


def findings(program: ProgramFile) -> list[Finding]:
    """Everything that refuses the program."""
    checks = (
        _ids,
        _tiers,
        _money,
        _conditions,
        _campaigns,
        lifecycle_findings,
        redemption_findings,
        _alliance,
        _founders,
        _sponsored,
        _promises,
        _overflow,
        task_findings,
        _times,
    )
    return [finding for check in checks for finding in check(program)]


def advice(program: ProgramFile) -> list[Finding]:
    """What does not refuse the program but should be known (R-RED-1)."""
    kinds = {offer.kind for offer in program.redemption}
    found: list[Finding] = []
    if len(kinds) < ADVISED_CHANNEL_KINDS:
        few = f"{len(kinds)} redemption channel kinds; {ADVISED_CHANNEL_KINDS} or more are advised"
        found.append((("redemption",), few))
    return [*found, *task_advice(program)]


def _rules(program: ProgramFile) -> Iterator[tuple[Path, Rule]]:
    for number, rule in enumerate(program.earn.rules):
        yield ("earn", "rules", number), rule
    for number, rule in enumerate(program.growth.rules):
        yield ("growth", "rules", number), rule


def _whens(program: ProgramFile) -> Iterator[tuple[Path, When, bool]]:
    """Every condition, and whether a behaviour is asked for."""
    for path, rule in _rules(program):
        yield (*path, "when"), rule.when, rule.on == "behaviour"
    for number, campaign in enumerate(program.earn.campaigns):
        yield ("earn", "campaigns", number, "when"), campaign.when, False
    yield from task_whens(program)
    yield from redemption_whens(program)


def _times(program: ProgramFile) -> Iterator[Finding]:
    """Local times that a change of the clock jumps over: nobody could say when such a rule begins or ends."""
    named: list[tuple[Path, str | None]] = []
    for path, when, _ in _whens(program):
        named += [((*path, "from"), when.starts), ((*path, "until"), when.until)]
    for number, offer in enumerate(program.redemption):
        named += [(("redemption", number, "reveal_by"), offer.reveal_by)] if isinstance(offer, Lottery) else []
    for number, recall in enumerate(program.recalls):
        named += [(("recalls", number, name), getattr(recall, name)) for name in ("earned_before", "at")]
    named += [((name, "deadline"), rules.deadline) for name, rules in sponsored(program)]
    for path, text in named:
        if text is not None and skipped_by_the_clock(text, program.timezone):
            yield path, f"{text} does not exist in {program.timezone}: the clock jumps over it; name another time"


def _ids(program: ProgramFile) -> Iterator[Finding]:
    seen: dict[str, set[str]] = {"rule": set(), "offer": set(), "tier": set(), "budget": set(), "benefit": set()}
    named: list[tuple[str, Path, str]] = [("rule", path, rule.id) for path, rule in _rules(program)]
    named += [("rule", ("earn", "campaigns", n), campaign.id) for n, campaign in enumerate(program.earn.campaigns)]
    named += [("tier", ("tiers", "ladder", n), tier.id) for n, tier in enumerate(program.tiers.ladder)]
    named += [*task_ids(program), *redemption_ids(program)]
    for group, path, name in named:
        if name in seen[group]:
            yield (*path, "id"), f"{name} is used twice"
        seen[group].add(name)


def _tiers(program: ProgramFile) -> Iterator[Finding]:
    known = {tier.id for tier in program.tiers.ladder}
    named: list[tuple[Path, str]] = []
    for path, when, _ in _whens(program):
        named += [((*path, "tiers"), tier) for tier in when.tiers or ()]
    for path, rule in _rules(program):
        if isinstance(rule.amount, PerUnit):
            named += [((*path, "amount", "by_tier", tier), tier) for tier in rule.amount.by_tier]
    named += redemption_tiers(program)
    for path, tier in named:
        if tier not in known:
            yield path, f"tier {tier} is not in the ladder ({', '.join(sorted(known))})"


def _money(program: ProgramFile) -> Iterator[Finding]:
    texts: list[tuple[Path, str | None]] = [(("points", "typical_purchase"), program.points.typical_purchase)]
    for path, when, _ in _whens(program):
        texts += [((*path, "amount_at_least"), when.amount_at_least), ((*path, "amount_below"), when.amount_below)]
    for path, rule in _rules(program):
        if isinstance(rule.amount, PerUnit | ByBracket):
            texts.append(((*path, "amount", "per"), rule.amount.per))
        if isinstance(rule.amount, ByBracket):
            brackets = enumerate(rule.amount.brackets)
            texts += [((*path, "amount", "brackets", n, "up_to"), bracket.up_to) for n, bracket in brackets]
    for path, text in texts:
        yield from decimals_of(path, text, program.currency_exponent, program.currency)


def _conditions(program: ProgramFile) -> Iterator[Finding]:
    for path, when, behaviour in _whens(program):
        yield from _dates(path, when.starts, when.until, program.timezone)
        yield from when_findings(path, when, program.timezone, behaviour)
        low, high = when.amount_at_least, when.amount_below
        if low is not None and high is not None and Fraction(low) >= Fraction(high):
            yield (*path, "amount_below"), f"no amount is at least {low} and below {high}"
    for number, rule in enumerate(program.growth.rules):
        if rule.bonus:
            yield ("growth", "rules", number, "bonus"), "growth value has no bonus lots"


def _dates(path: Path, starts: str | None, until: str | None, tz: str) -> Iterator[Finding]:
    if starts is not None and until is not None and to_instant(starts, tz) >= to_instant(until, tz):
        yield (*path, "until"), f"{until} is not after {starts}"


def _campaigns(program: ProgramFile) -> Iterator[Finding]:
    purchase_rules = {rule.id for rule in program.earn.rules if rule.on == "purchase"}
    for number, campaign in enumerate(program.earn.campaigns):
        for name in campaign.applies_to or ():
            if name not in purchase_rules:
                yield ("earn", "campaigns", number, "applies_to"), f"{name} is not a purchase rule under earn.rules"


def _alliance(program: ProgramFile) -> Iterator[Finding]:
    alliance = program.alliance
    if alliance is not None and alliance.daily_maximum_points < alliance.minimum_points:
        yield (
            ("alliance", "daily_maximum_points"),
            f"{alliance.daily_maximum_points} is below minimum_points {alliance.minimum_points}: nothing converts",
        )


def _founders(program: ProgramFile) -> Iterator[Finding]:
    if program.founders is not None and program.alliance is None:
        yield ("founders",), "founder memberships are the alliance's: the program needs an alliance section"


def _sponsored(program: ProgramFile) -> Iterator[Finding]:
    """R-ALL-6."""
    for name, _ in sponsored(program):
        if program.alliance is None:
            yield (name,), "points arrive through the alliance: the program needs an alliance section"
    award = program.circulation_award
    if award is not None and award.points > award.threshold_points:
        yield (
            ("circulation_award", "points"),
            f"{award.points} is more than threshold_points {award.threshold_points}: it may not exceed what earns it",
        )
    if award is not None and award.points > MAX_POINTS:
        yield ("circulation_award", "points"), f"{award.points} is more than {MAX_POINTS}"


def _promises(program: ProgramFile) -> Iterator[Finding]:
    """R-NFT-4: no text of the program may promise that points or memberships pay off."""
    for path, text in _texts((), program.model_dump()):
        for promise in forbidden_promises(text):
            yield path, f"{promise.phrase!r} is a promise of return, which no text here may make"


def _texts(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    """Every text of the pages (those in both languages), with its place."""
    if isinstance(value, dict):
        if value.keys() == {"en", "zh"}:
            yield from (((*path, language), text) for language, text in value.items())
        else:
            for key, inner in value.items():
                yield from _texts((*path, key), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts((*path, number), inner)


def _overflow(program: ProgramFile) -> Iterator[Finding]:
    """No event may give more than `MAX_POINTS`: not one rule, and not all purchase rules together."""
    factor = _largest_factor(program)
    total = Fraction(0)
    for path, rule in _rules(program):
        most = _most(rule, program) * factor
        total += most if rule.on == "purchase" and path[0] == "earn" else 0
        if most > MAX_POINTS:
            yield (*path, "amount"), f"the largest purchase would give {int(most)} points, more than {MAX_POINTS}"
    if total > MAX_POINTS:
        yield ("earn", "rules"), f"the largest purchase would give {int(total)} points in all, more than {MAX_POINTS}"


def _largest_factor(program: ProgramFile) -> Fraction:
    multipliers = [Fraction(campaign.multiplier) for campaign in program.earn.campaigns]
    if program.earn.stacking == "multiplicative":
        return prod(multipliers, start=Fraction(1))
    if program.earn.stacking == "additive":
        return 1 + sum((each - 1 for each in multipliers), Fraction(0))
    return max(multipliers, default=Fraction(1))


def _most(rule: Rule, program: ProgramFile) -> Fraction:
    """The most that one event can get of a rule, before its limits."""
    largest = Fraction(MAX_AMOUNT_MINOR, 10**program.currency_exponent)
    match rule.amount:
        case PerUnit():
            best = max(Fraction(text) for text in (rule.amount.points, *rule.amount.by_tier.values()))
            return Fraction(largest, Fraction(rule.amount.per)) * best
        case ByBracket():
            best = max(Fraction(bracket.rate) for bracket in rule.amount.brackets)
            return Fraction(largest, Fraction(rule.amount.per)) * best
        case Fixed():
            return Fraction(rule.amount.points)
        case Graded():
            return Fraction(rule.amount.highest)
        case Streak():
            return Fraction(max(rule.amount.days) + sum(bonus.points for bonus in rule.amount.bonuses))
