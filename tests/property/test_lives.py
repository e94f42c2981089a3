"""Random lives under random programs. `Life.do` checks after every step that the journal balances, that lots equal the
balance and that booked = spendable + held + due_expiry (+ what has matured and is not booked yet)."""

from collections import Counter
from contextlib import suppress
from fractions import Fraction
from math import floor
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from alliance_node.domain.commands import (
    Command,
    PayCirculationAward,
    PaySpendingBonus,
    RecordBehaviour,
    RecordPurchase,
    RefuseCirculationAward,
    RefuseSpendingBonus,
    circulation_award_key,
    spending_bonus_key,
)
from alliance_node.domain.counters import used_in
from alliance_node.domain.errors import DomainError, OutOfStock
from alliance_node.domain.event_facts import event_key, points_of
from alliance_node.domain.events import (
    BehaviourRecorded,
    ConversionHeld,
    ConversionReceived,
    DebtRepaid,
    Event,
    PurchaseImported,
    PurchaseRecorded,
    PurchaseRefunded,
    RedemptionMade,
    TaskRevoked,
    TaskRewarded,
)
from alliance_node.domain.instants import FAR_FUTURE, Instant, parse_instant
from alliance_node.domain.preview import preview
from alliance_node.domain.program import ProgramBook, ProgramFile
from alliance_node.domain.state import Lot
from tests.property.books import accounts_hold_what_the_events_say, replay_gives_the_same
from tests.property.programs import BEHAVIOURS, BUDGET, CHANNELS, TAGS, program_files
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import BASE, sample

START = parse_instant("2026-02-20T00:00:00+00:00")
ZONES = ("Asia/Shanghai", "America/New_York", "Pacific/Auckland")

steps = st.one_of(
    st.tuples(st.just("days"), st.integers(0, 40)),
    st.tuples(st.just("days"), st.integers(100, 400)),
    st.tuples(st.just("end"), st.integers(0, 2), st.integers(-1, 1)),
    st.tuples(st.just("end"), st.integers(0, 2), st.integers(-1, 1)),
    st.tuples(st.just("purchase"), st.integers(0, 50_000), st.sampled_from(CHANNELS), st.sampled_from(TAGS)),
    st.tuples(st.just("late"), st.integers(0, 50_000), st.integers(0, 7 * DAY)),
    st.tuples(st.just("purchase"), st.integers(0, 50_000), st.sampled_from(CHANNELS), st.sampled_from(TAGS)),
    st.tuples(st.just("behave"), st.sampled_from(BEHAVIOURS), st.integers(0, 100), st.integers(0, 3 * DAY)),
    st.tuples(st.just("behave"), st.sampled_from(BEHAVIOURS), st.integers(0, 100), st.just(0)),
    st.tuples(st.just("zone"), st.sampled_from(ZONES)),
    st.tuples(st.just("import"), st.integers(0, 30_000), st.integers(0, 200)),
    st.tuples(st.just("refund"), st.integers(0, 9), st.integers(1, 100)),
    st.tuples(st.just("refund"), st.integers(0, 9), st.just(100)),
    st.tuples(st.just("redeem"), st.sampled_from(("coupon", "gift"))),
    st.tuples(st.just("offset"), st.integers(1, 5)),
    st.tuples(st.just("cancel"), st.integers(0, 9)),
    st.tuples(st.just("hold"), st.integers(10, 300)),
    st.tuples(st.just("settle"), st.sampled_from(("capture", "release", "give_back")), st.integers(0, 9)),
    st.tuples(st.just("receive"), st.integers(1, 300)),
    st.tuples(st.just("answer"), st.booleans(), st.integers(0, 9)),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("evaluate")),
)


