"""A small program for tests, changed section by section. The presets have their own golden tests."""

from __future__ import annotations

import copy
from typing import Any

import yaml

from alliance_node.domain.program import ProgramFile, load_program

BASE: dict[str, Any] = {
    "program": "sample",
    "schema_version": 1,
    "version": 1,
    "name": {"en": "Sample", "zh": "样例"},
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "points": {"code": "SAMPLE", "name": {"en": "points", "zh": "积分"}, "typical_purchase": "100.00"},
    "earn": {"rules": [{"id": "spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}]},
    "tiers": {"ladder": [{"id": "base", "name": {"en": "Base", "zh": "普通"}, "at_least": "0"}]},
    "expiry": {"term": {"policy": "rolling", "months": 12}},
    "redemption": [
        {"kind": "offset", "id": "checkout", "name": {"en": "Checkout", "zh": "抵扣"}, "points": 100, "value": "1.00"},
        {"kind": "coupon", "id": "coupon", "name": {"en": "Coupon", "zh": "优惠券"}, "points": 50, "value": "0.50"},
        {"kind": "gift", "id": "gift", "name": {"en": "Gift", "zh": "礼品"}, "points": 80, "value": "1.00", "stock": 3},
    ],
    "alliance": {
        "rate_in": {"numerator": 10, "denominator": 1},
        "rate_out": {"numerator": 1, "denominator": 10},
        "minimum_points": 10,
        "minimum_age_days": 7,
        "daily_maximum_points": 1000,
    },
}


def sample_data(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """The base program's plain data with sections replaced; dotted keys reach inside (`earn.pending_days`)."""
    data = copy.deepcopy(BASE)
    for key, value in (changes or {}).items():
        *path, last = key.split(".")
        place = data
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    return data


def sample_text(changes: dict[str, Any] | None = None) -> str:
    """The YAML of the base program with changes."""
    return yaml.safe_dump(sample_data(changes), sort_keys=False, allow_unicode=True)


def sample(changes: dict[str, Any] | None = None) -> ProgramFile:
    """The base program with changes, loaded and checked."""
    return load_program(sample_text(changes), "sample.yaml")


GOLDEN_BRACKETS: dict[str, Any] = {
    "type": "by_bracket",
    "brackets": [
        {"up_to": "100.00", "inclusive": False, "rate": "1.0"},
        {"up_to": "300.00", "inclusive": True, "rate": "1.2"},
        {"rate": "1.5"},
    ],
}
"""R-EARN-1."""


def tiers(*steps: tuple[str, int | str], **more: Any) -> dict[str, Any]:
    """A tiers section from (id, at_least) pairs."""
    ladder = [{"id": name, "name": {"en": name, "zh": name}, "at_least": str(value)} for name, value in steps]
    return {"ladder": ladder, **more}
