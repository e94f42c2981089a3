"""The ledger: a group of commands in, decided in memory, written as sets, committed once.

Owns the transaction, retries and the order of locks (members by id → shared limits → sorted inserts). It may not know
rules (domain) nor SQL (stores).
"""

import random
import time
from collections.abc import Sequence

from sqlalchemy import Connection

from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.errors import DatabaseBusy, DatabaseUnavailable, RowsRejected, TransactionAborted
from alliance_node.application.group import Group
from alliance_node.application.ports import LedgerStore, Programs
from alliance_node.domain.instants import Instant

_ATTEMPTS = 6


class Ledger:
    """Group commit over a store."""

    def __init__(self, store: LedgerStore, programs: Programs) -> None:
        self.store = store
        self.programs = programs

    def execute(self, envelopes: Sequence[Envelope], now: Instant) -> list[Result]:
        """Decide and commit a group; results in the order given.

        An envelope that breaks the group is found by running the group one by one: its result carries `failure`, the
        others are carried out (pitfall 36). Raises DatabaseBusy, DatabaseUnavailable: nothing of the group is committed
        (or, when the answer to COMMIT was lost, a retry finds the first decisions, pitfall 35).
        """
        if not envelopes:
            return []
        rejected = False
        for attempt in range(_ATTEMPTS):
            try:
                with self.store.write() as connection:
                    return self.execute_in(connection, envelopes, now)
            except TransactionAborted:
                _pause(attempt)
            except (DatabaseBusy, DatabaseUnavailable):
                raise
            except RowsRejected:  # a key taken by another process meanwhile: the second look finds it
                if rejected:
                    break
                rejected = True
            except Exception:  # noqa: BLE001 - found again below, alone, and handed to its own submitter
                break
        else:
            raise DatabaseBusy(f"the transaction was undone {_ATTEMPTS} times by concurrent ones")
        return self._one_by_one(envelopes, now)

    def execute_in(self, connection: Connection, envelopes: Sequence[Envelope], now: Instant) -> list[Result]:
        """The same inside the caller's write transaction; the caller commits. Every error passes through."""
        group = Group(self.store, connection, self.programs.book(connection), now)
        group.load(envelopes)
        results = [group.decide(envelope) for envelope in envelopes]
        self.store.save(connection, group.changes())
        return results

    def _one_by_one(self, envelopes: Sequence[Envelope], now: Instant) -> list[Result]:
        with self.store.write() as connection:
            return [self._alone(connection, envelope, now) for envelope in envelopes]

    def _alone(self, connection: Connection, envelope: Envelope, now: Instant) -> Result:
        try:
            with self.store.savepoint(connection):
                return self.execute_in(connection, [envelope], now)[0]
        except (TransactionAborted, DatabaseBusy, DatabaseUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - belongs to this submitter alone, who gets it
            return Result.failed(error)


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0.001, 0.004) * 2**attempt)  # noqa: S311 - spreads retries, guards nothing
