"""Use case: a party shows the seed behind its commitment, after the list is frozen (R-RED-3). Owns that moment."""

import msgspec

from alliance_node.application.errors import DrawNotReady, SeedRejected, UnknownDraw
from alliance_node.application.lottery_close import announcement_of, closing_of, locked
from alliance_node.application.lottery_records import LotteryDesk, PartyRow
from alliance_node.domain.instants import Instant, format_instant
from alliance_node.domain.lottery import SEED_SIZE, commitment, reveal_ends


def reveal_seed(desk: LotteryDesk, draw_id: str, party: str, seed: str, now: Instant) -> list[PartyRow]:
    """Keep the seed (hexadecimal); returns all parties. The same seed again changes nothing.

    Raises UnknownDraw, DrawNotReady (before the close: keep the seed secret; after the end: the fallback stands in),
    SeedRejected, DatabaseBusy, DatabaseUnavailable.
    """
    with desk.store.write() as connection:
        draw = locked(desk, connection, draw_id)
        announcement, closing = announcement_of(draw), closing_of(draw)
        parties = desk.store.parties(connection, draw_id)
        row = next((row for row in parties if row.party == party), None)
        if row is None:
            raise UnknownDraw(f"draw {draw_id} has no party {party[:64]!r}")
        shown = _opened(seed, announcement.parties[row.place].commitment, party, draw_id)
        if row.revealed_at is not None:
            return parties
        ends = reveal_ends(announcement, closing)
        if now >= ends or draw.status != "closed":
            raise DrawNotReady(f"seeds of draw {draw_id} counted until {format_instant(ends)} or until it was drawn")
        desk.store.save_party(connection, msgspec.structs.replace(row, seed=shown, revealed_at=now))
        return desk.store.parties(connection, draw_id)


def _opened(seed: str, promised: str, party: str, draw_id: str) -> bytes:
    try:
        shown = bytes.fromhex(seed)
    except ValueError as error:
        raise SeedRejected(f"the seed of {party} is not hexadecimal") from error
    if len(shown) != SEED_SIZE or commitment(shown, party, draw_id) != promised:
        raise SeedRejected(f"the seed of {party} does not open the commitment {promised}")
    return shown
