"""Owns what is worse in earning: rules, growth, campaigns and how they stack, gifts, budgets, tasks.

A budget is judged for all members together: a more generous rule under the same budget is not worse.
"""

from __future__ import annotations

from fractions import Fraction

from alliance_node.domain.program.comparing.amounts import always_rises, compare_amounts
from alliance_node.domain.program.comparing.kit import CHANGED, Comparison, Place, name_of
from alliance_node.domain.program.rules_schema import Campaign, Rule, Streak
from alliance_node.domain.program.tasks_schema import Chain, Goal

_STACKING = ("exclusive", "best_of", "additive", "multiplicative")


def earning(c: Comparison) -> None:
    """earn and growth."""
    old, new = c.old.earn, c.new.earn
    c.not_higher(Place("earn.pending_days"), old.pending_days, new.pending_days)
    c.not_lower(Place("earn.late_days"), old.late_days, new.late_days)
    c.same(Place("earn.day_boundary"), old.day_boundary, new.day_boundary)
    for place, before, after in c.pairs(Place("earn.rules"), old.rules, new.rules):
        _rule(c, place, before, after)
    for place, before, after in c.pairs(Place("growth.rules"), c.old.growth.rules, c.new.growth.rules):
        _rule(c, place, before, after)
    for place, budget, budget_after in c.pairs(Place("earn.budgets"), old.budgets, new.budgets):
        c.not_lower(place.at("points"), budget.points, budget_after.points)
        c.same(place.at("per"), budget.per, budget_after.per)
    for place, gift, gift_after in c.pairs(Place("earn.gifts"), old.gifts, new.gifts):
        c.when(place.at("when"), gift.when, gift_after.when)
        c.same(place.at("option"), gift.option, gift_after.option)
        c.not_lower(place.at("quantity"), gift.quantity, gift_after.quantity)
        c.limits(place, gift.limits, gift_after.limits)
    _shared_budgets(c)


def campaigns(c: Comparison) -> None:
    """The campaigns, and which of them may take the place of another."""
    old, new = c.old.earn, c.new.earn
    if new.campaigns:
        c.not_below(Place("earn.stacking"), old.stacking, new.stacking, _STACKING)
    for place, before, after in c.pairs(Place("earn.campaigns"), old.campaigns, new.campaigns):
        c.not_lower(place.at("multiplier"), before.multiplier, after.multiplier)
        c.not_narrower(place.at("applies_to"), before.applies_to, after.applies_to)
        c.when(place.at("when"), before.when, after.when)
        c.limits(place, before.limits, after.limits)
        _budget(c, place, before.budget, after.budget)
    _displaced(c)


def tasks(c: Comparison) -> None:
    """Goals and task chains."""
    for place, goal, goal_after in c.pairs(Place("tasks.goals"), c.old.tasks.goals, c.new.tasks.goals):
        _goal(c, place, goal, goal_after)
    for place, chain, chain_after in c.pairs(Place("tasks.chains"), c.old.tasks.chains, c.new.tasks.chains):
        _chain(c, place, chain, chain_after)


def _rule(c: Comparison, place: Place, old: Rule, new: Rule) -> None:
    c.same(place.at("on"), old.on, new.on)
    widening = _danger_of_more_events(new)
    c.not_narrower(place.at("behaviours"), old.behaviours or (), new.behaviours or ())
    if widening and set(new.behaviours or ()) > set(old.behaviours or ()):
        c.worse(place.at("behaviours"), old.behaviours, new.behaviours, f"{CHANGED}, since {widening}")
    c.when(place.at("when"), old.when, new.when, widening=widening)
    if old.on == new.on:
        compare_amounts(c, place.at("amount"), old.amount, new.amount)
    c.limits(place, old.limits, new.limits)
    _budget(c, place, old.budget, new.budget)
    if new.bonus and not old.bonus:
        c.worse(place.at("bonus"), old.bonus, new.bonus, "bonus points cannot be converted")


def _danger_of_more_events(rule: Rule) -> str:
    """Why a rule that takes more events than before may give less for them in all; empty when it never does."""
    if rule.amount.type != "fixed" and any(limit.times is not None for limit in rule.limits):
        return "smaller events may use up its limit"
    if isinstance(rule.amount, Streak) and not always_rises(rule.amount):
        return "a longer run may give less than two short ones"
    return ""


def _budget(c: Comparison, place: Place, old: str | None, new: str | None) -> None:
    if new is not None and new != old:
        c.worse(place.at("budget"), old, new, "added" if old is None else CHANGED)


