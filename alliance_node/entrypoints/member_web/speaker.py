"""The member's tier and tasks in sentences of one language. Computes nothing: numbers come from the domain."""

import msgspec

from alliance_node.domain.outlook import Outlook
from alliance_node.domain.program import CompiledProgram
from alliance_node.domain.progress import ChainProgress, GoalProgress, Progress, StreakProgress
from alliance_node.entrypoints.api.parsing import format_amount
from alliance_node.entrypoints.api.views_members import tier_name
from alliance_node.entrypoints.member_web.words import date_text, words_of


class TaskLine(msgspec.Struct, frozen=True):
    """One goal, step or streak; `percent` draws a bar."""

    label: str
    sentence: str
    reward: str
    state: str
    percent: int | None = None


class TaskGroup(msgspec.Struct, frozen=True):
    """Goals and streaks without a title, each chain under its own."""

    title: str
    tasks: list[TaskLine]


class Speaker:
    """Speaks one language about one program."""

    def __init__(self, program: CompiledProgram, language: str) -> None:
        self._program = program
        self._language = language
        self._words = words_of(language)

    def tier(self, view: Outlook) -> list[str]:
        """Until when the tier is safe, what keeps it, what the next one needs (R-TIER-8)."""
        words = self._words
        found = []
        if view.protected_until:
            found.append(words["tier_protected"].format(date=self._date(view.protected_until)))
        if view.kept_until:
            found.append(words["tier_kept"].format(date=self._date(view.kept_until)))
        elif view.retention is not None and view.retention.missing:
            missing = self._measured(view.retention.missing, view.retention.counts)
            found.append(words["tier_task"].format(missing=missing))
        if view.fall is not None:
            missing = self._measured(view.fall.missing, view.basis)
            date, tier = self._date(view.fall.at), self._tier(view.fall.to)
            found.append(words["tier_falls"].format(date=date, tier=tier, missing=missing))
        if view.next_decay and view.decay_loss:
            found.append(words["tier_decay"].format(date=self._date(view.next_decay), points=view.decay_loss))
        if view.next is None:
            return [*found, words["tier_top"]]
        key = "tier_next_growth" if view.basis == "growth" else "tier_next_spend"
        missing = str(view.next.missing) if view.basis == "growth" else self._money(view.next.missing)
        return [*found, words[key].format(missing=missing, tier=self._tier(view.next.tier))]

    def tier_progress(self, view: Outlook) -> int | None:
        """How far the member has come to the next tier, in per cent; None at the top."""
        if view.next is None:
            return None
        return min(100, view.value * 100 // view.next.at_least) if view.next.at_least else 100

    def tasks(self, view: Progress) -> list[TaskGroup]:
        """Goals and streaks, then each chain that is not over."""
        plain = [*(self._goal(goal) for goal in view.goals), *(self._streak(streak) for streak in view.streaks)]
        groups = [TaskGroup("", plain)] if plain else []
        open_chains = [chain for chain in view.chains if any(step.state in ("open", "later") for step in chain.steps)]
        return [*groups, *(self._chain(chain) for chain in open_chains)]

    def _goal(self, goal: GoalProgress) -> TaskLine:
        words = self._words
        left = self._unit(max(0, goal.target - goal.done), goal.unit)
        if goal.reached:
            sentence = words["goal_done"]
        elif goal.ends_at is None:
            sentence = words["goal_left_open"].format(left=left)
        else:
            sentence = words["goal_left"].format(left=left, date=self._date(goal.ends_at - 1))
        percent = 100 if goal.reached else min(100, goal.done * 100 // goal.target)
        label = goal.label.in_language(self._language)
        return TaskLine(
            label, sentence, self._reward(goal.points, goal.growth), "done" if goal.reached else "open", percent
        )

    def _streak(self, streak: StreakProgress) -> TaskLine:
        words = self._words
        sentence = self._counted("streak", streak.length) if streak.length else words["streak_start"]
        sentences = [sentence.format(length=streak.length, points=streak.next_points)]
        if streak.bonus_day is not None:
            sentences.append(words["streak_bonus"].format(day=streak.bonus_day, points=streak.bonus_points))
        return TaskLine(self._rule(streak.rule), " ".join(sentences), "", "done" if streak.today else "open")

    def _chain(self, chain: ChainProgress) -> TaskGroup:
        until = self._date(chain.ends_at - 1)
        title = self._words["chain_until"].format(label=chain.label.in_language(self._language), date=until)
        lines = [
            TaskLine(
                step.label.in_language(self._language),
                self._words[f"step_{step.state}"].format(date=self._date(step.opens_at)),
                self._reward(step.points, 0),
                step.state,
            )
            for step in chain.steps
        ]
        return TaskGroup(title, lines)

    def _reward(self, points: int, growth: int) -> str:
        if points:
            return self._words["reward"].format(points=points)
        return self._words["reward_growth"].format(growth=growth) if growth else ""

    def _rule(self, rule_id: str) -> str:
        rule = next((rule for rule in self._program.file.earn.rules if rule.id == rule_id), None)
        return rule.label.in_language(self._language) if rule is not None and rule.label is not None else rule_id

    def _unit(self, value: int, unit: str) -> str:
        return self._money(value) if unit == "money" else self._counted(f"unit_{unit}", value).format(value=value)

    def _measured(self, value: int, counts: str) -> str:
        return (
            self._money(value) if counts == "spend" else self._counted(f"measure_{counts}", value).format(value=value)
        )

    def _counted(self, key: str, value: int) -> str:
        """The words for one, or for any other number."""
        return self._words.get(f"{key}_one", self._words[key]) if value == 1 else self._words[key]

    def _money(self, minor: int) -> str:
        return f"{format_amount(minor, self._program.file.currency_exponent)} {self._program.file.currency}"

    def _tier(self, tier: str) -> str:
        return tier_name(self._program, tier, self._language)

    def _date(self, instant: int) -> str:
        return date_text(instant, self._program.timezone, self._language)
