"""The auditor's own reading of the rate rules (R-ALL-2, pitfall 25, INV-8, INV-9)."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bridge.audit.contracts.rates import (
    RateRules,
    RateVersion,
    beyond_step,
    gaining_pairs,
    guarantee_broken,
    needs_notice,
    worse_for_members,
)
from bridge.protocol.rates import Rate, to_alliance_units_down, to_local_points_down

DAY = 86_400
RULES = RateRules(notice_period=30 * DAY, quote_grace=DAY, claim_window=7 * DAY, max_step_ppm=200_000)
parts = st.integers(min_value=1, max_value=2**64 - 1)
rates = st.builds(Rate, parts, parts, parts, parts)


def version(number: int, rate: Rate, effective_at: int, *, promised: int = 0) -> RateVersion:
    return RateVersion(number, rate, effective_at, effective_at, promised)


def history(*rates_in_order: Rate, every: int = 10 * DAY) -> list[RateVersion]:
    """Versions that take effect one after another, the last one still in force."""
    made = [version(index + 1, rate, index * every) for index, rate in enumerate(rates_in_order)]
    for old, new in pairwise(made):
        old.superseded_at = new.effective_at
    return made


def test_a_lower_side_is_worse_whatever_the_other_does() -> None:
    assert worse_for_members(Rate(9, 1, 1, 5), Rate(10, 1, 1, 10))
    assert worse_for_members(Rate(10, 1, 1, 11), Rate(10, 1, 1, 10))
    assert not worse_for_members(Rate(20, 2, 2, 20), Rate(10, 1, 1, 10))


def test_twenty_percent_is_the_last_step_that_needs_no_notice() -> None:
    assert not beyond_step(Rate(12, 1, 1, 20), Rate(10, 1, 1, 20), 200_000)
    assert beyond_step(Rate(12_001, 1_000, 1, 20), Rate(10, 1, 1, 20), 200_000)


def test_small_steps_within_the_grace_add_up_to_a_large_one() -> None:
    made = history(Rate(100, 1, 1, 1000), Rate(115, 1, 1, 1000), every=3_600)
    third = version(3, Rate(130, 1, 1, 1000), 7_200)
    assert not beyond_step(third.rate, made[-1].rate, RULES.max_step_ppm)
    assert needs_notice(third, made, RULES)
    late = version(3, Rate(130, 1, 1, 1000), 3_600 + DAY)
    assert not needs_notice(late, made, RULES)


def test_the_first_publication_needs_no_notice() -> None:
    assert not needs_notice(version(1, Rate(1, 1, 1, 1), 0), [], RULES)


def test_a_guarantee_is_carried_on_by_later_versions() -> None:
    made = history(Rate(10, 1, 1, 20), Rate(11, 1, 1, 20))
    made[0].guaranteed_until = 90 * DAY
    worse = version(3, Rate(10, 1, 1, 20), 60 * DAY)
    assert guarantee_broken(worse, made) == 90 * DAY
    better = version(3, Rate(12, 1, 1, 20), 60 * DAY)
    assert guarantee_broken(better, made) is None


def test_old_rates_count_as_long_as_their_points_can_be_claimed() -> None:
    """In at 10, out at 1/8 gains; the old in-rate's points live for grace and claim window after it was superseded."""
    made = history(Rate(10, 1, 1, 10), Rate(5, 1, 1, 10), every=DAY)
    ends = made[0].out_until(RULES)
    assert ends == DAY + DAY + 7 * DAY
    early = version(3, Rate(5, 1, 1, 8), ends - 1)
    assert [(a.version, b.version) for a, b in gaining_pairs(early, made, RULES)] == [(1, 3)]
    assert list(gaining_pairs(version(3, Rate(5, 1, 1, 8), ends), made, RULES)) == []


@given(rates, rates, st.integers(min_value=0, max_value=2**64 - 1))
def test_a_pair_that_is_not_named_never_gains(old: Rate, new: Rate, points: int) -> None:
    made = history(old)
    latest = version(2, new, DAY)
    named = {(a.version, b.version) for a, b in gaining_pairs(latest, made, RULES)}
    for (number_in, rate_in), (number_out, rate_out) in (
        ((1, old), (2, new)),
        ((2, new), (1, old)),
        ((2, new), (2, new)),
    ):
        if (number_in, number_out) not in named:
            assert to_local_points_down(rate_out, to_alliance_units_down(rate_in, points)) <= points
