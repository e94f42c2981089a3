"""What is done and what is left of goals, chains and streaks says what deciding then does (R-EARN-3, 6, 7)."""

from typing import Any

import pytest

from alliance_node.domain.instants import parse_instant
from alliance_node.domain.progress import Progress, progress
from tests.unit.domain.life import Life
from tests.unit.domain.sample import sample

MONDAY = parse_instant("2026-03-02T12:00:00+08:00")
NAME = {"en": "x", "zh": "x"}


def chain(**more: Any) -> dict[str, Any]:
    steps = [
        {"id": "order", "label": NAME, "day": 1, "on": "purchase", "points": 100},
        {"id": "visit", "label": NAME, "day": 2, "on": "behaviour", "behaviours": ["check-in"], "points": 50},
        {"id": "again", "label": NAME, "day": 7, "on": "purchase", "points": 200},
    ]
    return {"tasks.chains": [{"id": "first-week", "label": NAME, "steps": steps, **more}]}


def goal(**measure: Any) -> dict[str, Any]:
    return {"tasks.goals": [{"id": "goal", "label": NAME, "points": 10, **measure}]}


def streak(**shape: Any) -> dict[str, Any]:
    spend = {"id": "spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}
    amount = {"type": "streak", **shape}
    return {"earn.rules": [spend, {"id": "daily", "on": "behaviour", "behaviours": ["check-in"], "amount": amount}]}


def shown(member: Life) -> Progress:
    return progress(member.book.at(member.now), member.state(), member.now)


def steps(member: Life) -> list[str]:
    return [step.state for step in shown(member).chains[0].steps]


@pytest.mark.parametrize(
    ("per", "ends_at"),
    [
        ("day", "2026-03-03T00:00:00+08:00"),
        ("week", "2026-03-09T00:00:00+08:00"),
        ("month", "2026-04-01T00:00:00+08:00"),
        ("year", "2027-01-01T00:00:00+08:00"),
        ("ever", None),
    ],
)
def test_a_goal_ends_with_its_calendar_period(per: str, ends_at: str | None) -> None:
    member = Life(sample(goal(per=per, purchases=2)), MONDAY, "Asia/Shanghai")
    [view] = shown(member).goals
    assert view.ends_at == (parse_instant(ends_at) if ends_at else None)
    assert (view.done, view.target, view.reached) == (0, 2, False)


def test_a_goal_counts_up_is_reached_and_begins_anew() -> None:
    member = Life(sample(goal(per="week", spend="20.00")), MONDAY, "Asia/Shanghai")
    member.purchase(1500)
    assert [(view.done, view.unit, view.reached) for view in shown(member).goals] == [(1500, "money", False)]
    member.purchase(500)
    assert shown(member).goals[0].reached
    member.days(7)
    assert [(view.done, view.reached) for view in shown(member).goals] == [(0, False)]


def test_steps_open_in_order_and_late_ones_inside_the_days_when_the_program_says_so() -> None:
    member = Life(sample({**chain(), **streak(days=[1])}), MONDAY, "Asia/Shanghai")
    assert steps(member) == ["open", "later", "later"]
    member.days(3)
    assert steps(member) == ["open", "later", "later"]
    member.purchase(100)
    assert steps(member) == ["done", "open", "later"]
    member.days(4)
    assert steps(member) == ["done", "missed", "missed"]


def test_without_late_completion_a_missed_step_ends_the_chain() -> None:
    member = Life(sample({**chain(late_completion=False), **streak(days=[1])}), MONDAY, "Asia/Shanghai")
    member.purchase(100)
    assert steps(member) == ["done", "later", "later"]
    member.days(2)
    assert steps(member) == ["done", "missed", "missed"]


def test_a_streak_says_what_the_next_day_gives_and_that_is_what_it_gives() -> None:
    member = Life(
        sample(streak(days=[5, 6, 7], bonuses=[{"day": 3, "points": 20}], restart_after=3)), MONDAY, "Asia/Shanghai"
    )
    for day in range(1, 8):
        [view] = shown(member).streaks
        assert (view.length, view.today) == (day - 1, False)
        before = member.spendable
        member.behave("check-in")
        assert member.spendable - before == view.next_points
        assert shown(member).streaks[0].today
        member.days(1)
    member.days(1)
    assert (shown(member).streaks[0].length, shown(member).streaks[0].next_points) == (0, 5)
