"""Every problem of a program file is told at once, with the line and the place where it is, in every section."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alliance_node.domain.program import ProgramInvalid, load_program
from tests.unit.domain.full_program import FULL
from tests.unit.domain.sample import sample_data

TABLES = {"by_tier", "points_by_tier"}
"""Mappings from tiers, whose keys are not fields."""


def text_of(data: Any) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def problems(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ProgramInvalid) as caught:
        load_program(text, "shop.yaml")
    return [(problem.line, problem.where, problem.reason) for problem in caught.value.problems]


def surprised(value: Any, path: str = "", found: list[str] | None = None) -> list[str]:
    """Adds an unknown field to every section of the data; the places of all of them."""
    found = [] if found is None else found
    if isinstance(value, dict) and path.rsplit(".", 1)[-1] not in TABLES:
        for key, item in list(value.items()):
            surprised(item, f"{path}.{key}" if path else key, found)
        value["surprise"] = 1
        found.append(f"{path}.surprise" if path else "surprise")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            surprised(item, f"{path}[{number}]", found)
    return found


def test_an_unknown_field_in_every_section_at_once_is_found_with_its_line() -> None:
    """No section hides another one's problem; every line is right."""
    data = copy.deepcopy(sample_data(FULL))
    places = surprised(data)
    text = text_of(data)
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if "surprise: 1" in line]
    found = problems(text)
    assert sorted(where for _, where, _ in found) == sorted(places)
    assert sorted(line for line, _, _ in found) == lines
    assert {reason for _, _, reason in found} == {"unknown field"}


def name_of(where: str) -> str:
    """The field at the end of a place."""
    return where.rsplit(".", 1)[-1].split("[")[0]


BROKEN: list[tuple[str, Any, str]] = [
    ("earn.rules.2.amount.days", [], "earn.rules[2].amount.days"),
    ("earn.rules.2.amount.bonuses", [{"day": 9, "points": 1}], "earn.rules[2].amount"),
    ("earn.rules.3.amount.highest", 10, "earn.rules[3].amount"),
    ("earn.rules.3.budget", "nowhere", "earn.rules[3].budget"),
    ("earn.campaigns.0.when.until", "2026-10-01T00:00", "earn.campaigns[0].when.until"),
    ("earn.campaigns.1.when.days_of_month", [0], "earn.campaigns[1].when.days_of_month"),
    ("earn.gifts.0.option", "nowhere", "earn.gifts[0].option"),
    ("earn.budgets.0.points", 0, "earn.budgets[0].points"),
    ("tasks.goals.0.spend", "10.00", "tasks.goals[0]"),
    ("tasks.goals.1.spend", "10.001", "tasks.goals[1].spend"),
    ("tasks.chains.0.steps.1.day", 8, "tasks.chains[0]"),
    ("tiers.decay.percent", 101, "tiers.decay.percent"),
    ("tiers.retention.0.purchases", 3, "tiers.retention[0]"),
    ("tiers.retention.0.tier", "nowhere", "tiers.retention[0].tier"),
    ("tiers.shares.0.tier", "nowhere", "tiers.shares[0].tier"),
    ("expiry.term.by_tier", {"nowhere": 3}, "expiry.term.by_tier.nowhere"),
    ("expiry.never_for_tiers", ["nowhere"], "expiry.never_for_tiers"),
    ("recalls.0.at", "tomorrow", "recalls[0].at"),
    ("redemption.2.points_by_tier", {"nowhere": 3}, "redemption[2].points_by_tier.nowhere"),
    ("redemption.4.benefit", "nowhere", "redemption[4].benefit"),
    ("redemption.6.until", "2026-10-01T00:00", "redemption[6].until"),
    ("redemption.8.reveal_by", "2026-11-01T00:00", "redemption[8].reveal_by"),
    ("redemption.8.prizes.0.winners", 5000, "redemption[8]"),
    ("redemption_days.0.applies_to", ["nowhere"], "redemption_days[0].applies_to"),
    ("benefits.0.allowances.0.tier", "nowhere", "benefits[0].allowances[0].tier"),
    ("member_gifts.monthly_maximum_times", 0, "member_gifts.monthly_maximum_times"),
    ("promises.value_guaranteed_until", "soon", "promises.value_guaranteed_until"),
]


@pytest.mark.parametrize(("path", "value", "where"), BROKEN)
def test_what_is_wrong_in_a_section_is_told_with_its_line(path: str, value: Any, where: str) -> None:
    data = copy.deepcopy(sample_data(FULL))
    place: Any = data
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        place = place[step]
    place[last] = value
    text = text_of(data)
    found = problems(text)
    assert any(place.startswith(where) for _, place, _ in found), found
    line = next(line for line, place, _ in found if place.startswith(where))
    assert name_of(where) in "\n".join(text.splitlines()[:line])


def test_a_broken_item_does_not_hide_what_else_is_wrong() -> None:
    """All problems at once: of the schema and across the sections, each at its own place in the file."""
    data = copy.deepcopy(sample_data(FULL))
    data["earn"]["rules"][0]["amount"]["points"] = 1.5  # schema: breaks this rule only
    data["earn"]["rules"][3]["budget"] = "nowhere"  # across sections, after the broken rule
    data["timezone"] = "Asia/Atlantis"
    data["redemption"] = data["redemption"][1:3]  # too few kinds
    data["benefits"][0]["allowances"][0]["tier"] = "nowhere"
    text = text_of(data)
    found = {where: (line, reason) for line, where, reason in problems(text)}
    assert {"earn.rules[0].amount.points", "timezone", "redemption", "earn.rules[3].budget"} <= found.keys()
    assert "benefits[0].allowances[0].tier" in found
    lines = text.splitlines()
    assert "budget: nowhere" in lines[found["earn.rules[3].budget"][0] - 1]
    assert not any("filler" in reason or "spend" in reason for _, reason in found.values())


def test_what_only_follows_from_another_problem_is_not_told() -> None:
    """The campaign applies to a rule that is there, only broken."""
    data = copy.deepcopy(sample_data(FULL))
    data["earn"]["rules"][0]["amount"]["points"] = 1.5
    assert [where for _, where, _ in problems(text_of(data))] == ["earn.rules[0].amount.points"]


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [place for key, item in inside for place in _places(item, (*path, key))]
    return [path, *below] if path else below


WRONG: list[Any] = [None, [], {}, "x", -5, 1.5, True, [1], {"surprise": 1}]


@given(st.lists(st.tuples(st.sampled_from(_places(sample_data(FULL))), st.sampled_from(WRONG)), min_size=1, max_size=4))
def test_whatever_is_wrong_is_told_and_never_breaks_the_reader(edits: list[tuple[tuple[Any, ...], Any]]) -> None:
    """A broken file is refused with places in the file, or is a program."""
    data = copy.deepcopy(sample_data(FULL))
    for path, value in edits:
        place: Any = data
        for step in path[:-1]:
            here = isinstance(place, dict) and step in place
            here = here or (isinstance(place, list) and isinstance(step, int) and step < len(place))
            place = place[step] if here else None
        if isinstance(place, dict) or (isinstance(place, list) and path[-1] in range(len(place))):
            place[path[-1]] = copy.deepcopy(value)
    text = text_of(data)
    try:
        load_program(text)
    except ProgramInvalid as error:
        assert error.problems
        assert all(1 <= problem.line <= text.count("\n") + 1 and problem.reason for problem in error.problems)
