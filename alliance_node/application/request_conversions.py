"""Use case: turn accepted quotes into conversions: points held and items handed to the bridge in one commit.

Owns that commit. A quote becomes at most one conversion; asking again gives the first answer.
"""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from alliance_node.application import answers
from alliance_node.application.answers import AcceptedBody, Balance, EventRef
from alliance_node.application.conversions import ConversionDesk, ConversionRequest
from alliance_node.application.envelopes import ACCEPTED, Envelope, Result
from alliance_node.application.errors import OutboxFull, QuoteExpired, UnknownQuote
from alliance_node.application.group_commit import commit_group
from alliance_node.application.ports import OutgoingConversion
from alliance_node.application.records import ConversionRow, QuoteRow
from alliance_node.application.states import load_state
from alliance_node.domain import quantities
from alliance_node.domain.commands import HoldForConversion
from alliance_node.domain.instants import Instant, format_instant


class ConversionBody(msgspec.Struct, frozen=True):
    """The body of an accepted request: that of the hold, with the conversion."""

    event: EventRef
    points: int
    balance: Balance
    tier: str
    conversion_id: str
    alliance_units: int
    destination_brand: int
    deadline: Instant


def request_conversions(desk: ConversionDesk, requests: Sequence[ConversionRequest], now: Instant) -> list[Result]:
    """Hold the points and enqueue the item of each request; bodies of accepted results are `ConversionBody`.

    Refused: UnknownQuote, QuoteExpired, OutboxFull, IdempotencyConflict and the domain's refusals of the hold. Raises
    DatabaseBusy, DatabaseUnavailable.
    """

    def work(connection: Connection, part: Sequence[ConversionRequest]) -> list[Result]:
        return _Requests(desk, connection, now).carry_out(part)

    return commit_group(desk.store, requests, work)


class _Requests:
    def __init__(self, desk: ConversionDesk, connection: Connection, now: Instant) -> None:
        self._desk = desk
        self._connection = connection
        self._now = now

    def carry_out(self, requests: Sequence[ConversionRequest]) -> list[Result]:
        known = self._desk.store.lock_quotes(self._connection, [request.quote_id for request in requests])
        results: dict[int, Result] = {}
        holds: dict[int, Envelope] = {}
        taken: set[str] = set()
        room = self._desk.outbox.room(self._connection, len(requests))
        for place, request in enumerate(requests):
            quote = known.get(request.quote_id)
            if quote is None or quote.member_id != request.member_id or quote.quote_id in taken:
                name = str(request.quote_id)[:64]
                results[place] = answers.refused(
                    UnknownQuote(f"no quote {name!r} of this member", chinese=(f"该会员没有报价 {name!r}", ""))
                )
            elif quote.conversion_id is not None:
                results[place] = self._first_answer(quote.conversion_id)
            elif self._now >= quote.expires_at:
                ended = format_instant(quote.expires_at)
                results[place] = answers.refused(
                    QuoteExpired(f"the quote expired at {ended}", chinese=(f"报价已于 {ended} 失效", ""))
                )
            elif len(holds) >= room:
                results[place] = answers.refused(OutboxFull("too many conversions wait for the alliance's ledger"))
            else:
                taken.add(quote.quote_id)
                holds[place] = self._hold(request, quote)
        decided = self._desk.ledger.execute_in(self._connection, list(holds.values()), self._now)
        accepted: dict[int, tuple[Result, HoldForConversion, QuoteRow]] = {}
        for place, result in zip(holds, decided, strict=True):
            command = holds[place].command
            results[place] = result
            if result.outcome == "accepted" and isinstance(command, HoldForConversion):
                accepted[place] = result, command, known[requests[place].quote_id]
        rows = self._hand_over(accepted)
        for place, row in rows.items():
            results[place] = _with_conversion(results[place], row)
        return [results[place] for place in range(len(requests))]

    def _hold(self, request: ConversionRequest, quote: QuoteRow) -> Envelope:
        conversion_id = self._desk.directory.new_conversion_id(quote.member_id)
        command = HoldForConversion(quote.member_id, conversion_id, quote.points, quote.alliance_units, self._now)
        return Envelope(command, request.client_id, request.idempotency_key, request.body_hash)

    def _hand_over(
        self, accepted: Mapping[int, tuple[Result, HoldForConversion, QuoteRow]]
    ) -> dict[int, ConversionRow]:
        """Conversion rows, outgoing items and used quotes of what was held, all in this transaction."""
        if not accepted:
            return {}
        desk = self._desk
        alliance_now = desk.directory.alliance_time(self._connection, self._now)
        deadline = alliance_now + desk.directory.claim_seconds
        first = [self._address(quote, deadline) for _, _, quote in accepted.values()]
        used = {row.claim_address for row in desk.store.conversions_by_claim(self._connection, first)}
        rows: dict[int, ConversionRow] = {}
        for place, (_, command, quote) in accepted.items():
            address, unique_deadline = self._claim_place(quote, deadline, used)
            rows[place] = ConversionRow(
                command.conversion_id,
                "out",
                command.member_id,
                "held",
                command.points,
                command.alliance_units,
                quote.rate_version,
                quote.destination_brand,
                quote.commitment,
                unique_deadline,
                address,
                self._now,
                self._now,
            )
        desk.store.add_conversions(self._connection, list(rows.values()))
        desk.store.mark_quotes_used(
            self._connection, {quote.quote_id: command.conversion_id for _, command, quote in accepted.values()}
        )
        desk.outbox.enqueue(self._connection, [_item(row) for row in rows.values()])
        return rows

    def _address(self, quote: QuoteRow, deadline: Instant) -> bytes:
        directory = self._desk.directory
        return directory.claim_address(directory.brand_id, quote.commitment, deadline)

    def _claim_place(self, quote: QuoteRow, deadline: Instant, used: set[bytes]) -> tuple[bytes, Instant]:
        """A claim address of its own for every conversion: the same code again gets an earlier deadline."""
        address = self._address(quote, deadline)
        while address in used:
            deadline -= 1
            address = self._address(quote, deadline)
            if self._desk.store.conversions_by_claim(self._connection, [address]):
                used.add(address)
        used.add(address)
        return address, deadline

    def _first_answer(self, conversion_id: str) -> Result:
        row = self._desk.store.lock_conversions(self._connection, [conversion_id])[conversion_id]
        state = load_state(self._desk.ledger.store, self._connection, row.member_id)
        held = self._desk.ledger.store.decided(self._connection, [("alliance:conversion", conversion_id)])
        version = held["alliance:conversion", conversion_id].version
        balance = Balance(
            quantities.spendable(state, self._now), quantities.held(state), quantities.pending(state, self._now)
        )
        body = AcceptedBody(EventRef(row.member_id, version), -row.points, balance, state.tier)
        first = Result("replayed", ACCEPTED, msgspec.json.encode(body))
        return _with_conversion(first, row)


def _with_conversion(result: Result, row: ConversionRow) -> Result:
    hold = msgspec.json.decode(result.body, type=AcceptedBody)
    body = ConversionBody(
        hold.event,
        hold.points,
        hold.balance,
        hold.tier,
        row.conversion_id,
        row.alliance_units,
        row.counterparty,
        row.deadline,
    )
    return Result(result.outcome, result.code, msgspec.json.encode(body), result.events)


def _item(row: ConversionRow) -> OutgoingConversion:
    return OutgoingConversion(
        row.conversion_id,
        "convert_in",
        row.rate_version,
        row.counterparty,
        row.deadline,
        row.points,
        row.commitment,
    )
