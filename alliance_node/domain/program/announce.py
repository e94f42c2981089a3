"""Owns the words in which members are told what a new program version takes from them and from when (R-VAL-3). Judges
nothing: the points come from `compare.py`."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_node.domain.instants import Instant, local_date
from alliance_node.domain.program.compare import Change
from alliance_node.domain.program.lifecycle_schema import Recall
from alliance_node.domain.program.schema import ProgramFile

MAX_LINES = 8
_LONGEST_VALUE = 40

_FIELDS: dict[str, tuple[str, str]] = {
    "pending_days": ("days until usable", "生效天数"),
    "kind": ("kind", "类型"),
    "points": ("points", "积分"),
    "points_by_tier": ("points for the tier", "等级所需积分"),
    "cash": ("cash part", "现金部分"),
    "value": ("value", "价值"),
    "stock": ("stock", "库存"),
    "uses": ("uses", "次数"),
    "max_order_percent": ("share of an order in percent", "可抵订单比例（%）"),
    "amount": ("points earned", "获得积分"),
    "limits": ("limit", "上限"),
    "budget": ("budget", "预算"),
    "multiplier": ("multiplier", "倍数"),
    "when": ("conditions", "条件"),
    "from": ("beginning", "开始时间"),
    "until": ("end", "结束时间"),
    "weekdays": ("weekdays", "星期"),
    "days_of_month": ("days of the month", "每月日期"),
    "tiers": ("tiers", "适用等级"),
    "applies_to": ("what it applies to", "适用范围"),
    "behaviours": ("what counts", "计入行为"),
    "purchases": ("purchases needed", "所需消费次数"),
    "spend": ("spend needed", "所需消费额"),
    "times": ("times", "次数"),
    "per": ("period", "周期"),
    "growth": ("growth value", "成长值"),
    "steps": ("steps", "步骤"),
    "day": ("day", "日期"),
    "within_days": ("days", "天数"),
    "at_least": ("threshold", "门槛"),
    "percent": ("percent", "百分比"),
    "quantity": ("quantity", "数量"),
    "option": ("gift", "赠品"),
    "months": ("months", "月数"),
    "prizes": ("prizes", "奖品"),
    "winners": ("winners", "中奖数"),
    "tickets": ("tickets", "票数"),
    "reveal_by": ("draw", "开奖时间"),
    "allowances": ("uses of the tier", "等级可用次数"),
    "earned_before": ("points earned before", "此前获得的积分"),
    "at": ("date", "日期"),
}
_VALUES = (
    ("no maximum", "无上限"),
    ("as often as wanted", "不限次"),
    ("without end", "长期"),
    (" months, to the end of the month", " 个月后的月末"),
    (" months, to the end of the quarter", " 个月后的季末"),
    (" months, to the end of the year", " 个月后的年末"),
    (" months", " 个月"),
    (" % a year", "% 每年"),
    ("offered", "提供"),
    ("none", "无"),
)
"""Words that values of a change may hold, and their Chinese."""
_SECTIONS: dict[str, tuple[str, str]] = {
    "earn": ("Earning", "积分获取"),
    "growth": ("Growth value", "成长值"),
    "tasks": ("Tasks", "任务"),
    "tiers": ("Tiers", "等级"),
    "expiry": ("Validity of points", "积分有效期"),
    "recalls": ("Clearing of points", "积分清零"),
    "redemption": ("Redemption", "兑换"),
    "redemption_days": ("Redemption days", "兑换日"),
    "benefits": ("Benefits", "权益"),
    "member_gifts": ("Gifts between members", "会员互赠"),
    "refunds": ("Refunds", "退款"),
    "promises": ("Promises", "承诺"),
    "alliance": ("Conversion to partner brands", "转换到联盟品牌"),
    "timezone": ("Time zone", "时区"),
}


def announcement(changes: Sequence[Change], new: ProgramFile, effective_from: Instant) -> tuple[str, str]:
    """What changes for the worse and from when, in English and Chinese; one sentence when nothing does."""
    day = local_date(effective_from, new.timezone).isoformat()
    name = new.name
    if not changes:
        return (
            f"New rules of {name.en} from {day}: nothing gets worse for members.",
            f"{name.zh}自 {day} 起执行新规则，会员权益不减少。",
        )
    english = [f"New rules of {name.en} from {day}:", *_lines(changes, new, "en")]
    chinese = [f"{name.zh}自 {day} 起调整规则：", *_lines(changes, new, "zh")]
    return " ".join(english), "".join(chinese)


def _lines(changes: Sequence[Change], new: ProgramFile, language: str) -> list[str]:
    recalls = {f"recalls.{recall.id}": recall for recall in new.recalls}
    lines = [
        _recall(recalls[place], language)
        if (place := ".".join(change.path.split(".")[:2])) in recalls
        else _line(change, language)
        for change in changes
    ]
    lines = list(dict.fromkeys(lines))
    more = len(lines) - MAX_LINES
    if more > 0:
        rest = f"And {more} more." if language == "en" else f"另有 {more} 项。"
        return [*lines[:MAX_LINES], rest]
    return lines


def _recall(recall: Recall, language: str) -> str:
    before, at = recall.earned_before[:10], recall.at[:10]
    if language == "zh":
        return f"{recall.label.zh}：{before} 前获得的积分将于 {at} 清零。"
    return f"{recall.label.en}: points earned before {before} lapse on {at}."


def _line(change: Change, language: str) -> str:
    chinese = language == "zh"
    steps = change.path.split(".")
    section = _SECTIONS.get(steps[0], (steps[0], steps[0]))[chinese]
    subject = change.name.in_language(language) if change.name is not None else section
    field = next((_FIELDS[step] for step in reversed(steps[1:]) if step in _FIELDS), None)
    if change.reason == "removed":
        return f"{subject}：取消。" if chinese else f"{subject}: no longer offered."
    told = field[chinese] if field is not None else ""
    old, new = (_in_chinese(value) if chinese else value for value in (change.old, change.new))
    if max(len(old), len(new)) <= _LONGEST_VALUE:
        told = f"{told} {old} → {new}".strip()
    else:
        told = told or ("有变更" if chinese else "changes")
    return f"{subject}：{told}。" if chinese else f"{subject}: {told}."


def _in_chinese(value: str) -> str:
    for english, chinese in _VALUES:
        value = value.replace(english, chinese)
    return value
