"""The effective return of a program: best, typical and worst way of using points, per tier (R-VAL-1)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from alliance_node.domain.program.returns import effective_returns, percent, return_warnings
from tests.unit.domain.full_program import WINDOW, both, option
from tests.unit.domain.sample import BASE, sample, tiers


def worth(*options: dict[str, Any], **changes: Any) -> list[tuple[str, str]]:
    """(option, return) of the best, typical and worst, for the lowest tier: 1 point per 1.00 CNY."""
    fillers = [{**offer, "value": "0"} for offer in BASE["redemption"][1:]]
    found = effective_returns(sample({"redemption": [*options, *fillers, BASE["redemption"][0]], **changes}))[0]
    return [(item.offer, percent(item.rate)) for item in (found.best, found.typical, found.worst)]


def test_the_cash_part_is_taken_off_the_value() -> None:
    """100 points and 1.00 for something worth 3.00: 2 % of 100.00 spent."""
    assert worth(option("experience", "show", 100, "3.00", cash="1.00"))[0] == ("show", "2.0 %")


def test_flash_sales_donations_and_lotteries_count() -> None:
    """A lottery is worth its prizes when every ticket is sold: 1 × 100.00 + 10 × 5.00 for 1,000 × 10 points."""
    flash = option("flash", "deal", 100, "5.00", cash="1.00", stock=9, **WINDOW)
    assert worth(flash)[0] == ("deal", "4.0 %")
    assert worth(option("donation", "trees", 100, "2.00"))[0] == ("trees", "2.0 %")
    prizes = [
        {"id": "big", "name": both("big"), "winners": 1, "value": "100.00"},
        {"id": "small", "name": both("small"), "winners": 10, "value": "5.00", "points": 500},
    ]
    draw = {"kind": "lottery", "id": "draw", "name": both("draw"), "points": 10, "tickets": 1000, "prizes": prizes}
    assert worth({**draw, "reveal_by": "2026-11-13T00:00", **WINDOW})[0] == ("draw", "1.5 %")


def test_a_tier_pays_its_own_price() -> None:
    growth = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "fixed", "points": 1}}]}
    cheaper = {**BASE["redemption"][1], "value": "1.00", "points_by_tier": {"gold": 25}}
    program = sample(
        {
            "redemption": [BASE["redemption"][0], cheaper, {**BASE["redemption"][2], "value": "0"}],
            "tiers": tiers(("base", 0), ("gold", 100)),
            "growth": growth,
        }
    )
    base, gold = effective_returns(program)
    assert (percent(base.best.rate), percent(gold.best.rate)) == ("2.0 %", "4.0 %")


def test_redemption_days_and_campaigns_are_left_out() -> None:
    day = {"id": "half", "label": both("half"), "when": {"weekdays": [1]}, "percent": 50}
    campaign = {"id": "c", "label": both("c"), "when": {"weekdays": [4]}, "multiplier": "5"}
    usual = worth(option("experience", "show", 100, "2.00"))
    changes = {"redemption_days": [day], "earn.campaigns": [campaign]}
    assert worth(option("experience", "show", 100, "2.00"), **changes) == usual


def test_every_source_that_earns_is_a_row() -> None:
    """R-EARN-8: a program fed by flights and card has the return of each."""

    def rule(name: str, points: str) -> dict[str, Any]:
        return {
            "id": name,
            "on": "purchase",
            "when": {"sources": [name]},
            "amount": {"type": "per_unit", "points": points},
        }

    program = sample({"earn.rules": [rule("flight", "4"), rule("card", "0.5")]})
    (base,) = effective_returns(program)
    assert (base.best.way, base.best.rate) == ("flight", Fraction(5, 100))
    assert (base.worst.way, base.worst.rate) == ("card", Fraction(5, 1000))
    worst = "tier base: the worst channel (checkout, card) returns 0.5 %, outside 1.0 % to 5.0 %"
    assert return_warnings(program)[-1] == worst


def test_a_tier_that_can_use_its_points_nowhere_is_told() -> None:
    growth = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "fixed", "points": 1}}]}
    gold_only = [{**offer, "tiers": ["gold"]} for offer in BASE["redemption"]]
    program = sample({"redemption": gold_only, "tiers": tiers(("base", 0), ("gold", 100)), "growth": growth})
    assert "tier base: no redemption option with a value is open to it, 0 returns" in return_warnings(program)


def test_a_rate_below_zero_is_said_as_such() -> None:
    assert percent(Fraction(-15, 1000)) == "-1.5 %"
