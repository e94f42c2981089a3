"""Owns the words for what an event did and why, in English and Chinese, from its own trace (R-EARN-11).

With the program book, rules are called by their labels and amounts carry the currency; without, by their ids.
"""

from __future__ import annotations

from alliance_node.domain.events import (
    BehaviourRecorded,
    ConversionCaptured,
    ConversionHeld,
    ConversionReceived,
    ConversionReleased,
    ConversionReturned,
    DebtRepaid,
    Event,
    LotsExtended,
    MemberEnrolled,
    NewLot,
    PointsExpired,
    PointsMatured,
    PurchaseRecorded,
    PurchaseRefunded,
    RedemptionCancelled,
    RedemptionMade,
    TierChanged,
)
from alliance_node.domain.explain_steps import say
from alliance_node.domain.instants import FAR_FUTURE, Instant, local_date
from alliance_node.domain.program.book import CompiledProgram, ProgramBook
from alliance_node.domain.words import Words, ratio_text, words_of


def explain(event: Event, language: str = "en", programs: ProgramBook | None = None) -> list[str]:
    """Short sentences, the result first, then one for each step. Raises `ValueError` for an unknown language."""
    version = getattr(event, "program_version", None)
    program = programs.version(version) if programs is not None and version is not None else None
    words = words_of(language, program)
    match event:
        case PurchaseRecorded() | BehaviourRecorded():
            return _accrual(event, words, program)
        case PurchaseRefunded():
            return _refund(event, words)
        case RedemptionMade() | RedemptionCancelled():
            return _redemption(event, words)
        case ConversionHeld() | ConversionCaptured() | ConversionReleased() | ConversionReturned():
            return _conversion(event, words)
        case ConversionReceived():
            return [
                words.pick(
                    f"{event.points} points arrived from {event.source_brand}.",
                    f"从 {event.source_brand} 转入 {event.points} 分。",
                )
            ]
        case _:
            return _rare(event, words, program)


def _accrual(event: PurchaseRecorded | BehaviourRecorded, words: Words, program: CompiledProgram | None) -> list[str]:
    points = sum(lot.amount for lot in event.lots)
    if isinstance(event, PurchaseRecorded):
        money = words.money(event.amount_minor)
        first = words.pick(f"This purchase of {money} earned {points} points.", f"本次消费 {money}，获得 {points} 分。")
    else:
        first = words.pick(f"{event.behaviour} earned {points} points.", f"{event.behaviour} 获得 {points} 分。")
    lines = [first, *(say(step, words) for step in event.trace)]
    if event.growth:
        lines.append(words.pick(f"Growth value rose by {event.growth}.", f"成长值增加 {event.growth}。"))
    lines += _lot_dates(event.lots, event.occurred_at, words, program)
    version = event.program_version
    return [*lines, words.pick(f"Decided by program version {version}.", f"依据规则第 {version} 版。")]


def _lot_dates(
    lots: tuple[NewLot, ...], occurred_at: Instant, words: Words, program: CompiledProgram | None
) -> list[str]:
    if not lots:
        return []
    tz = program.timezone if program is not None else "UTC"
    lines = []
    if lots[0].matures_at > occurred_at:
        day = local_date(lots[0].matures_at, tz).isoformat()
        lines.append(words.pick(f"They can be used from {day}.", f"{day} 起可用。"))
    if lots[0].expires_at < FAR_FUTURE:
        day = local_date(lots[0].expires_at - 1, tz).isoformat()
        lines.append(words.pick(f"They are valid through {day}.", f"有效期至 {day}（含当日）。"))
    return lines


def _refund(event: PurchaseRefunded, words: Words) -> list[str]:
    money = words.money(event.amount_minor)
    taken = event.available_points + event.pending_points + event.expired_points + event.debt_points
    lines = [
        words.pick(
            f"The refund of {money} took back {taken} points that the purchase had earned.",
            f"退款 {money}，收回该笔消费所得的 {taken} 分。",
        )
    ]
    lines += [say(step, words) for step in event.trace]
    if event.growth:
        lines.append(words.pick(f"Growth value fell by {event.growth}.", f"成长值减少 {event.growth}。"))
    return lines


