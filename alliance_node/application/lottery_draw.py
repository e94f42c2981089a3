"""Use case: draw the winners of a closed lottery and give them their prizes (R-RED-3).

Owns the order: the draw's inputs are fixed in one commit, then the prizes follow in chunks; a run that was killed is
run again and ends the same. It may not know rules (domain).
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from alliance_node.application.envelopes import Envelope
from alliance_node.application.errors import DrawBroken, DrawNotReady, MemberClosed
from alliance_node.application.lottery_close import announcement_of, closing_of, frozen_tickets, known, locked
from alliance_node.application.lottery_records import DrawReport, DrawRow, LotteryDesk
from alliance_node.domain.commands import AwardPrize
from alliance_node.domain.instants import Instant, format_instant
from alliance_node.domain.lottery import Beacon, Winner, frozen_list, pseudonym, reveal_ends
from alliance_node.domain.lottery_record import LotteryRecord, encode_record, make_record

Progress = Callable[[int], None]
"""Called after every commit with the number of prizes handled so far."""


def draw_prizes(
    desk: LotteryDesk, draw_id: str, now: Instant, beacon: Beacon | None = None, progress: Progress | None = None
) -> DrawReport:
    """Every winner's prize through the ledger; again: what is missing. `beacon` stands in for seeds that were not shown
    in time, on a node that cannot ask the alliance's ledger itself.

    Raises UnknownDraw, DrawNotReady, DrawBroken, AllianceNotConnected, DatabaseBusy, DatabaseUnavailable.
    """
    found = _beacon_if_needed(desk, draw_id, now, beacon)
    with desk.store.write() as connection:
        draw = locked(desk, connection, draw_id)
        if draw.status == "closed":
            draw = _fixed(desk, connection, draw, found, now)
    with desk.store.read() as connection:
        tickets = frozen_tickets(desk, connection, draw)
        record = _record(desk, connection, draw, tickets)
    holders = {pseudonym(draw.salt, member_id): member_id for member_id in tickets}
    report = DrawReport(len(record.winners))
    for start in range(0, len(record.winners), desk.chunk):
        part = record.winners[start : start + desk.chunk]
        _award(desk, draw, part, holders, now, report)
        if progress is not None:
            progress(start + len(part))
    with desk.store.write() as connection:
        latest = locked(desk, connection, draw_id)
        if latest.status != "drawn":
            desk.store.save_draw(connection, msgspec.structs.replace(latest, status="drawn", drawn_at=now))
    return report


def draw_record(desk: LotteryDesk, draw_id: str) -> bytes:
    """The record that anyone can verify: the same bytes every time. Raises UnknownDraw, DrawNotReady, DrawBroken."""
    with desk.store.read() as connection:
        draw = known(desk, connection, draw_id)
        if draw.status not in ("drawing", "drawn"):
            raise DrawNotReady(f"draw {draw_id} is {draw.status}; its record is published when it is drawn")
        return encode_record(_record(desk, connection, draw, frozen_tickets(desk, connection, draw)))


def _beacon_if_needed(desk: LotteryDesk, draw_id: str, now: Instant, given: Beacon | None) -> Beacon | None:
    """The block that stands in for a missing seed: as the ledger shows it, else as the caller does. Asked outside of
    any transaction: the ledger may be slow."""
    with desk.store.read() as connection:
        draw = known(desk, connection, draw_id)
        if draw.status != "closed":
            return None
        missing = any(row.seed is None for row in desk.store.parties(connection, draw_id))
    ends = reveal_ends(announcement_of(draw), closing_of(draw))
    if not missing or now < ends or desk.beacons is None:
        return given
    found = desk.beacons.first_block_not_before(ends)
    if given is not None and given != found:
        shown = f"block {found.block_number}" if found is not None else "not final yet"
        raise DrawNotReady(
            f"the first block from {format_instant(ends)} on is {shown}, not block {given.block_number} as given",
            "Leave the block out: this node asks the ledger itself.",
        )
    return found


def _fixed(desk: LotteryDesk, connection: Connection, draw: DrawRow, beacon: Beacon | None, now: Instant) -> DrawRow:
    """The draw with its inputs fixed for ever: from here on nothing can change the winners."""
    missing = [row.party for row in desk.store.parties(connection, draw.draw_id) if row.seed is None]
    ends = reveal_ends(announcement_of(draw), closing_of(draw))
    if missing and now < ends:
        raise DrawNotReady(f"{', '.join(missing)} may still reveal until {format_instant(ends)}")
    if missing and (beacon is None or beacon.timestamp < ends):
        raise DrawNotReady(
            f"{', '.join(missing)} revealed nothing: the first block from {format_instant(ends)} on stands in",
            "Give that block of the alliance's ledger, or connect the node to it.",
        )
    frozen_tickets(desk, connection, draw)
    text = msgspec.json.encode(beacon).decode() if missing and beacon is not None else None
    fixed = msgspec.structs.replace(draw, status="drawing", beacon=text)
    desk.store.save_draw(connection, fixed)
    return fixed


def _record(desk: LotteryDesk, connection: Connection, draw: DrawRow, tickets: Mapping[str, int]) -> LotteryRecord:
    beacon = msgspec.json.decode(draw.beacon, type=Beacon) if draw.beacon is not None else None
    seeds = [row.seed for row in desk.store.parties(connection, draw.draw_id)]
    entries = frozen_list(tickets, draw.salt)
    return make_record(announcement_of(draw), closing_of(draw), entries, seeds, beacon)


def _award(
    desk: LotteryDesk,
    draw: DrawRow,
    winners: Sequence[Winner],
    holders: dict[str, str],
    now: Instant,
    report: DrawReport,
) -> None:
    commands = [
        AwardPrize(
            holders[winner.pseudonym],
            draw.option,
            draw.draw_id,
            winner.ticket_no,
            winner.prize,
            now,
            draw.program_version,
        )
        for winner in winners
    ]
    results = desk.ledger.execute([Envelope(command) for command in commands], now)
    for command, result in zip(commands, results, strict=True):
        if result.failure is not None:
            raise result.failure
        if result.accepted:
            report.awarded += 1
        elif result.code == MemberClosed.code:
            report.undelivered.append(command.ticket_no)
        else:
            raise DrawBroken(f"ticket {command.ticket_no} of draw {draw.draw_id}: {result.body.decode()}")
