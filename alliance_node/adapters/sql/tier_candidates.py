"""Which members a tier evaluation concerns, as one condition on the columns of members. Owns SQL, not the rule: whoever
is found is decided by the domain, and a test holds both against each other."""

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.sql.tables import members
from alliance_node.application.records import TierRules
from alliance_node.domain.instants import Instant

_NO_TIER_ABOVE = 2**62


def is_candidate(rules: TierRules) -> sa.ColumnElement[bool]:
    """Earns a higher tier, or no longer earns its own and is not protected any more."""
    value = _decayed(rules) if rules.on_growth else members.c.spend_minor
    thresholds = dict(zip(rules.tiers, rules.thresholds, strict=True))
    above = dict(zip(rules.tiers, (*rules.thresholds[1:], _NO_TIER_ABOVE), strict=True))
    lowest_above = above[rules.tiers[0]]  # a tier that the ladder no longer names counts as the lowest
    rises = value >= sa.case(above, value=members.c.tier, else_=lowest_above)
    falls = value < sa.case(thresholds, value=members.c.tier, else_=0)
    return sa.or_(rises, sa.and_(falls, members.c.protected_until <= rules.at))


def counted_since() -> sa.ColumnElement[int]:
    """The instant up to which a member's stored growth value has decayed, like `growth.counted_through`."""
    return sa.case(
        (members.c.growth_through > members.c.enrolled_at, members.c.growth_through), else_=members.c.enrolled_at
    )


def without_old_decays(rules: TierRules, first: Instant) -> TierRules:
    """The rules without decays that concern nobody, as all growth value is counted up to `first` at least: a program
    may be in force since long before its first member, and each decay deepens the expression."""
    return msgspec.structs.replace(rules, decays=tuple(decay for decay in rules.decays if decay[0] > first))


def _decayed(rules: TierRules) -> sa.ColumnElement[int]:
    """Growth value after every decay later than the member's last one, rounded like `growth.after_decay`."""
    if not rules.decays:
        return members.c.growth
    since = counted_since()
    cases = []
    for position in reversed(range(len(rules.decays))):  # the newest first: (nothing passed), (one passed) …
        value: sa.ColumnElement[int] = members.c.growth
        for _, percent in rules.decays[position + 1 :]:
            value = _left(value, percent)
        cases.append((since >= rules.decays[position][0], value))
    everything: sa.ColumnElement[int] = members.c.growth
    for _, percent in rules.decays:
        everything = _left(everything, percent)
    return sa.case(*cases, else_=everything)


def _left(value: sa.ColumnElement[int], percent: int) -> sa.ColumnElement[int]:
    """growth - growth * percent // 100, with `value` written once."""
    return (value * (100 - percent) + 99) // 100
