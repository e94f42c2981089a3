"""Random lives under random programs. `Life.do` checks after every step that the journal balances, that lots equal the
balance and that booked = spendable + held + due_expiry (+ what has matured and is not booked yet)."""

from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alliance_node.domain.commands import Command, RecordPurchase
from alliance_node.domain.errors import DomainError, OutOfStock
from alliance_node.domain.events import ConversionHeld, DebtRepaid, Event, PurchaseRecorded, RedemptionMade, points_of
from alliance_node.domain.instants import Instant, parse_instant
from alliance_node.domain.preview import preview_purchase
from alliance_node.domain.program import ProgramBook, ProgramFile
from alliance_node.domain.state import Lot
from tests.property.programs import BEHAVIOURS, CHANNELS, TAGS, program_files
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample

START = parse_instant("2026-02-20T00:00:00+00:00")
ZONES = ("Asia/Shanghai", "America/New_York", "Pacific/Auckland")

steps = st.one_of(
    st.tuples(st.just("days"), st.integers(0, 40)),
    st.tuples(st.just("purchase"), st.integers(0, 50_000), st.sampled_from(CHANNELS), st.sampled_from(TAGS)),
    st.tuples(st.just("late"), st.integers(0, 50_000), st.integers(0, 7 * DAY)),
    st.tuples(st.just("behave"), st.sampled_from(BEHAVIOURS)),
    st.tuples(st.just("refund"), st.integers(0, 9), st.integers(1, 100)),
    st.tuples(st.just("redeem"), st.sampled_from(("coupon", "gift"))),
    st.tuples(st.just("offset"), st.integers(1, 5)),
    st.tuples(st.just("cancel"), st.integers(0, 9)),
    st.tuples(st.just("hold"), st.integers(10, 300)),
    st.tuples(st.just("settle"), st.sampled_from(("capture", "release", "give_back")), st.integers(0, 9)),
    st.tuples(st.just("receive"), st.integers(1, 300)),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("evaluate")),
)


class RandomLife(Life):
    """A life that also watches that nothing expired or pending is spent, and that previews equal bookings."""

    def do(self, command: Command) -> list[Event]:
        lots = dict(self.table)
        if isinstance(command, RecordPurchase):
            foreseen = preview_purchase(self.book, self.state(), command, self.now)
        events = super().do(command)
        if isinstance(command, RecordPurchase):
            assert foreseen.decision.events == events
            assert (foreseen.spendable_after, foreseen.tier_after) == (self.spendable, self.state().tier)
            assert foreseen.points == sum(points_of(event) for event in events)
        for event in events:
            if isinstance(event, RedemptionMade | ConversionHeld | DebtRepaid):
                self._spent_only_living(event, lots)
        return events

    def _spent_only_living(self, event: RedemptionMade | ConversionHeld | DebtRepaid, before: dict[int, Lot]) -> None:
        assert sum(part.points for part in event.slices) == event.points
        for part in event.slices:
            lot = before.get(part.lot_no, self.table[part.lot_no])
            ends = max(lot.expires_at, self.table[part.lot_no].expires_at)
            assert part.points > 0 and lot.matures_at <= self.now < ends
            if isinstance(event, ConversionHeld):
                assert lot.convertible and self.now - lot.earned_at >= 7 * DAY

    def keys(self, kind: type) -> list[Any]:
        return [event for event in self.stream if isinstance(event, kind)]


def live(life: RandomLife, script: list[tuple[Any, ...]]) -> None:
    for name, *values in script:
        try:
            step(life, name, values)
        except DomainError:
            life.check()


