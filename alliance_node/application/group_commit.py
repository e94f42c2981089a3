"""Group commit: one transaction for a group, run again when the database undid it, one by one when a member breaks it.

Owns retries and the fallback (pitfalls 35, 36). It may not know what the group does.
"""

import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from alliance_node.application.envelopes import Result
from alliance_node.application.errors import DatabaseBusy, DatabaseUnavailable, RowsRejected, TransactionAborted
from alliance_node.application.ports import Database

Item = TypeVar("Item")
Answer = TypeVar("Answer")
_ATTEMPTS = 6


def commit_group(
    database: Database, items: Sequence[Item], work: Callable[[Connection, Sequence[Item]], list[Result]]
) -> list[Result]:
    """`work` for the whole group in one commit; results in the order given.

    An item that breaks the group is found by running the items one by one under savepoints: its result carries
    `failure`, the others are carried out. Raises DatabaseBusy, DatabaseUnavailable: nothing of the group is committed
    (or, when the answer to COMMIT was lost, a retry finds the first decisions).
    """
    if not items:
        return []
    rejected = broken = False
    for attempt in range(_ATTEMPTS):
        try:
            with database.write() as connection:
                if broken:
                    return [_alone(database, connection, item, work) for item in items]
                return work(connection, items)
        except TransactionAborted:
            _wait(attempt)
        except (DatabaseBusy, DatabaseUnavailable):
            raise
        except RowsRejected:  # a key taken by another process meanwhile: the second look finds it
            broken, rejected = rejected, True
        except Exception:
            if broken:
                raise
            broken = True
    raise DatabaseBusy(f"the transaction was undone {_ATTEMPTS} times by concurrent ones")


def commit_one(database: Database, work: Callable[[Connection], Answer]) -> Answer:
    """`work` in a commit of its own, again when the database undid it, and once more when another process took a key
    meanwhile: the second look finds its row. Raises DatabaseBusy, DatabaseUnavailable, and what `work` raises."""
    rejected = False
    for attempt in range(_ATTEMPTS):
        try:
            with database.write() as connection:
                return work(connection)
        except TransactionAborted:
            _wait(attempt)
        except RowsRejected:
            if rejected:
                raise
            rejected = True
    raise DatabaseBusy(f"the transaction was undone {_ATTEMPTS} times by concurrent ones")


def _wait(attempt: int) -> None:
    time.sleep(random.uniform(0.001, 0.004) * 2**attempt)  # noqa: S311 - spreads retries, guards nothing


def _alone(
    database: Database,
    connection: Connection,
    item: Item,
    work: Callable[[Connection, Sequence[Item]], list[Result]],
) -> Result:
    try:
        with database.savepoint(connection):
            return work(connection, [item])[0]
    except (TransactionAborted, DatabaseBusy, DatabaseUnavailable):
        raise
    except Exception as error:  # noqa: BLE001 - belongs to this submitter alone, who gets it
        return Result.failed(error)
