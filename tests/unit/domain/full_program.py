"""A program that uses every section and every kind of rule, for tests that must not forget one."""

from __future__ import annotations

from typing import Any

from alliance_node.domain.program import ProgramFile
from tests.unit.domain.sample import BASE, GOLDEN_BRACKETS, sample


def both(name: str) -> dict[str, str]:
    """A text that is the same in both languages."""
    return {"en": name, "zh": name}


def option(kind: str, name: str, points: int, value: str, **more: Any) -> dict[str, Any]:
    """A redemption option."""
    return {"kind": kind, "id": name, "name": both(name), "points": points, "value": value, **more}


WINDOW = {"from": "2026-11-01T00:00", "until": "2026-11-12T00:00"}

FULL: dict[str, Any] = {
    "earn.pending_days": 3,
    "earn.late_days": 9,
    "earn.stacking": "best_of",
    "earn.budgets": [{"id": "pot", "points": 10_000, "per": "month"}],
    "earn.rules": [
        {
            "id": "spend",
            "label": both("spend"),
            "on": "purchase",
            "when": {"amount_at_least": "10.00", "tiers": ["base", "gold"], "tags_none": ["gift-card"]},
            "amount": {"type": "per_unit", "points": "2", "per": "1.00", "by_tier": {"gold": "3"}},
            "limits": [{"per": "day", "points": 5000}],
        },
        {"id": "brackets", "label": both("brackets"), "on": "purchase", "bonus": True, "amount": GOLDEN_BRACKETS},
        {
            "id": "check-in",
            "label": both("check-in"),
            "on": "behaviour",
            "behaviours": ["check-in"],
            "amount": {
                "type": "streak",
                "days": [10, 12],
                "bonuses": [{"day": 7, "points": 50}],
                "restart_after": 7,
            },
            "limits": [{"per": "day", "times": 1}],
        },
        {
            "id": "post",
            "label": both("post"),
            "on": "behaviour",
            "behaviours": ["post"],
            "amount": {"type": "graded", "lowest": 20, "highest": 80},
            "budget": "pot",
        },
        {
            "id": "profile",
            "label": both("profile"),
            "on": "behaviour",
            "behaviours": ["profile"],
            "amount": {"type": "fixed", "points": 80},
            "limits": [{"per": "ever", "times": 1}],
        },
    ],
    "earn.campaigns": [
        {"id": "double", "label": both("double"), "when": WINDOW, "multiplier": "2", "applies_to": ["spend"]},
        {"id": "member-day", "label": both("member-day"), "when": {"days_of_month": [8, -1]}, "multiplier": "1.5"},
    ],
    "earn.gifts": [
        {
            "id": "mug-for-200",
            "label": both("mug-for-200"),
            "when": {"amount_at_least": "200.00"},
            "option": "gift",
            "quantity": 1,
            "limits": [{"per": "month", "times": 2}],
        }
    ],
    "growth": {
        "rules": [
            {"id": "g-spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}},
            {"id": "g-visit", "on": "purchase", "amount": {"type": "fixed", "points": 100}},
        ]
    },
    "tasks": {
        "goals": [
            {"id": "three", "label": both("three"), "per": "week", "purchases": 3, "points": 100},
            {"id": "thousand", "label": both("thousand"), "per": "month", "spend": "1000.00", "points": 300},
            {
                "id": "posts",
                "label": both("posts"),
                "per": "month",
                "behaviours": ["post"],
                "times": 5,
                "points": 0,
                "growth": 20,
            },
        ],
        "chains": [
            {
                "id": "newcomer",
                "label": both("newcomer"),
                "within_days": 7,
                "steps": [
                    {"id": "order", "label": both("order"), "day": 1, "on": "purchase", "points": 100},
                    {
                        "id": "visit",
                        "label": both("visit"),
                        "day": 2,
                        "on": "behaviour",
                        "behaviours": ["check-in"],
                        "points": 50,
                        "growth": 5,
                    },
                ],
            }
        ],
    },
    "tiers": {
        "protection_months": 6,
        "ladder": [
            {"id": "base", "name": both("base"), "at_least": "0"},
            {"id": "gold", "name": both("gold"), "at_least": "5000"},
        ],
        "decay": {"percent": 20, "month": 1, "day": 1},
        "retention": [{"tier": "gold", "spend": "1000.00"}],
        "shares": [{"tier": "gold", "max_percent": 20}],
    },
    "expiry": {
        "term": {"policy": "rolling", "months": 12, "by_tier": {"gold": 18}},
        "extension": {"months": 6, "within_days": 30},
        "grace_days": 30,
        "notice_days": [30, 7],
    },
    "recalls": [
        {
            "id": "spring",
            "label": both("spring"),
            "earned_before": "2027-01-01T00:00",
            "at": "2028-04-01T00:00",
        }
    ],
    "redemption": [
        {**BASE["redemption"][0], "max_order_percent": 50},
        option("coupon", "coupon", 50, "1.00", limits=[{"per": "month", "times": 4}]),
        option("gift", "gift", 80, "1.60", stock=300, cash="0.20", points_by_tier={"gold": 70}),
        option("experience", "concert", 9000, "200.00", stock=20, tiers=["gold"]),
        option("benefit", "lounge-pass", 600, "12.00", benefit="lounge", uses=2),
        option("gift", "badge", 500, "10.00", points_only=True),
        option("flash", "one-yuan", 100, "3.00", cash="1.00", stock=50, **WINDOW),
        option("donation", "trees", 100, "2.00"),
        {
            "kind": "lottery",
            "id": "draw",
            "name": both("draw"),
            "points": 10,
            "tickets": 1000,
            "reveal_by": "2026-11-13T00:00",
            "prizes": [
                {"id": "phone", "name": both("phone"), "winners": 1, "value": "150.00"},
                {"id": "points", "name": both("points"), "winners": 10, "value": "5.00", "points": 500},
            ],
            **WINDOW,
        },
    ],
    "redemption_days": [
        {"id": "half", "label": both("half"), "when": {"days_of_month": [18]}, "percent": 50, "applies_to": ["coupon"]}
    ],
    "benefits": [{"id": "lounge", "name": both("lounge"), "allowances": [{"tier": "gold", "per": "year", "times": 4}]}],
    "member_gifts": {
        "minimum_points": 10,
        "daily_maximum_points": 1000,
        "monthly_maximum_times": 5,
        "minimum_age_days": 7,
        "receiver_monthly_maximum_points": 3000,
    },
    "refunds": {"spent_points": "negative"},
    "promises": {"notice_days": 30, "value_guaranteed_until": "2026-12-31"},
}


def full(changes: dict[str, Any] | None = None) -> ProgramFile:
    """The full program with sections replaced."""
    return sample({**FULL, **(changes or {})})
