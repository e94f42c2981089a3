"""From when a worse version may be in force (R-VAL-3, R-VAL-4), and how members are told."""

from __future__ import annotations

from typing import Any

from alliance_node.domain.instants import format_instant, parse_instant
from alliance_node.domain.program.announce import announcement
from alliance_node.domain.program.compare import worse_points
from alliance_node.domain.program.notice import Announced, Objection, guaranteed_until, objections
from tests.unit.domain.sample import BASE, sample

DAY = 86_400
NOW = parse_instant("2026-06-01T12:00:00+08:00")
DEARER = [BASE["redemption"][0], {**BASE["redemption"][1], "points": 60}, BASE["redemption"][2]]
RECALL = {"id": "clear", "label": {"en": "Clearing", "zh": "清零"}, "earned_before": "2025-01-01T00:00"}


def version(number: int, **changes: Any) -> Any:
    return sample({"version": number, **{key.replace("__", "."): value for key, value in changes.items()}})


def judged(new: Any, after_days: int, *known: Announced) -> list[Objection]:
    return objections(known or (Announced(version(1), 0),), new, NOW + after_days * DAY, NOW)


def test_a_worse_version_needs_the_notice_of_the_version_in_force() -> None:
    """R-VAL-3: 30 days unless the program promises another number."""
    (found,) = judged(version(2, redemption=DEARER), 29)
    assert str(found) == (
        "it is worse for members in 1 point, which needs 30 days of notice; the earliest is 2026-07-01T04:00:00Z\n"
        "- redemption.coupon.points: 50 → 60 (higher)"
    )
    assert judged(version(2, redemption=DEARER), 30) == []


def test_a_better_version_needs_none() -> None:
    assert judged(version(2, earn__pending_days=0, refunds={"spent_points": "clamp"}), 0) == []


def test_the_longest_notice_of_current_and_coming_versions_counts() -> None:
    """A short promise that is not yet in force does not shorten the notice; a long one lengthens it."""
    old = Announced(version(1, promises={"notice_days": 10}), 0)
    coming = Announced(version(2, promises={"notice_days": 60}), NOW + DAY)
    assert judged(version(3, promises={"notice_days": 60}, redemption=DEARER), 59, old, coming)
    assert not judged(version(3, promises={"notice_days": 60}, redemption=DEARER), 60, old, coming)
    past = Announced(version(1, promises={"notice_days": 90}), 0)
    current = Announced(version(2, promises={"notice_days": 10}), NOW - DAY)
    assert not judged(version(3, promises={"notice_days": 10}, redemption=DEARER), 10, past, current)


def test_a_new_version_is_compared_with_the_one_that_it_follows() -> None:
    """An announced improvement cannot be taken back at once by a version equal to today's."""
    better = Announced(version(2, redemption=[*BASE["redemption"][:1], *DEARER[1:2], BASE["redemption"][2]]), NOW + DAY)
    first = Announced(version(1, redemption=[BASE["redemption"][0], {**DEARER[1], "points": 70}, DEARER[2]]), 0)
    again = version(3, redemption=[BASE["redemption"][0], {**DEARER[1], "points": 70}, DEARER[2]])
    assert [change.path for change in judged(again, 2, first, better)[0].changes] == ["redemption.coupon.points"]


def test_a_devaluation_waits_for_the_end_of_the_guarantee() -> None:
    """R-VAL-3: value guaranteed until a date: its last local day counts in full."""
    promised = Announced(version(1, promises={"value_guaranteed_until": "2026-12-31"}), 0)
    new = version(2, redemption=DEARER)
    (found,) = judged(new, 60, promised)
    assert format_instant(found.earliest) == "2026-12-31T16:00:00Z"
    assert "value is guaranteed, but it is devalued in 2 points" in str(found)  # and the promise would be dropped
    days = (found.earliest - NOW) // DAY + 1
    assert judged(new, days, promised) == []
    stricter = version(2, promises={"value_guaranteed_until": "2026-12-31"}, earn__pending_days=2)
    assert judged(stricter, 30, promised) == []  # worse, but no devaluation


