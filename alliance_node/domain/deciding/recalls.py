"""Owns what a clearing event takes (R-VAL-4). That it was announced in time is checked when a version is activated."""

from __future__ import annotations

from alliance_node.domain.commands import RecallPoints
from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.guards import check_not_future
from alliance_node.domain.deciding.spending import take
from alliance_node.domain.errors import RecallNotYet, UnknownRecall
from alliance_node.domain.events import CounterValue, Event, PointsRecalled
from alliance_node.domain.instants import Instant, format_instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.values import to_instant
from alliance_node.domain.state import Lot, MemberState


def recall_counter(recall_id: str) -> str:
    """The counter that lets a recall reach each member once."""
    return f"recall/{recall_id}"


def recall_dates(program: CompiledProgram, recall_id: str) -> tuple[Instant, Instant]:
    """(points earned before this, lapse at this). Raises `UnknownRecall`."""
    for recall in program.file.recalls:
        if recall.id == recall_id:
            return to_instant(recall.earned_before, program.timezone), to_instant(recall.at, program.timezone)
    known = ", ".join(recall.id for recall in program.file.recalls) or "none"
    raise UnknownRecall(
        f"the program in force has no recall {recall_id!r}; it has: {known}",
        f"当前规则没有清零安排 {recall_id!r}；现有：{known}",
    )


def decide_recall(program: CompiledProgram, state: MemberState, command: RecallPoints, now: Instant) -> list[Event]:
    """What can be spent of old lots lapses. Held points stay alive, pending and expired ones are left to their own
    dates. Nothing the second time. Raises `UnknownRecall`, `RecallNotYet`."""
    check_not_future(command.occurred_at, now)
    earned_before, at = recall_dates(program, command.recall_id)
    if now < at:
        raise RecallNotYet(
            f"recall {command.recall_id!r} takes effect at {format_instant(at)}, in {at - now} s",
            f"清零安排 {command.recall_id!r} 于 {format_instant(at)} 生效，还有 {at - now} 秒",
        )
    key = recall_counter(command.recall_id)
    if used_in(state.counters.get(key), 0, 1):
        return []

    def is_old(lot: Lot) -> bool:
        return lot.earned_at < earned_before

    slices = take(state, state.booked, now, is_old)
    if not slices:
        return []
    points = sum(part.points for part in slices)
    return [PointsRecalled(now, program.version, command.recall_id, points, slices, (CounterValue(key, 0, 1, 1),))]
