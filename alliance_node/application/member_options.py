"""What a member can get for points now: today's price, what is missing, what is left, and why not (R-RED-1 … R-RED-6).

Owns the list; price and availability are the domain's own decision on one unit, so that the list never promises what a
redemption would refuse.
"""

from typing import Literal

import msgspec

from alliance_node.application.ports import Programs, ReadStore
from alliance_node.application.rehearse import Room
from alliance_node.application.states import load_state
from alliance_node.domain import quantities
from alliance_node.domain.commands import Redeem
from alliance_node.domain.deciding.prices import price_now
from alliance_node.domain.instants import FAR_FUTURE, Instant
from alliance_node.domain.preview import Refusal, preview
from alliance_node.domain.program import CompiledOffer, CompiledProgram, ProgramBook
from alliance_node.domain.program.redemption_schema import Donation, Offset
from alliance_node.domain.program.values import MAX_AMOUNT_MINOR
from alliance_node.domain.state import MemberState

NOT_REDEEMED = "00000000-0000-4000-8000-000000000000"
Unit = Literal["one", "step", "ticket"]


class OptionView(msgspec.Struct, frozen=True):
    """One option of the program for one member. `points` is today's price of one unit, `list_points` the ordinary one.

    `left` is what remains of a limited stock; `missing_points` what the member still lacks for one unit. `refusal` says
    why one unit cannot be had now, None when it can.
    """

    option: str
    kind: str
    name: str
    unit: Unit
    points: int
    list_points: int
    cash_minor: int
    value_minor: int
    left: int | None
    missing_points: int
    starts: Instant | None
    until: Instant | None
    refusal: Refusal | None


def member_options(
    store: ReadStore, programs: Programs, member_id: str, now: Instant, language: str = "en"
) -> list[OptionView]:
    """Every option of the program in force, in the order of the file. Raises UnknownMember, NoProgramInForce."""
    with store.read() as connection:
        state = load_state(store, connection, member_id)
        book = programs.book(connection)
        program = book.at(now)
        room = Room(store, connection, program)
        return [_view(book, program, state, offer, room, now, language) for offer in program.offers.values()]


def _view(
    book: ProgramBook,
    program: CompiledProgram,
    state: MemberState,
    compiled: CompiledOffer,
    room: Room,
    now: Instant,
    language: str,
) -> OptionView:
    offer = compiled.offer
    price = price_now(program, state, compiled, now)
    refusal = preview(book, state, _one_unit(compiled, price.points, state, now), now, language, available=room).refusal
    return OptionView(
        offer.id,
        offer.kind,
        offer.name.in_language(language),
        _unit(compiled),
        price.points,
        offer.points,
        price.cash_minor,
        price.value_minor,
        max(0, room[compiled.limit_id]) if compiled.limit_id else None,
        max(0, price.points - quantities.spendable(state, now)),
        compiled.starts or None,
        compiled.until if compiled.until < FAR_FUTURE else None,
        refusal,
    )


def _one_unit(compiled: CompiledOffer, points: int, state: MemberState, now: Instant) -> Redeem:
    """The smallest redemption of the option; for an offset on an order so large that its cap does not matter."""
    by_points = isinstance(compiled.offer, Offset | Donation)
    order = MAX_AMOUNT_MINOR if isinstance(compiled.offer, Offset) else None
    return Redeem(
        state.member_id,
        NOT_REDEEMED,
        compiled.offer.id,
        1,
        order,
        points if by_points else None,
        now,
        NOT_REDEEMED if order is not None else None,
    )


def _unit(compiled: CompiledOffer) -> Unit:
    if isinstance(compiled.offer, Offset | Donation):
        return "step"
    return "ticket" if compiled.offer.kind == "lottery" else "one"
