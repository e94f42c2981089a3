"""The ledger: a group of commands in, decided in memory, written as sets, committed once.

Owns the transaction, idempotency and the order of locks (members by id → shared limits by id → sorted inserts). It may
not know rules (domain) nor SQL (stores).
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.ports import LedgerStore, Programs
from alliance_node.domain.instants import Instant


class Ledger:
    """Group commit over a store."""

    def __init__(self, store: LedgerStore, programs: Programs) -> None:
        self.store = store
        self.programs = programs

    def execute(self, envelopes: Sequence[Envelope], now: Instant) -> list[Result]:
        """Decide and commit a group; results in the order given.

        Raises DatabaseBusy, DatabaseUnavailable: nothing of the group is committed (or, when the answer to COMMIT was
        lost, a retry finds the first decisions).
        """
        raise NotImplementedError

    def execute_in(self, connection: Connection, envelopes: Sequence[Envelope], now: Instant) -> list[Result]:
        """The same inside the caller's write transaction; the caller commits. Database errors pass through."""
        raise NotImplementedError
