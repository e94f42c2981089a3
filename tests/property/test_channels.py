"""Random lives over all eight channel kinds, with benefits, gifts and cancellations: the books hold, limits are exact,
and undoing what can be undone gives back exactly that."""

from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alliance_node.domain.commands import GiftPart, ReceiveGift, Redeem, SendGift, UseBenefit
from alliance_node.domain.errors import DomainError
from alliance_node.domain.events import BenefitUsed, RedemptionCancelled, RedemptionMade
from alliance_node.domain.instants import parse_instant
from tests.property.books import accounts_hold_what_the_events_say, replay_gives_the_same
from tests.unit.domain.life import Life
from tests.unit.domain.sample import BASE, sample, tiers

START = parse_instant("2026-03-02T12:00:00+08:00")
OTHER = "7f3c1c52-5a0e-4c1d-9a51-1f6f0f8f0002"
NAME = {"en": "n", "zh": "n"}
WINDOW = {"from": "2026-03-01T00:00", "until": "2026-03-20T00:00"}
LIMITS = [{"per": "day", "times": 4}, {"per": "month", "points": 900}]


def option(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "id": kind, "name": NAME, "points": 50, "value": "5.00", **fields}


PROGRAM = sample(
    {
        "tiers": tiers(("base", 0), ("gold", "40.00"), basis="spend"),
        "benefits": [{"id": "lounge", "name": NAME, "allowances": [{"tier": "gold", "per": "week", "times": 1}]}],
        "redemption_days": [{"id": "half", "label": NAME, "percent": 50, "when": {"weekdays": [3, 6]}}],
        "member_gifts": {"daily_maximum_points": 300, "monthly_maximum_times": 5, "minimum_age_days": 1},
        "redemption": [
            {**BASE["redemption"][0], "max_order_percent": 60},
            option("coupon", limits=LIMITS),
            option("gift", stock=6, points_by_tier={"gold": 40}),
            option("experience", days_of_month=[2, 8, 15, -1], cash="1.00"),
            option("benefit", benefit="lounge", uses=2),
            option("donation", value="1.00"),
            option("flash", stock=3, cash="1.00", **WINDOW),
            {
                **{name: value for name, value in option("lottery", tickets=7, **WINDOW).items() if name != "value"},
                "reveal_by": "2026-03-22T00:00",
                "prizes": [{"id": "p", "name": NAME, "winners": 1, "value": "9.00"}],
            },
        ],
    }
)
AWARDS = ("coupon", "gift", "experience", "benefit", "flash", "lottery")

steps = st.one_of(
    st.tuples(st.just("days"), st.integers(0, 12)),
    st.tuples(st.just("earn"), st.integers(1, 60_000)),
    st.tuples(st.just("award"), st.sampled_from(AWARDS), st.integers(1, 3)),
    st.tuples(st.just("steps"), st.sampled_from(("checkout", "donation")), st.integers(1, 8)),
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("use"), st.just(0)),
    st.tuples(st.just("send"), st.integers(1, 200)),
    st.tuples(st.just("receive"), st.integers(1, 200)),
    st.tuples(st.just("refund"), st.integers(0, 9)),
)


def step(life: Life, name: str, *values: Any) -> None:
    match name:
        case "days":
            life.days(values[0])
        case "earn":
            life.purchase(values[0])
        case "award":
            life.redeem(values[0], quantity=values[1])
        case "steps":
            points = values[1] * 25
            life.do(Redeem(life.member_id, life.fresh("x"), values[0], 1, 1_000, points, life.now, "order"))
        case "cancel":
            made = [event for event in life.stream if isinstance(event, RedemptionMade)]
            if made:
                life.cancel(made[values[0] % len(made)].redemption_id)
        case "use":
            life.do(UseBenefit(life.member_id, life.fresh("u"), "lounge", life.now))
        case "send":
            life.do(SendGift(life.member_id, life.fresh("g"), OTHER, values[0], life.now))
        case "receive":
            part = GiftPart(values[0], life.now - 9, life.now + 90)
            life.do(ReceiveGift(life.member_id, life.fresh("g"), OTHER, (part,), life.now))
        case "refund":
            bought = [event for event in life.stream if type(event).__name__ == "PurchaseRecorded"]
            if bought:
                purchase = bought[values[0] % len(bought)]
                life.refund(purchase.source_event_id, purchase.amount_minor)


def standing(life: Life) -> list[RedemptionMade]:
    gone = {event.redemption_id for event in life.stream if isinstance(event, RedemptionCancelled)}
    return [e for e in life.stream if isinstance(e, RedemptionMade) and e.redemption_id not in gone]


def check_limits(life: Life) -> None:
    """What is left of every shared limit is what the standing redemptions left of it (pitfall 13)."""
    taken: dict[str, int] = {}
    for made in standing(life):
        for limit_id, units in made.limits:
            taken[limit_id] = taken.get(limit_id, 0) + units
    program = life.book.at(life.now)
    for limit_id, left in life.limits.items():
        assert left == program.capacity_of(limit_id) - taken.get(limit_id, 0), limit_id
        assert left >= (-600 if limit_id.startswith("order:") else 0)


def bought_uses(life: Life) -> int:
    counter = life.state().counters.get("benefit/lounge/bought")
    return counter.used if counter is not None else 0


@given(st.lists(steps, min_size=20, max_size=60))
def test_every_channel_keeps_the_books_and_the_limits(script: list[tuple[Any, ...]]) -> None:
    """DESIGN §3, R-RED-1, R-BEN-2, R-ALL-10, pitfalls 1, 2, 8, 13."""
    life = Life(PROGRAM, START, "Asia/Shanghai")
    life.purchase(20_000)
    for name, *values in script:
        with suppress(DomainError):
            step(life, name, *values)
        check_limits(life)
        assert bought_uses(life) >= 0
    replay_gives_the_same(life)
    accounts_hold_what_the_events_say(life)
    assert life.journal["donation_pot"] == sum(made.points for made in standing(life) if made.kind == "donation")
    assert life.journal["redemption"] == sum(made.points for made in standing(life) if made.kind != "donation")


@given(st.lists(steps, min_size=15, max_size=40))
def test_cancelling_everything_leaves_only_what_is_final(script: list[tuple[Any, ...]]) -> None:
    """Donations, tickets of closed entries and used benefits stay; everything else comes back to the unit."""
    life = Life(PROGRAM, START, "Asia/Shanghai")
    life.purchase(20_000)
    for name, *values in script:
        with suppress(DomainError):
            step(life, name, *values)
    for made in standing(life):
        with suppress(DomainError):
            life.cancel(made.redemption_id)
    left = standing(life)
    assert {made.kind for made in left} <= {"donation", "lottery", "benefit"}
    used = sum(event.bought for event in life.stream if isinstance(event, BenefitUsed))
    bought = sum(2 * made.quantity for made in left if made.kind == "benefit")
    assert bought - used == bought_uses(life) < 2 * 3 + 1
    assert all(bought_uses(life) < 2 * made.quantity for made in left if made.kind == "benefit")
    assert life.limits["stock:gift"] == 6 and life.limits["stock:flash"] == 3 and life.limits["order:order"] == 0
