"""Use cases: take the day's head of the sealed log, make the month's statement, hand out statements and proofs.

Owns when a record is made and out of what. A statement is a function of a head and of the keys: making it again gives
the same bytes. It may not talk to a chain: publishing is the ledger's.
"""

from alliance_node.application.errors import ApplicationError, BrokenLog
from alliance_node.application.seal import Sealer
from alliance_node.application.statement_records import Anchor, StatementLedger, StatementRow, StatementStore
from alliance_node.application.sweep_expiry import JOB as SWEEP
from alliance_node.domain.errors import InvariantBroken
from alliance_node.domain.instants import DAY_SECONDS, Instant, day_of_date, local_date, start_of_day


class StatementNotReady(ApplicationError):
    """The month's statement cannot be made now."""

    code = "statement_not_ready"
    next_step = "Run the daily jobs (the sweep comes first), or wait for tomorrow's head of the log."


class UnknownStatement(ApplicationError):
    """No statement of this month was made."""

    code = "unknown_statement"
    next_step = "`alliance statement show` lists the months."


class NotInStatement(ApplicationError):
    """The statement does not list the member: there were no points at its cut-off."""

    code = "not_in_statement"
    next_step = "If the member had points at the cut-off, complain to the brand and tell the alliance's auditor."


class PublicationStopped(ApplicationError):
    """The ledger holds another record than this node, or refuses its next one."""

    code = "publication_stopped"
    next_step = "Look at the message; what is on the ledger cannot be changed."


