"""Random valid programs for property tests: plain data, through the real schema and checks."""

from __future__ import annotations

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from alliance_node.domain.program import ProgramFile
from alliance_node.domain.program.checks import findings
from tests.unit.domain.sample import sample_data, tiers

TAGS = ("tea", "coffee", "fresh", 'it\'s "quoted"\n')
CHANNELS = ("shop", "app", "web")
SOURCES = ("pos", "partner")
TIERS = ("base", "silver", "gold")
BEHAVIOURS = ("check-in", "review", "share")
BUDGETS = ("pot", "well")
PERIODS = ("day", "week", "month", "year", "ever")
LABEL = {"en": "l", "zh": "l"}

BUDGET = {"sponsor_brand": 3, "terms": "0x" + "11" * 32, "deadline": "2026-12-01T00:00"}

decimals = st.integers(0, 4000).map(lambda n: f"{n // 1000}.{n % 1000:03d}")
money = st.integers(1, 40_000).map(lambda n: f"{n // 100}.{n % 100:02d}")


def some(values: tuple[Any, ...]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


@st.composite
def conditions(draw: st.DrawFn, *, purchase: bool) -> dict[str, Any]:
    """Some of the predicates."""
    offered: dict[str, st.SearchStrategy[Any]] = {
        "sources": some(SOURCES),
        "tiers": some(TIERS),
        "weekdays": some((1, 2, 3, 4, 5, 6, 7)),
        "days_of_month": some((1, 15, 28, 29, 30, 31, -1)),
        "from": st.just("2026-03-05T00:00"),
        "until": st.just("2026-06-01T12:30"),
    }
    if purchase:
        offered |= {
            "channels": some(CHANNELS),
            "tags_any": some(TAGS),
            "tags_none": some(TAGS),
            "amount_at_least": st.just("20.00"),
            "amount_below": st.just("250.00"),
        }
    chosen = draw(st.lists(st.sampled_from(sorted(offered)), max_size=2, unique=True))
    return {name: draw(offered[name]) for name in chosen}


@st.composite
def brackets(draw: st.DrawFn) -> dict[str, Any]:
    ends = sorted(draw(st.lists(st.integers(1, 40_000), max_size=4, unique=True)))
    steps: list[dict[str, Any]] = [
        {"up_to": f"{end // 100}.{end % 100:02d}", "inclusive": draw(st.booleans()), "rate": draw(decimals)}
        for end in ends
    ]
    mode = draw(st.sampled_from(("slab", "marginal")))
    rounding = draw(st.sampled_from(("down", "half_up")))
    return {"type": "by_bracket", "mode": mode, "rounding": rounding, "brackets": [*steps, {"rate": draw(decimals)}]}


@st.composite
def per_unit(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "type": "per_unit",
        "points": draw(decimals),
        "per": draw(st.sampled_from(("1.00", "0.50", "3.33"))),
        "by_tier": draw(st.dictionaries(st.sampled_from(TIERS), decimals, max_size=2)),
        "whole_units": draw(st.booleans()),
        "rounding": draw(st.sampled_from(("down", "half_up"))),
    }


fixed = st.integers(0, 200).map(lambda n: {"type": "fixed", "points": n})
graded = st.tuples(st.integers(0, 99), st.integers(1, 100)).map(
    lambda ends: {"type": "graded", "lowest": ends[0], "highest": sum(ends)}
)


@st.composite
def streaks(draw: st.DrawFn) -> dict[str, Any]:
    restart = draw(st.sampled_from((None, 2, 7)))
    bonuses = draw(st.dictionaries(st.integers(2, restart or 5), st.integers(1, 80), max_size=2))
    return {
        "type": "streak",
        "days": draw(st.lists(st.integers(0, 50), min_size=1, max_size=4)),
        "bonuses": [{"day": day, "points": points} for day, points in bonuses.items()],
        "restart_after": restart,
    }


@st.composite
def limits(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = {}
    for _ in range(draw(st.integers(0, 3))):
        per = draw(st.sampled_from(PERIODS))
        counts = draw(st.sampled_from(("times", "points")))
        found[per, counts] = {"per": per, counts: draw(st.integers(1, 4) if counts == "times" else st.integers(1, 500))}
    return list(found.values())


budgeted = st.sampled_from(({}, {}, *({"budget": name} for name in BUDGETS)))


@st.composite
def budgets(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Both budgets, small enough to bind."""
    return [
        {"id": name, "points": draw(st.integers(1, 2000)), "per": draw(st.sampled_from(PERIODS))} for name in BUDGETS
    ]


@st.composite
def rules(draw: st.DrawFn, prefix: str, *, bonus: bool) -> list[dict[str, Any]]:
    result = []
    for number in range(draw(st.integers(1, 6))):
        purchase = number == 0 or draw(st.booleans())
        rule: dict[str, Any] = {
            "id": f"{prefix}{number}",
            "on": "purchase" if purchase else "behaviour",
            "when": draw(conditions(purchase=purchase)),
            "amount": draw(
                st.one_of(brackets(), per_unit(), fixed) if purchase else st.one_of(fixed, graded, streaks())
            ),
            "limits": draw(limits()),
        }
        if not purchase:
            rule["behaviours"] = draw(some(BEHAVIOURS))
        if bonus:
            rule["bonus"] = draw(st.booleans())
            rule |= draw(budgeted)
        result.append(rule)
    return result


@st.composite
def campaigns(draw: st.DrawFn, rule_ids: list[str]) -> list[dict[str, Any]]:
    result = []
    for number in range(draw(st.integers(0, 3))):
        when = draw(conditions(purchase=True))
        if not when.keys() & {"weekdays", "days_of_month"} or draw(st.booleans()):
            when |= {"from": "2026-03-01T00:00", "until": f"2026-0{4 + number}-01T00:00"}
        campaign = {
            "id": f"campaign{number}",
            "label": {"en": "c", "zh": "c"},
            "when": when,
            "multiplier": draw(st.sampled_from(("1.5", "2", "1.333", "3"))),
            "limits": draw(limits()),
            **draw(budgeted),
        }
        if draw(st.booleans()):
            campaign["applies_to"] = draw(some(tuple(rule_ids)))
        result.append(campaign)
    return result


@st.composite
def threshold_gifts(draw: st.DrawFn) -> list[dict[str, Any]]:
    result = []
    for number in range(draw(st.integers(0, 2))):
        gift = {"id": f"gift{number}", "label": LABEL, "option": draw(st.sampled_from(("gift", "coupon")))}
        gift |= {"when": draw(conditions(purchase=True)), "quantity": draw(st.integers(1, 2))}
        result.append(gift | {"limits": [{"per": draw(st.sampled_from(PERIODS)), "times": draw(st.integers(1, 3))}]})
    return result


measures = st.one_of(
    st.integers(1, 3).map(lambda n: {"purchases": n}),
    money.map(lambda text: {"spend": text}),
    st.tuples(some(BEHAVIOURS), st.integers(1, 3)).map(lambda two: {"behaviours": two[0], "times": two[1]}),
)


@st.composite
def goals(draw: st.DrawFn) -> list[dict[str, Any]]:
    result = []
    for number in range(draw(st.integers(0, 3))):
        goal = {"id": f"goal{number}", "label": LABEL, "per": draw(st.sampled_from(PERIODS)), **draw(measures)}
        goal["when"] = draw(conditions(purchase="behaviours" not in goal))
        given = {"points": draw(st.integers(0, 300)), "growth": draw(st.integers(1, 300)), **draw(budgeted)}
        result.append(goal | given)
    return result


@st.composite
def chains(draw: st.DrawFn) -> list[dict[str, Any]]:
    """At most one newcomer chain; its last day is within reach of a random life."""
    steps: list[dict[str, Any]] = []
    for number, day in enumerate(sorted(draw(st.lists(st.integers(1, 20), max_size=4)))):
        step = {"id": f"step{number}", "label": LABEL, "day": day, "points": draw(st.integers(0, 200)), "growth": 5}
        purchase = draw(st.booleans())
        named = {"on": "purchase"} if purchase else {"on": "behaviour", "behaviours": draw(some(BEHAVIOURS))}
        steps.append(step | named)
    if not steps:
        return []
    chain = {"id": "newcomer", "label": LABEL, "within_days": 30, "steps": steps, **draw(budgeted)}
    return [chain | {"late_completion": draw(st.sampled_from((True, True, False)))}]


@st.composite
def sponsored(draw: st.DrawFn) -> dict[str, Any]:
    """What sponsors pay: neither, one or both."""
    bonus = {"percent": draw(st.sampled_from((10, 100))), "monthly_maximum_points": draw(st.integers(1, 300))}
    threshold = draw(st.integers(1, 200))
    award = {"points": draw(st.integers(1, threshold)), "threshold_points": threshold}
    sections = {"spending_bonus": BUDGET | bonus, "circulation_award": BUDGET | award}
    return {name: section for name, section in sections.items() if draw(st.booleans())}


@st.composite
def program_files(draw: st.DrawFn) -> ProgramFile:
    """A whole valid program."""
    earn = draw(rules("earn", bonus=True))
    term = draw(
        st.sampled_from(({"policy": "rolling", "months": 2}, {"policy": "fixed", "months": 1}, {"policy": "never"}))
    )
    expiry: dict[str, Any] = {"term": term, "grace_days": draw(st.integers(1, 40)), "notice_days": [7]}
    if term["policy"] != "never" and draw(st.booleans()):
        expiry["extension"] = {"months": draw(st.integers(1, 3)), "within_days": draw(st.integers(1, 60))}
    basis = draw(st.sampled_from(("growth", "spend")))
    program = ProgramFile.model_validate(
        sample_data(
            {
                "earn": {
                    "pending_days": draw(st.sampled_from((0, 0, 14))),
                    "rules": earn,
                    "campaigns": draw(campaigns([rule["id"] for rule in earn if rule["on"] == "purchase"])),
                    "gifts": draw(threshold_gifts()),
                    "budgets": draw(budgets()),
                    "stacking": draw(st.sampled_from(("exclusive", "best_of", "additive", "multiplicative"))),
                },
                "tasks": {"goals": draw(goals()), "chains": draw(chains())},
                "growth": {"rules": draw(rules("growth", bonus=False))},
                "tiers": tiers(("base", 0), ("silver", 300), ("gold", 900), basis=basis, protection_months=1),
                "expiry": expiry,
                **draw(sponsored()),
                "refunds": {"spent_points": draw(st.sampled_from(("clamp", "negative", "hold")))},
            }
        )
    )
    found = findings(program)
    assume(not any(reason.startswith("no day from") for _, reason in found))  # drawn weekdays and days never meet
    assert found == []
    return program