class RandomLife(Life):
    """A life that also watches that nothing expired or pending is spent, that previews equal bookings, and that a
    shared budget is never exceeded and counts exactly the points of what names it."""

    def do(self, command: Command) -> list[Event]:
        lots = dict(self.table)
        foreseen = None
        if isinstance(command, RecordPurchase | RecordBehaviour):
            foreseen = preview(self.book, self.state(), command, self.now, available=self.limits)
        events = super().do(command)
        if foreseen is not None:
            assert foreseen.decision.events == events
            assert (foreseen.spendable_after, foreseen.tier_after) == (self.spendable, self.state().tier)
            assert foreseen.points == sum(points_of(event) for event in events)
        for event in events:
            if isinstance(event, RedemptionMade | ConversionHeld | DebtRepaid):
                self._spent_only_living(event, lots)
            if isinstance(event, PurchaseRecorded | BehaviourRecorded | TaskRewarded):
                self._counted_in_budgets(event)
            if isinstance(event, PurchaseRefunded):
                self._takes_its_share(event)
        if self.book.at(self.now).file.refunds.spent_points == "clamp":
            assert self.debt == 0, "the clamp takes what there is at once and forgives the rest"
        assert all(left >= 0 for limit_id, left in self.limits.items() if not limit_id.startswith("order:"))
        return events

    def _counted_in_budgets(self, event: PurchaseRecorded | BehaviourRecorded | TaskRewarded) -> None:
        """R-EARN-10: what a budget gave is what the rules, campaigns and tasks that name it gave."""
        file = self.book.at(self.now).file
        owners = (*file.earn.rules, *file.earn.campaigns, *file.tasks.goals, *file.tasks.chains)
        names = {owner.id: owner.budget for owner in owners if owner.budget}
        given: dict[str, int] = {}
        for owner, kind, points, _ in event.trace:
            if owner in names and not kind.startswith("growth_"):
                given[names[owner]] = given.get(names[owner], 0) + points
        taken = {use.limit_id: use.units for use in event.limits if use.limit_id.startswith("budget:")}
        assert {key.removeprefix("budget:").split("/")[0]: units for key, units in taken.items()} == {
            name: points for name, points in given.items() if points
        }

    def _takes_its_share(self, event: PurchaseRefunded) -> None:
        """R-EARN-9: all refunds of a purchase together take of every lot, and free of every budget, what their share of
        the money comes to, rounded down: never more than was earned, and all of it when all is refunded."""
        key = event.purchase_source_event_id
        [bought] = [made for made in self.keys(PurchaseRecorded | PurchaseImported) if made.source_event_id == key]
        if isinstance(bought, PurchaseImported):
            return
        refunds = [made for made in self.keys(PurchaseRefunded) if made.purchase_source_event_id == key]
        money = sum(made.amount_minor for made in refunds)
        share = Fraction(money, bought.amount_minor) if bought.amount_minor else Fraction(1)
        taken: Counter[Any] = Counter()
        back: Counter[Any] = Counter()
        for made in refunds:
            taken.update({part.lot_no: part.points + part.spent for part in made.lots})
            taken.update({use.limit_id: -use.units for use in made.limits})
            back.update({(value.key, value.period): -value.delta for value in made.counters})
        assert all(back[value.key, value.period] <= floor(value.delta * share) for value in bought.counters)
        budgets = {use.limit_id: use.units for use in bought.limits if use.limit_id.startswith("budget:")}
        earned: dict[Any, int] = {lot.lot_no: lot.amount for lot in bought.lots} | budgets
        assert +taken == +Counter({name: floor(amount * share) for name, amount in earned.items()})

    def _spent_only_living(self, event: RedemptionMade | ConversionHeld | DebtRepaid, before: dict[int, Lot]) -> None:
        assert sum(part.points for part in event.slices) == event.points
        for part in event.slices:
            lot = before.get(part.lot_no, self.table[part.lot_no])
            ends = max(lot.expires_at, self.table[part.lot_no].expires_at)
            assert part.points > 0 and lot.matures_at <= self.now < ends
            if isinstance(event, ConversionHeld):
                assert lot.convertible and self.now - lot.earned_at >= 7 * DAY

    @property
    def answered(self) -> set[Any]:
        return {event_key(event) for event in self.stream}

    def keys(self, kind: Any) -> list[Any]:
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
        case "end":
            life.now = max([life.now, *((end + values[1]) for end in near_ends(life)[values[0] :][:1])])
            life.check()
            alive = [lot for lot in life.table.values() if lot.matures_at <= life.now < lot.expires_at]
            assert life.spendable == sum(lot.remaining for lot in alive)
        case "purchase":
            life.purchase(values[0], channel=values[1], tags=(values[2],))
        case "late":
            life.purchase(values[0], at=life.now - values[1])
        case "behave":
            life.behave(values[0], grade=values[1], at=life.now - values[2])
        case "zone":
            life.change_timezone(values[0])
        case "import":
            life.import_purchase(life.fresh("old"), values[0], values[1])
        case "refund":
            made = life.keys(PurchaseRecorded | PurchaseImported)
            if made:
                purchase = made[values[0] % len(made)]
                least = 1 if purchase.amount_minor else 0
                life.refund(purchase.source_event_id, max(least, purchase.amount_minor * values[1] // 100))
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
        case "answer":
            answer(life, *values)
        case "sweep":
            life.sweep()
        case "evaluate":
            life.evaluate_tier()


def answer(life: RandomLife, paid: bool, choice: int) -> None:
    """A sponsor's budget answers what a redemption promised; the ledger asks each once."""
    promised: list[Command] = []
    for made in life.keys(RedemptionMade):
        key = (life.member_id, made.redemption_id)
        if made.bonus_points and spending_bonus_key(made.redemption_id) not in life.answered:
            bonus = PaySpendingBonus(*key, life.now) if paid else RefuseSpendingBonus(*key, "budget_empty", life.now)
            promised.append(bonus)
        if made.award is not None and circulation_award_key(made.redemption_id) not in life.answered:
            pay, refuse = PayCirculationAward(*key, life.now), RefuseCirculationAward(*key, "budget_empty", life.now)
            promised.append(pay if paid else refuse)
    if promised:
        life.do(promised[choice % len(promised)])


def near_ends(life: RandomLife) -> list[int]:
    """When lots that still hold points mature or expire: there a second decides."""
    instants = {instant for lot in life.table.values() if lot.remaining for instant in (lot.matures_at, lot.expires_at)}
    return sorted(instant for instant in instants if life.now < instant < FAR_FUTURE)


def begin(program: ProgramFile, zone: str, at: Instant = START) -> RandomLife:
    life = RandomLife(program, at, zone)
    life.limits["stock:gift"] = 3
    return life


CLAMP = sample({"refunds": {"spent_points": "clamp"}})
BUY: list[tuple[Any, ...]] = [("purchase", 10_000, "shop", "tea"), ("days", 10)]
GONE: list[tuple[Any, ...]] = [("refund", 0, 30), ("refund", 0, 70)]
"""Refunded in two parts while the points are away: what the clamp forgives is recovered when they come back."""
PENDING = sample({"earn.pending_days": 14})
RATIONED = sample(
    {
        "earn.rules": [{**BASE["earn"]["rules"][0], "budget": "pot", "limits": [{"per": "year", "points": 170}]}],
        "earn.budgets": [{"id": "pot", "points": 150, "per": "year"}],
    }
)
SPONSORED = sample(
    {
        "alliance.minimum_age_days": 0,
        "spending_bonus": {**BUDGET, "percent": 50, "monthly_maximum_points": 60},
        "circulation_award": {**BUDGET, "points": 40, "threshold_points": 50},
    }
)
ARRIVED: list[tuple[Any, ...]] = [("receive", 100), ("redeem", "coupon"), ("answer", True, 0), ("answer", True, 0)]
"""A bonus and an award are promised and paid."""
SPEND: list[tuple[Any, ...]] = [("hold", 20), ("redeem", "coupon"), ("offset", 1)]
"""Tried in the last second before points mature or end, and in the first one after it."""


@given(program_files(), st.sampled_from(ZONES), st.lists(steps, min_size=12, max_size=40))
@example(CLAMP, ZONES[0], [*BUY, ("hold", 100), *GONE, ("settle", "release", 0)])
@example(CLAMP, ZONES[0], [*BUY, ("hold", 60), ("settle", "capture", 0), *GONE, ("settle", "give_back", 0)])
@example(CLAMP, ZONES[0], [*BUY, ("redeem", "coupon"), *GONE, ("cancel", 0)])
@example(PENDING, ZONES[0], [BUY[0], *GONE])
@example(CLAMP, ZONES[0], [BUY[0], BUY[0], ("redeem", "coupon"), ("redeem", "gift"), *GONE, ("refund", 1, 100)])
@example(RATIONED, ZONES[0], [BUY[0], BUY[0], *GONE, BUY[0], BUY[0]])
@example(CLAMP, ZONES[0], [*BUY, ("end", 0, -1), *SPEND, ("end", 0, 0), *SPEND])
@example(PENDING, ZONES[0], [BUY[0], ("end", 0, -1), *SPEND, ("end", 0, 0), *SPEND])
@example(SPONSORED, ZONES[0], [*ARRIVED, ("redeem", "coupon"), ("redeem", "gift"), ("cancel", 0), *BUY])
@example(SPONSORED, ZONES[0], [*ARRIVED[:2], ("cancel", 0), *ARRIVED, ("days", 400), ("cancel", 1), ("sweep",)])
@example(CLAMP, ZONES[0], [*BUY, ("days", 200), ("end", 0, 0), ("sweep",)])
@example(CLAMP, ZONES[0], [*BUY, ("days", 200), ("end", 0, 0), ("sweep",), *GONE])
def test_every_life_keeps_the_books(program: ProgramFile, zone: str, script: list[tuple[Any, ...]]) -> None:
    """DESIGN §3, pitfalls 2, 5, 6, 8: whatever happens in whatever order, and replaying the events gives the same."""
    life = begin(program, zone)
    live(life, script)
    replay_gives_the_same(life)
    accounts_hold_what_the_events_say(life)
    assert life.limits["stock:gift"] >= 0


@given(program_files(), st.sampled_from(ZONES), st.lists(steps, min_size=12, max_size=30))
def test_undoing_everything_returns_to_the_reversible_zero(
    program: ProgramFile, zone: str, script: list[tuple[Any, ...]]
) -> None:
    """Release every hold, return every conversion, cancel every redemption, refund every purchase: only behaviour
    points, points from partners and rewards of behaviours are left, or have expired; caps and budgets are free."""
    life = begin(program, zone)
    live(life, script)
    undo(life)
    replay_gives_the_same(life)
    accounts_hold_what_the_events_say(life)
    state = life.state()
    kept = [event for event in life.stream if isinstance(event, BehaviourRecorded | ConversionReceived)]
    rewards = standing(life)
    old = sum(event.debt_points + event.forgiven_points for event in refunds_of_old(life))
    assert state.spend_minor == 0
    assert life.journal["redemption"] == 0
    owned = life.journal["member_available"] + life.journal["member_pending"] + life.journal["breakage"]
    points = sum(points_of(event) for event in (*kept, *rewards)) - old
    assert owned - state.debt_points - state.forgiven_points == points
    assert state.growth == sum(getattr(event, "growth", 0) for event in (*kept, *rewards))
    for reward in rewards:
        assert by_behaviour(program, reward) or is_final(life, reward), reward
    nothing_used_by_purchases(life, [*kept, *rewards])


def standing(life: RandomLife) -> list[TaskRewarded]:
    """The rewards that were not revoked."""
    found: dict[str, TaskRewarded] = {}
    lost: list[TaskRewarded] = []
    for event in life.stream:
        if isinstance(event, TaskRewarded):
            lost += [found[event.reward]] if event.reward in found else []
            found[event.reward] = event
        if isinstance(event, TaskRevoked):
            del found[event.reward]
    assert not lost, "rewarded twice"
    return list(found.values())


def refunds_of_old(life: RandomLife) -> list[PurchaseRefunded]:
    old = {event.source_event_id for event in life.keys(PurchaseImported)}
    return [event for event in life.keys(PurchaseRefunded) if event.purchase_source_event_id in old]


def by_behaviour(program: ProgramFile, reward: TaskRewarded) -> bool:
    """Whether behaviours earned it."""
    goals = {goal.id for goal in program.tasks.goals if goal.behaviours}
    steps = {f"{chain.id}/{step.id}" for chain in program.tasks.chains for step in chain.steps if step.behaviours}
    return reward.task in goals or reward.reward in steps


def is_final(life: RandomLife, reward: TaskRewarded) -> bool:
    """Whether the state has forgotten the reward or the period of its goal."""
    state = life.state()
    forgotten = used_in(state.counters.get(f"goal/{reward.task}"), reward.period, -1) == -1
    return reward.reward not in state.rewards or forgotten


def nothing_used_by_purchases(life: RandomLife, kept: list[Any]) -> None:
    """Budgets hold what the kept events took, and nothing else."""
    used: dict[str, int] = {}
    for event in kept:
        for limit_id, units in getattr(event, "limits", ()):
            used[limit_id] = used.get(limit_id, 0) + units
    program = life.book.at(life.now)
    for limit_id, left in life.limits.items():
        if limit_id.startswith("budget:"):
            assert program.capacity_of(limit_id) - left == used.get(limit_id, 0), limit_id


def undo(life: RandomLife) -> None:
    for held in life.keys(ConversionHeld):
        for way in (life.release, life.give_back):
            attempt(lambda way=way, held=held: way(held.conversion_id))
    for made in life.keys(RedemptionMade):
        attempt(lambda made=made: life.cancel(made.redemption_id))
    for purchase in life.keys(PurchaseRecorded):
        key = purchase.source_event_id
        refunds = [event for event in life.keys(PurchaseRefunded) if event.purchase_source_event_id == key]
        left = purchase.amount_minor - sum(event.amount_minor for event in refunds)
        if left or not refunds:
            life.refund(key, left)


def attempt(action: Any) -> None:
    with suppress(DomainError):
        action()


@given(program_files(), st.lists(steps, min_size=5, max_size=25))
def test_interpreted_and_generated_programs_lead_the_same_life(
    program: ProgramFile, script: list[tuple[Any, ...]]
) -> None:
    compiled, walked = begin(program, ZONES[0]), begin(program, ZONES[0])
    walked.book = ProgramBook.from_versions([(0, program)], interpreted=True)
    live(compiled, script)
    live(walked, script)
    assert compiled.stream == walked.stream


class Plenty(dict[str, int]):
    """Shared limits that never bind; two members use the same ones."""

    def get(self, limit_id: str, _default: object = None) -> int:  # type: ignore[override]
        return self.setdefault(limit_id, 10**9)


@given(program_files(), st.lists(steps, min_size=5, max_size=15), st.lists(steps, min_size=5, max_size=15))
def test_the_order_of_independent_members_does_not_matter(
    program: ProgramFile, first: list[tuple[Any, ...]], second: list[tuple[Any, ...]]
) -> None:
    """While no shared limit binds, whoever comes first."""
    streams, used = [], []
    for order in ((0, 1), (1, 0)):
        shared = Plenty()
        lives = [begin(program, ZONES[0]), begin(program, ZONES[1])]
        for each in lives:
            each.limits = shared
        for number in order:
            live(lives[number], (first, second)[number])
        streams.append([each.stream for each in lives])
        used.append({limit_id: left for limit_id, left in shared.items() if left != 10**9})
    assert streams[0] == streams[1]
    assert used[0] == used[1]


@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=12))
def test_partial_refunds_in_any_cut_take_exactly_what_was_earned(parts: list[int]) -> None:
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