def _shared_budgets(c: Comparison) -> None:
    """A rule, campaign or task that is new and draws on a budget that others had."""
    had = {item.budget: name_of(item) for item in _budgeted(c, c.old) if item.budget}
    known = {(type(item), item.id) for item in _budgeted(c, c.old)}
    for item in _budgeted(c, c.new):
        if item.budget in had and (type(item), item.id) not in known:
            place = Place(f"earn.budgets.{item.budget}", had[item.budget])
            c.worse(place, "as before", f"shared with {item.id}", CHANGED)


def _budgeted(c: Comparison, program: object) -> list[Rule | Campaign | Goal | Chain]:
    file = c.old if program is c.old else c.new
    return [*file.earn.rules, *file.earn.campaigns, *file.tasks.goals, *file.tasks.chains]


def _displaced(c: Comparison) -> None:
    """R-EARN-4: where only one campaign counts, a new or wider one may keep members from a better one."""
    stacking = c.new.earn.stacking
    if stacking not in ("exclusive", "best_of"):
        return
    before = [campaign.id for campaign in c.old.earn.campaigns]
    old = {campaign.id: campaign for campaign in c.old.earn.campaigns}
    new = c.new.earn.campaigns
    for number, campaign in enumerate(new):
        rivals = new[number + 1 :] if stacking == "exclusive" else [other for other in new if other is not campaign]
        for rival in rivals:
            if rival.id not in old or c.is_over(old[rival.id]) or not _may_take_the_place(campaign, rival, stacking):
                continue
            known = campaign.id in old and old[campaign.id].when == campaign.when
            ahead = known and (stacking == "best_of" or before.index(campaign.id) < before.index(rival.id))
            if not ahead or (stacking == "best_of" and stacking != c.old.earn.stacking):
                place = Place(f"earn.campaigns.{rival.id}", rival.label)
                c.worse(place, "counts", f"{campaign.id} may take its place", CHANGED)


def _may_take_the_place(campaign: Campaign, rival: Campaign, stacking: str) -> bool:
    """The best one is chosen by what it gives before its limits; the first one is taken whatever it gives."""
    limited = bool(campaign.limits or campaign.budget)
    if stacking == "best_of":
        return limited
    everything = campaign.applies_to is None or (
        rival.applies_to is not None and set(rival.applies_to) <= set(campaign.applies_to)
    )
    return limited or not everything or Fraction(campaign.multiplier) < Fraction(rival.multiplier)


def _goal(c: Comparison, place: Place, old: Goal, new: Goal) -> None:
    c.same(place.at("per"), old.per, new.per)
    measures = [
        (goal.purchases is not None, goal.spend is not None, goal.behaviours is not None) for goal in (old, new)
    ]
    if measures[0] != measures[1]:
        c.worse(place, "measure", "another measure", CHANGED)
        return
    c.not_higher(place.at("purchases"), old.purchases or 0, new.purchases or 0)
    c.not_higher(place.at("spend"), old.spend or "0", new.spend or "0")
    c.not_higher(place.at("times"), old.times or 0, new.times or 0)
    c.not_narrower(place.at("behaviours"), old.behaviours or (), new.behaviours or ())
    c.when(place.at("when"), old.when, new.when)
    c.not_lower(place.at("points"), old.points, new.points)
    c.not_lower(place.at("growth"), old.growth, new.growth)
    _budget(c, place, old.budget, new.budget)


def _chain(c: Comparison, place: Place, old: Chain, new: Chain) -> None:
    c.not_lower(place.at("within_days"), old.within_days, new.within_days)
    c.not_off(place.at("late_completion"), old.late_completion, new.late_completion)
    _budget(c, place, old.budget, new.budget)
    before, after = [step.id for step in old.steps], [step.id for step in new.steps]
    if after[: len(before)] != before:
        c.worse(place.at("steps"), before, after, CHANGED)
    for inside, step, step_after in c.pairs(place.at("steps"), old.steps, new.steps):
        if new.late_completion:
            c.not_higher(inside.at("day"), step.day, step_after.day)
        else:
            c.same(inside.at("day"), step.day, step_after.day)
        c.same(inside.at("on"), step.on, step_after.on)
        c.not_narrower(inside.at("behaviours"), step.behaviours or (), step_after.behaviours or ())
        c.when(inside.at("when"), step.when, step_after.when)
        c.not_lower(inside.at("points"), step.points, step_after.points)
        c.not_lower(inside.at("growth"), step.growth, step_after.growth)
