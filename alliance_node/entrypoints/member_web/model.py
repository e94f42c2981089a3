"""What the member's page shows: the application's views turned into sentences. Computes no points, only words."""

import msgspec

from alliance_node.application.activate_program import announced_versions
from alliance_node.application.arrival_awards import award_on_arrival, redeems_on_arrival
from alliance_node.application.budgets_view import member_promises
from alliance_node.application.errors import AllianceNotConnected
from alliance_node.application.founders.linking import member_founders
from alliance_node.application.member_notices import member_notices
from alliance_node.application.member_standing import member_outlook, member_tasks
from alliance_node.application.published_rates import coming_change
from alliance_node.application.queries import BalanceView, ConversionView, HistoryItem, LotView
from alliance_node.application.records import ConversionRow
from alliance_node.application.statement_records import StatementRow
from alliance_node.domain.alliance import format_alliance_points
from alliance_node.domain.instants import DAY_SECONDS, FAR_FUTURE
from alliance_node.domain.program import CompiledProgram
from alliance_node.domain.program.values import Text
from alliance_node.entrypoints.api.views_statements import month_text
from alliance_node.entrypoints.composition import Node
from alliance_node.entrypoints.member_web.speaker import Speaker, TaskGroup
from alliance_node.entrypoints.member_web.words import Words, date_text, event_name, moment_text, words_of
from alliance_node.entrypoints.under_way import UnderWay, promise_under_way, under_way

SHOWN_LOTS = 100
SHOWN_EVENTS = 12
SHOWN_NOTICES = 5
SHOWN_MONTHS = 12


class LotRow(msgspec.Struct, frozen=True):
    """One line of the table of lots."""

    points: int
    kind: str
    earned: str
    expires: str
    state: str


class ReceiptLine(msgspec.Struct, frozen=True):
    """A step with its block, and where the file that proves it is."""

    text: str
    address: str


class StatementLine(msgspec.Struct, frozen=True):
    """A month's statement that lists the member."""

    month: str
    sentence: str


class ConversionLine(msgspec.Struct, frozen=True):
    """One conversion in a sentence."""

    amount: str
    direction: str
    status: str
    sentence: str
    under_way: UnderWay | None
    award: str | None
    receipts: list[ReceiptLine]


class AwardChoice(msgspec.Struct, frozen=True):
    """An option that arriving points can be redeemed for at once."""

    id: str
    text: str


class HistoryLine(msgspec.Struct, frozen=True):
    """One movement."""

    date: str
    name: str
    points: str


class Page(msgspec.Struct, frozen=True):
    """Everything the template needs."""

    spendable: int
    expiry_sentence: str
    ending_soon: list[str]
    notices: list[str]
    tasks: list[TaskGroup]
    parts: list[tuple[str, int]]
    tier_name: str
    tier_sentences: list[str]
    tier_progress: int | None
    lots: list[LotRow]
    more_lots: str
    conversions: list[ConversionLine]
    promises: list[UnderWay]
    receives: bool
    awards: list[AwardChoice]
    statements: list[StatementLine]
    founders: list[str]
    history: list[HistoryLine]
    as_of: str


