"""Guards of the redemption part of a program file: every problem at once, each with its place."""

from typing import Any

import pytest

from alliance_node.domain.program import ProgramInvalid
from tests.unit.domain.sample import BASE, sample, tiers

NAME = {"en": "n", "zh": "n"}


def option(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "id": kind, "name": NAME, "points": 100, "value": "5.00", **fields}


def problems(**changes: Any) -> list[str]:
    with pytest.raises(ProgramInvalid) as caught:
        sample(changes)
    return [f"{problem.where}: {problem.reason}" for problem in caught.value.problems]


def test_every_problem_of_the_redemption_part_is_told_at_once() -> None:
    window = {"from": "2026-06-01T00:00", "until": "2026-06-03T00:00"}
    found = problems(
        tiers=tiers(("base", 0)),
        benefits=[{"id": "lounge", "name": NAME, "allowances": [{"tier": "gold", "times": 1}]}],
        redemption=[
            *BASE["redemption"],
            option("benefit", benefit="spa", tiers=["gold"], points_by_tier={"black": 50}, cash="0.001"),
            option("flash", stock=3, cash="6.00", **{"from": "2026-06-03T00:00", "until": "2026-06-01T00:00"}),
            {
                **option("lottery", tickets=5, reveal_by="2026-06-03T00:00", **window),
                "prizes": [{"id": "car", "name": NAME, "winners": 1, "value": "1.234"}],
            },
            option("experience", days_of_month=[15], **window),
            option("donation", limits=[{"per": "day", "times": 1}, {"per": "day", "times": 2}]),
        ],
        redemption_days=[
            {"id": "d1", "label": NAME, "percent": 50, "when": {"tiers": ["base"], "channels": ["app"]}},
            {"id": "d2", "label": NAME, "percent": 50, "when": window, "applies_to": ["coupon", "yacht"]},
        ],
        member_gifts={"minimum_points": 10, "daily_maximum_points": 5, "monthly_maximum_times": 1},
    )
    for expected in (
        "redemption[3].benefit: spa is not under benefits (lounge)",
        "redemption[3].tiers: tier gold is not in the ladder (base)",
        "redemption[3].points_by_tier.black: tier black is not in the ladder",
        "redemption[3].cash: 0.001 has more than 2 decimals",
        "redemption[4].cash: 6.00 in money for something worth 5.00",
        "redemption[4].until: 2026-06-01T00:00 is not after 2026-06-03T00:00",
        "redemption[5].value: unknown field",
        "redemption[5].prizes[0].value: 1.234 has more than 2 decimals",
        "redemption[5].reveal_by: 2026-06-03T00:00 is not after 2026-06-03T00:00",
        "redemption[6]: no day from 2026-06-01T00:00 until 2026-06-03T00:00 has these",
        "redemption[7].limits[1]: two limits of times per day",
        "benefits[0].allowances[0].tier: tier gold is not in the ladder",
        "redemption_days[0].when.channels: a redemption has none",
        "redemption_days[0].when: a redemption day needs dates",
        "redemption_days[1].applies_to[1]: yacht is no option under redemption",
        "member_gifts.daily_maximum_points: 5 is below minimum_points 10",
    ):
        assert any(line.startswith(expected) for line in found), (expected, found)
    assert len(found) == 16


def test_ids_are_used_once_and_an_offset_is_worth_something() -> None:
    day = {"label": NAME, "percent": 50, "when": {"weekdays": [1]}}
    found = problems(
        redemption=[{**BASE["redemption"][0], "value": "0"}, *BASE["redemption"][1:]],
        redemption_days=[{"id": "spend", **day}],
        benefits=[{"id": "b", "name": NAME}, {"id": "b", "name": NAME}],
    )
    assert len(found) == 3
    assert any("an offset needs a value above 0" in line for line in found)
    assert sum("is used twice" in line for line in found) == 2
