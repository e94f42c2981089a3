"""Owns the words for what a sponsor's budget pays, promised, paid, refused, taken back: bonuses, circulation awards."""

from __future__ import annotations

from alliance_node.domain.events import (
    CirculationAwardPaid,
    CirculationAwardRefused,
    CirculationAwardRevoked,
    Event,
    RedemptionMade,
    SpendingBonusPaid,
    SpendingBonusRefused,
    SpendingBonusRevoked,
)
from alliance_node.domain.words import Words

REFUSED_BONUS = {
    "budget_empty": ("the sponsor's budget is used up", "赞助预算已用完"),
    "deadline_passed": ("the sponsor's budget has ended", "赞助预算已到期"),
    "not_connected": ("this brand is not connected to the alliance", "本品牌未接入联盟"),
    "below_one_unit": ("it is worth less than one alliance unit", "不足一个联盟单位"),
    "rate_unknown": ("the rate of the arrival is not known", "到账汇率未知"),
}
"""Why a bonus or an award is not paid; other reasons are the ledger's codes."""


def promised_words(event: RedemptionMade, words: Words) -> list[str]:
    """What follows a redemption once the sponsor has paid."""
    lines = []
    if event.bonus_points:
        arrived, bonus = sum(part.points for part in event.arrived), event.bonus_points
        lines.append(
            words.pick(
                f"{arrived} of them came from a partner brand: {bonus} bonus points follow when the sponsor has paid.",
                f"其中 {arrived} 分来自联盟品牌：赞助方付款后返 {bonus} 分。",
            )
        )
    if event.award is not None:
        needs, award = event.award.needs, event.award.points
        lines.append(
            words.pick(
                f"{needs} points of partner brands are redeemed this month: an award of {award} points follows when "
                "the sponsor has paid.",
                f"本月兑换联盟品牌积分已满 {needs} 分：赞助方付款后奖励 {award} 分。",
            )
        )
    return lines


def explain_sponsored(event: Event, words: Words) -> list[str]:
    """The sentences, or none when the event is no such event."""
    match event:
        case SpendingBonusPaid():
            return [
                words.pick(
                    f"{event.points} bonus points for spending points of a partner brand; they cannot be converted.",
                    f"使用联盟品牌积分，返 {event.points} 分（不可转换）。",
                )
            ]
        case CirculationAwardPaid():
            return [
                words.pick(
                    f"Award of {event.points} points for redeeming points of partner brands this month; they cannot be "
                    "converted.",
                    f"当月兑换联盟品牌积分达标，奖励 {event.points} 分（不可转换）。",
                )
            ]
        case SpendingBonusRefused() | CirculationAwardRefused():
            return [_refused(event, words)]
        case SpendingBonusRevoked() | CirculationAwardRevoked():
            return [_revoked(event, words)]
        case _:
            return []


def _refused(event: SpendingBonusRefused | CirculationAwardRefused, words: Words) -> str:
    why, points = REFUSED_BONUS.get(event.reason, (event.reason, event.reason)), event.points
    if isinstance(event, SpendingBonusRefused):
        return words.pick(f"The bonus of {points} points is not paid: {why[0]}.", f"{points} 分返利未发放：{why[1]}。")
    return words.pick(
        f"The month's award of {points} points is not paid: {why[0]}.", f"当月流通奖励 {points} 分未发放：{why[1]}。"
    )


def _revoked(event: SpendingBonusRevoked | CirculationAwardRevoked, words: Words) -> str:
    taken = event.available_points + event.pending_points + event.expired_points + event.debt_points
    owed = event.debt_points
    if isinstance(event, SpendingBonusRevoked):
        return words.pick(
            f"The redemption's bonus was taken back: {taken} points, {owed} of them owed.",
            f"已收回该兑换的返利 {taken} 分，其中欠 {owed} 分。",
        )
    if not event.lots:
        return words.pick(
            f"The promised award of {event.points} points is dropped: too little stays redeemed in its month.",
            f"待发的流通奖励 {event.points} 分取消：当月兑换不足。",
        )
    return words.pick(
        f"The month's award was taken back: {taken} points, {owed} of them owed; too little stays redeemed in it.",
        f"已收回当月流通奖励 {taken} 分，其中欠 {owed} 分：当月兑换不足。",
    )
