"""Random lives that age: decay, retention, tiers without end, recalls, moves between time zones.

`Life.do` checks after every step that the journal balances and that booked = spendable + held + due_expiry (+ what has
matured and is not booked yet).
"""

from contextlib import suppress
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from alliance_node.domain.commands import RecallPoints
from alliance_node.domain.errors import DomainError
from alliance_node.domain.events import ConversionHeld, Event, PurchaseRecorded, RedemptionMade, TierChanged
from alliance_node.domain.growth import after_decay, boundaries, decayed, effective_growth
from alliance_node.domain.instants import FAR_FUTURE, Instant, parse_instant
from alliance_node.domain.outlook import outlook
from alliance_node.domain.program import ProgramBook, ProgramFile
from tests.property.books import accounts_hold_what_the_events_say, replay_gives_the_same
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample, tiers

START = parse_instant("2026-02-20T00:00:00+00:00")
ZONES = ("Asia/Shanghai", "America/New_York", "Pacific/Auckland")
RECALLS = [
    {"id": name, "label": {"en": name, "zh": name}, "earned_before": f"{before}T00:00", "at": f"{at}T00:00"}
    for name, before, at in (("first", "2026-08-01", "2026-09-01"), ("second", "2027-04-30", "2027-06-01"))
]

steps = st.one_of(
    st.tuples(st.just("days"), st.integers(1, 120)),
    st.tuples(st.just("purchase"), st.integers(0, 60_000)),
    st.tuples(st.just("refund"), st.integers(0, 9), st.integers(1, 100)),
    st.tuples(st.just("redeem"), st.sampled_from(("coupon", "gift"))),
    st.tuples(st.just("cancel"), st.integers(0, 9)),
    st.tuples(st.just("hold"), st.integers(10, 300)),
    st.tuples(st.just("settle"), st.sampled_from(("capture", "release", "give_back")), st.integers(0, 9)),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("evaluate")),
    st.tuples(st.just("recall"), st.sampled_from(("first", "second"))),
    st.tuples(st.just("move"), st.sampled_from(ZONES)),
)


@st.composite
def aging_programs(draw: st.DrawFn, version: int = 1) -> ProgramFile:
    """Programs in which tiers rise, decay, are kept and lost, and some have points without end."""
    basis = draw(st.sampled_from(("growth", "growth", "spend")))
    more: dict[str, Any] = {
        "basis": basis,
        "protection_months": draw(st.integers(1, 12)),
        "downgrade": draw(st.sampled_from(("one_step", "earned"))),
    }
    if basis == "growth" and draw(st.booleans()):
        more["decay"] = {"percent": draw(st.integers(1, 100)), "month": draw(st.integers(1, 12))}
    tasks = st.sampled_from(({"purchases": 2}, {"spend": "300.00"}, {"growth": 150}))
    more["retention"] = [{"tier": tier, **draw(tasks)} for tier in ("silver", "gold") if draw(st.booleans())]
    return sample(
        {
            "version": version,
            "timezone": draw(st.sampled_from(ZONES)),
            "earn.pending_days": draw(st.sampled_from((0, 0, 14))),
            "growth": {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}]},
            "tiers": tiers(("base", 0), ("silver", 300), ("gold", 900), **more),
            "expiry": {
                "term": {"policy": "rolling", "months": draw(st.integers(3, 18)), "by_tier": {"silver": 24}},
                "never_for_tiers": draw(st.sampled_from(([], ["gold"]))),
            },
            "refunds": {"spent_points": draw(st.sampled_from(("clamp", "negative", "hold")))},
            "recalls": [] if draw(st.booleans()) else RECALLS,
        }
    )


books = st.one_of(st.tuples(aging_programs()), st.tuples(aging_programs(), aging_programs(version=2))).map(
    lambda files: ProgramBook.from_versions([(START - DAY + n * 300 * DAY, file) for n, file in enumerate(files)])
)