class Statements:
    """One brand's heads and statements. `ledger` is None for a node without an alliance: it only takes heads."""

    def __init__(self, store: StatementStore, sealer: Sealer, ledger: StatementLedger | None) -> None:
        self._store, self._sealer, self._ledger = store, sealer, ledger
        self._files: dict[int, bytes] = {}  # a statement never changes, and anybody may ask

    def take_heads(self, now: Instant) -> list[Anchor]:
        """Today's head (UTC), and for missed days what the log was at their end. A second run takes none."""
        self._sealer.seal_all(now)
        today = now // DAY_SECONDS
        with self._store.write() as connection:
            last = self._store.last_anchor(connection)
            if last is not None and last.day >= today:
                return []
            swept = self._store.finished_sweep(connection, SWEEP)
            since = last.taken_at - last.taken_at % DAY_SECONDS if last is not None else 0
            heads = self._store.heads_sealed_from(connection, since)
            if not heads:
                return []  # no event yet
            first = last.day + 1 if last is not None else heads[0].sealed_at // DAY_SECONDS
            taken = []
            for day in range(first, today + 1):
                known = [head for head in heads if head.sealed_at < (day + 1) * DAY_SECONDS]
                if not known:
                    continue
                head, done = known[-1], swept if day == today else (last.swept_through if last is not None else 0)
                taken.append(Anchor(day, head.size, head.root, head.last_xid, head.last_seq, done, now))
            if last is not None and any(one.size < last.size for one in taken):
                raise BrokenLog(f"the sealed log had {last.size} events on day {last.day} and has fewer now")
            self._store.add_anchors(connection, taken)
        return taken

    def make_due(self, now: Instant, tz: str) -> StatementRow | None:
        """The statement of the month that ended last, if it is not made yet and there were events before its end."""
        month, ended = _last_month(now, tz)
        with self._store.read() as connection:
            made = self._store.statements(connection)
            anchor = self._store.last_anchor(connection)
            began = self._store.first_received_at(connection)
        if (made and made[-1].month >= month) or anchor is None or began is None or began >= ended:
            return None
        return self._make(month, ended, anchor, now)

    def _make(self, month: int, ended: Instant, anchor: Anchor, now: Instant) -> StatementRow:
        ledger = self.ledger
        if anchor.day != now // DAY_SECONDS or anchor.swept_through < ended:
            raise StatementNotReady(f"the newest head of the log is not one after a sweep to the month's end ({ended})")
        with self._store.read() as connection:
            lines = self._store.liabilities(connection, anchor)
            journal = self._store.member_accounts(connection, anchor)
            rate = ledger.rate_version(connection, anchor.swept_through)
        _check_lines(lines, journal)
        tree = ledger.summary(month, lines)
        if tree.total_points != journal:
            raise InvariantBroken(f"the tree sums to {tree.total_points} points, the journal to {journal}")
        head = (anchor.day, anchor.size, anchor.root)
        row = StatementRow(
            month, anchor.swept_through, *head, tree.root, tree.total_points, tree.leaves, rate, made_at=now
        )
        with self._store.write() as connection:
            first = self._store.statement(connection, month)
            if first is not None:
                return first  # another process was quicker
            self._store.add_statement(connection, row, lines)
        return row

    @property
    def ledger(self) -> StatementLedger:
        """Raises StatementNotReady for a node without an alliance."""
        if self._ledger is None:
            raise StatementNotReady("this node belongs to no alliance", "Connect the node to an alliance first.")
        return self._ledger

    def all(self) -> list[StatementRow]:
        """Every statement made, oldest first."""
        with self._store.read() as connection:
            return self._store.statements(connection)

    def get(self, month: int) -> StatementRow:
        """Raises UnknownStatement."""
        with self._store.read() as connection:
            found = self._store.statement(connection, month)
        if found is None:
            raise UnknownStatement(f"no statement of month {month} was made")
        return found

    def check(self, month: int) -> list[str]:
        """What differs between a statement and the journal at its head; empty when it can be made again to the byte."""
        row = self.get(month)
        with self._store.read() as connection:
            [anchor] = self._store.anchors(connection, row.head_day - 1, row.head_day)
            lines = self._store.liabilities(connection, anchor)
            stored = self._store.lines(connection, month)
        tree = self.ledger.summary(month, lines)
        found = []
        if lines != stored:
            found.append("the journal gives other lines than the statement's")
        if (tree.root, tree.total_points, tree.leaves) != (row.liabilities_root, row.total_points, row.leaves):
            found.append(f"the journal gives {tree.total_points} points and another tree")
        if self._sealer.root_at(row.log_size) != row.log_root:
            found.append("the sealed log has another root at the statement's head")
        return found

    def file(self, month: int) -> bytes:
        """The statement file, with the heads since the statement before and their consistency proofs."""
        if month not in self._files:
            self._files[month] = self._file(month)
        return self._files[month]

    def _file(self, month: int) -> bytes:
        row = self.get(month)
        with self._store.read() as connection:
            months = self._store.statements(connection)
            before = max((one.head_day for one in months if one.month < month), default=-1)
            earlier = self._store.anchors(connection, before - 1, before)
            anchors = self._store.anchors(connection, before, row.head_day)
            lines = self._store.lines(connection, month)
        size, heads = (earlier[0].size if earlier else 0), []
        for anchor in anchors:
            heads.append((anchor, self._sealer.consistency_between(size, anchor.size) if size else ()))
            size = anchor.size
        return self.ledger.statement_file(row, lines, heads)

    def inclusion(self, month: int, member_id: str) -> bytes:
        """A member's proof file. Raises UnknownStatement, NotInStatement."""
        row = self.get(month)
        with self._store.read() as connection:
            if self._store.points_of(connection, month, member_id) is None:
                raise NotInStatement("this member had no points at the statement's cut-off")
        return self.ledger.inclusion_file(row, lambda: self._lines(month), member_id)

    def _lines(self, month: int) -> list[tuple[str, int]]:
        with self._store.read() as connection:
            return self._store.lines(connection, month)

    def months_of(self, member_id: str) -> list[StatementRow]:
        """Statements that list the member, newest first."""
        with self._store.read() as connection:
            months = set(self._store.months_of(connection, member_id))
            return [one for one in reversed(self._store.statements(connection)) if one.month in months]


def _check_lines(lines: list[tuple[str, int]], journal: int) -> None:
    """No leaf is negative, and nothing is in the journal that no line names."""
    for member_id, points in lines:
        if points < 0:
            raise InvariantBroken(f"member {member_id} has {points} points in the journal")
    total = sum(points for _, points in lines)
    if total != journal:
        raise InvariantBroken(f"the members' lines sum to {total} points, the journal to {journal}")


def _last_month(now: Instant, tz: str) -> tuple[int, Instant]:
    """The month that ended last in a time zone, and when it ended."""
    first = local_date(now, tz).replace(day=1)
    return (first.year - 1970) * 12 + first.month - 2, start_of_day(day_of_date(first), tz)