class PageBuilder:
    """Builds the page of one member in one language. Raises UnknownMember."""

    def __init__(self, node: Node, language: str) -> None:
        self._node = node
        self._language = language
        self._words: Words = words_of(language)
        self._now = node.clock.now()
        self._program: CompiledProgram = node.queries.program_book().at(self._now)
        self._timezone = self._program.timezone

    @property
    def program_name(self) -> str:
        """What the brand calls its program."""
        return self._text(self._program.file.name)

    def build(self, member_id: str) -> Page:
        """Reads balance, lots, conversions and the latest movements."""
        queries = self._node.queries
        balance = queries.balance(member_id, self._now)
        lots = queries.open_lots(member_id, self._now)
        view, _ = member_outlook(self._node.store, self._node.programs, member_id, self._now)
        tasks, _ = member_tasks(self._node.store, self._node.programs, member_id, self._now)
        speaker = Speaker(self._program, self._language)
        return Page(
            spendable=balance.spendable,
            expiry_sentence=self._expiry(balance),
            ending_soon=self._ending_soon(lots),
            notices=self._notices(member_id),
            tasks=speaker.tasks(tasks),
            parts=self._parts(balance),
            tier_name=self._tier_name(balance.tier),
            tier_sentences=speaker.tier(view),
            tier_progress=speaker.tier_progress(view),
            lots=[self._lot(lot) for lot in lots[:SHOWN_LOTS]],
            more_lots=self._more(lots[SHOWN_LOTS:]),
            conversions=[self._conversion(view) for view in queries.conversions(member_id, 20)],
            promises=self._promises(member_id),
            receives=self._node.desk is not None,
            awards=self._awards(),
            statements=[self._statement(row) for row in self._node.statements.desk.months_of(member_id)[:SHOWN_MONTHS]],
            founders=self._founders(member_id),
            history=[self._movement(item) for item in queries.history(member_id, None, SHOWN_EVENTS).items],
            as_of=self._words["as_of"].format(moment=self.moment(self._now)),
        )

    def _more(self, rest: list[LotView]) -> str:
        points = sum(lot.remaining for lot in rest)
        return self._words["more_lots"].format(count=len(rest), points=points) if rest else ""

    def _parts(self, balance: BalanceView) -> list[tuple[str, int]]:
        parts = (("held", balance.held), ("pending", balance.pending), ("debt", balance.debt))
        return [(self._words[name], value) for name, value in parts if value]

    def _expiry(self, balance: BalanceView) -> str:
        if balance.next_expiry_at is None or balance.next_expiry_at >= FAR_FUTURE or not balance.next_expiry_points:
            return self._words["nothing_expires"] if balance.spendable else ""
        date = self._last_day(balance.next_expiry_at)
        return self._words["expires_next"].format(points=balance.next_expiry_points, date=date)

    def _ending_soon(self, lots: list[LotView]) -> list[str]:
        """One sentence a day for what ends within the program's longest notice (R-EXP-5)."""
        window = max(self._program.file.expiry.notice_days, default=0) * DAY_SECONDS
        ends: dict[str, int] = {}
        for lot in lots:
            if lot.state == "spendable" and lot.expires_at <= self._now + window:
                date = self._last_day(lot.expires_at)
                ends[date] = ends.get(date, 0) + lot.remaining
        return [self._words["ending_soon"].format(points=points, date=date) for date, points in ends.items()]

    def _notices(self, member_id: str) -> list[str]:
        """Versions that were announced and are worse for members, then what the member was told last."""
        node = self._node
        page = member_notices(
            node.store, node.notices, node.programs, member_id, self._now, self._language, None, SHOWN_NOTICES
        )
        announced = [view for view in announced_versions(node.programs, self._now) if view.state == "announced"]
        changes = [view.chinese if self._language == "zh" else view.english for view in announced]
        return [*self._rate_change(), *(text for text in changes if text), *(view.text for view in page.notices)]

    def _rate_change(self) -> list[str]:
        """An announced change of what points are worth at other brands."""
        if self._node.desk is None:
            return []
        try:
            with self._node.store.read() as connection:
                found = coming_change(self._node.desk.directory, connection, self._now, self._language, self._date)
        except AllianceNotConnected:  # no block has been seen yet
            return []
        return [found] if found is not None else []

    def _text(self, text: Text) -> str:
        return text.in_language(self._language)

    def _tier_name(self, tier: str) -> str:
        return next((self._text(one.name) for one in self._program.file.tiers.ladder if one.id == tier), tier)

    def _lot(self, lot: LotView) -> LotRow:
        expires = self._words["never"] if lot.expires_at >= FAR_FUTURE else self._last_day(lot.expires_at)
        state = self._words[f"state_{lot.state}"].format(date=self._date(lot.matures_at))
        kind = self._words.get(f"lot_{lot.kind}", lot.kind)
        return LotRow(lot.remaining, kind, self._date(lot.earned_at), expires, state)

    def _conversion(self, view: ConversionView) -> ConversionLine:
        row, words = view.conversion, self._words
        brand = self._node.brand_name(row.counterparty)
        of_wallet = row.direction != "out" and not row.counterparty
        key = "status_wallet_rejected" if of_wallet and row.status == "rejected" else f"status_{row.status}"
        sentence = words[key].format(brand=brand, deadline=self.moment(row.deadline))
        receipts = [
            ReceiptLine(
                f"{words['step_' + receipt.step]}: {words['block'].format(number=receipt.block_number)}",
                f"/receipts/{row.conversion_id}/{receipt.step}",
            )
            for receipt in view.receipts
        ]
        told = under_way(row, brand, self._language, self.moment)
        amount, direction = self._amount(row), self._direction(row, brand)
        return ConversionLine(amount, direction, row.status, sentence, told, self._award(row), receipts)

    def _amount(self, row: ConversionRow) -> str:
        """Local points; alliance points where a wallet gives them and the ledger has not said what they are here."""
        if row.points:
            return str(row.points)
        return self._words["alliance_points"].format(points=format_alliance_points(row.alliance_units))

    def _direction(self, row: ConversionRow, brand: str) -> str:
        if row.direction == "transfer":
            account = f"0x{(self._node.paid_account(row) or b'').hex()}"
            return self._words["wallet_transfer"].format(account=account)
        way = "to" if row.direction == "out" else "from"
        return self._words[f"{way}_brand" if row.counterparty else f"{way}_wallet"].format(brand=brand)

    def _award(self, row: ConversionRow) -> str | None:
        """What becomes of the award that the points were meant for, in a sentence."""
        found = award_on_arrival(row)
        if found is None:
            return None
        why = found.refusal
        reason = "" if why is None else why.chinese if self._language == "zh" else why.message
        return self._words[f"award_{found.state}"].format(award=self.award_name(found.option), reason=reason)

    def award_name(self, option: str) -> str:
        """What the brand calls it; its id once the program has dropped it."""
        compiled = self._program.offers.get(option)
        return option if compiled is None else self._text(compiled.offer.name)

    def _awards(self) -> list[AwardChoice]:
        """Options with a price of their own."""
        return [
            AwardChoice(
                each, self._words["award_price"].format(award=self.award_name(each), points=compiled.offer.points)
            )
            for each, compiled in self._program.offers.items()
            if redeems_on_arrival(compiled.offer)
        ]

    def _promises(self, member_id: str) -> list[UnderWay]:
        """Bonuses and awards that wait for a sponsor."""
        desk = self._node.desk
        rows = member_promises(desk, member_id) if desk is not None else []
        return [
            promise_under_way(row, self._node.brand_name(row.budget.sponsor), self._language, self.moment)
            for row in rows
        ]

    def _statement(self, row: StatementRow) -> StatementLine:
        key = "statement_final" if row.published_block is not None else "statement_waiting"
        sentence = self._words[key].format(block=row.published_block, moment=self.moment(row.cut_off))
        return StatementLine(month_text(row.month), sentence)

    def _founders(self, member_id: str) -> list[str]:
        """What founder memberships bring here; nothing at all for members who showed none."""
        if self._node.chain is None:
            return []
        book, words = self._node.queries.program_book(), self._words
        found = member_founders(self._node.founders, book, member_id, self._now)
        lines = [
            words["founder_held" if one.held else "founder_moved"].format(
                number=one.token_id, percent=found.extra_percent, month=one.last_grant_month
            )
            for one in found.holdings
        ]
        if found.pending_points:
            lines.append(words["founder_pending"].format(points=found.pending_points))
        return lines

    def _movement(self, item: HistoryItem) -> HistoryLine:
        points = f"{item.points:+d}" if item.points else ""
        return HistoryLine(self._date(item.occurred_at), event_name(item.kind, self._language), points)

    def _date(self, instant: int) -> str:
        return date_text(instant, self._timezone, self._language)

    def _last_day(self, expires_at: int) -> str:
        """A lot's last day counts in full: it expires at the first instant of the next one."""
        return date_text(expires_at - 1, self._timezone, self._language)

    def moment(self, instant: int) -> str:
        """A local date and time."""
        return moment_text(instant, self._timezone, self._language)
