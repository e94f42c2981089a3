"""Owns goals, task chains and threshold gifts with every number resolved, and which shared limits an event may draw on.

They are read by walking, not compiled: a program has few of them, and a program without them pays nothing.
"""

from __future__ import annotations

import msgspec

from alliance_node.domain.instants import DAY_SECONDS, FAR_FUTURE, Instant, local_day, period_of
from alliance_node.domain.program.lower import lower_limits, lower_when
from alliance_node.domain.program.offers import stock_of
from alliance_node.domain.program.plan import NO_BUDGET, Before, NotBefore, Plan, PlanLimit, Predicate
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.tasks_schema import Chain, Goal
from alliance_node.domain.program.values import to_minor


class PlanGoal(msgspec.Struct, frozen=True):
    """`behaviours` is empty when purchases count: each as one, or by its amount (`spend`)."""

    goal_id: str
    per: str
    behaviours: tuple[str, ...]
    spend: bool
    target: int
    when: tuple[Predicate, ...]
    points: int
    growth: int
    budget: str
    progress_key: str
    rewarded_key: str


class PlanStep(msgspec.Struct, frozen=True):
    """`behaviours` is empty when a purchase does the step."""

    step_id: str
    day: int
    behaviours: tuple[str, ...]
    when: tuple[Predicate, ...]
    points: int
    growth: int


class PlanChain(msgspec.Struct, frozen=True):
    chain_id: str
    within_days: int
    late_completion: bool
    steps: tuple[PlanStep, ...]
    budget: str

    @property
    def key(self) -> str:
        return f"chain/{self.chain_id}"

    @property
    def ends_after(self) -> int:
        """Seconds after enrolment from which on no event can do a step, whatever the time zones."""
        return (self.within_days + 1) * DAY_SECONDS


class PlanGift(msgspec.Struct, frozen=True):
    """`limit_id` is empty when the option's stock has no end; `opens` and `closes` are the window of `when`."""

    gift_id: str
    option: str
    quantity: int
    when: tuple[Predicate, ...]
    limits: tuple[PlanLimit, ...]
    limit_id: str
    opens: Instant
    closes: Instant


class Draw(msgspec.Struct, frozen=True):
    """Something that may take of a shared limit: a budget (then `budget`) or a stock (then `limit_id`)."""

    behaviours: tuple[str, ...]
    when: tuple[Predicate, ...]
    budget: str = ""
    limit_id: str = ""


class TasksPlan:
    """The goals, chains, gifts and draws of one program version."""

    def __init__(self, program: ProgramFile, plan: Plan) -> None:
        self.timezone = program.timezone
        self.budgets = {budget.id: budget for budget in program.earn.budgets}
        self.goals = tuple(_goal(goal, program) for goal in program.tasks.goals)
        self.chains = tuple(_chain(chain, program) for chain in program.tasks.chains)
        self.gifts = _gifts(program)
        self.draws = _draws(plan, self)
        named = [goal.behaviours for goal in self.goals]
        named += [step.behaviours for chain in self.chains for step in chain.steps]
        self.counts_purchases = bool(self.gifts) or not all(named)
        self.behaviours = frozenset(name for names in named for name in names)

    def budget_limit(self, budget: str, at: Instant) -> str:
        """The shared limit of a budget in the period of the program's calendar that contains the instant."""
        return f"budget:{budget}/{period_of(self.budgets[budget].per, local_day(at, self.timezone))}"

    def limits_of(self, behaviour: str | None, at: Instant) -> tuple[str, ...]:
        """The shared limits that a purchase (None) or a behaviour at the instant may draw on."""
        found: dict[str, None] = {}
        for draw in self.draws:
            concerned = not draw.behaviours if behaviour is None else behaviour in draw.behaviours
            if concerned and _in_window(draw.when, at):
                found[draw.limit_id or self.budget_limit(draw.budget, at)] = None
        return tuple(found)


def _in_window(when: tuple[Predicate, ...], at: Instant) -> bool:
    for condition in when:
        if isinstance(condition, NotBefore) and at < condition.instant:
            return False
        if isinstance(condition, Before) and at >= condition.instant:
            return False
    return True


def _goal(goal: Goal, program: ProgramFile) -> PlanGoal:
    spend = to_minor(goal.spend, program.currency_exponent) if goal.spend is not None else None
    return PlanGoal(
        goal.id,
        goal.per,
        tuple(goal.behaviours or ()),
        spend is not None,
        spend if spend is not None else goal.purchases or goal.times or 0,
        lower_when(goal.when, program),
        goal.points,
        goal.growth,
        goal.budget or "",
        f"goal/{goal.id}",
        f"goal/{goal.id}/rewarded",
    )


def _chain(chain: Chain, program: ProgramFile) -> PlanChain:
    steps = tuple(
        PlanStep(
            step.id, step.day, tuple(step.behaviours or ()), lower_when(step.when, program), step.points, step.growth
        )
        for step in chain.steps
    )
    return PlanChain(chain.id, chain.within_days, chain.late_completion, steps, chain.budget or "")


def _gifts(program: ProgramFile) -> tuple[PlanGift, ...]:
    stocked = {offer.id for offer in program.redemption if stock_of(offer) is not None}
    return tuple(
        PlanGift(
            gift.id,
            gift.option,
            gift.quantity,
            when,
            lower_limits(gift.limits, f"threshold/{gift.id}"),
            f"stock:{gift.option}" if gift.option in stocked else "",
            max([each.instant for each in when if isinstance(each, NotBefore)], default=0),
            min([each.instant for each in when if isinstance(each, Before)], default=FAR_FUTURE + 1),
        )
        for gift in program.earn.gifts
        for when in [lower_when(gift.when, program)]
    )


def _draws(plan: Plan, tasks: TasksPlan) -> tuple[Draw, ...]:
    found = []
    for rule in (*plan.purchase_rules, *plan.behaviour_rules):
        if rule.budget != NO_BUDGET:
            found.append(Draw(rule.behaviours, rule.when, plan.budgets[rule.budget].budget_id))
    for campaign in plan.campaigns:
        if campaign.budget != NO_BUDGET:
            found.append(Draw((), campaign.when, plan.budgets[campaign.budget].budget_id))
    found += [Draw(goal.behaviours, goal.when, goal.budget) for goal in tasks.goals if goal.budget]
    for chain in tasks.chains:
        if chain.budget:
            found += [Draw(step.behaviours, step.when, chain.budget) for step in chain.steps]
    found += [Draw((), gift.when, limit_id=gift.limit_id) for gift in tasks.gifts if gift.limit_id]
    return tuple(found)
