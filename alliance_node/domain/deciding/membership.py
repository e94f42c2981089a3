"""Owns enrolment and the expiry sweep: the two commands that look at no lot."""

from __future__ import annotations

from alliance_node.domain.commands import EnrolMember, SweepExpiry
from alliance_node.domain.deciding.guards import check_not_future
from alliance_node.domain.errors import InvariantBroken, MemberAlreadyEnrolled, SweepMismatch, UnknownTimeZone
from alliance_node.domain.events import Event, MemberEnrolled, PointsExpired
from alliance_node.domain.instants import Instant, format_instant, zone
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.quantities import due_expiry
from alliance_node.domain.state import MemberState


def decide_enrol(program: CompiledProgram, state: MemberState, command: EnrolMember, now: Instant) -> list[Event]:
    """A new member starts in the lowest tier."""
    if state.version:
        raise MemberAlreadyEnrolled(f"member {state.member_id} was enrolled at {format_instant(state.enrolled_at)}")
    check_not_future(command.occurred_at, now)
    try:
        zone(command.timezone)
    except ValueError as error:
        raise UnknownTimeZone(str(error)) from error
    return [MemberEnrolled(command.occurred_at, program.version, command.timezone, program.tier_ids[0])]


def decide_sweep(state: MemberState, command: SweepExpiry, now: Instant) -> list[Event]:
    """R-EXP-5: books what expired until `through` as one entry. Twice the same sweep changes nothing."""
    check_not_future(command.through, now)
    if command.through <= state.swept_through or not command.due_points:
        return []
    if state.lots and command.due_points != due_expiry(state, command.through):
        raise SweepMismatch(
            f"the sweep counted {command.due_points} due points; the lots say {due_expiry(state, command.through)}"
        )
    if command.due_points < 0 or command.due_points > state.booked:
        raise InvariantBroken(f"sweep of {command.due_points} points with {state.booked} booked ({state.member_id})")
    return [PointsExpired(now, command.through, command.due_points)]
