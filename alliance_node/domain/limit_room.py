"""Owns which limits a command meets and how much room they leave: the member's own, budgets, stock, an order's share.
For previews only: decides nothing, refuses nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from alliance_node.domain.commands import (
    Command,
    HoldForConversion,
    RecordBehaviour,
    RecordPurchase,
    Redeem,
    SendGift,
    UseBenefit,
    order_limit,
)
from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.benefits import allowance_of
from alliance_node.domain.deciding.converting import CONVERSION_COUNTER
from alliance_node.domain.deciding.gifts import GIVEN_POINTS, GIVEN_TIMES
from alliance_node.domain.deciding.prices import price_now
from alliance_node.domain.events import CounterValue, Event
from alliance_node.domain.instants import local_day, period_of
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.offers import CompiledOffer
from alliance_node.domain.program.plan import PlanLimit
from alliance_node.domain.program.redemption_schema import Offset
from alliance_node.domain.program.rules_schema import Campaign, Rule
from alliance_node.domain.program.tasks_schema import Chain, Goal
from alliance_node.domain.state import MemberState, timezone_at
from alliance_node.domain.words import PERIOD_WORDS, Words


class LimitRoom(msgspec.Struct, frozen=True):
    """A limit that the command meets. `kind` is member, budget, stock or order; `unit` is times, points, pieces or
    money (minor units). `used` is before the command, `left` after it (before it, when it is refused); `binds` says
    whether the limit cuts or refuses the command. `name` is in the language that was asked for."""

    kind: str
    limit_id: str
    name: str
    unit: str
    maximum: int
    used: int
    left: int
    binds: bool


def rooms(
    program: CompiledProgram,
    state: MemberState,
    command: Command,
    events: Sequence[Event],
    available: Mapping[str, int],
    words: Words,
) -> list[LimitRoom]:
    """The limits in the order in which they are asked; `state` is before the command."""
    room = _Rooms(program, state, available, words)
    match command:
        case RecordPurchase() | RecordBehaviour():
            return room.of_earning(command, events)
        case Redeem():
            return room.of_redemption(command)
        case HoldForConversion() | SendGift() | UseBenefit():
            return room.of_member(command)
        case _:
            return []


class _Rooms:
    """One command at one state."""

    def __init__(
        self, program: CompiledProgram, state: MemberState, available: Mapping[str, int], words: Words
    ) -> None:
        self.program, self.state, self.available, self.words = program, state, available, words

    def of_earning(self, command: RecordPurchase | RecordBehaviour, events: Sequence[Event]) -> list[LimitRoom]:
        """What the events moved or were cut by: counters of rules, and the shared limits that were drawn on."""
        limits = _earning_limits(self.program)
        found: dict[str, LimitRoom] = {}
        bound = {(step[0], step[1]) for event in events for step in getattr(event, "trace", ())}
        for owner, limit in limits:
            change = next((value for value in _counters(events) if value.key == limit.key), None)
            binds = (owner, f"limit_{limit.counts}") in bound
            if change is None and not binds:
                continue
            day = self.program.day_for(command.occurred_at, timezone_at(self.state, command.occurred_at))
            used = used_in(self.state.counters.get(limit.key), period_of(limit.per, day), limit.maximum)
            more = change.delta if change is not None else 0
            binds = binds and used + more >= limit.maximum
            found[limit.key] = self._room("member", limit.key, owner, limit, used, more, binds)
        return [*found.values(), *self._drawn(command, events, bound)]

    def of_redemption(self, command: Redeem) -> list[LimitRoom]:
        """The option's limits of the member, its stock, and the share of the order."""
        compiled = self.program.offers.get(command.option)
        if compiled is None or type(command.quantity) is not int:
            return []
        at = command.occurred_at
        price = price_now(self.program, self.state, compiled, at)
        points = command.points if command.points is not None else price.points * command.quantity
        day = self.program.day_for(at, timezone_at(self.state, at))
        found = [
            self._asked(limit, compiled.offer.id, day, command.quantity if limit.counts == "times" else points)
            for limit in compiled.limits
        ]
        name = self.words.offer(compiled.offer.id)
        if compiled.limit_id:
            capacity = self.program.capacity_of(compiled.limit_id)
            used = capacity - self.available.get(compiled.limit_id, 0)
            found.append(_told("stock", compiled.limit_id, name, "pieces", capacity, used, command.quantity))
        return [*found, *self._order(command, compiled, points // price.points * price.value_minor)]

    def of_member(self, command: HoldForConversion | SendGift | UseBenefit) -> list[LimitRoom]:
        """Maxima of conversions and gifts, the allowance of a benefit."""
        pick = self.words.pick
        limits: list[tuple[PlanLimit, str, int]] = []
        file = self.program.file
        if isinstance(command, HoldForConversion) and file.alliance is not None:
            most = file.alliance.daily_maximum_points
            name = pick("conversion to partner brands", "转换到联盟品牌")
            limits.append((PlanLimit(CONVERSION_COUNTER, "day", "points", most), name, command.points))
        elif isinstance(command, SendGift) and file.member_gifts is not None:
            rules, name = file.member_gifts, pick("gifts to members", "会员互赠")
            limits.append((PlanLimit(GIVEN_POINTS, "day", "points", rules.daily_maximum_points), name, command.points))
            limits.append((PlanLimit(GIVEN_TIMES, "month", "times", rules.monthly_maximum_times), name, 1))
        elif isinstance(command, UseBenefit) and command.benefit in self.program.benefits:
            benefit = self.program.benefits[command.benefit]
            allowance = allowance_of(self.program, self.state.tier, benefit)
            if allowance is not None and allowance.times is not None:
                key = f"benefit/{benefit.id}/{allowance.per}"
                name = self.words.benefit(benefit.id)
                limits.append((PlanLimit(key, allowance.per, "times", allowance.times), name, 1))
        day = self.program.day_for(command.occurred_at, timezone_at(self.state, command.occurred_at))
        return [self._asked(limit, name, day, more) for limit, name, more in limits]

    def _asked(self, limit: PlanLimit, owner: str, day: int, more: int) -> LimitRoom:
        used = used_in(self.state.counters.get(limit.key), period_of(limit.per, day), limit.maximum)
        return self._room("member", limit.key, owner, limit, used, more, used + more > limit.maximum)

    def _room(self, kind: str, key: str, owner: str, limit: PlanLimit, used: int, more: int, binds: bool) -> LimitRoom:
        when = PERIOD_WORDS[self.words.language][limit.per]
        name = self.words.pick(f"{self.words.rule(owner)}, {when}", f"{self.words.rule(owner)}，{when}")
        left = max(0, limit.maximum - used - (0 if used + more > limit.maximum else more))
        return LimitRoom(kind, key, name, limit.counts, limit.maximum, used, left, binds)

    def _drawn(
        self, command: RecordPurchase | RecordBehaviour, events: Sequence[Event], bound: set[tuple[str, str]]
    ) -> list[LimitRoom]:
        """Budgets and stock that were drawn on, and budgets that gave nothing any more."""
        day = local_day(command.occurred_at, self.program.timezone)
        taken: dict[str, int] = {}
        for event in events:
            for limit_id, units in getattr(event, "limits", ()):
                taken[limit_id] = taken.get(limit_id, 0) + units
        cut = {owner for owner, step in bound if step == "limit_budget"}
        budgets = {budget.id: budget for budget in self.program.file.earn.budgets}
        empty = {
            f"budget:{budgets[budget].id}/{period_of(budgets[budget].per, day)}"
            for owner, budget in _budgets(self.program)
            if owner in cut
        }
        found = []
        for limit_id in dict.fromkeys([*taken, *sorted(empty)]):
            kind, _, name = limit_id.partition(":")
            capacity = self.program.capacity_of(limit_id)
            left = max(0, self.available.get(limit_id, 0))
            used, units = capacity - left, taken.get(limit_id, 0)
            said = self.words.offer(name) if kind == "stock" else name.partition("/")[0]
            unit = "pieces" if kind == "stock" else "points"
            found.append(LimitRoom(kind, limit_id, said, unit, capacity, used, left - units, limit_id in empty))
        return found

    def _order(self, command: Redeem, compiled: CompiledOffer, value_minor: int) -> list[LimitRoom]:
        offer, order = compiled.offer, command.order_amount_minor
        if not isinstance(offer, Offset) or order is None or not command.order_id:
            return []
        limit_id = order_limit(command.order_id)
        cap = order * offer.max_order_percent // 100
        name = self.words.pick(f"{offer.max_order_percent} % of the order", f"订单的 {offer.max_order_percent} %")
        return [_told("order", limit_id, name, "money", cap, -self.available.get(limit_id, 0), value_minor)]


def _told(kind: str, limit_id: str, name: str, unit: str, maximum: int, used: int, more: int) -> LimitRoom:
    binds = used + more > maximum
    return LimitRoom(kind, limit_id, name, unit, maximum, used, max(0, maximum - used - (0 if binds else more)), binds)


def _counters(events: Iterable[Event]) -> list[CounterValue]:
    return [value for event in events for value in getattr(event, "counters", ())]


def _earning_limits(program: CompiledProgram) -> list[tuple[str, PlanLimit]]:
    """Every limit of rules, campaigns and threshold gifts with the id of its owner."""
    plan = program.plan
    rules = [(rule.rule_id, limit) for rule in (*plan.purchase_rules, *plan.behaviour_rules) for limit in rule.limits]
    campaigns = [(campaign.campaign_id, limit) for campaign in plan.campaigns for limit in campaign.limits]
    gifts = [(gift.gift_id, limit) for gift in program.tasks.gifts for limit in gift.limits]
    return [*rules, *campaigns, *gifts]


def _budgets(program: CompiledProgram) -> list[tuple[str, str]]:
    """(rule, campaign or task, its budget)"""
    file = program.file
    owners: list[Rule | Campaign | Goal | Chain] = [*file.earn.rules, *file.earn.campaigns]
    owners += [*file.tasks.goals, *file.tasks.chains]
    return [(owner.id, owner.budget) for owner in owners if owner.budget is not None]
