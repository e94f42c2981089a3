"""Notices before something ends, recalls carried out, and the pyramid of tiers."""

from typing import Any

import pytest

from alliance_node.adapters.sql.notice_store import SqlNoticeStore
from alliance_node.application.evaluate_tiers import evaluate_tiers
from alliance_node.application.recall_points import recall_points
from alliance_node.application.records import NoticeRow
from alliance_node.application.send_notices import send_notices
from alliance_node.application.sweep_expiry import sweep_expiry
from alliance_node.application.tier_monitor import TierAlarm, tier_report
from alliance_node.domain.errors import RecallNotYet, UnknownRecall
from alliance_node.domain.instants import format_instant, parse_instant
from tests.integration.node.world import DAY, T0, World, purchase
from tests.unit.domain.sample import sample_text, tiers

GROWTH = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}]}
RECALL = {
    "id": "clearing",
    "label": {"en": "Old points lapse", "zh": "清理旧积分"},
    "earned_before": "2026-09-25T00:00",
    "at": "2026-12-01T00:00",
}
AT = parse_instant("2026-12-01T00:00:00+08:00")


def text(**more: Any) -> str:
    ladder = tiers(("base", 0), ("silver", 100), ("gold", 300), protection_months=3, decay={"percent": 20})
    return sample_text({"tiers": {**ladder, **more}, "growth": GROWTH, "recalls": [RECALL]})


@pytest.fixture
def brand(database_url: str) -> Any:
    world = World(database_url, text())
    yield world
    world.close()


def inbox(world: World, kind: str | None = None) -> list[NoticeRow]:
    store = SqlNoticeStore(world.engine)
    with store.read() as connection:
        return [row for row in store.inbox(connection, 0, 1_000) if kind in (None, row.kind)]


def notify(world: World, at: int) -> int:
    return send_notices(world.jobs, SqlNoticeStore(world.engine), at).changed


def test_points_are_announced_thirty_and_seven_days_before_their_last_day_once_each(brand: World) -> None:
    """R-EXP-5: bought on 21 September 2026, the last day is 21 September 2027."""
    member = brand.member(60)
    brand.one(purchase(member, "same day", 1_000, T0 + 60), T0 + 60)
    ends = parse_instant("2027-09-22T00:00:00+08:00")
    seen = []
    for days in range(33, -1, -1):
        at = ends - days * DAY + 3_600
        for _ in range(2):
            if notify(brand, at):
                seen.append(days)
    assert seen == [30, 7]
    rows = inbox(brand, "expiring_soon")
    assert [(row.member_id, row.points, row.until, row.days) for row in rows] == [
        (member, 70, ends, 30),
        (member, 70, ends, 7),
    ]


def test_a_missed_day_is_made_up_for_and_spent_points_are_not_announced(brand: World) -> None:
    keeper, spender = brand.member(60), brand.member(60)
    from alliance_node.domain.commands import Redeem

    assert brand.one(Redeem(spender, "x", "coupon", 1, None, None, T0 + DAY), T0 + DAY).accepted
    ends = parse_instant("2027-09-22T00:00:00+08:00")
    assert notify(brand, ends - 20 * DAY) == 2
    assert {row.member_id: row.points for row in inbox(brand, "expiring_soon")} == {keeper: 60, spender: 10}
    assert notify(brand, ends - 3 * DAY) == 2
    assert {row.days for row in inbox(brand, "expiring_soon")} == {30, 7}


def test_an_inbox_has_pages(brand: World) -> None:
    members = [brand.member(60) for _ in range(5)]
    notify(brand, parse_instant("2027-09-22T00:00:00+08:00") - 20 * DAY)
    store = SqlNoticeStore(brand.engine)
    with store.read() as connection:
        first = store.inbox(connection, 0, 3)
        rest = store.inbox(connection, first[-1].notice_no, 3)
        mine = store.of_member(connection, members[0], None, 10)
        before = store.of_member(connection, members[0], mine[-1].notice_no, 10)
    assert {row.member_id for row in (*first, *rest)} == set(members)
    assert (len(first), len(rest), len(mine), before) == (3, 2, 1, [])


def test_a_tier_at_risk_is_announced_thirty_days_before_it_is_lost(brand: World) -> None:
    """R-TIER-5, R-TIER-8: 120 growth value become 96 on 1 January; protection ends in December."""
    member = brand.member(120)
    brand.member(130)
    lost_at = parse_instant("2027-01-01T00:00:00+08:00")
    assert [notify(brand, lost_at - days * DAY) > 0 for days in (31, 30, 29)] == [False, True, False]
    (row,) = inbox(brand, "tier_at_risk")
    assert (row.member_id, row.name, row.other, row.points) == (member, "silver", "base", 4)
    assert format_instant(row.until) == "2026-12-31T16:00:00Z"
    assert evaluate_tiers(brand.jobs, lost_at, lost_at).changed == 1
    assert brand.queries.balance(member, lost_at).tier == "base"


def test_a_recall_is_announced_and_takes_what_is_left_of_old_points_once(brand: World) -> None:
    """R-VAL-4: points earned before 25 September lapse on 1 December, younger ones stay."""
    old, young = brand.member(60), brand.member(40, T0 + 10 * DAY)
    brand.one(purchase(old, "young too", 1_500, T0 + 10 * DAY), T0 + 10 * DAY)
    notify(brand, AT - 20 * DAY)
    assert [(row.member_id, row.name, row.points, row.until) for row in inbox(brand, "recall_announced")] == [
        (old, "clearing", 60, AT)
    ]
    with pytest.raises(RecallNotYet, match="takes effect at 2026-11-30T16:00:00Z, in 1 s"):
        recall_points(brand.jobs, "clearing", AT - 1)
    with pytest.raises(UnknownRecall, match="it has: clearing"):
        recall_points(brand.jobs, "other", AT)
    assert recall_points(brand.jobs, "clearing", AT).changed == 1
    assert recall_points(brand.jobs, "clearing", AT + DAY).changed == 0
    assert (brand.spendable(old, AT), brand.spendable(young, AT)) == (15, 40)
    assert brand.count("entries WHERE account = 'breakage'") == 1
    sweep_expiry(brand.jobs, AT, AT)
    brand.assert_clean()


def test_the_pyramid_is_watched(database_url: str) -> None:
    """R-TIER-1: shares of members and of spend by tier; alarms with the numbers when it inverts or swells."""
    world = World(
        database_url, text(shares=[{"tier": "gold", "max_percent": 40}, {"tier": "silver", "max_percent": 20}])
    )
    for spend in (60, 120, 300, 310, 320):
        world.member(spend)
    report = tier_report(world.jobs.store, world.programs, T0)
    assert (report.members, report.spend_minor) == (5, 111_000)
    assert [(row.tier, row.members, row.members_bps, row.spend_minor, row.spend_bps) for row in report.tiers] == [
        ("base", 1, 2_000, 6_000, 540),
        ("silver", 1, 2_000, 12_000, 1_081),
        ("gold", 3, 6_000, 93_000, 8_378),
    ]
    assert report.alarms == [TierAlarm("inverted", "gold", 3, 1, "silver"), TierAlarm("share", "gold", 6_000, 4_000)]
    world.close()
