"""Owns the words for one step of a trace. Knows nothing of whole events."""

from __future__ import annotations

from alliance_node.domain.events import TraceStep
from alliance_node.domain.program.interpret import PERIODS
from alliance_node.domain.words import PERIOD_WORDS, Words, ratio_text

_CLAWBACK_WORDS = {
    "clawback_available": ("{n} points were still unspent.", "其中未使用 {n} 分。"),
    "clawback_pending": ("{n} points had not matured.", "其中尚未生效 {n} 分。"),
    "clawback_expired": ("{n} points had already expired.", "其中已过期 {n} 分。"),
    "clawback_debt": ("{n} points had been spent and are owed.", "其中已使用 {n} 分，记为欠分。"),
    "clawback_forgiven": ("{n} points had been spent and are forgiven.", "其中已使用 {n} 分，予以免除。"),
}
_WITHOUT_POINTS = {
    "gift": ("{name}: {0} free with this purchase.", "{name}：随单赠送 {0} 件。"),
    "gift_out_of_stock": ("{name}: {0} would be free, but {1} are left.", "{name}：应赠 {0} 件，库存仅剩 {1} 件。"),
    "gift_due_back": ("{name}: {0} to be brought back.", "{name}：需退还 {0} 件。"),
    "streak_again": ("{name}: this day was counted already.", "{name}：当日已计入。"),
}
"""Steps that give no points."""


def say(step: TraceStep, words: Words) -> str:
    """One step in one sentence."""
    rule_id, kind, points, numbers = step
    if kind in _CLAWBACK_WORDS:
        return words.pick(*_CLAWBACK_WORDS[kind]).format(n=-points)
    unit = words.pick("points", "分")
    if kind.startswith("growth_"):
        unit, kind = words.pick("growth", "成长值"), kind.removeprefix("growth_")
    name = words.offer(rule_id) if kind == "tier_price" else words.rule(rule_id)
    if kind == "founder":
        name = words.pick("founders", "创始会员")
    if kind in _WITHOUT_POINTS:
        return words.pick(*_WITHOUT_POINTS[kind]).format(*numbers, name=name)
    if kind.startswith("limit_"):
        return _limit(name, kind.removeprefix("limit_"), points, numbers, words)
    how = _how(rule_id, kind, numbers, words)
    return words.pick(f"{name}: {how}{points} {unit}.", f"{name}：{how}{points} {unit}。")


def _how(rule_id: str, kind: str, numbers: tuple[int, ...], words: Words) -> str:
    match kind:
        case "per_unit":
            amount, top, bottom, unit = numbers
            if unit == 1:
                return f"{words.money(amount)} × {words.per_money_unit(top, bottom)} = "
            each = ratio_text(top, bottom)
            return f"{amount // unit} × {words.money(unit)} × {each} = "
        case "bracket":
            amount, low, high, top, bottom = numbers
            return f"{words.money(amount)} ({_span(low, high, words)}) × {words.per_money_unit(top, bottom)} = "
        case "marginal":
            parts = [numbers[start : start + 3] for start in range(0, len(numbers), 3)]
            sums = (f"{words.money(part)} × {words.per_money_unit(top, bottom)}" for part, top, bottom in parts)
            return f"{' + '.join(sums)} = " if parts else ""
        case "founder":
            earned, percent, token_id = numbers
            return words.pick(f"{earned} × {percent} % for #{token_id} = ", f"{earned} × {percent}%（#{token_id}）= ")
        case "campaign":
            base, top, bottom = numbers
            return words.pick(
                f"{base} × {ratio_text(top, bottom)} extra = ",
                f"{base} × {ratio_text(top, bottom)} 加赠 = ",
            )
        case _:
            return _how_otherwise(rule_id, kind, numbers, words)


def _how_otherwise(rule_id: str, kind: str, numbers: tuple[int, ...], words: Words) -> str:
    match kind:
        case "graded":
            grade, lowest, highest = numbers
            return words.pick(
                f"grade {grade} % between {lowest} and {highest} = ", f"评分 {grade} %（{lowest} 至 {highest}）= "
            )
        case "streak":
            run, own, bonus = numbers
            parts = f"{own} + {bonus} = " if bonus else ""
            return words.pick(f"day {run} in a row, {parts}", f"连续第 {run} 天，{parts}")
        case "streak_mended":
            days, run = numbers
            return words.pick(
                f"{days} later days follow on, up to day {run}, ", f"其后 {days} 天相连，至连续第 {run} 天，"
            )
        case "goal":
            reached, target = (words.progress(rule_id, number) for number in numbers)
            return words.pick(f"{reached} of {target} reached, ", f"已达成 {reached}（目标 {target}），")
        case "step":
            return words.pick("step {} of {}, ", "第 {} 步（共 {} 步），").format(*numbers)
        case "redemption_day":
            full, percent = numbers
            return words.pick(f"{percent} % of {full} points, ", f"{full} 分的 {percent} %，")
        case "tier_price":
            full, price = numbers
            return words.pick(f"{price} instead of {full} in your tier, ", f"您的等级价 {price}（原价 {full}），")
        case _:
            return ""


def _span(low: int, high: int, words: Words) -> str:
    if high < 0:
        return words.pick(f"from {words.money(low)}", f"{words.money(low)} 起")
    if low == 0:
        return words.pick(f"up to {words.money(high)}", f"至 {words.money(high)}")
    return words.pick(f"{words.money(low)} to {words.money(high)}", f"{words.money(low)} 至 {words.money(high)}")


def _limit(name: str, counts: str, points: int, numbers: tuple[int, ...], words: Words) -> str:
    maximum, used, period = numbers
    when = PERIOD_WORDS[words.language][PERIODS[period]]
    if counts == "budget":
        return words.pick(
            f"{name}: budget of all members, {maximum} points {when}, {used} used: {points} points.",
            f"{name}：全体会员预算{when} {maximum} 分，已用 {used}：{points} 分。",
        )
    unit = words.pick(counts, "次" if counts == "times" else "分")
    return words.pick(
        f"{name}: limit of {maximum} {unit} {when}, {used} used: {points} points.",
        f"{name}：{when}上限 {maximum} {unit}，已用 {used}：{points} 分。",
    )
