"""Owns the words for points that leave and come back: redemptions, benefits, gifts, conversions, recalls, expiry."""

from __future__ import annotations

from alliance_node.domain.events import (
    BenefitUsed,
    ConversionCaptured,
    ConversionHeld,
    ConversionReleased,
    ConversionReturned,
    DebtRepaid,
    Event,
    GiftSent,
    NewLot,
    PointsExpired,
    PointsRecalled,
    RedemptionCancelled,
    RedemptionMade,
)
from alliance_node.domain.explain_sponsored import explain_sponsored, promised_words
from alliance_node.domain.explain_steps import say
from alliance_node.domain.words import Words, ratio_text


def explain_spending(event: Event, words: Words) -> list[str]:
    """The sentences, or none when the event is no such event."""
    match event:
        case RedemptionMade():
            return _redemption(event, words)
        case RedemptionCancelled():
            back = event.points - event.recovered_points
            first = words.pick(
                f"The redemption was cancelled; {back} points came back.", f"兑换已取消，返还 {back} 分。"
            )
            return [first, *_restored(event.lots, event.recovered_points, words)]
        case ConversionHeld() | ConversionCaptured():
            return [_conversion(event, words)]
        case ConversionReleased() | ConversionReturned():
            return [_conversion_back(event, words), *_restored(event.lots, event.recovered_points, words)]
        case _:
            return explain_sponsored(event, words) or _simple(event, words)


def _redemption(event: RedemptionMade, words: Words) -> list[str]:
    name, value, points = words.offer(event.option), words.money(event.value_minor), event.points
    match event.kind:
        case "offset":
            order = words.money(event.order_amount_minor)
            first = words.pick(
                f"{points} points paid {value} of an order of {order}.",
                f"使用 {points} 分抵扣 {value}（订单 {order}）。",
            )
        case "donation":
            first = words.pick(
                f"{points} points were donated: {value} for {name}.", f"捐出 {points} 分，折合 {value}：{name}。"
            )
        case "lottery":
            first = words.pick(
                f"{points} points bought {event.quantity} tickets of {name}.",
                f"使用 {points} 分换得{name} {event.quantity} 张。",
            )
        case _:
            first = words.pick(
                f"{points} points were redeemed for {event.quantity} × {name}, worth {value}.",
                f"使用 {points} 分兑换 {name} × {event.quantity}，价值 {value}。",
            )
    lines = [first]
    if event.cash_minor:
        cash = words.money(event.cash_minor)
        lines.append(words.pick(f"{cash} are paid besides the points.", f"另付 {cash}。"))
    lines += [say(step, words) for step in event.trace]
    return [*lines, *promised_words(event, words)]


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


def _conversion(event: ConversionHeld | ConversionCaptured, words: Words) -> str:
    points = event.points
    if isinstance(event, ConversionCaptured):
        return words.pick(f"The conversion of {points} points is final.", f"{points} 分的转换已完成。")
    alliance = ratio_text(event.alliance_units, 100)
    if event.to_wallet:
        return words.pick(
            f"{points} points are held for {alliance} alliance points in your own wallet.",
            f"{points} 分已冻结，将转换为您钱包中的 {alliance} 联盟积分。",
        )
    return words.pick(
        f"{points} points are held for a conversion into {alliance} alliance points.",
        f"{points} 分已冻结，将转换为 {alliance} 联盟积分。",
    )


def _conversion_back(event: ConversionReleased | ConversionReturned, words: Words) -> str:
    points = event.points
    if isinstance(event, ConversionReturned):
        return words.pick(
            f"The conversion was not claimed in time; {points} points were returned.",
            f"对方未按时领取，{points} 分已退回。",
        )
    return words.pick(
        f"The conversion did not happen ({event.reason}); {points} points were released.",
        f"转换未成（{event.reason}），{points} 分已解冻。",
    )


def _simple(event: Event, words: Words) -> list[str]:
    match event:
        case BenefitUsed():
            name, tier = words.benefit(event.benefit), words.tier(event.tier)
            if event.bought:
                return [words.pick(f"{name} was used; it was bought with points.", f"已使用{name}（积分兑换）。")]
            return [words.pick(f"{name} was used; it comes with {tier}.", f"已使用{name}（{tier}权益）。")]
        case GiftSent():
            return [
                words.pick(f"{event.points} points were given to a member.", f"{event.points} 分已赠送给其他会员。")
            ]
        case PointsRecalled():
            name = words.recall(event.recall_id)
            return [
                words.pick(f"{event.points} old points lapsed: {name}.", f"{event.points} 分旧积分已清零：{name}。")
            ]
        case PointsExpired():
            return [words.pick(f"{event.points} points expired.", f"{event.points} 分已过期。")]
        case DebtRepaid():
            return [
                words.pick(
                    f"{event.points} points repaid what a refund had left owing.",
                    f"{event.points} 分用于偿还退款欠分。",
                )
            ]
        case _:
            return []
