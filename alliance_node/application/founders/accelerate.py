"""Use case: what founder memberships add to purchases, once the ledger shows who held them (R-NFT-1, pitfall 29).

A purchase is recorded and answered without asking the chain; what its founder earns on top is pending until a final
block at or after the purchase has been read: then the holder at the last final block before it is certain. Runs inside
the indexer's commit; each purchase is judged once, whatever crashes.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from alliance_node.application.envelopes import Envelope
from alliance_node.application.founders.records import DueLink, FounderDesk, LinkRow, PurchaseSeen
from alliance_node.domain.codecs import decode_event
from alliance_node.domain.commands import AccelerateEarning
from alliance_node.domain.deciding.founders import founder_points
from alliance_node.domain.events import PurchaseRecorded
from alliance_node.domain.instants import Instant
from alliance_node.domain.program import ProgramBook

_LINKS_AT_ONCE = 500
_PURCHASES_AT_ONCE = 200


def accelerate_due(desk: FounderDesk, connection: Connection, now: Instant) -> int:
    """Judge every purchase that the ledger allows to judge; returns how many got extra points. Does not commit."""
    due = desk.store.due_links(connection, _LINKS_AT_ONCE)
    if not due:
        return 0
    ledger = desk.conversions.ledger
    programs, until = ledger.programs.book(connection), desk.ledger.indexed_until(connection)
    commands = [command for one in due for command in _judged(desk, connection, programs, one, until)]
    results = ledger.execute_in(connection, [Envelope(command) for command in commands], now)
    return sum(result.accepted for result in results)


def due_members(desk: FounderDesk, connection: Connection) -> set[str]:
    """Whose purchases `accelerate_due` would look at now."""
    return {due.link.member_id for due in desk.store.due_links(connection, _LINKS_AT_ONCE)}


def pending_points(desk: FounderDesk, connection: Connection, programs: ProgramBook, links: Sequence[LinkRow]) -> int:
    """What purchases not judged yet would bring if the member held a linked membership then."""
    waiting: dict[int, int] = {}
    for link in links:
        for seen in desk.store.purchases(connection, link.member_id, link.decided_through, _PURCHASES_AT_ONCE):
            if seen.occurred_at >= link.linked_at:
                waiting[seen.version] = _extra(programs, seen)
    return sum(waiting.values())


def _judged(
    desk: FounderDesk, connection: Connection, programs: ProgramBook, due: DueLink, until: Instant
) -> list[AccelerateEarning]:
    """In the stream's order, up to the first purchase that is newer than the newest final block."""
    link, through = due.link, due.version
    commands: list[AccelerateEarning] = []
    rows = desk.store.purchases(connection, link.member_id, link.decided_through, _PURCHASES_AT_ONCE)
    for seen in rows:
        if seen.occurred_at > until:
            through = seen.version - 1
            break
        if seen.occurred_at >= link.linked_at and _held(desk, connection, link, seen) and _extra(programs, seen):
            commands.append(_command(link, seen))
    else:
        through = rows[-1].version if len(rows) == _PURCHASES_AT_ONCE else due.version
    if through != link.decided_through:
        desk.store.decided(connection, link.token_id, through)
    return commands


def _held(desk: FounderDesk, connection: Connection, link: LinkRow, seen: PurchaseSeen) -> bool:
    return desk.ledger.owner_before(connection, link.token_id, seen.occurred_at) == link.holder


def _extra(programs: ProgramBook, seen: PurchaseSeen) -> int:
    purchase = decode_event(seen.payload)
    assert isinstance(purchase, PurchaseRecorded)
    return founder_points(programs.at(seen.occurred_at), purchase)


def _command(link: LinkRow, seen: PurchaseSeen) -> AccelerateEarning:
    purchase = decode_event(seen.payload)
    assert isinstance(purchase, PurchaseRecorded)
    return AccelerateEarning(
        link.member_id, purchase.source, purchase.source_event_id, link.token_id, purchase.occurred_at
    )
