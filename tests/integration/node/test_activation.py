"""Activating program versions on a node's ledger: notice, promises, withdrawal; old events stay as they were."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from alliance_node.application.activate_program import activate_program, announced_versions, withdraw_program
from alliance_node.application.errors import InvalidProgram, NoticeTooShort, UnknownProgramVersion
from alliance_node.domain.commands import RecordPurchase, RecordRefund
from alliance_node.domain.program import load_program
from tests.integration.node.world import DAY, T0, World, program_text


def preset() -> dict[str, Any]:
    """The grocery program as plain data."""
    data: dict[str, Any] = load_program(program_text()).model_dump(mode="json", by_alias=True, exclude_unset=True)
    return data


def edited(version: int, **changes: object) -> str:
    """The grocery program with another version number and head fields or `five-off`'s price changed."""
    data = preset()
    data["version"] = version
    price = changes.pop("price", None)
    if price is not None:
        next(offer for offer in data["redemption"] if offer["id"] == "five-off")["points"] = price
    data.update(changes)
    return yaml.safe_dump(data, allow_unicode=True)


def in_force(world: World, at: int) -> int:
    with world.store.read() as connection:
        return world.programs.book(connection).current_version(at)


def test_a_bad_file_leaves_the_active_version_in_force(world: World) -> None:
    """Every problem is told; nothing was stored."""
    broken = edited(2, currency="XYZ", surprise=1)
    with pytest.raises(InvalidProgram, match="surprise: unknown field") as refused:
        activate_program(world.programs, broken, T0 + DAY, T0)
    assert "currency XYZ is not one of" in refused.value.message
    assert (in_force(world, T0 + 2 * DAY), world.count("programs")) == (1, 1)


def test_a_worse_version_is_refused_without_notice_and_the_error_says_everything(world: World) -> None:
    """R-VAL-3: every point with path, old → new, and the earliest date."""
    worse = edited(2, price=500, refunds={"spent_points": "hold"})
    with pytest.raises(NoticeTooShort) as refused:
        activate_program(world.programs, worse, T0 + 29 * DAY, T0)
    assert "redemption.five-off.points: 450 → 500 (higher)" in refused.value.message
    assert "refunds.spent_points: negative → hold (less generous)" in refused.value.message
    assert "2026-10-21T14:13:20Z" in refused.value.next_step
    assert world.count("programs") == 1
    activate_program(world.programs, worse, T0 + 30 * DAY, T0)
    assert [in_force(world, T0 + days * DAY) for days in (29, 30)] == [1, 2]


def test_a_better_version_takes_effect_at_once(world: World) -> None:
    activate_program(world.programs, edited(2, price=400), T0, T0)
    assert in_force(world, T0) == 2


def test_the_value_is_guaranteed_until_the_date_that_was_promised(world: World) -> None:
    """R-VAL-3: a devaluation before it is refused outright, whatever the notice."""
    promise = {"notice_days": 1, "value_guaranteed_until": "2027-06-30"}
    activate_program(world.programs, edited(2, promises={**promise, "notice_days": 30}), T0, T0)
    dearer = edited(3, price=451, promises={**promise, "notice_days": 30})
    with pytest.raises(NoticeTooShort, match="value is guaranteed"):
        activate_program(world.programs, dearer, T0 + 200 * DAY, T0)
    activate_program(world.programs, dearer, T0 + 300 * DAY, T0)


def test_old_events_are_never_decided_again(world: World) -> None:
    """DESIGN.md §3: a late purchase and a refund follow the version of their own time; the log replays unchanged."""
    member = world.member(points=1000)
    rules = preset()["earn"]
    rules["rules"][0]["amount"] = {"type": "per_unit", "points": "10", "per": "1.00"}
    before = world.one(RecordPurchase(member, "pos", "before", 5000, T0 + 1), T0 + 1)
    activate_program(world.programs, edited(2, earn=rules), T0 + 2, T0 + 2)
    late = world.one(RecordPurchase(member, "pos", "late", 5000, T0 + 1), T0 + 3)
    fresh = world.one(RecordPurchase(member, "pos", "fresh", 5000, T0 + 3), T0 + 3)
    assert [sum(lot.amount for lot in result.events[0].lots) for result in (before, late, fresh)] == [50, 50, 500]
    refund = world.one(RecordRefund(member, "pos", "back", "pos", "before", 5000, T0 + 4), T0 + 4)
    assert refund.events[0].available_points == 50
    world.assert_clean()


def test_announced_versions_are_listed_with_what_they_take(world: World) -> None:
    activate_program(world.programs, edited(2, price=500), T0 + 30 * DAY, T0)
    first, second = announced_versions(world.programs, T0)
    assert (first.version, first.state, first.worse) == (1, "in_force", ())
    assert (second.version, second.state, [change.path for change in second.worse]) == (
        2,
        "announced",
        ["redemption.five-off.points"],
    )
    assert second.english == "New rules of Grocery Points from 2026-10-21: 5 USD coupon: points 450 → 500."
    assert second.chinese == "超市积分自 2026-10-21 起调整规则：5 美元优惠券：积分 450 → 500。"
    assert [view.state for view in announced_versions(world.programs, T0 + 31 * DAY)] == ["past", "in_force"]


def test_an_announced_version_can_be_withdrawn_until_it_is_in_force(world: World) -> None:
    activate_program(world.programs, edited(2, price=500), T0 + 30 * DAY, T0)
    assert in_force(world, T0 + 31 * DAY) == 2
    with pytest.raises(UnknownProgramVersion):
        withdraw_program(world.programs, 3, T0 + 1)
    with pytest.raises(InvalidProgram, match="cannot be withdrawn"):
        withdraw_program(world.programs, 2, T0 + 30 * DAY)
    withdraw_program(world.programs, 2, T0 + 1)
    assert in_force(world, T0 + 31 * DAY) == 1
    activate_program(world.programs, edited(2, price=400), T0 + 2, T0 + 2)  # the number may come again
    assert in_force(world, T0 + 2) == 2


def test_a_promise_cannot_be_withdrawn(world: World) -> None:
    """R-VAL-3: who announced a guarantee keeps it."""
    activate_program(world.programs, edited(2, promises={"value_guaranteed_until": "2027-12-31"}), T0 + DAY, T0)
    with pytest.raises(NoticeTooShort, match="guarantees the value"):
        withdraw_program(world.programs, 2, T0 + 1)
