"""Use case: close a draw's entries: freeze the list by its root and show the salt and the brand's own seed (R-RED-3).

Owns that moment. The list is derived from the ledger's redemptions, here and whenever it is needed again.
"""

import msgspec
from sqlalchemy import Connection

from alliance_node.application.errors import DrawBroken, DrawNotReady, UnknownDraw
from alliance_node.application.lottery_records import DrawRow, LotteryDesk
from alliance_node.domain.instants import Instant, format_instant
from alliance_node.domain.lottery import Announcement, Closing, Entry, digest, entries_root, frozen_list

SETTLING_SECONDS = 300
"""A ticket decided just before the end may be committed a little later; after this long nothing is under way."""


def close_draw(desk: LotteryDesk, draw_id: str, now: Instant) -> Closing:
    """The closing document, to be published at once; a second call gives the first. Raises UnknownDraw, DrawNotReady,
    DatabaseBusy, DatabaseUnavailable."""
    with desk.store.write() as connection:
        draw = locked(desk, connection, draw_id)
        if draw.closing is not None:
            return msgspec.json.decode(draw.closing, type=Closing)
        if now < draw.closes + SETTLING_SECONDS:
            ready = format_instant(draw.closes + SETTLING_SECONDS)
            raise DrawNotReady(f"the entries of {draw.option} can be frozen from {ready} on")
        entries = entries_of(desk, connection, draw)
        closing = Closing(
            digest(announcement_of(draw)),
            now,
            len(entries),
            sum(entry.tickets for entry in entries),
            entries_root(entries),
            draw.salt.hex(),
        )
        text = msgspec.json.encode(closing).decode()
        desk.store.save_draw(connection, msgspec.structs.replace(draw, status="closed", closing=text))
        brand = desk.store.parties(connection, draw_id)[0]
        desk.store.save_party(connection, msgspec.structs.replace(brand, revealed_at=now))
    return closing


def close_due_draws(desk: LotteryDesk, now: Instant) -> list[str]:
    """Close every draw whose entries have ended; returns their ids (for a worker)."""
    with desk.store.read() as connection:
        draws = desk.store.draws(connection)
    due = [row.draw_id for row in draws if row.status == "open" and now >= row.closes + SETTLING_SECONDS]
    for draw_id in due:
        close_draw(desk, draw_id, now)
    return due


def locked(desk: LotteryDesk, connection: Connection, draw_id: str) -> DrawRow:
    """The draw, locked. Raises UnknownDraw."""
    draw = desk.store.lock_draw(connection, draw_id)
    if draw is None:
        raise UnknownDraw(f"no draw {str(draw_id)[:64]!r}")
    return draw


def known(desk: LotteryDesk, connection: Connection, draw_id: str) -> DrawRow:
    """The draw, for reading. Raises UnknownDraw."""
    draw = desk.store.draw(connection, draw_id)
    if draw is None:
        raise UnknownDraw(f"no draw {str(draw_id)[:64]!r}")
    return draw


def announcement_of(draw: DrawRow) -> Announcement:
    """The draw's published terms."""
    return msgspec.json.decode(draw.announcement, type=Announcement)


def closing_of(draw: DrawRow) -> Closing:
    """The draw's closing document. Raises DrawNotReady before the close."""
    if draw.closing is None:
        closes = format_instant(draw.closes)
        raise DrawNotReady(f"the entries of draw {draw.draw_id} are not frozen yet; they end {closes}")
    return msgspec.json.decode(draw.closing, type=Closing)


def entries_of(desk: LotteryDesk, connection: Connection, draw: DrawRow) -> list[Entry]:
    """The list as the ledger has it now."""
    return frozen_list(_tickets(desk, connection, draw), draw.salt)


def frozen_tickets(desk: LotteryDesk, connection: Connection, draw: DrawRow) -> dict[str, int]:
    """Member id → tickets, checked against the root that was published. Raises DrawBroken, DrawNotReady."""
    tickets, closing = _tickets(desk, connection, draw), closing_of(draw)
    root = entries_root(frozen_list(tickets, draw.salt))
    if root != closing.root:
        raise DrawBroken(f"draw {draw.draw_id} was closed with root {closing.root}; the ledger's tickets give {root}")
    return tickets


def _tickets(desk: LotteryDesk, connection: Connection, draw: DrawRow) -> dict[str, int]:
    return desk.store.tickets(connection, draw.option, draw.starts, draw.closes)
