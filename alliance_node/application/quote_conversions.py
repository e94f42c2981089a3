"""Use case: quote conversions of points to another brand's receiving code.

Owns the offer and its expiry. Nothing is held: the points are only looked at.
"""

from collections.abc import Sequence

import msgspec
import uuid_utils
from sqlalchemy import Connection

from alliance_node.application.alliance_ports import CodeView, RateView
from alliance_node.application.conversions import ConversionDesk, Quote, QuoteRequest, Refused
from alliance_node.application.errors import (
    AmountTooSmall,
    ApplicationError,
    OutboxFull,
    OwnReceivingCode,
    unknown_member,
)
from alliance_node.application.records import QuoteRow
from alliance_node.application.states import load_states
from alliance_node.domain.commands import HoldForConversion
from alliance_node.domain.decide import decide
from alliance_node.domain.errors import DomainError
from alliance_node.domain.instants import Instant
from alliance_node.domain.program import ProgramBook
from alliance_node.domain.state import MemberState

_MAX_POINTS = (1 << 63) - 1


def quote_conversions(desk: ConversionDesk, requests: Sequence[QuoteRequest], now: Instant) -> list[Quote | Refused]:
    """Offers at the rate in force, never past a pending worse rate; nothing is held yet.

    Refused: UnknownMember, InvalidReceivingCode, OwnReceivingCode, UnknownBrand, NoRatePublished, AmountTooSmall,
    OutboxFull and the domain's refusals of the hold.
    """
    looked_up = [_look_up(desk, request, now) for request in requests]
    with desk.store.write() as connection:
        states = load_states(desk.ledger.store, connection, [request.member_id for request in requests])
        quoting = _Quoting(desk, connection, desk.ledger.programs.book(connection), now)
        answers: list[Quote | Refused] = []
        for request, found in zip(requests, looked_up, strict=True):
            try:
                if isinstance(found, ApplicationError):
                    raise found
                answers.append(quoting.quote(request, states.get(request.member_id), found))
            except (ApplicationError, DomainError) as error:
                answers.append(Refused(error))
        desk.store.add_quotes(connection, quoting.rows)
    return answers


class _Destination(msgspec.Struct, frozen=True):
    """Whose code it is; asked of the alliance before the transaction, which must not wait for a network."""

    code: CodeView
    brand_code: str


def _look_up(desk: ConversionDesk, request: QuoteRequest, now: Instant) -> _Destination | ApplicationError:
    try:
        code = desk.directory.verify_code(request.receiving_code, now)
        return _Destination(code, desk.directory.brand_code(code.brand_id))
    except ApplicationError as error:
        return error


class _Quoting:
    """One call's offers; rates are looked up once per brand."""

    def __init__(self, desk: ConversionDesk, connection: Connection, programs: ProgramBook, now: Instant) -> None:
        self._desk = desk
        self._connection = connection
        self._programs = programs
        self._now = now
        self._rates: dict[int, RateView] = {}
        self._is_full = desk.outbox.room(connection, 1) < 1
        self._pending = desk.directory.pending_rate(connection, desk.directory.brand_id, now)
        self.rows: list[QuoteRow] = []

    def quote(self, request: QuoteRequest, state: MemberState | None, destination: _Destination) -> Quote:
        desk, now = self._desk, self._now
        if state is None:
            raise unknown_member(request.member_id)
        code = destination.code
        if code.brand_id == desk.directory.brand_id:
            raise OwnReceivingCode("the receiving code is this brand's own", chinese=("该接收码属于本品牌", ""))
        if self._is_full:
            raise OutboxFull("too many conversions wait for the alliance's ledger")
        ours, theirs = self._rate(desk.directory.brand_id), self._rate(code.brand_id)
        points = request.points
        if not 0 < points <= _MAX_POINTS:
            raise AmountTooSmall(
                f"{points} points cannot be converted",
                "Convert at least one point.",
                chinese=(f"{points} 分不能转换", "请至少转换 1 分。"),
            )
        units = points * ours.in_numerator // ours.in_denominator
        if units == 0:
            raise AmountTooSmall(
                f"{points} points are worth less than one alliance unit",
                chinese=(f"{points} 分不足 1 个联盟积分", ""),
            )
        quote_id = str(uuid_utils.uuid7())
        hold = HoldForConversion(request.member_id, quote_id, points, units, now)
        decide(self._programs, state, hold, now)
        estimated = units * theirs.out_numerator // theirs.out_denominator
        row = QuoteRow(
            quote_id,
            request.member_id,
            request.receiving_code,
            code.commitment,
            code.brand_id,
            points,
            units,
            estimated,
            ours.version,
            now,
            self._expires_at(code, ours),
        )
        self.rows.append(row)
        brand = destination.brand_code
        return Quote(
            quote_id, row.member_id, points, units, estimated, code.brand_id, brand, ours.version, row.expires_at
        )

    def _rate(self, brand_id: int) -> RateView:
        if brand_id not in self._rates:
            self._rates[brand_id] = self._desk.directory.rate_in_force(self._connection, brand_id, self._now)
        return self._rates[brand_id]

    def _expires_at(self, code: CodeView, rate: RateView) -> Instant:
        latest = min(self._now + self._desk.quote_seconds, code.expires_at)
        pending = self._pending
        if pending is not None and (
            pending.in_numerator * rate.in_denominator < rate.in_numerator * pending.in_denominator
        ):
            latest = min(latest, pending.effective_at)
        return latest