def test_a_promise_cannot_be_dropped_while_it_lasts() -> None:
    promised = Announced(version(1, promises={"value_guaranteed_until": "2026-12-31"}), 0)
    assert [o.changes[0].path for o in judged(version(2), 60, promised)] == ["promises.value_guaranteed_until"]
    assert guaranteed_until([promised, Announced(version(2), NOW)]) == parse_instant("2027-01-01T00:00:00+08:00")


def test_a_recall_is_announced_for_the_notice_period_before_its_date() -> None:
    """R-VAL-4: the version that announces it may be in force at once; what counts is the recall's own date."""
    (found,) = judged(version(2, recalls=[{**RECALL, "at": "2026-06-30T12:00"}]), 0)
    assert "recall clear may not take effect at 2026-06-30T04:00:00Z" in found.reason
    assert judged(version(2, recalls=[{**RECALL, "at": "2026-07-01T12:00"}]), 0) == []
    assert judged(version(2, recalls=[{**RECALL, "at": "2026-06-30T12:00"}]), 60)


def test_a_recall_waits_for_the_guarantee_too() -> None:
    promised = Announced(version(1, promises={"value_guaranteed_until": "2026-12-31"}), 0)
    new = version(2, recalls=[{**RECALL, "at": "2026-10-01T00:00"}], promises={"value_guaranteed_until": "2026-12-31"})
    assert "since value is guaranteed" in judged(new, 0, promised)[0].reason


def test_a_first_version_announces_its_recalls_too() -> None:
    assert objections([], version(1, recalls=[{**RECALL, "at": "2026-06-20T00:00"}]), NOW, NOW)
    assert not objections([], version(1, recalls=[{**RECALL, "at": "2026-06-20T00:00"}]), NOW - 60 * DAY, NOW)


def test_members_are_told_what_changes_and_from_when() -> None:
    """R-VAL-3: golden words in both languages."""
    new = version(2, redemption=[*DEARER[:2], {**BASE["redemption"][2], "kind": "experience"}], earn__pending_days=7)
    english, chinese = announcement(worse_points(version(1), new), new, NOW + 30 * DAY)
    assert english == (
        "New rules of Sample from 2026-07-01: Earning: days until usable 0 → 7. Coupon: points 50 → 60. "
        "Gift: kind gift → experience."
    )
    assert chinese == (
        "样例自 2026-07-01 起调整规则：积分获取：生效天数 0 → 7。优惠券：积分 50 → 60。礼品：类型 gift → experience。"
    )


def test_members_are_told_that_nothing_gets_worse() -> None:
    english, chinese = announcement([], version(2), NOW)
    assert english == "New rules of Sample from 2026-06-01: nothing gets worse for members."
    assert chinese == "样例自 2026-06-01 起执行新规则，会员权益不减少。"


def test_a_long_announcement_ends_with_how_many_more_there_are() -> None:
    new = version(2, redemption=BASE["redemption"])
    change = worse_points(version(1), version(2, redemption=DEARER))[0]
    many = [change._replace(path=f"redemption.o{n}.points", new=str(n)) for n in range(11)]
    english, chinese = announcement(many, new, NOW)
    assert english.endswith(" And 3 more.") and chinese.endswith("另有 3 项。")


def test_shorter_terms_and_recalls_are_told_in_plain_words() -> None:
    """R-VAL-4, R-EXP-1: what members have to know, in both languages."""
    new = version(
        2, recalls=[{**RECALL, "at": "2027-01-01T00:00"}], expiry={"term": {"policy": "rolling", "months": 6}}
    )
    english, chinese = announcement(worse_points(version(1), new), new, NOW + 30 * DAY)
    assert english == (
        "New rules of Sample from 2026-07-01: Validity of points: 12 months → 6 months. "
        "Clearing: points earned before 2025-01-01 lapse on 2027-01-01."
    )
    assert chinese == (
        "样例自 2026-07-01 起调整规则：积分有效期：12 个月 → 6 个月。"
        "清零：2025-01-01 前获得的积分将于 2027-01-01 清零。"
    )
