"""Use case: open a draw: publish its terms and everyone's commitments before the entries close (R-RED-3).

Owns that moment. Asking again with the same terms gives the first announcement.
"""

import msgspec
from sqlalchemy import Connection

from alliance_node.application.errors import DrawConflict, DrawNotReady, SeedRejected, UnknownLottery
from alliance_node.application.lottery_records import DrawRequest, DrawRow, LotteryDesk, PartyRow
from alliance_node.domain.instants import Instant, format_instant
from alliance_node.domain.lottery import (
    BRAND_PARTY,
    FORMAT,
    NAME,
    SEED_SIZE,
    Announcement,
    PartyTerms,
    PrizeTerms,
    commitment,
    salt_commitment,
)
from alliance_node.domain.program import CompiledProgram
from alliance_node.domain.program.offers import CompiledOffer
from alliance_node.domain.program.redemption_schema import Lottery
from alliance_node.domain.program.values import to_instant

_DIGITS = frozenset("0123456789abcdef")


def open_draw(desk: LotteryDesk, request: DrawRequest, now: Instant) -> Announcement:
    """The announcement, to be published at once. Raises UnknownLottery, DrawConflict, DrawNotReady (the entries have
    closed), SeedRejected (a commitment that is none), DatabaseBusy, DatabaseUnavailable."""
    _check_names(request)
    with desk.store.write() as connection:
        known = desk.store.lock_draw(connection, request.draw_id)
        if known is not None:
            return _first(known, request)
        program = desk.ledger.programs.book(connection).at(now)
        lottery = _lottery(program, request.option)
        closes = program.offers[request.option].until
        starts = _starts(desk, connection, request, program.offers[request.option], now)
        seed, salt = desk.random_bytes(SEED_SIZE), desk.random_bytes(SEED_SIZE)
        own = PartyTerms(BRAND_PARTY, commitment(seed, BRAND_PARTY, request.draw_id))
        announcement = _announcement(program, lottery, request, (own, *request.parties), salt, now)
        draw = DrawRow(
            request.draw_id,
            request.option,
            "open",
            program.version,
            starts,
            closes,
            msgspec.json.encode(announcement).decode(),
            salt,
        )
        parties = [
            PartyRow(request.draw_id, place, terms.party, seed if place == 0 else None, None)
            for place, terms in enumerate(announcement.parties)
        ]
        desk.store.add_draw(connection, draw, parties)
    return announcement


def _check_names(request: DrawRequest) -> None:
    names = [terms.party for terms in request.parties]
    if not names or len({BRAND_PARTY, *names}) != len(names) + 1:
        named = ", ".join(names) or "none"
        raise DrawConflict(f"the parties are {named}; name one or more besides {BRAND_PARTY}, each once")
    for name in (request.draw_id, *names):
        if not NAME.fullmatch(name):
            raise DrawConflict(f"{name[:64]!r} is no name: use up to 40 lower-case letters, digits, - and _")
    for terms in request.parties:
        if len(terms.commitment) != 2 * SEED_SIZE or set(terms.commitment) - _DIGITS:
            raise SeedRejected(f"the commitment of {terms.party} is not {2 * SEED_SIZE} hexadecimal digits")


def _first(known: DrawRow, request: DrawRequest) -> Announcement:
    announcement = msgspec.json.decode(known.announcement, type=Announcement)
    if (announcement.option, announcement.parties[1:]) != (request.option, request.parties):
        raise DrawConflict(f"draw {request.draw_id} was opened before with other terms")
    return announcement


def _lottery(program: CompiledProgram, option: str) -> Lottery:
    compiled = program.offers.get(option)
    if compiled is None or not isinstance(compiled.offer, Lottery):
        raise UnknownLottery(f"version {program.version} of the program has no lottery {option[:64]!r}")
    return compiled.offer


def _starts(
    desk: LotteryDesk, connection: Connection, request: DrawRequest, compiled: CompiledOffer, now: Instant
) -> Instant:
    """From when tickets count for this draw: a ticket is in one draw only, also when the option's dates move on."""
    option, closes = request.option, compiled.until
    if now >= closes:
        raise DrawNotReady(f"the entries of {option} closed {format_instant(closes)}; commitments come before")
    others = [draw for draw in desk.store.draws(connection) if draw.option == option]
    unclosed = [draw.draw_id for draw in others if draw.closes >= now]
    if unclosed:
        raise DrawConflict(f"draw {unclosed[0]} is already open for the entries of {option}")
    return max([compiled.starts, *(draw.closes for draw in others)])


def _announcement(
    program: CompiledProgram,
    lottery: Lottery,
    request: DrawRequest,
    parties: tuple[PartyTerms, ...],
    salt: bytes,
    now: Instant,
) -> Announcement:
    return Announcement(
        FORMAT,
        request.draw_id,
        program.file.program,
        program.version,
        request.option,
        now,
        program.offers[request.option].until,
        to_instant(lottery.reveal_by, program.timezone),
        tuple(PrizeTerms(prize.id, prize.winners, prize.points, prize.value) for prize in lottery.prizes),
        parties,
        salt_commitment(salt, request.draw_id),
    )
