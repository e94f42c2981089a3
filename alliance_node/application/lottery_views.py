"""Queries about draws: what is published, and where a member stands. Owns no decision and shows no secret."""

import msgspec

from alliance_node.application.errors import UnknownDraw
from alliance_node.application.lottery_close import announcement_of, closing_of, entries_of, known
from alliance_node.application.lottery_records import DrawRow, DrawStatus, LotteryDesk
from alliance_node.domain.instants import Instant
from alliance_node.domain.lottery import Announcement, Beacon, Closing, pseudonym, reveal_ends


class RevealView(msgspec.Struct, frozen=True):
    """A party: `seed` in hexadecimal once it is shown."""

    party: str
    seed: str | None
    revealed_at: Instant | None


class DrawView(msgspec.Struct, frozen=True):
    """A draw as everybody may see it. `reveal_ends` is known from the close on."""

    draw: str
    status: DrawStatus
    announcement: Announcement
    closing: Closing | None
    reveal_ends: Instant | None
    reveals: tuple[RevealView, ...]
    beacon: Beacon | None
    drawn_at: Instant | None


class MemberTickets(msgspec.Struct, frozen=True):
    """A member's place in a frozen list: tickets `first_ticket` to `first_ticket + tickets - 1`."""

    pseudonym: str
    tickets: int
    first_ticket: int | None


def draw_views(desk: LotteryDesk) -> list[DrawView]:
    """All draws, the newest close first."""
    with desk.store.read() as connection:
        rows = desk.store.draws(connection)
        parties = {row.draw_id: desk.store.parties(connection, row.draw_id) for row in rows}
    views = []
    for row in rows:
        reveals = tuple(
            RevealView(party.party, party.seed.hex() if party.seed and party.revealed_at else None, party.revealed_at)
            for party in parties[row.draw_id]
        )
        views.append(_view(row, reveals))
    return views


def draw_view(desk: LotteryDesk, draw_id: str) -> DrawView:
    """One draw. Raises UnknownDraw."""
    for view in draw_views(desk):
        if view.draw == draw_id:
            return view
    raise UnknownDraw(f"no draw {str(draw_id)[:64]!r}")


def member_tickets(desk: LotteryDesk, draw_id: str, member_id: str) -> MemberTickets:
    """Where the member is in the frozen list, to compare with what is published. Raises UnknownDraw, DrawNotReady."""
    with desk.store.read() as connection:
        row = known(desk, connection, draw_id)
        closing_of(row)
        entries = entries_of(desk, connection, row)
    name, first = pseudonym(row.salt, member_id), 0
    for entry in entries:
        if entry.pseudonym == name:
            return MemberTickets(name, entry.tickets, first)
        first += entry.tickets
    return MemberTickets(name, 0, None)


def _view(row: DrawRow, reveals: tuple[RevealView, ...]) -> DrawView:
    announcement = announcement_of(row)
    closing = closing_of(row) if row.closing is not None else None
    beacon = msgspec.json.decode(row.beacon, type=Beacon) if row.beacon is not None else None
    ends = reveal_ends(announcement, closing) if closing is not None else None
    return DrawView(row.draw_id, row.status, announcement, closing, ends, reveals, beacon, row.drawn_at)