def step(life: Life, name: str, values: list[Any]) -> None:
    match name:
        case "days":
            life.days(values[0])
        case "purchase":
            life.purchase(values[0])
        case "refund":
            made = [event for event in life.stream if isinstance(event, PurchaseRecorded)]
            if made:
                purchase = made[values[0] % len(made)]
                life.refund(purchase.source_event_id, max(1, purchase.amount_minor * values[1] // 100))
        case "redeem":
            life.redeem(values[0])
        case "cancel":
            made_redemptions = [event for event in life.stream if isinstance(event, RedemptionMade)]
            if made_redemptions:
                life.cancel(made_redemptions[values[0] % len(made_redemptions)].redemption_id)
        case "hold":
            life.hold(values[0])
        case "settle":
            held = [event for event in life.stream if isinstance(event, ConversionHeld)]
            if held:
                getattr(life, values[0])(held[values[1] % len(held)].conversion_id)
        case "sweep":
            life.sweep()
        case "evaluate":
            life.evaluate_tier()
        case "recall":
            life.do(RecallPoints(life.member_id, values[0], life.now))
        case "move":
            life.change_timezone(values[0])


def live(book: ProgramBook, script: list[tuple[Any, ...]]) -> Life:
    life = Life(book, START)
    life.limits["stock:gift"] = 3
    for name, *values in script:
        with suppress(DomainError):
            step(life, name, values)
        life.check()
        ends_fit_the_tier(life)
    return life


def ends_fit_the_tier(life: Life) -> None:
    """R-EXP-4: as long as the rules stay the same, open lots have an end exactly in tiers whose points end."""
    if len(life.book) > 1:
        return
    never = life.book.at(life.now).never_tiers
    state = life.state()
    for lot in state.lots.values():
        if lot.expires_at > life.now:
            assert (lot.expires_at == FAR_FUTURE) == (state.tier in never)


RECALLING = ProgramBook.from_versions([(START - DAY, sample({"recalls": RECALLS}))])
"""A program whose first recall finds the points of the spring."""


@given(books, st.lists(steps, max_size=40))
@example(RECALLING, [("purchase", 50_000), ("redeem", "coupon"), ("days", 200), ("recall", "first"), ("days", 400)])
def test_the_books_are_right_however_a_membership_ages(book: ProgramBook, script: list[tuple[Any, ...]]) -> None:
    """DESIGN §3, R-TIER-3, R-TIER-5, R-EXP-4, R-VAL-4; replaying the events gives the same member."""
    life = live(book, script)
    replay_gives_the_same(life)
    accounts_hold_what_the_events_say(life)
    assert all(tier_moves_are_real(event) for event in life.stream)


def tier_moves_are_real(event: Event) -> bool:
    return not isinstance(event, TierChanged) or (event.old_tier == event.new_tier) == (event.reason == "retained")


@given(books, st.lists(steps, max_size=25), st.integers(0, 1500))
def test_a_second_evaluation_finds_nothing_to_do(book: ProgramBook, script: list[tuple[Any, ...]], days: int) -> None:
    """R-TIER-5: at the same instant, whatever happened before, after at most one step for each tier."""
    life = live(book, script).days(days)
    for _ in range(3):
        life.evaluate_tier()
    assert life.evaluate_tier() == []


@given(books, st.lists(steps, max_size=25))
def test_the_outlook_comes_true(book: ProgramBook, script: list[tuple[Any, ...]]) -> None:
    """R-TIER-8: if nothing more is bought, evaluations every few weeks keep the tier until the foretold instant."""
    life = live(book, script)
    life.evaluate_tier()
    seen = outlook(life.book, life.state(), life.now)
    last = life.book.at(life.now).version == list(book.terms())[-1][2].version
    if seen.fall is None or not last or seen.kept_until:
        return
    tier = life.state().tier
    for at in (*range(life.now + 20 * DAY, seen.fall.at, 90 * DAY), seen.fall.at - 1):
        if life.now < at < seen.fall.at:
            life.now = at
            life.evaluate_tier()
            assert life.state().tier == tier
    life.now = max(life.now, seen.fall.at)
    life.evaluate_tier()
    assert life.state().tier == seen.fall.to


@given(books, st.integers(0, 10**6), st.integers(0, 2000), st.integers(0, 2000))
def test_lazy_decay_equals_booking_at_every_boundary(book: ProgramBook, growth: int, first: int, more: int) -> None:
    """R-TIER-3: in one look or at every boundary, the same is left."""
    since: Instant = START + first * DAY
    until = since + more * DAY
    step_by_step = growth
    passed = list(boundaries(book, since, until))
    for boundary in passed:
        assert since < boundary.at <= until
        step_by_step = after_decay(step_by_step, boundary.percent)
    assert decayed(book, growth, since, until) == step_by_step
    middle = since + (until - since) // 2
    assert decayed(book, decayed(book, growth, since, middle), middle, until) == step_by_step


@given(books, st.lists(st.integers(0, 200), min_size=1, max_size=12))
def test_looking_often_or_once_leaves_the_same_growth(book: ProgramBook, pauses: list[int]) -> None:
    """A member who is looked at all the time and one who is never looked at have the same growth value."""
    looked_at, left_alone = Life(book, START), Life(book, START)
    for life in (looked_at, left_alone):
        life.purchase(50_000)
    for pause in pauses:
        looked_at.days(pause).evaluate_tier()
        left_alone.days(pause)
    values = [effective_growth(book, life.state(), life.now) for life in (looked_at, left_alone)]
    assert values[0] == values[1]
