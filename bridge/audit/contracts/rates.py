"""Rates as published: each brand's versions in order, when each may be used, and whether it was lawful to publish it.

Pure. Recomputes the rules of R-ALL-2 from the events alone, in alliance time; it may not ask the chain what a rate is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.protocol.rates import Rate, never_gains

PPM = 1_000_000
FOREVER = 1 << 63


@dataclass(frozen=True, slots=True)
class RateRules:
    """The RateBoard's constants, in seconds and parts per million."""

    notice_period: int
    quote_grace: int
    claim_window: int
    max_step_ppm: int


@dataclass(slots=True)
class RateVersion:
    """One published version. `guaranteed_until`: no worse version before it, carried on by later versions."""

    version: int
    rate: Rate
    announced_at: int
    effective_at: int
    guaranteed_until: int
    superseded_at: int = FOREVER

    def in_until(self, rules: RateRules) -> int:
        """The first second in which a conversion may no longer name it."""
        return self.superseded_at + rules.quote_grace

    def out_until(self, rules: RateRules) -> int:
        """The first second in which no open claim can be pinned to it any more."""
        return self.superseded_at + rules.quote_grace + rules.claim_window


def worse_for_members(new: Rate, old: Rate) -> bool:
    """A lower in side or a lower out side."""
    return (
        new.in_numerator * old.in_denominator < old.in_numerator * new.in_denominator
        or new.out_numerator * old.out_denominator < old.out_numerator * new.out_denominator
    )


def beyond_step(new: Rate, old: Rate, max_step_ppm: int) -> bool:
    """Either side better by more than `max_step_ppm` of the old one."""
    ceiling = PPM + max_step_ppm
    return (
        new.in_numerator * old.in_denominator * PPM > old.in_numerator * new.in_denominator * ceiling
        or new.out_numerator * old.out_denominator * PPM > old.out_numerator * new.out_denominator * ceiling
    )


def needs_notice(new: RateVersion, history: Sequence[RateVersion], rules: RateRules) -> bool:
    """Worse than the version before, or better by more than one step than it or any version still in quote grace.

    The first publication never needs notice.
    """
    if not history:
        return False
    if worse_for_members(new.rate, history[-1].rate):
        return True
    in_grace = (old for old in history if old is history[-1] or new.announced_at < old.in_until(rules))
    return any(beyond_step(new.rate, old.rate, rules.max_step_ppm) for old in in_grace)


def guarantee_broken(new: RateVersion, history: Sequence[RateVersion]) -> int | None:
    """The promised date "no worse before" which a worse version does not wait for, if so."""
    promised = max((old.guaranteed_until for old in history), default=0)
    worse = bool(history) and worse_for_members(new.rate, history[-1].rate)
    return promised if worse and new.effective_at < promised else None


def gaining_pairs(
    new: RateVersion, history: Sequence[RateVersion], rules: RateRules
) -> Iterator[tuple[RateVersion, RateVersion]]:
    """(in, out) pairs that let points grow: the new version with itself, and with each earlier version whose points
    can still be claimed when the new one takes effect."""
    for old in (*(old for old in history if new.effective_at < old.out_until(rules)), new):
        for inward, outward in ((new, old), (old, new))[: 1 if old is new else 2]:
            if not never_gains(inward.rate, outward.rate):
                yield inward, outward
