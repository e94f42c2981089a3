"""Owns enrolment, the member's time zone and the expiry sweep: commands that look at no lot."""

from __future__ import annotations

from alliance_node.domain.commands import ChangeTimezone, EnrolMember, SweepExpiry
from alliance_node.domain.deciding.guards import check_not_future
from alliance_node.domain.errors import (
    InvariantBroken,
    MemberAlreadyEnrolled,
    SweepMismatch,
    TimezoneChangedRecently,
    TimezoneUnchanged,
    UnknownTimeZone,
)
from alliance_node.domain.events import Event, MemberEnrolled, PointsExpired, TimezoneChanged
from alliance_node.domain.instants import DAY_SECONDS, Instant, format_instant, local_day, start_of_day, zone
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.quantities import due_expiry
from alliance_node.domain.state import MemberState, timezone_at

TIMEZONE_CHANGE_DAYS = 30
"""A member's time zone changes at most once in this many days."""


def decide_enrol(program: CompiledProgram, state: MemberState, command: EnrolMember, now: Instant) -> list[Event]:
    """A new member starts in the lowest tier."""
    if state.version:
        raise MemberAlreadyEnrolled(
            f"member {state.member_id} was enrolled at {format_instant(state.enrolled_at)}",
            f"会员 {state.member_id} 已于 {format_instant(state.enrolled_at)} 入会",
        )
    check_not_future(command.occurred_at, now)
    _check_timezone(command.timezone)
    return [MemberEnrolled(command.occurred_at, program.version, command.timezone, program.tier_ids[0])]


def decide_timezone(state: MemberState, command: ChangeTimezone, now: Instant) -> list[Event]:
    """The new time zone is in force from the member's next local day, so that today counts as it began.

    Raises `UnknownTimeZone`, `TimezoneUnchanged`, `TimezoneChangedRecently`.
    """
    check_not_future(command.occurred_at, now)
    _check_timezone(command.timezone)
    current = timezone_at(state, now)
    if command.timezone == (state.next_timezone or state.timezone):
        raise TimezoneUnchanged(
            f"the member's time zone is {command.timezone} already", f"会员的时区已是 {command.timezone}"
        )
    again = state.timezone_changed_at + TIMEZONE_CHANGE_DAYS * DAY_SECONDS
    if state.timezone_changed_at and now < again:
        raise TimezoneChangedRecently(
            f"the time zone was changed at {format_instant(state.timezone_changed_at)}; "
            f"the next change is possible from {format_instant(again)} ({TIMEZONE_CHANGE_DAYS} days)",
            f"时区已于 {format_instant(state.timezone_changed_at)} 更改；"
            f"下次可从 {format_instant(again)} 起更改（{TIMEZONE_CHANGE_DAYS} 天）",
        )
    effective_at = start_of_day(local_day(now, current) + 1, current)
    return [TimezoneChanged(now, current, command.timezone, effective_at)]


def _check_timezone(name: str) -> None:
    try:
        zone(name)
    except ValueError as error:
        raise UnknownTimeZone(f"unknown time zone {name!r}", f"时区 {name!r} 无法识别") from error


def decide_sweep(state: MemberState, command: SweepExpiry, now: Instant) -> list[Event]:
    """R-EXP-5: books what expired until `through` as one entry. Twice the same sweep changes nothing."""
    check_not_future(command.through, now)
    if command.through <= state.swept_through or not command.due_points:
        return []
    if state.lots and command.due_points != due_expiry(state, command.through):
        raise SweepMismatch(
            f"the sweep counted {command.due_points} due points; the lots say {due_expiry(state, command.through)}",
            f"清扫统计到期 {command.due_points} 分；批次为 {due_expiry(state, command.through)} 分",
        )
    if command.due_points < 0 or command.due_points > state.booked:
        raise InvariantBroken(f"sweep of {command.due_points} points with {state.booked} booked ({state.member_id})")
    return [PointsExpired(now, command.through, command.due_points)]
