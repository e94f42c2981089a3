"""Rates as published: each brand's versions in order, when each may be used, and whether it was lawful to publish it.

Pure. Recomputes the rules of R-ALL-2 from the events alone; it may not ask the chain what a rate is.
"""

from collections.abc import Iterator
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
    """One published version; times in Unix seconds."""

    version: int
    rate: Rate
    announced_at: int
    effective_at: int
    guaranteed_until: int
    superseded_at: int = FOREVER

    def in_until(self, rules: RateRules) -> int:
        """The first second in which a new conversion may no longer name it."""
        return min(FOREVER, self.superseded_at + rules.quote_grace)

    def out_until(self, rules: RateRules) -> int:
        """The first second in which no open claim can be pinned to it any more."""
        return min(FOREVER, self.superseded_at + rules.quote_grace + rules.claim_window)


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


def needs_notice(new: RateVersion, history: list[RateVersion], rules: RateRules) -> bool:
    """Worse than the version before it, or better by more than one step; the first publication never."""
    if not history:
        return False
    before = history[-1].rate
    return worse_for_members(new.rate, before) or beyond_step(new.rate, before, rules.max_step_ppm)


def gaining_pairs(versions: list[RateVersion], rules: RateRules) -> Iterator[tuple[RateVersion, RateVersion]]:
    """(in, out) pairs with the newest version that are usable at one instant and let a round trip gain."""
    newest = versions[-1]
    for other in versions:
        for inward, outward in ((newest, other), (other, newest)):
            starts = max(inward.effective_at, outward.effective_at)
            overlap = starts < min(inward.in_until(rules), outward.out_until(rules))
            if overlap and not never_gains(inward.rate, outward.rate):
                yield inward, outward
            if inward is outward:
                break


def broken_guarantees(new: RateVersion, history: list[RateVersion]) -> Iterator[RateVersion]:
    """Earlier versions whose promise "not worse before" the new one breaks."""
    for old in history:
        if new.effective_at < min(old.guaranteed_until, old.superseded_at) and worse_for_members(new.rate, old.rate):
            yield old
