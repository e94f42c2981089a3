"""Owns how names, numbers and dates of a program are written in one language. Knows neither events nor traces."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from alliance_node.domain.instants import Instant, local_date
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.redemption_schema import Lottery
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import Text

LANGUAGES = ("en", "zh")
PERIOD_WORDS = {
    "en": {"day": "a day", "week": "a week", "month": "a month", "year": "a year", "ever": "in all"},
    "zh": {"day": "每日", "week": "每周", "month": "每月", "year": "每年", "ever": "累计"},
}


class Words:
    """One language, and the program whose labels, currency and time zone are used; without one, ids stand alone."""

    def __init__(self, language: str, program: ProgramFile | None = None) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"language {language!r} is not one of {', '.join(LANGUAGES)}")
        self.language = language
        self.unit = program.points.name.in_language(language) if program else self.pick("points", "分")
        self._timezone = program.timezone if program is not None else "UTC"
        self._exponent = program.currency_exponent if program is not None else 2
        self._currency = f" {program.currency}" if program is not None else ""
        self._names = _names(program) if program is not None else {}
        goals = program.tasks.goals if program is not None else []
        self._spend_goals = {goal.id for goal in goals if goal.spend is not None}

    def pick(self, english: str, chinese: str) -> str:
        """The text of this language."""
        return chinese if self.language == "zh" else english

    def rule(self, rule_id: str) -> str:
        """A rule, campaign, threshold gift, redemption day, goal or chain."""
        return self._named("rule", rule_id)

    def tier(self, tier_id: str) -> str:
        """A step of the ladder."""
        return self._named("tier", tier_id)

    def offer(self, offer_id: str) -> str:
        """A redemption option."""
        return self._named("offer", offer_id)

    def benefit(self, benefit_id: str) -> str:
        """A benefit."""
        return self._named("benefit", benefit_id)

    def prize(self, offer_id: str, prize_id: str) -> str:
        """A prize of a lottery."""
        return self._named("prize", f"{offer_id}/{prize_id}", prize_id)

    def recall(self, recall_id: str) -> str:
        """A clearing event."""
        return self._named("recall", recall_id)

    def task(self, task: str, reward: str) -> str:
        """A goal, or a step of a task chain when the reward's key names one."""
        step = self._names.get(("step", reward))
        if step is None:
            return self.rule(task)
        return f"{self.rule(reward.split('/', maxsplit=1)[0])}{self.pick(': ', '：')}{step.in_language(self.language)}"

    def progress(self, goal: str, number: int) -> str:
        """A goal's progress or target: money when the goal is a spend, else a count."""
        return self.money(number) if goal in self._spend_goals else str(number)

    def period(self, per: str) -> str:
        """A period of a limit or an allowance."""
        return PERIOD_WORDS[self.language][per]

    def money(self, amount_minor: int) -> str:
        """Money with its decimals and currency, e.g. 12.34 USD."""
        whole, rest = divmod(abs(amount_minor), 10**self._exponent)
        decimals = f".{rest:0{self._exponent}d}" if self._exponent else ""
        return f"{'-' if amount_minor < 0 else ''}{whole}{decimals}{self._currency}"

    def per_money_unit(self, numerator: int, denominator: int) -> str:
        """A ratio of points per minor unit, said per unit of money."""
        return ratio_text(numerator * 10**self._exponent, denominator)

    def day(self, instant: Instant, timezone: str = "") -> str:
        """The local day of an instant, e.g. 2026-03-31: of the program, or of the given time zone."""
        return local_date(instant, timezone or self._timezone).isoformat()

    def _named(self, group: str, key: str, otherwise: str | None = None) -> str:
        text = self._names.get((group, key))
        return text.in_language(self.language) if text is not None else otherwise or key


@lru_cache(maxsize=64)
def words_of(language: str, program: CompiledProgram | None) -> Words:
    """The words of one program version, made once. Raises `ValueError` for an unknown language."""
    return Words(language, program.file if program is not None else None)


def both(program: CompiledProgram) -> tuple[Words, Words]:
    """(English, Chinese) words of one program version, for what is said in both at once."""
    return words_of("en", program), words_of("zh", program)


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


def _names(program: ProgramFile) -> dict[tuple[str, str], Text]:
    names: dict[tuple[str, str], Text] = {}
    for rule in (*program.earn.rules, *program.growth.rules):
        if rule.label is not None:
            names["rule", rule.id] = rule.label
    for campaign in program.earn.campaigns:
        names["rule", campaign.id] = campaign.label
    for gift in program.earn.gifts:
        names["rule", gift.id] = gift.label
    for day in program.redemption_days:
        names["rule", day.id] = day.label
    for goal in program.tasks.goals:
        names["rule", goal.id] = goal.label
    for chain in program.tasks.chains:
        names["rule", chain.id] = chain.label
        names.update({("step", f"{chain.id}/{step.id}"): step.label for step in chain.steps})
    names.update({("tier", tier.id): tier.name for tier in program.tiers.ladder})
    names.update({("offer", offer.id): offer.name for offer in program.redemption})
    names.update({("benefit", benefit.id): benefit.name for benefit in program.benefits})
    names.update({("recall", recall.id): recall.label for recall in program.recalls})
    for offer in program.redemption:
        if isinstance(offer, Lottery):
            names.update({("prize", f"{offer.id}/{prize.id}"): prize.name for prize in offer.prizes})
    return names
