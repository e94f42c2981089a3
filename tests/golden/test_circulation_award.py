"""The circulation award (R-ALL-6): one month table and one reversal table, written before the engine ran.

The program: 40 points once 100 points that came from partner brands were redeemed here in a calendar month of the
brand's time zone (Asia/Shanghai), at most once a member and month. A coupon costs 50 points.
"""

from typing import Any

from alliance_node.domain.commands import PayCirculationAward, RefuseCirculationAward
from alliance_node.domain.events import CirculationAwardRevoked, RedemptionMade
from alliance_node.domain.instants import parse_instant
from tests.unit.domain.life import Life
from tests.unit.domain.sample import sample

AWARD: dict[str, Any] = {
    "sponsor_brand": 3,
    "terms": "0x" + "22" * 32,
    "deadline": "2026-06-01T00:00",
    "points": 40,
    "threshold_points": 100,
}
MONTHS = (
    # local time, key, coupons, arrived points redeemed in the month with it, award promised
    ("2026-03-05T10:00:00+08:00", "a", 1, 50, 0),
    ("2026-03-20T10:00:00+08:00", "b", 1, 100, 40),
    ("2026-03-31T23:59:59+08:00", "c", 2, 200, 0),
    ("2026-04-01T00:00:00+08:00", "d", 2, 100, 40),
    ("2026-04-30T23:59:59+08:00", "e", 6, 400, 0),
    ("2026-05-01T00:00:00+08:00", "f", 1, 50, 0),
    ("2026-05-31T23:59:59+08:00", "g", 1, 100, 40),
    ("2026-06-01T00:00:00+08:00", "h", 4, 0, 0),  # the sponsor's deadline
)
REVERSALS = (
    # what is cancelled (after all of April is over), what is left of its month, points taken back
    ("a", 150, 0),
    ("c", 50, 40),
    ("b", 0, 0),
    ("e", 100, 0),
    ("d", 0, 40),
)


def life(zone: str = "America/New_York") -> Life:
    """The member lives elsewhere: the brand's months count."""
    changes = {"circulation_award": AWARD, "expiry": {"term": {"policy": "never"}}}
    return Life(sample(changes), parse_instant("2026-03-01T12:00:00+08:00"), zone)


def redeem(member: Life, when: str, key: str, quantity: int) -> RedemptionMade:
    member.now = parse_instant(when)
    found = [event for event in member.redeem("coupon", key, quantity) if isinstance(event, RedemptionMade)]
    return found[0]


def counted(made: RedemptionMade) -> int:
    return sum(value.used for value in made.counters if value.key == "circulation/month")


def answer(member: Life, made: RedemptionMade) -> None:
    if made.award is not None:
        member.do(PayCirculationAward(member.member_id, made.redemption_id, member.now))


def test_the_award_month_by_month() -> None:
    member = life()
    member.receive(2_000)
    for when, key, coupons, in_month, award in MONTHS:
        made = redeem(member, when, key, coupons)
        promised = made.award.points if made.award is not None else 0
        assert (counted(made), promised) == (in_month, award), key
        answer(member, made)
    assert member.spendable == 2_000 - 18 * 50 + 3 * 40
    assert member.journal["sponsored_bonus"] == -120


def test_what_cancellations_take_back() -> None:
    member = life()
    member.receive(2_000)
    for when, key, coupons, _, _ in MONTHS[:5]:
        answer(member, redeem(member, when, key, coupons))
    for key, left, taken in REVERSALS:
        events = member.cancel(key)
        revoked = [event for event in events if isinstance(event, CirculationAwardRevoked)]
        assert sum(event.available_points for event in revoked) == taken, key
        assert member.state().counters["circulation/month"].used >= 0
        counters = next(event.counters for event in events if getattr(event, "redemption_id", "") == key)
        assert [value.used for value in counters if value.key == "circulation/month"] == [left], key
    assert member.spendable == 2_000
    assert member.journal["sponsored_bonus"] == 0


def test_points_of_the_brands_own_never_count() -> None:
    member = life()
    member.purchase(50_000, "own")
    made = redeem(member, "2026-03-05T10:00:00+08:00", "own", 4)
    assert (counted(made), made.award) == (0, None)


def test_an_empty_budget_refuses_and_a_later_redemption_of_the_month_may_ask_again() -> None:
    member = life()
    member.receive(2_000)
    redeem(member, "2026-03-05T10:00:00+08:00", "a", 2)
    member.do(RefuseCirculationAward(member.member_id, "a", "budget_empty", member.now))
    again = redeem(member, "2026-03-06T10:00:00+08:00", "b", 1)
    assert again.award is not None and again.award.points == 40
    answer(member, again)
    assert redeem(member, "2026-03-07T10:00:00+08:00", "c", 1).award is None
