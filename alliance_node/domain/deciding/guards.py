"""Owns what every command must satisfy before its rule is asked: times, identifiers, amounts. Decides nothing."""

from __future__ import annotations

from alliance_node.domain.commands import INTERNAL_SOURCE
from alliance_node.domain.errors import FutureEvent, InvalidAmount, InvalidIdentifier, LateEvent
from alliance_node.domain.instants import Instant, format_instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.values import MAX_AMOUNT_MINOR, MAX_POINTS

FUTURE_TOLERANCE_SECONDS = 300
MAX_SOURCE = 64
MAX_EVENT_ID = 128
MAX_TAGS = 64
MAX_APPROVAL = 200


def check_not_future(occurred_at: Instant, now: Instant) -> None:
    """Refuse what has not happened yet; five minutes of clock difference are allowed."""
    if occurred_at > now + FUTURE_TOLERANCE_SECONDS:
        raise FutureEvent(
            f"occurred_at {format_instant(occurred_at)} is {occurred_at - now} s after now {format_instant(now)}",
            f"occurred_at {format_instant(occurred_at)} 比现在 {format_instant(now)} 晚 {occurred_at - now} 秒",
        )


def check_not_late(program: CompiledProgram, occurred_at: Instant, now: Instant, approval: str = "") -> None:
    """Refuse what happened longer ago than the program's window, unless somebody approved it (who and why)."""
    if len(approval) > MAX_APPROVAL:
        raise InvalidIdentifier(
            f"late_approval has {len(approval)} characters; at most {MAX_APPROVAL} are allowed",
            f"late_approval 有 {len(approval)} 个字符；最多 {MAX_APPROVAL} 个",
        )
    if occurred_at < now - program.late_seconds and not approval:
        raise LateEvent(
            f"occurred_at {format_instant(occurred_at)} is more than {program.file.earn.late_days} days before now "
            f"{format_instant(now)}",
            f"occurred_at {format_instant(occurred_at)} 比现在 {format_instant(now)} "
            f"早 {program.file.earn.late_days} 天以上",
        )


def check_business_key(source: str, source_event_id: str) -> None:
    """Refuse keys that are empty, too long, or in the engine's own namespace."""
    if not 0 < len(source) <= MAX_SOURCE:
        raise InvalidIdentifier(
            f"source has {len(source)} characters; 1 to {MAX_SOURCE} are allowed",
            f"source 有 {len(source)} 个字符；允许 1 至 {MAX_SOURCE} 个",
        )
    if not 0 < len(source_event_id) <= MAX_EVENT_ID:
        raise InvalidIdentifier(
            f"source_event_id has {len(source_event_id)} characters; 1 to {MAX_EVENT_ID} are allowed",
            f"source_event_id 有 {len(source_event_id)} 个字符；允许 1 至 {MAX_EVENT_ID} 个",
        )
    if source.startswith(INTERNAL_SOURCE):
        raise InvalidIdentifier(
            f"source {source!r} starts with the reserved prefix {INTERNAL_SOURCE!r}",
            f"source {source!r} 以保留前缀 {INTERNAL_SOURCE!r} 开头",
        )


def check_tags(tags: tuple[str, ...], channel: str) -> None:
    """Refuse more or longer tags than an event may carry."""
    if len(tags) > MAX_TAGS:
        raise InvalidIdentifier(
            f"{len(tags)} tags; at most {MAX_TAGS} are allowed", f"共 {len(tags)} 个标签；最多 {MAX_TAGS} 个"
        )
    for name in (channel, *tags):
        if not 0 < len(name) <= MAX_SOURCE:
            raise InvalidIdentifier(
                f"a tag or channel has {len(name)} characters; 1 to {MAX_SOURCE} are allowed",
                f"标签或渠道有 {len(name)} 个字符；允许 1 至 {MAX_SOURCE} 个",
            )


def check_amount(amount_minor: int, minimum: int) -> None:
    """Refuse what is no whole number of minor units (True is none) or outside the range."""
    if type(amount_minor) is not int or not minimum <= amount_minor <= MAX_AMOUNT_MINOR:
        raise InvalidAmount(
            f"amount_minor {amount_minor!r} is not a whole number from {minimum} to {MAX_AMOUNT_MINOR}",
            f"amount_minor {amount_minor!r} 不是 {minimum} 至 {MAX_AMOUNT_MINOR} 的整数",
        )


def check_grade(grade: int) -> None:
    """Refuse a grade that is no whole number of percent."""
    if type(grade) is not int or not 0 <= grade <= 100:
        raise InvalidAmount(
            f"grade {grade!r} is not a whole number from 0 to 100", f"grade {grade!r} 不是 0 至 100 的整数"
        )


def check_points(points: int | None) -> int:
    """The points when they are a positive whole number."""
    if type(points) is not int or not 1 <= points <= MAX_POINTS:
        raise InvalidAmount(
            f"points {points!r} is not a whole number from 1 to {MAX_POINTS}",
            f"points {points!r} 不是 1 至 {MAX_POINTS} 的整数",
        )
    return points
