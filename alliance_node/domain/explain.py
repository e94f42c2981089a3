"""Owns the words for what an event did and why, in English and Chinese, from its own trace (R-EARN-11).

With the program book, rules are called by their labels and amounts carry the currency; without, by their ids. What was
earned is told here; what was spent, and what became of the membership, in the two files beside.
"""

from __future__ import annotations

from alliance_node.domain.alliance import OWN_WALLET
from alliance_node.domain.events import (
    BehaviourRecorded,
    ConversionReceived,
    EarningAccelerated,
    Event,
    GiftReceived,
    NewLot,
    OpeningImported,
    PrizeWon,
    PurchaseImported,
    PurchaseRecorded,
    PurchaseRefunded,
    TaskRevoked,
    TaskRewarded,
)
from alliance_node.domain.explain_life import explain_life
from alliance_node.domain.explain_spending import explain_spending
from alliance_node.domain.explain_steps import say
from alliance_node.domain.instants import FAR_FUTURE, Instant
from alliance_node.domain.program.book import CompiledProgram, ProgramBook
from alliance_node.domain.words import Words, words_of


def explain(event: Event, language: str = "en", programs: ProgramBook | None = None) -> list[str]:
    """Short sentences, the result first, then one for each step. Raises `ValueError` for an unknown language."""
    words = words_of(language, _program_of(event, programs))
    match event:
        case PurchaseRecorded() | BehaviourRecorded():
            return _accrual(event, words)
        case PurchaseRefunded() | TaskRevoked():
            return _taken_back(event, words)
        case TaskRewarded():
            return _task(event, words)
        case EarningAccelerated():
            return _accelerated(event, words)
        case ConversionReceived() | GiftReceived() | PrizeWon() | OpeningImported() | PurchaseImported():
            return _arrival(event, words)
        case _:
            found = explain_spending(event, words) or explain_life(event, words)
    if not found:
        raise ValueError(f"no words for {type(event).__name__}")
    return found


def _program_of(event: Event, programs: ProgramBook | None) -> CompiledProgram | None:
    """The version that decided the event; for events that no rule decided the newest one (currency and names)."""
    if programs is None or not len(programs):
        return None
    version = getattr(event, "program_version", None)
    return programs.version(version) if version is not None else programs.at(FAR_FUTURE)


def _accrual(event: PurchaseRecorded | BehaviourRecorded, words: Words) -> list[str]:
    points = sum(lot.amount for lot in event.lots)
    if isinstance(event, PurchaseRecorded):
        money = words.money(event.amount_minor)
        first = words.pick(f"This purchase of {money} earned {points} points.", f"本次消费 {money}，获得 {points} 分。")
    else:
        first = words.pick(f"{event.behaviour} earned {points} points.", f"{event.behaviour} 获得 {points} 分。")
    lines = [first, *(say(step, words) for step in event.trace), *_growth(event.growth, words)]
    lines += _lot_dates(event.lots, event.occurred_at, words)
    if event.late_approval:
        why = event.late_approval
        lines.append(words.pick(f"It came late and was approved ({why}).", f"逾期记录，已获批准（{why}）。"))
    version = event.program_version
    return [*lines, words.pick(f"Decided by program version {version}.", f"依据规则第 {version} 版。")]


def _task(event: TaskRewarded, words: Words) -> list[str]:
    points, name = sum(lot.amount for lot in event.lots), words.task(event.task, event.reward)
    first = words.pick(f"“{name}” is done.", f"完成“{name}”。")
    if points:
        first = words.pick(f"“{name}” is done and gave {points} points.", f"完成“{name}”，获得 {points} 分。")
    lines = [first, *(say(step, words) for step in event.trace)]
    return [*lines, *_growth(event.growth, words), *_lot_dates(event.lots, event.occurred_at, words)]


def _accelerated(event: EarningAccelerated, words: Words) -> list[str]:
    points = sum(lot.amount for lot in event.lots)
    first = words.pick(
        f"Founder membership #{event.token_id} added {points} points to a purchase.",
        f"创始会员 #{event.token_id} 为消费加赠 {points} 分。",
    )
    lines = [first, *(say(step, words) for step in event.trace)]
    return [*lines, *_lot_dates(event.lots, event.occurred_at, words)]


def _growth(growth: int, words: Words) -> list[str]:
    return [words.pick(f"Growth value rose by {growth}.", f"成长值增加 {growth}。")] if growth else []


def _lot_dates(lots: tuple[NewLot, ...], occurred_at: Instant, words: Words) -> list[str]:
    if not lots:
        return []
    lines = []
    if lots[0].matures_at > occurred_at:
        day = words.day(lots[0].matures_at)
        lines.append(words.pick(f"They can be used from {day}.", f"{day} 起可用。"))
    if lots[0].expires_at < FAR_FUTURE:
        day = words.day(lots[0].expires_at - 1)
        lines.append(words.pick(f"They are valid through {day}.", f"有效期至 {day}（含当日）。"))
    else:
        lines.append(words.pick("They do not expire.", "长期有效。"))
    return lines


def _taken_back(event: PurchaseRefunded | TaskRevoked, words: Words) -> list[str]:
    taken = event.available_points + event.pending_points + event.expired_points + event.debt_points
    if isinstance(event, PurchaseRefunded):
        money = words.money(event.amount_minor)
        first = words.pick(
            f"The refund of {money} took back {taken} points that the purchase had earned.",
            f"退款 {money}，收回该笔消费所得的 {taken} 分。",
        )
    else:
        name = words.task(event.task, event.reward)
        first = words.pick(
            f"After the refund “{name}” no longer counts; {taken} points were taken back.",
            f"因退款，“{name}”不再计入，收回 {taken} 分。",
        )
    lines = [first, *(say(step, words) for step in event.trace)]
    if event.growth:
        lines.append(words.pick(f"Growth value fell by {event.growth}.", f"成长值减少 {event.growth}。"))
    return lines


def _arrival(
    event: ConversionReceived | GiftReceived | PrizeWon | OpeningImported | PurchaseImported, words: Words
) -> list[str]:
    """Points that come from elsewhere."""
    match event:
        case ConversionReceived() if event.source_brand == OWN_WALLET:
            first = words.pick(
                f"{event.points} points came from your own wallet.", f"从您自己的钱包转入 {event.points} 分。"
            )
        case ConversionReceived():
            first = words.pick(
                f"{event.points} points arrived from {event.source_brand}.",
                f"从 {event.source_brand} 转入 {event.points} 分。",
            )
        case GiftReceived():
            points = sum(lot.amount for lot in event.lots)
            first = words.pick(
                f"A member gave {points} points; they keep their dates.", f"其他会员赠送 {points} 分，有效期不变。"
            )
        case PrizeWon():
            prize, offer = words.prize(event.option, event.prize), words.offer(event.option)
            number = event.ticket_no
            first = words.pick(f"Ticket {number} of {offer} won: {prize}.", f"{offer}第 {number} 号票中奖：{prize}。")
        case OpeningImported():
            points, tier = sum(lot.amount for lot in event.lots), words.tier(event.tier)
            first = words.pick(
                f"{points} points and the tier {tier} were brought from the earlier system.",
                f"从原系统转入 {points} 分，等级：{tier}。",
            )
        case PurchaseImported():
            money = words.money(event.amount_minor)
            first = words.pick(
                f"A purchase of {money} in the earlier system, which gave {event.points} points there.",
                f"原系统中的消费 {money}，当时获得 {event.points} 分。",
            )
    if isinstance(event, PrizeWon | ConversionReceived):
        return [first, *_lot_dates(event.lots, event.occurred_at, words)]
    return [first]
