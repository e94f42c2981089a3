"""Owns the sentences of the summary about earning: spend, streaks, tasks, campaigns. Each is (English, Chinese)."""

from __future__ import annotations

from alliance_node.domain.program.rules_schema import ByBracket, PerUnit, Rule, Streak, When
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.tasks_schema import Goal
from alliance_node.domain.program.values import Text, to_fraction

Said = tuple[str, str]

_PERIODS = {
    "day": ("a day", "每日"),
    "week": ("a week", "每周"),
    "month": ("a month", "每月"),
    "year": ("a year", "每年"),
    "ever": ("in all", "累计"),
}
_WEEKDAYS = (
    ("Mondays", "周一"),
    ("Tuesdays", "周二"),
    ("Wednesdays", "周三"),
    ("Thursdays", "周四"),
    ("Fridays", "周五"),
    ("Saturdays", "周六"),
    ("Sundays", "周日"),
)
_MOST_NAMES = 3


def earning(program: ProgramFile) -> Said | None:
    """What spending earns, by the first base rule for purchases."""
    rule = next(iter(_base_rules(program)), None)
    if rule is None:
        return None
    per = plain(rule.amount.per) if isinstance(rule.amount, PerUnit | ByBracket) else ""
    of = rule.when.sources or rule.when.tags_any
    of_en, of_zh = (f" ({rule.label.en})", f"（{rule.label.zh}）") if of and rule.label is not None else ("", " ")
    currency, (english, chinese) = program.currency, _earned(rule, program)
    if not per:
        return f"you earn {english} with every purchase{of_en}.", f"每笔消费{of_zh}得 {chinese}。"
    return (
        f"you earn {english} for every {per} {currency} you spend{of_en}.",
        f"每消费 {per} {currency}{of_zh}得 {chinese}。",
    )


def more_ways(program: ProgramFile) -> Said | None:
    """The other sources and behaviours that earn, by name."""
    others = _base_rules(program)[1:] + [rule for rule in program.earn.rules if rule.on == "behaviour"]
    found = [rule.label for rule in others if rule.label is not None and not isinstance(rule.amount, Streak)]
    if not found:
        return None
    english, chinese = names(found)
    return f"You also earn with: {english}.", f"另可通过{chinese}获得。"


def streak(program: ProgramFile) -> Said | None:
    """The first rule that pays for days in a row (R-EARN-3)."""
    rule = next((rule for rule in program.earn.rules if isinstance(rule.amount, Streak)), None)
    if rule is None or not isinstance(rule.amount, Streak):
        return None
    label = rule.label or Text(en="Every day in a row", zh="连续打卡")
    days, unit = rule.amount.days, program.points.name
    least, most = min(days), max(days)
    each = str(least) if least == most else f"{least}–{most}"
    bonuses_en = "".join(f", {bonus.points} more on day {bonus.day}" for bonus in rule.amount.bonuses[:2])
    bonuses_zh = "".join(f"，第 {bonus.day} 天加 {bonus.points}" for bonus in rule.amount.bonuses[:2])
    return f"{label.en}: {each} {unit.en} a day{bonuses_en}.", f"{label.zh}：每天 {each} {unit.zh}{bonuses_zh}。"


def tasks(program: ProgramFile) -> Said | None:
    """The first goals and the first task chain."""
    unit = program.points.name
    english, chinese = [], []
    for goal in [goal for goal in program.tasks.goals if goal.points][:2]:
        what = _goal(goal, program)
        english.append(f"{what[0]}: {goal.points} {unit.en}.")
        chinese.append(f"{what[1]}：{goal.points} {unit.zh}。")
    for chain in program.tasks.chains[:1]:
        total, days = sum(step.points for step in chain.steps), chain.within_days
        english.append(f"New members earn up to {total} {unit.en} for tasks in their first {days} days.")
        chinese.append(f"新会员前 {days} 天完成任务最多得 {total} {unit.zh}。")
    return (" ".join(english), "".join(chinese)) if english else None


def campaign(program: ProgramFile) -> Said | None:
    """The first campaign: its dates, or its recurring days."""
    found = next(iter(program.earn.campaigns), None)
    if found is None:
        return None
    english, chinese = dates(found.when)
    times = plain(found.multiplier)
    return f"{found.label.en}: {times} times, {english}.", f"{found.label.zh}：{chinese}，{times} 倍。"


def dates(when: When) -> Said:
    """The days of a campaign or a redemption day."""
    if when.starts is not None and when.until is not None:
        return f"{when.starts[:10]} until {when.until[:10]}", f"{when.starts[:10]} 至 {when.until[:10]}"
    if when.days_of_month is not None:
        numbers = [str(day) for day in when.days_of_month if day > 0]
        english = [f"day {', '.join(numbers)}"] if numbers else []
        chinese = [f"{'、'.join(numbers)} 日"] if numbers else []
        if -1 in when.days_of_month:
            english, chinese = [*english, "the last day"], [*chinese, "最后一天"]
        return f"{' and '.join(english)} of each month", f"每月 {'和'.join(chinese)}"
    weekdays = [_WEEKDAYS[day - 1] for day in when.weekdays or ()]
    if weekdays:
        return ", ".join(english for english, _ in weekdays), "、".join(chinese for _, chinese in weekdays)
    return "every day", "每天"


def names(found: list[Text]) -> Said:
    """A short list of names, with how many more there are."""
    more = len(found) - _MOST_NAMES
    english = ", ".join(name.en for name in found[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
    chinese = "、".join(name.zh for name in found[:_MOST_NAMES]) + (f"等 {len(found)} 项" if more > 0 else "")
    return english, chinese


def plain(text: str) -> str:
    """A decimal without needless zeros: 1.00 is 1, 1.50 is 1.5."""
    value = to_fraction(text)
    return str(value.numerator) if value.denominator == 1 else text.rstrip("0")


def _base_rules(program: ProgramFile) -> list[Rule]:
    return [rule for rule in program.earn.rules if rule.on == "purchase" and not rule.bonus]


def _earned(rule: Rule, program: ProgramFile) -> Said:
    unit = program.points.name
    match rule.amount:
        case PerUnit():
            tiers = {tier.id: tier.name for tier in program.tiers.ladder}
            extra = [(tiers[tier], plain(points)) for tier, points in rule.amount.by_tier.items()]
            more_en = f" ({', '.join(f'{name.en} {points}' for name, points in extra)})" if extra else ""
            more_zh = f"（{'，'.join(f'{name.zh} {points}' for name, points in extra)}）" if extra else ""
            points = plain(rule.amount.points)
            return f"{points} {unit.en}{more_en}", f"{points} {unit.zh}{more_zh}"
        case ByBracket():
            rates = [plain(bracket.rate) for bracket in rule.amount.brackets]
            if len(rates) > 1:
                return f"{rates[0]} to {rates[-1]} {unit.en}", f"{rates[0]} 至 {rates[-1]} {unit.zh}"
            return f"{rates[0]} {unit.en}", f"{rates[0]} {unit.zh}"
        case _:
            points = str(getattr(rule.amount, "points", ""))
            return f"{points} {unit.en}".strip(), f"{points} {unit.zh}".strip()


def _goal(goal: Goal, program: ProgramFile) -> Said:
    per_en, per_zh = _PERIODS[goal.per]
    if goal.spend is not None:
        money = f"{plain(goal.spend)} {program.currency}"
        return f"{money} spent {per_en}", f"{per_zh}消费满 {money}"
    if goal.purchases is not None:
        return f"{goal.purchases} purchases {per_en}", f"{per_zh}消费 {goal.purchases} 次"
    return goal.label.en, goal.label.zh
