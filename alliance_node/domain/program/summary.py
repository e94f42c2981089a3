"""Owns the 30-second summary of a program, generated from the program itself (R-UX-1): at most 120 English words or
250 Chinese characters. What does not fit is left out from the end, never cut inside a sentence."""

from __future__ import annotations

from fractions import Fraction

from alliance_node.domain.program.lifecycle_schema import FixedTerm, NeverExpires
from alliance_node.domain.program.redemption_schema import Offset
from alliance_node.domain.program.rules_schema import ByBracket, PerUnit, Rule
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import to_fraction

MAX_WORDS_EN = 120
MAX_CHARACTERS_ZH = 250


def summary(program: ProgramFile, language: str = "en") -> str:
    """The program in plain words."""
    chinese = language == "zh"
    sentences = _chinese(program) if chinese else _english(program)
    joint = "" if chinese else " "
    text = ""
    for sentence in sentences:
        longer = text + (joint if text else "") + sentence
        if (len(longer) > MAX_CHARACTERS_ZH) if chinese else (len(longer.split()) > MAX_WORDS_EN):
            break
        text = longer
    return text


def _english(program: ProgramFile) -> list[str]:
    unit, currency = program.points.name.en, program.currency
    found = [f"{program.name.en}:"]
    for rule in _spend_rules(program)[:1]:
        found.append(f"you earn {_earned(rule, program, 'en')} for every {_per(rule)} {currency} you spend.")
    offset = next((offer for offer in program.redemption if isinstance(offer, Offset)), None)
    if offset is not None:
        found.append(f"{offset.points} {unit} pay {_plain(offset.value)} {currency} at checkout.")
    cheapest = min((o for o in program.redemption if not isinstance(o, Offset)), key=lambda o: o.points, default=None)
    if cheapest is not None:
        found.append(f"Rewards start at {cheapest.points} {unit} ({cheapest.name.en}).")
    found.append(_expiry_en(program))
    if program.earn.pending_days:
        found.append(f"New {unit} can be used after {program.earn.pending_days} days.")
    if len(program.tiers.ladder) > 1:
        of = f"{currency} spent" if program.tiers.basis == "spend" else "growth value"
        steps = ", ".join(f"{tier.name.en} from {_plain(tier.at_least)}" for tier in program.tiers.ladder[1:])
        found.append(f"Tiers by {of}: {steps}.")
    found.append(f"A refund takes back the {unit} of that purchase.")
    if program.alliance is not None:
        found.append(f"{unit.capitalize()} can be converted to partner brands, from {program.alliance.minimum_points}.")
    for campaign in program.earn.campaigns[:1]:
        days = f"{str(campaign.when.starts)[:10]} until {str(campaign.when.until)[:10]}"
        found.append(f"{campaign.label.en}: {_plain(campaign.multiplier)} times, {days}.")
    return found


def _chinese(program: ProgramFile) -> list[str]:
    unit, currency = program.points.name.zh, program.currency
    found = [f"{program.name.zh}："]
    for rule in _spend_rules(program)[:1]:
        found.append(f"每消费 {_per(rule)} {currency} 得 {_earned(rule, program, 'zh')}。")
    offset = next((offer for offer in program.redemption if isinstance(offer, Offset)), None)
    if offset is not None:
        found.append(f"结账时 {offset.points} {unit}抵 {_plain(offset.value)} {currency}。")
    cheapest = min((o for o in program.redemption if not isinstance(o, Offset)), key=lambda o: o.points, default=None)
    if cheapest is not None:
        found.append(f"{cheapest.points} {unit}起可兑换（{cheapest.name.zh}）。")
    found.append(_expiry_zh(program))
    if program.earn.pending_days:
        found.append(f"新{unit} {program.earn.pending_days} 天后可用。")
    if len(program.tiers.ladder) > 1:
        of = f"累计消费（{currency}）" if program.tiers.basis == "spend" else "成长值"
        steps = "，".join(f"{tier.name.zh} {_plain(tier.at_least)}" for tier in program.tiers.ladder[1:])
        found.append(f"等级按{of}：{steps}。")
    found.append(f"退款时收回该笔{unit}。")
    if program.alliance is not None:
        found.append(f"{program.alliance.minimum_points} {unit}起可转换到联盟品牌。")
    for campaign in program.earn.campaigns[:1]:
        days = f"{str(campaign.when.starts)[:10]} 至 {str(campaign.when.until)[:10]}"
        found.append(f"{campaign.label.zh}：{days}，{_plain(campaign.multiplier)} 倍。")
    return found


def _spend_rules(program: ProgramFile) -> list[Rule]:
    return [rule for rule in program.earn.rules if rule.on == "purchase"]


def _per(rule: Rule) -> str:
    return _plain(rule.amount.per) if isinstance(rule.amount, PerUnit | ByBracket) else "1"


def _earned(rule: Rule, program: ProgramFile, language: str) -> str:
    unit = program.points.name.in_language(language)
    match rule.amount:
        case PerUnit():
            names = {tier.id: tier.name.in_language(language) for tier in program.tiers.ladder}
            extra = [f"{names[tier]} {_plain(points)}" for tier, points in rule.amount.by_tier.items()]
            more = f" ({', '.join(extra)})" if extra and language == "en" else ""
            more = f"（{'，'.join(extra)}）" if extra and language == "zh" else more
            return f"{_plain(rule.amount.points)} {unit}{more}"
        case ByBracket():
            rates = [_plain(bracket.rate) for bracket in rule.amount.brackets]
            joint, word = (" to ", "") if language == "en" else (" 至 ", "")
            return f"{rates[0]}{joint}{rates[-1]}{word} {unit}" if len(rates) > 1 else f"{rates[0]} {unit}"
        case _:
            return unit


def _expiry_en(program: ProgramFile) -> str:
    term, extension = program.expiry.term, program.expiry.extension
    unit = program.points.name.en.capitalize()
    if isinstance(term, NeverExpires):
        return f"{unit} never expire."
    end = f", then to the end of that {term.boundary}" if isinstance(term, FixedTerm) else ""
    text = f"{unit} are valid for {term.months} months{end}"
    if extension is not None:
        text += f"; a purchase in their last {extension.within_days} days adds {extension.months} months"
    return text + "."


def _expiry_zh(program: ProgramFile) -> str:
    term, extension = program.expiry.term, program.expiry.extension
    unit = program.points.name.zh
    if isinstance(term, NeverExpires):
        return f"{unit}长期有效。"
    ends = {"month": "月末", "quarter": "季末", "year": "年末"}
    end = f"后的{ends[term.boundary]}" if isinstance(term, FixedTerm) else ""
    text = f"{unit}有效期 {term.months} 个月{end}"
    if extension is not None:
        text += f"，到期前 {extension.within_days} 天内消费可延长 {extension.months} 个月"
    return text + "。"


def _plain(text: str) -> str:
    """A decimal without needless zeros: 1.00 is 1, 1.50 is 1.5."""
    value: Fraction = to_fraction(text)
    if value.denominator == 1:
        return str(value.numerator)
    return text.rstrip("0")
