"""Owns the words for one step of a trace, and how numbers and names are written. Knows nothing of whole events."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from alliance_node.domain.events import TraceStep
from alliance_node.domain.program.interpret import PERIODS
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import Text

_PERIOD_WORDS = {
    "en": {"day": "a day", "week": "a week", "month": "a month", "year": "a year", "ever": "in all"},
    "zh": {"day": "每日", "week": "每周", "month": "每月", "year": "每年", "ever": "累计"},
}
_CLAWBACK_WORDS = {
    "clawback_available": ("{n} points were still unspent.", "其中未使用 {n} 分。"),
    "clawback_pending": ("{n} points had not matured.", "其中尚未生效 {n} 分。"),
    "clawback_expired": ("{n} points had already expired.", "其中已过期 {n} 分。"),
    "clawback_debt": ("{n} points had been spent and are owed.", "其中已使用 {n} 分，记为欠分。"),
    "clawback_forgiven": ("{n} points had been spent and are forgiven.", "其中已使用 {n} 分，予以免除。"),
}


class Words:
    """One language, and the program whose labels and currency are used."""

    def __init__(self, language: str, program: ProgramFile | None) -> None:
        self.language = language
        self._exponent = program.currency_exponent if program is not None else 2
        self._currency = f" {program.currency}" if program is not None else ""
        self._labels: dict[str, Text] = {}
        self._tiers: dict[str, Text] = {}
        self._offers: dict[str, Text] = {}
        if program is not None:
            rules = [*program.earn.rules, *program.growth.rules]
            self._labels = {rule.id: rule.label for rule in rules if rule.label is not None}
            self._labels.update({campaign.id: campaign.label for campaign in program.earn.campaigns})
            self._tiers = {tier.id: tier.name for tier in program.tiers.ladder}
            self._offers = {offer.id: offer.name for offer in program.redemption}

    def pick(self, english: str, chinese: str) -> str:
        return chinese if self.language == "zh" else english

    def rule(self, rule_id: str) -> str:
        return self._named(self._labels, rule_id)

    def tier(self, tier_id: str) -> str:
        return self._named(self._tiers, tier_id)

    def offer(self, offer_id: str) -> str:
        return self._named(self._offers, offer_id)

    def money(self, amount_minor: int) -> str:
        """Money with its decimals and currency, e.g. 12.34 USD."""
        whole, rest = divmod(abs(amount_minor), 10**self._exponent)
        decimals = f".{rest:0{self._exponent}d}" if self._exponent else ""
        return f"{'-' if amount_minor < 0 else ''}{whole}{decimals}{self._currency}"

    def per_money_unit(self, numerator: int, denominator: int) -> str:
        """A ratio of points per minor unit, said per unit of money."""
        return ratio_text(numerator * 10**self._exponent, denominator)

    def _named(self, names: dict[str, Text], key: str) -> str:
        text = names.get(key)
        return text.in_language(self.language) if text is not None else key


@lru_cache(maxsize=4096)
def ratio_text(numerator: int, denominator: int) -> str:
    """An exact decimal where there is one, else a fraction. Cached: a program has few rates, its events are many."""
    value = Fraction(numerator, denominator)
    for decimals in range(10):
        scaled = value * 10**decimals
        if scaled.denominator == 1:
            digits = f"{scaled.numerator:0{decimals + 1}d}"
            return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return f"{value.numerator}/{value.denominator}"


def say(step: TraceStep, words: Words) -> str:
    """One step in one sentence."""
    rule_id, kind, points, numbers = step
    if kind in _CLAWBACK_WORDS:
        return words.pick(*_CLAWBACK_WORDS[kind]).format(n=-points)
    unit = words.pick("points", "分")
    if kind.startswith("growth_"):
        unit, kind = words.pick("growth", "成长值"), kind.removeprefix("growth_")
    name = words.rule(rule_id)
    if kind.startswith("limit_"):
        return _limit(name, kind.removeprefix("limit_"), points, numbers, words)
    how = _how(kind, numbers, words)
    return words.pick(f"{name}: {how}{points} {unit}.", f"{name}：{how}{points} {unit}。")


def _how(kind: str, numbers: tuple[int, ...], words: Words) -> str:
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
        case "campaign":
            base, top, bottom = numbers
            return words.pick(
                f"{base} × {ratio_text(top, bottom)} extra = ",
                f"{base} × {ratio_text(top, bottom)} 加赠 = ",
            )
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
    when = _PERIOD_WORDS[words.language][PERIODS[period]]
    unit = words.pick(counts, "次" if counts == "times" else "分")
    return words.pick(
        f"{name}: limit of {maximum} {unit} {when}, {used} used: {points} points.",
        f"{name}：{when}上限 {maximum} {unit}，已用 {used}：{points} 分。",
    )
