"""Tiers, decay, expiry and recalls that cannot be meant are refused with the place and the number."""

from typing import Any

import pytest

from alliance_node.domain.program import ProgramInvalid, load_program
from tests.unit.domain.sample import sample_text, tiers

GROWTH = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}]}
STEPS = (("base", 0), ("silver", 100))
ROLLING = {"policy": "rolling", "months": 12}
RECALL = {
    "id": "old",
    "label": {"en": "Old", "zh": "旧"},
    "earned_before": "2026-01-01T00:00",
    "at": "2026-06-01T00:00",
}


def problems(changes: dict[str, Any]) -> list[str]:
    with pytest.raises(ProgramInvalid) as refused:
        load_program(sample_text({"growth": GROWTH, **changes}), "sample.yaml")
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"tiers": tiers(*STEPS, retention=[{"tier": "gold", "purchases": 1}])}, "tier gold is not in the ladder"),
        ({"tiers": tiers(*STEPS, retention=[{"tier": "base", "purchases": 1}])}, "base is the lowest tier"),
        ({"tiers": tiers(*STEPS, retention=[{"tier": "silver", "spend": "1.001"}])}, "more than 2 decimals"),
        (
            {"tiers": tiers(*STEPS, retention=[{"tier": "silver", "purchases": 1}, {"tier": "silver", "growth": 1}])},
            "silver has two retention tasks",
        ),
        (
            {"tiers": tiers(*STEPS, protection_months=0, retention=[{"tier": "silver", "purchases": 1}])},
            "0 months leave no time",
        ),
        (
            {
                "growth": {"rules": []},
                "tiers": tiers(*STEPS, basis="spend", retention=[{"tier": "silver", "growth": 1}]),
            },
            "growth.rules is empty",
        ),
        ({"tiers": tiers(*STEPS, shares=[{"tier": "gold", "max_percent": 5}])}, "tier gold is not in the ladder"),
        (
            {
                "tiers": tiers(
                    *STEPS, shares=[{"tier": "silver", "max_percent": 5}, {"tier": "silver", "max_percent": 6}]
                )
            },
            "silver has two maxima",
        ),
        ({"tiers": tiers(*STEPS, basis="spend", decay={"percent": 20})}, "this ladder measures spend"),
        ({"tiers": tiers(("base", 0), ("silver", "10.5"))}, "growth value 10.5 must be whole"),
        ({"growth": {"rules": []}, "tiers": tiers(*STEPS)}, "nobody can rise"),
        ({"expiry": {"term": {**ROLLING, "by_tier": {"gold": 24}}}}, "tier gold is not in the ladder"),
        ({"expiry": {"term": ROLLING, "never_for_tiers": ["gold"]}}, "tier gold is not in the ladder"),
        ({"expiry": {"term": ROLLING, "never_for_tiers": ["base", "base"]}}, "base is named twice"),
        ({"expiry": {"term": {"policy": "never"}, "never_for_tiers": ["base"]}}, "no points expire at all"),
        (
            {"expiry": {"term": {**ROLLING, "by_tier": {"base": 24}}, "never_for_tiers": ["base"]}},
            "base has a term of its own",
        ),
        ({"expiry": {"term": {"policy": "rolling", "months": 1}, "notice_days": [28]}}, "28 days before their end"),
        ({"expiry": {"term": ROLLING, "notice_days": [7, 7]}}, "7 is named twice"),
        (
            {"expiry": {"term": {**ROLLING, "by_tier": {"base": 1}}}, "earn.pending_days": 28},
            "could expire first (after 1 months)",
        ),
        ({"recalls": [{**RECALL, "earned_before": "2026-06-02T00:00"}]}, "is after 2026-06-01T00:00"),
        ({"recalls": [{**RECALL, "at": "2026-01-30T00:00"}], "earn.pending_days": 30}, "may be pending then"),
        ({"recalls": [RECALL, RECALL]}, "old is used twice"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], expected: str) -> None:
    """R-TIER-3, R-TIER-5, R-EXP-4, R-EXP-5, R-VAL-4."""
    found = problems(changes)
    assert any(expected in problem for problem in found), found


def test_a_program_with_everything_is_accepted() -> None:
    ladder = tiers(
        *STEPS,
        decay={"percent": 20},
        retention=[{"tier": "silver", "spend": "10.00"}],
        shares=[{"tier": "silver", "max_percent": 20}],
    )
    expiry = {"term": {**ROLLING, "by_tier": {"base": 24}}, "never_for_tiers": ["silver"], "notice_days": [30, 7, 1]}
    load_program(sample_text({"growth": GROWTH, "tiers": ladder, "expiry": expiry, "recalls": [RECALL]}), "sample.yaml")


def test_all_problems_are_told_at_once() -> None:
    ladder = tiers(*STEPS, retention=[{"tier": "gold", "purchases": 1}], shares=[{"tier": "top", "max_percent": 5}])
    assert len(problems({"tiers": ladder, "recalls": [RECALL, RECALL]})) == 3
