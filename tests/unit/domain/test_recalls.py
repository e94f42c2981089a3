"""Clearing events: announced points lapse at their time, once, and only the old ones (R-VAL-4)."""

from typing import Any

import pytest

from alliance_node.domain.commands import RecallPoints
from alliance_node.domain.errors import FutureEvent, RecallNotYet, UnknownRecall
from alliance_node.domain.events import Event, PointsRecalled
from alliance_node.domain.instants import parse_instant
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample

START = parse_instant("2026-01-10T12:00:00+08:00")
AT = parse_instant("2026-06-01T00:00:00+08:00")
RECALL = {
    "id": "spring",
    "label": {"en": "Spring clearing", "zh": "春季清理"},
    "earned_before": "2026-02-01T00:00",
    "at": "2026-06-01T00:00",
}


def member(**more: Any) -> Life:
    life = Life(sample({"recalls": [RECALL], **more}), START)
    life.purchase(10_000)
    life.days(30).purchase(5_000)
    return life


def recall(life: Life, recall_id: str = "spring") -> list[Event]:
    return life.do(RecallPoints(life.member_id, recall_id, life.now))


def test_old_points_lapse_at_the_time_and_young_ones_stay() -> None:
    life = member()
    life.now = AT
    (event,) = recall(life)
    assert isinstance(event, PointsRecalled)
    assert (event.points, [part.lot_no for part in event.slices]) == (100, [1])
    assert (life.spendable, life.journal["breakage"]) == (50, 100)


def test_nothing_lapses_a_second_before() -> None:
    life = member()
    life.now = AT - 1
    with pytest.raises(RecallNotYet, match="takes effect at 2026-05-31T16:00:00Z, in 1 s"):
        recall(life)
    with pytest.raises(FutureEvent):
        life.do(RecallPoints(life.member_id, "spring", AT + DAY))


def test_a_recall_reaches_a_member_once() -> None:
    life = member()
    life.now = AT
    life.redeem("coupon", "x")
    assert recall(life)[0].points == 50
    life.cancel("x")
    assert recall(life) == []
    assert life.spendable == 100


def test_an_unknown_recall_is_refused() -> None:
    life = member()
    life.now = AT
    with pytest.raises(UnknownRecall, match="it has: spring"):
        recall(life, "autumn")


def test_held_points_stay_alive_and_expired_ones_are_left_to_the_sweep() -> None:
    life = member(expiry={"term": {"policy": "rolling", "months": 4}})
    life.now = AT
    assert recall(life) == []
    life.sweep()
    assert life.journal["breakage"] == 100
    held = member()
    held.now = AT
    held.hold(100, "c")
    assert recall(held) == []
    held.release("c")
    assert held.spendable == 150
