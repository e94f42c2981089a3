"""Two ways into the database: reading, and writing with the lease's fence.

Owns what both SQLite and PostgreSQL need to give the same promises. No transaction stays open during a request to a
chain.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A short read; on SQLite it doesn't take the write lock (an engine may begin with BEGIN IMMEDIATE otherwise)."""
    with engine.connect() as connection:
        yield connection.execution_options(alliance_read_only=True)


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One commit. The first statement must be a write, so that SQLite never upgrades a stale read."""
    with engine.begin() as connection:
        yield connection


class BridgeDatabaseMissing(Exception):
    """The database cannot be opened, or no bridge ever ran on it."""

    code = "database_unavailable"
    next_step = "Check the database's URL: it must be the one of the node whose bridge you mean."


def open_existing(url: str) -> sa.Engine:
    """An engine for a database with the bridge's tables. Raises BridgeDatabaseMissing."""
    try:
        engine = sa.create_engine(url)
        found = sa.inspect(engine).has_table("bridge_cursor")
    except SQLAlchemyError as error:
        raise BridgeDatabaseMissing(f"the database cannot be opened: {error}") from error
    if not found:
        raise BridgeDatabaseMissing("the database has no bridge tables")
    return engine
