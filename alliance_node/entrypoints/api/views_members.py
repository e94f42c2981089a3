"""What a member can get, may use, has done and still needs, as the API's and the command line's JSON.

Owns the form only: money as decimal strings, instants as RFC 3339, names in the caller's language.
"""

from typing import Any

import msgspec

from alliance_node.application.limits_view import LimitView
from alliance_node.application.member_benefits import BenefitView
from alliance_node.application.member_options import OptionView
from alliance_node.domain.event_facts import points_of
from alliance_node.domain.events import RedemptionMade, TaskRewarded
from alliance_node.domain.outlook import Outlook
from alliance_node.domain.preview import LimitRoom, Preview
from alliance_node.domain.program import CompiledProgram
from alliance_node.domain.progress import ChainProgress, GoalProgress, Progress, StreakProgress
from alliance_node.entrypoints.api.parsing import format_amount
from alliance_node.entrypoints.api.views import Json, instant


def option(view: OptionView, scale: int) -> Json:
    """One entry of `GET …/options`."""
    return {
        "option": view.option,
        "kind": view.kind,
        "name": view.name,
        "unit": view.unit,
        "points": view.points,
        "list_points": view.list_points,
        "cash": format_amount(view.cash_minor, scale),
        "value": format_amount(view.value_minor, scale),
        "left": view.left,
        "missing_points": view.missing_points,
        "from": instant(view.starts),
        "until": instant(view.until),
        "available": view.refusal is None,
        "refusal": _plain(view.refusal),
    }


def benefit(view: BenefitView) -> Json:
    """One entry of `GET …/benefits`; `allowance` null means as often as wanted."""
    return msgspec.structs.asdict(view)


def limit(view: LimitView) -> Json:
    """One entry of `GET /v1/limits`."""
    return msgspec.structs.asdict(view)


def preview(shown: Preview, scale: int) -> Json:
    """`POST …/previews/…`: what the real call would answer (`points` without the rewards of tasks), and which
    limits it meets."""
    events = shown.decision.events
    made = next((event for event in events if isinstance(event, RedemptionMade)), None)
    rewards = [event for event in events if isinstance(event, TaskRewarded)]
    return {
        "allowed": shown.refusal is None,
        "points": shown.points - sum(points_of(event) for event in rewards),
        "rewards": [
            {"task": event.task, "reward": event.reward, "points": points_of(event), "growth": event.growth}
            for event in rewards
        ],
        "balance": {"spendable": shown.spendable_after, "pending": shown.pending_after},
        "growth": shown.growth_after,
        "tier": shown.tier_after,
        "value": format_amount(made.value_minor, scale) if made is not None else None,
        "cash": format_amount(made.cash_minor, scale) if made is not None else None,
        "explanation": shown.explanation,
        "limits": [_room(room, scale) for room in shown.limits],
        "refusal": _plain(shown.refusal),
    }


def _room(room: LimitRoom, scale: int) -> Json:
    fields = msgspec.structs.asdict(room)
    if room.unit == "money":
        fields |= {name: format_amount(fields[name], scale) for name in ("maximum", "used", "left")}
    return fields


def outlook(view: Outlook, program: CompiledProgram, language: str) -> Json:
    """`GET …/outlook`: will I be downgraded, what do I still need (R-TIER-8)."""
    scale = program.file.currency_exponent

    def measured(value: int) -> int | str:
        return value if view.basis == "growth" else format_amount(value, scale)

    return {
        "tier": view.tier,
        "tier_name": tier_name(program, view.tier, language),
        "basis": view.basis,
        "value": measured(view.value),
        "protected_until": instant(view.protected_until),
        "next_tier": None
        if view.next is None
        else {
            "tier": view.next.tier,
            "name": tier_name(program, view.next.tier, language),
            "at_least": measured(view.next.at_least),
            "missing": measured(view.next.missing),
        },
        "retention": None
        if view.retention is None
        else {
            "counts": view.retention.counts,
            "needed": _counted(view.retention.needed, view.retention.counts, scale),
            "done": _counted(view.retention.done, view.retention.counts, scale),
            "missing": _counted(view.retention.missing, view.retention.counts, scale),
        },
        "kept_until": instant(view.kept_until),
        "downgrade": None
        if view.fall is None
        else {
            "at": instant(view.fall.at),
            "to": view.fall.to,
            "to_name": tier_name(program, view.fall.to, language),
            "value_then": measured(view.fall.value_then),
            "missing": measured(view.fall.missing),
        },
        "next_decay": instant(view.next_decay),
        "decay_loss": view.decay_loss,
    }


def tier_name(program: CompiledProgram, tier: str, language: str) -> str:
    """The tier's name in the language; the id for a tier that the program no longer names."""
    return next((step.name.in_language(language) for step in program.file.tiers.ladder if step.id == tier), tier)


def _counted(value: int, counts: str, scale: int) -> int | str:
    return format_amount(value, scale) if counts == "spend" else value


def tasks(view: Progress, scale: int, language: str) -> Json:
    """`GET …/tasks`."""
    return {
        "goals": [_goal(goal, scale, language) for goal in view.goals],
        "chains": [_chain(chain, language) for chain in view.chains],
        "streaks": [_streak(streak) for streak in view.streaks],
    }


def _goal(goal: GoalProgress, scale: int, language: str) -> Json:
    def measured(value: int) -> int | str:
        return format_amount(value, scale) if goal.unit == "money" else value

    return {
        "goal": goal.goal,
        "label": goal.label.in_language(language),
        "unit": goal.unit,
        "done": measured(goal.done),
        "target": measured(goal.target),
        "left": measured(max(0, goal.target - goal.done)),
        "reached": goal.reached,
        "points": goal.points,
        "growth": goal.growth,
        "ends_at": instant(goal.ends_at),
    }


def _chain(chain: ChainProgress, language: str) -> Json:
    return {
        "chain": chain.chain,
        "label": chain.label.in_language(language),
        "ends_at": instant(chain.ends_at),
        "steps": [
            {
                "step": step.step,
                "label": step.label.in_language(language),
                "state": step.state,
                "points": step.points,
                "opens_at": instant(step.opens_at),
            }
            for step in chain.steps
        ],
    }


def _streak(streak: StreakProgress) -> Json:
    return msgspec.structs.asdict(streak)


def _plain(refusal: Any) -> Json | None:
    return msgspec.structs.asdict(refusal) if refusal is not None else None