def step(life: RandomLife, name: str, values: list[Any]) -> None:
    match name:
        case "days":
            life.days(values[0])
        case "purchase":
            life.purchase(values[0], channel=values[1], tags=(values[2],))
        case "late":
            life.purchase(values[0], at=life.now - values[1])
        case "behave":
            life.behave(values[0])
        case "refund":
            made = life.keys(PurchaseRecorded)
            if made:
                purchase = made[values[0] % len(made)]
                life.refund(purchase.source_event_id, max(1, purchase.amount_minor * values[1] // 100))
        case "redeem":
            life.redeem(values[0])
        case "offset":
            life.offset(values[0] * 100, 100_000)
        case "cancel":
            made = life.keys(RedemptionMade)
            if made:
                life.cancel(made[values[0] % len(made)].redemption_id)
        case "hold":
            life.hold(values[0])
        case "settle":
            held = life.keys(ConversionHeld)
            if held:
                getattr(life, values[0])(held[values[1] % len(held)].conversion_id)
        case "receive":
            life.receive(values[0])
        case "sweep":
            life.sweep()
        case "evaluate":
            life.evaluate_tier()


def begin(program: ProgramFile, zone: str, at: Instant = START) -> RandomLife:
    life = RandomLife(program, at, zone)
    life.limits["stock:gift"] = 3
    return life


@given(program_files(), st.sampled_from(ZONES), st.lists(steps, max_size=40))
def test_every_life_keeps_the_books(program: ProgramFile, zone: str, script: list[tuple[Any, ...]]) -> None:
    """DESIGN §3, pitfalls 2, 5, 6, 8: whatever happens in whatever order, and replaying the events gives the same."""
    life = begin(program, zone)
    live(life, script)
    state, lots, journal = life.rebuild()
    stored = life.state()
    assert lots == life.table
    assert +journal == +life.journal and -journal == -life.journal
    for field in (
        "version",
        "booked",
        "debt_points",
        "forgiven_points",
        "growth",
        "tier",
        "counters",
        "holds",
        "pending",
    ):
        assert getattr(state, field) == getattr(stored, field), field
    assert life.limits["stock:gift"] >= 0


@given(program_files(), st.sampled_from(ZONES), st.lists(steps, max_size=30))
def test_undoing_everything_returns_to_the_reversible_zero(
    program: ProgramFile, zone: str, script: list[tuple[Any, ...]]
) -> None:
    """Release every hold, return every conversion, cancel every redemption, refund every purchase: only behaviour
    points and points from partners are left, or have expired."""
    life = begin(program, zone)
    live(life, script)
    undo(life)
    kept = sum(
        points_of(event) for event in life.stream if type(event).__name__ in ("BehaviourRecorded", "ConversionReceived")
    )
    state = life.state()
    assert state.spend_minor == 0
    assert life.journal["redemption"] == 0
    owned = life.journal["member_available"] + life.journal["member_pending"] + life.journal["breakage"]
    assert owned - state.debt_points - state.forgiven_points == kept
    assert state.growth == sum(getattr(event, "growth", 0) for event in life.stream if is_behaviour(event))


def is_behaviour(event: Event) -> bool:
    return type(event).__name__ == "BehaviourRecorded"


def undo(life: RandomLife) -> None:
    for held in life.keys(ConversionHeld):
        for way in (life.release, life.give_back):
            attempt(lambda way=way, held=held: way(held.conversion_id))
    for made in life.keys(RedemptionMade):
        attempt(lambda made=made: life.cancel(made.redemption_id))
    for purchase in life.keys(PurchaseRecorded):
        refunds = [
            event for event in life.stream if getattr(event, "purchase_source_event_id", "") == purchase.source_event_id
        ]
        left = purchase.amount_minor - sum(event.amount_minor for event in refunds)
        if left or not refunds:
            life.refund(purchase.source_event_id, left)


def attempt(action: Any) -> None:
    with suppress(DomainError):
        action()


@given(program_files(), st.lists(steps, max_size=25))
def test_interpreted_and_generated_programs_lead_the_same_life(
    program: ProgramFile, script: list[tuple[Any, ...]]
) -> None:
    compiled, walked = begin(program, ZONES[0]), begin(program, ZONES[0])
    walked.book = ProgramBook.from_versions([(0, program)], interpreted=True)
    live(compiled, script)
    live(walked, script)
    assert compiled.stream == walked.stream


@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=12), st.integers(1, 10**6))
def test_partial_refunds_in_any_cut_take_exactly_what_was_earned(parts: list[int], _seed: int) -> None:
    """Cumulative rounding is exact: after the last part nothing is left and nothing is owed."""
    life = Life(
        sample({"earn.rules": [{"id": "s", "on": "purchase", "amount": {"type": "per_unit", "points": "0.37"}}]}), START
    )
    life.purchase(sum(parts), "p")
    for part in parts:
        life.refund("p", part)
    assert (life.state().booked, life.debt) == (0, 0) and not any(life.journal.values())


@given(st.lists(st.integers(1, 3), min_size=1, max_size=8))
def test_stock_never_goes_below_zero(quantities: list[int]) -> None:
    """Pitfall 13."""
    life = begin(sample(), ZONES[0])
    life.purchase(1_000_000)
    for quantity in quantities:
        left = life.limits["stock:gift"]
        try:
            life.redeem("gift", quantity=quantity)
        except OutOfStock:
            assert left < quantity
    assert life.limits["stock:gift"] >= 0
