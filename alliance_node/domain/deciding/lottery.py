"""Owns until when tickets can be had and given back, and what a draw gives to a member (R-RED-3). Who wins is drawn in
`domain/lottery.py`."""

from __future__ import annotations

from alliance_node.domain.commands import AwardPrize
from alliance_node.domain.deciding.guards import check_not_future
from alliance_node.domain.errors import InvalidAmount, UnknownPrize
from alliance_node.domain.events import Event, NewLot, PrizeWon
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import ProgramBook
from alliance_node.domain.program.redemption_schema import Lottery, Prize
from alliance_node.domain.state import MemberState


def decide_award(programs: ProgramBook, state: MemberState, command: AwardPrize, now: Instant) -> list[Event]:
    """One ticket's prize, by the rules that the draw announced; its points live by the rules of now."""
    check_not_future(command.occurred_at, now)
    if command.ticket_no < 0:
        raise InvalidAmount(f"ticket {command.ticket_no} is no ticket number", f"{command.ticket_no} 不是有效的票号")
    prize = _prize(programs, command)
    lots: tuple[NewLot, ...] = ()
    if prize.points:
        at = min(command.occurred_at, now)
        ends = programs.at(now).expires_at(now, state.tier)
        lots = (NewLot(state.next_lot_no, prize.points, now, at, ends, "prize", False),)
    return [
        PrizeWon(
            command.occurred_at,
            command.program_version,
            command.option,
            command.draw_id,
            command.ticket_no,
            prize.id,
            lots,
        )
    ]


def entries_close(programs: ProgramBook, option: str, at: Instant) -> Instant:
    """When the list that a ticket of that instant is in is frozen: the first close after it under any version, since a
    draw was announced under one of them. The instant itself when no version names the lottery."""
    closes = [
        compiled.until
        for _, _, program in programs.terms()
        if (compiled := program.offers.get(option)) is not None and isinstance(compiled.offer, Lottery)
    ]
    return min((until for until in closes if until > at), default=at)


def _prize(programs: ProgramBook, command: AwardPrize) -> Prize:
    program = programs.version(command.program_version)
    compiled = program.offers.get(command.option) if program is not None else None
    offer = compiled.offer if compiled is not None else None
    if isinstance(offer, Lottery):
        for prize in offer.prizes:
            if prize.id == command.prize:
                return prize
    raise UnknownPrize(
        f"version {command.program_version} of the program has no lottery {command.option!r} "
        f"with a prize {command.prize!r}",
        f"规则第 {command.program_version} 版中没有抽奖 {command.option!r} 的奖品 {command.prize!r}",
    )
