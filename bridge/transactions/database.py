"""Two ways into the database: reading, and writing with the lease's fence.

Owns what both SQLite and PostgreSQL need to give the same promises. No transaction stays open during a request to a
chain.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa


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
