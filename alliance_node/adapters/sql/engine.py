"""Engines for SQLite and PostgreSQL, and the node's transactions with typed failures.

Owns connection settings (WAL, synchronous FULL, BEGIN IMMEDIATE; lock timeouts) and the translation of driver errors.
It may not know tables.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from alliance_node.application.errors import DatabaseBusy, DatabaseUnavailable, RowsRejected, TransactionAborted

READ_ONLY = "alliance_read_only"
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-16000")
_RETRYABLE = {"40001", "40P01"}
_BUSY = {"55P03", "57014"}


def open_engine(database_url: str, busy_seconds: float = 30.0, pool_size: int = 10) -> sa.Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://…`; nothing is connected yet.

    `busy_seconds` bounds the wait for a lock; beyond it DatabaseBusy is raised and nothing was written.
    """
    url = sa.make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url, busy_seconds, pool_size)
    options = f"-c lock_timeout={int(busy_seconds * 1000)} -c jit=off"
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"options": options, "connect_timeout": max(1, int(busy_seconds))},
    )


def _open_sqlite(url: sa.URL, busy_seconds: float, pool_size: int) -> sa.Engine:
    engine = sa.create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"timeout": busy_seconds, "check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


class SqlDatabase:
    """Write and read transactions of one engine."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.is_postgresql = engine.dialect.name == "postgresql"

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One write transaction, committed at the end. Raises DatabaseBusy, DatabaseUnavailable, TransactionAborted
        (run it again), RowsRejected (the rows themselves are at fault)."""
        with translated_errors(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent read transaction."""
        options: dict[str, Any] = {READ_ONLY: True}
        if self.is_postgresql:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with translated_errors(), self.engine.connect() as raw:
            connection = raw.execution_options(**options)
            with connection.begin():
                yield connection

    def overwrite_deleted(self) -> None:
        """Leaves nothing of deleted rows in SQLite's files: its write-ahead log still holds them otherwise. Waits for
        readers as long as for any lock. (PostgreSQL's vacuum and the recycling of its log do it in their time.)"""
        if self.is_postgresql:
            return
        with translated_errors(), closing(self.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def savepoint(self, connection: sa.Connection) -> Iterator[None]:
        """A part of a transaction that can fail alone."""
        with translated_errors(), connection.begin_nested():
            yield


@contextmanager
def private_copy(engine: sa.Engine) -> Iterator[str]:
    """The URL of a copy of a SQLite database, readable by its owner alone and removed at the end. Writers go on
    meanwhile: the copy is made in one read transaction."""
    beside = Path(str(engine.url.database)).parent
    with tempfile.TemporaryDirectory(prefix=".copy-", dir=beside) as directory:
        copy = Path(directory) / "node.sqlite"
        with translated_errors(), closing(engine.raw_connection()) as connection:  # VACUUM begins its own transaction
            connection.cursor().execute("VACUUM INTO ?", (str(copy),))
        yield f"sqlite:///{copy}"


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn driver errors into the application's typed errors."""
    try:
        yield
    except (DBAPIError, psycopg.Error, sqlite3.Error) as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        raise _typed(original) from error


def _typed(error: object) -> Exception:
    if isinstance(error, sqlite3.Error):
        return _typed_sqlite(error)
    state = getattr(error, "sqlstate", None)
    if state in _RETRYABLE:
        return TransactionAborted(str(error))
    if state in _BUSY:
        return DatabaseBusy(f"the database kept a lock too long: {error}")
    if isinstance(error, psycopg.IntegrityError | psycopg.DataError | psycopg.ProgrammingError):
        return RowsRejected(str(error))
    return DatabaseUnavailable(f"the database cannot be used: {str(error).strip()}")


def _typed_sqlite(error: sqlite3.Error) -> Exception:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DatabaseBusy(f"the database is locked by another process: {error}")
    if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError | sqlite3.InterfaceError):
        return RowsRejected(str(error))
    if isinstance(error, sqlite3.ProgrammingError):
        return RowsRejected(str(error))
    return DatabaseUnavailable(f"the database cannot be used: {error}")