def _redemption(event: RedemptionMade | RedemptionCancelled, words: Words) -> list[str]:
    if isinstance(event, RedemptionMade):
        name, value = words.offer(event.option), words.money(event.value_minor)
        return [
            words.pick(
                f"{event.points} points were redeemed for {event.quantity} × {name}, worth {value}.",
                f"使用 {event.points} 分兑换 {name} × {event.quantity}，价值 {value}。",
            )
        ]
    back = event.points - event.recovered_points
    lines = [words.pick(f"The redemption was cancelled; {back} points came back.", f"兑换已取消，返还 {back} 分。")]
    return [*lines, *_restored(event.lots, event.recovered_points, words)]


def _restored(lots: tuple[NewLot, ...], recovered: int, words: Words) -> list[str]:
    lines = []
    if lots:
        points = sum(lot.amount for lot in lots)
        lines.append(
            words.pick(
                f"{points} of them had expired meanwhile and got a period of grace.",
                f"其中 {points} 分原已到期，给予宽限期。",
            )
        )
    if recovered:
        lines.append(
            words.pick(
                f"{recovered} points were kept for a refund that had been forgiven.",
                f"{recovered} 分用于抵销此前退款中免除的部分。",
            )
        )
    return lines


def _conversion(
    event: ConversionHeld | ConversionCaptured | ConversionReleased | ConversionReturned, words: Words
) -> list[str]:
    points = event.points
    match event:
        case ConversionHeld():
            alliance = ratio_text(event.alliance_units, 100)
            return [
                words.pick(
                    f"{points} points are held for a conversion into {alliance} alliance points.",
                    f"{points} 分已冻结，将转换为 {alliance} 联盟积分。",
                )
            ]
        case ConversionCaptured():
            return [words.pick(f"The conversion of {points} points is final.", f"{points} 分的转换已完成。")]
        case ConversionReleased():
            first = words.pick(
                f"The conversion did not happen ({event.reason}); {points} points were released.",
                f"转换未成（{event.reason}），{points} 分已解冻。",
            )
        case ConversionReturned():
            first = words.pick(
                f"The conversion was not claimed in time; {points} points were returned.",
                f"对方未按时领取，{points} 分已退回。",
            )
    return [first, *_restored(event.lots, event.recovered_points, words)]


def _rare(event: Event, words: Words, program: CompiledProgram | None) -> list[str]:
    match event:
        case MemberEnrolled():
            tier = words.tier(event.tier)
            return [words.pick(f"Welcome: you start as {tier}.", f"欢迎加入，起始等级：{tier}。")]
        case LotsExtended():
            return [_extension(event, words, program)]
        case PointsMatured():
            return [words.pick(f"{event.points} points can be used now.", f"{event.points} 分现已可用。")]
        case DebtRepaid():
            return [
                words.pick(
                    f"{event.points} points repaid what a refund had left owing.",
                    f"{event.points} 分用于偿还退款欠分。",
                )
            ]
        case TierChanged():
            return [_tier_change(event, words)]
        case PointsExpired():
            return [words.pick(f"{event.points} points expired.", f"{event.points} 分已过期。")]
    raise ValueError(f"no words for {type(event).__name__}")


def _extension(event: LotsExtended, words: Words, program: CompiledProgram | None) -> str:
    points = sum(extension.points for extension in event.lots)
    tz = program.timezone if program is not None else "UTC"
    day = local_date(max(extension.new_expires_at for extension in event.lots) - 1, tz).isoformat()
    return words.pick(
        f"{points} points that would have expired soon are valid longer, the latest through {day}.",
        f"{points} 分即将到期的积分已延期，最晚有效至 {day}。",
    )


def _tier_change(event: TierChanged, words: Words) -> str:
    old, new = words.tier(event.old_tier), words.tier(event.new_tier)
    if event.reason == "upgrade":
        return words.pick(f"You rose from {old} to {new}.", f"等级由{old}升至{new}。")
    why = (
        words.pick("after a refund", "因退款") if event.reason == "refund" else words.pick("after evaluation", "经评定")
    )
    return words.pick(f"You moved from {old} to {new} {why}.", f"{why}，等级由{old}变为{new}。")
