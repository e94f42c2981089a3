"""The ledger: a group of commands in, decided in memory, written as sets, committed once.

Owns the path of every command; the order of locks is members by id → shared limits → sorted inserts. It may not know
rules (domain) nor SQL (stores).
"""

from collections.abc import Container, Sequence

from sqlalchemy import Connection

from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.errors import LimitsMoved
from alliance_node.application.group import Group
from alliance_node.application.group_commit import commit_group
from alliance_node.application.limits import AllLimits
from alliance_node.application.ports import LedgerStore, Programs
from alliance_node.application.promised_bonuses import BonusDesk, Unsponsored, concerns_bonuses
from alliance_node.domain.instants import Instant


class Ledger:
    """Group commit over a store."""

    def __init__(self, store: LedgerStore, programs: Programs) -> None:
        self.store = store
        self.programs = programs
        self.bonuses: BonusDesk = Unsponsored(self)

    def execute(self, envelopes: Sequence[Envelope], now: Instant) -> list[Result]:
        """Decide and commit a group; results in the order given, a broken one with its `failure`.

        Raises DatabaseBusy, DatabaseUnavailable: nothing of the group is committed (or, when the answer to COMMIT was
        lost, a retry finds the first decisions).
        """

        firm: set[str] = set()

        def work(connection: Connection, part: Sequence[Envelope]) -> list[Result]:
            try:
                return self._run(connection, part, now, firm)
            except LimitsMoved as moved:
                firm.update(moved.limit_ids)
                raise

        return commit_group(self.store, envelopes, work)

    def execute_in(self, connection: Connection, envelopes: Sequence[Envelope], now: Instant) -> list[Result]:
        """The same inside the caller's write transaction; the caller commits. Every error passes through."""
        return self._run(connection, envelopes, now, AllLimits()) if envelopes else []

    def _run(
        self, connection: Connection, envelopes: Sequence[Envelope], now: Instant, firm: Container[str]
    ) -> list[Result]:
        group = Group(self.store, connection, self.programs.book(connection), now, firm)
        group.load(envelopes)
        results = group.decide()
        group.settle()
        self.store.save(connection, group.changes())
        if concerns_bonuses(envelopes):
            self.bonuses.follow(connection, envelopes, results, now)
        return results
