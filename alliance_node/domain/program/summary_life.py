"""Owns the sentences of the summary about time: validity, clearing, tiers, refunds, promises. Each is (English,
Chinese)."""

from __future__ import annotations

from alliance_node.domain.program.lifecycle_schema import FixedTerm, NeverExpires, Retention
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.summary_earning import Said, plain
from alliance_node.domain.program.values import Text

_ENDS = {"month": "月末", "quarter": "季末", "year": "年末"}
_REFUNDS = {
    "clamp": ("", ""),
    "negative": ("; what was spent is owed", "，已使用的记为欠分"),
    "hold": ("; what was spent is owed, and redeeming waits for it", "，已使用的须补足后方可兑换"),
}


def expiry(program: ProgramFile) -> Said:
    """How long points live, for whom longer, and what extends them."""
    term, extension, unit = program.expiry.term, program.expiry.extension, program.points.name
    never = [name for tier, name in _tiers(program).items() if tier in program.expiry.never_for_tiers]
    if isinstance(term, NeverExpires):
        return f"{unit.en.capitalize()} never expire.", f"{unit.zh}长期有效。"
    longer = [(name, term.by_tier[tier]) for tier, name in _tiers(program).items() if tier in term.by_tier]
    english, chinese = (
        f"{unit.en.capitalize()} are valid for {term.months} months",
        f"{unit.zh}有效期 {term.months} 个月",
    )
    if longer:
        english += f" ({', '.join(f'{name.en} {months}' for name, months in longer)})"
        chinese += f"（{'，'.join(f'{name.zh} {months}' for name, months in longer)}）"
    if isinstance(term, FixedTerm):
        english, chinese = f"{english}, then to the end of that {term.boundary}", f"{chinese}后的{_ENDS[term.boundary]}"
    if extension is not None:
        english += f"; a purchase in their last {extension.within_days} days adds {extension.months} months"
        chinese += f"，到期前 {extension.within_days} 天内消费可延长 {extension.months} 个月"
    if never:
        english += f"; for {', '.join(name.en for name in never)} they never expire"
        chinese += f"，{'、'.join(name.zh for name in never)}长期有效"
    return f"{english}.", f"{chinese}。"


def recall(program: ProgramFile) -> Said | None:
    """The first clearing event (R-VAL-4)."""
    found = next(iter(program.recalls), None)
    if found is None:
        return None
    unit, before, at = program.points.name, found.earned_before[:10], found.at[:10]
    return (
        f"{found.label.en}: {unit.en} earned before {before} lapse on {at}.",
        f"{found.label.zh}：{before} 前获得的{unit.zh}将于 {at} 清零。",
    )


def pending(program: ProgramFile) -> Said | None:
    """How long new points wait."""
    days, unit = program.earn.pending_days, program.points.name
    if not days:
        return None
    return f"New {unit.en} can be used after {days} days.", f"新{unit.zh} {days} 天后可用。"


def tiers(program: ProgramFile) -> Said | None:
    """The ladder."""
    steps = program.tiers.ladder[1:]
    if not steps:
        return None
    spend = program.tiers.basis == "spend"
    of_en, of_zh = (
        (f"{program.currency} spent", f"累计消费（{program.currency}）") if spend else ("growth value", "成长值")
    )
    english = ", ".join(f"{tier.name.en} from {plain(tier.at_least)}" for tier in steps)
    chinese = "，".join(f"{tier.name.zh} {plain(tier.at_least)}" for tier in steps)
    return f"Tiers by {of_en}: {english}.", f"等级按{of_zh}：{chinese}。"


def tier_rules(program: ProgramFile) -> Said | None:
    """How long a tier is safe, what keeps it, and how growth value fades."""
    rules = program.tiers
    if len(rules.ladder) < 2:
        return None
    english, chinese = [], []
    if rules.protection_months:
        english.append(f"A tier is safe for {rules.protection_months} months{_kept(program)[0]}.")
        chinese.append(f"等级保护 {rules.protection_months} 个月{_kept(program)[1]}。")
    if rules.decay is not None:
        english.append(f"Growth value falls by {rules.decay.percent} % a year.")
        chinese.append(f"成长值每年衰减 {rules.decay.percent}%。")
    return (" ".join(english), "".join(chinese)) if english else None


def refund(program: ProgramFile) -> Said:
    """What a refund takes back."""
    unit, (owed_en, owed_zh) = program.points.name, _REFUNDS[program.refunds.spent_points]
    return f"A refund takes back the {unit.en} of that purchase{owed_en}.", f"退款时收回该笔{unit.zh}{owed_zh}。"


def guarantee(program: ProgramFile) -> Said | None:
    """The promise about the value of points (R-VAL-3)."""
    until, unit = program.promises.value_guaranteed_until, program.points.name
    if until is None:
        return None
    return f"The value of {unit.en} is guaranteed until {until}.", f"{unit.zh}价值保证至 {until}。"


def notice(program: ProgramFile) -> Said | None:
    """How early members hear of worse rules."""
    days = program.promises.notice_days
    if not days:
        return None
    return f"Worse rules are announced {days} days before.", f"不利变更提前 {days} 天公告。"


def _kept(program: ProgramFile) -> Said:
    """What keeps the highest tier that has a retention task."""
    task = next(iter(reversed(program.tiers.retention)), None)
    if task is None:
        return "", ""
    name = _tiers(program).get(task.tier)
    needed = _needed(task, program)
    return (f"; {needed[0]} keep {name.en}", f"，期间{needed[1]}可保留{name.zh}") if name is not None else ("", "")


def _needed(task: Retention, program: ProgramFile) -> Said:
    if task.spend is not None:
        money = f"{plain(task.spend)} {program.currency}"
        return f"{money} spent in that time", f"消费满 {money}"
    if task.purchases is not None:
        return f"{task.purchases} purchases in that time", f"消费 {task.purchases} 次"
    return f"{task.growth} growth value in that time", f"获得 {task.growth} 成长值"


def _tiers(program: ProgramFile) -> dict[str, Text]:
    return {tier.id: tier.name for tier in program.tiers.ladder}
