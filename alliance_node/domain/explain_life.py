"""Owns the words for what becomes of a membership: enrolment, tiers, growth value, dates of lots, time zone."""

from __future__ import annotations

from alliance_node.domain.events import (
    Event,
    GrowthDecayed,
    LotsExtended,
    MemberEnrolled,
    PointsMatured,
    TierChanged,
    TimezoneChanged,
)
from alliance_node.domain.instants import FAR_FUTURE
from alliance_node.domain.words import Words


def explain_life(event: Event, words: Words) -> list[str]:
    """The sentences, or none when the event is no such event."""
    match event:
        case MemberEnrolled():
            tier = words.tier(event.tier)
            return [words.pick(f"Welcome: you start as {tier}.", f"欢迎加入，起始等级：{tier}。")]
        case PointsMatured():
            return [words.pick(f"{event.points} points can be used now.", f"{event.points} 分现已可用。")]
        case LotsExtended():
            return [_new_ends(event, words)]
        case TierChanged():
            return [_tier_change(event, words)]
        case GrowthDecayed():
            day = words.day(event.through)
            return [
                words.pick(
                    f"Growth value fell by {event.lost} at the yearly date {day}.",
                    f"{day} 年度衰减：成长值减少 {event.lost}。",
                )
            ]
        case TimezoneChanged():
            day = words.day(event.effective_at, event.old_timezone)
            return [
                words.pick(
                    f"Days are counted in {event.new_timezone} from {day}, until then in {event.old_timezone}.",
                    f"自 {day} 起按 {event.new_timezone} 计日，此前按 {event.old_timezone}。",
                )
            ]
        case _:
            return []


def _new_ends(event: LotsExtended, words: Words) -> str:
    points = sum(extension.points for extension in event.lots)
    latest = max(extension.new_expires_at for extension in event.lots)
    if latest >= FAR_FUTURE:
        return words.pick(f"{points} points no longer expire in this tier.", f"在该等级，{points} 分不再过期。")
    day = words.day(latest - 1)
    if event.reason == "tier_lost":
        return words.pick(
            f"{points} points that did not expire in the former tier are now valid through {day}.",
            f"原等级不过期的 {points} 分，现有效至 {day}。",
        )
    return words.pick(
        f"{points} points that would have expired soon are valid longer, the latest through {day}.",
        f"{points} 分即将到期的积分已延期，最晚有效至 {day}。",
    )


def _tier_change(event: TierChanged, words: Words) -> str:
    old, new = words.tier(event.old_tier), words.tier(event.new_tier)
    if event.reason == "upgrade":
        return words.pick(f"You rose from {old} to {new}.", f"等级由{old}升至{new}。")
    if event.reason == "retained":
        day = words.day(event.protected_until)
        return words.pick(f"You did enough to keep {new} until {day}.", f"已完成保级任务，{new}保留至 {day}。")
    why = (
        words.pick("after a refund", "因退款") if event.reason == "refund" else words.pick("after evaluation", "经评定")
    )
    return words.pick(f"You moved from {old} to {new} {why}.", f"{why}，等级由{old}变为{new}。")
