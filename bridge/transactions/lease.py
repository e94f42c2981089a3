"""One bridge per brand's database: a lease with a fencing token, whatever posting key the bridge has.

Owns `bridge_lease`. A process that lost its lease finds out in its next commit (the fence), so it can't sign anything.
It may still send bytes that were stored while it held the lease, which is harmless: they are the same bytes.
"""

import os
import socket
import uuid

import sqlalchemy as sa

from bridge.transactions.database import writing
from bridge.transactions.tables import lease


class LeaseHeld(Exception):
    """Another bridge works for this brand."""

    code = "another_bridge"
    next_step = "Stop one of the two bridges: a brand has exactly one."

    def __init__(self, name: str, holder: str, expires_at: int) -> None:
        self.holder = holder
        self.expires_at = expires_at
        super().__init__(f"the bridge of {name} runs elsewhere ({holder}) until {expires_at}; stop one of them")


class LeaseLost(Exception):
    """Another bridge took the lease over; this one must stop writing."""

    code = "another_bridge"
    next_step = "Stop one of the two bridges: a brand has exactly one."


class Lease:
    """The lease of one brand, held by this object."""

    def __init__(self, engine: sa.Engine, name: str, seconds: int) -> None:
        self._engine = engine
        self._name = name
        self._seconds = seconds
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4()}"
        self._token: int | None = None
        self._renew_at = 0
        self._seen: tuple[tuple[int, int], int] = ((0, 0), 0)

    @property
    def token(self) -> int | None:
        """The fencing token while held."""
        return self._token

    def hold(self, now: int) -> None:
        """Take or renew the lease; cheap until a third of its time is over. Raises LeaseHeld."""
        if self._token is not None and self._renew_at - self._seconds <= now < self._renew_at:
            return
        with writing(self._engine) as connection:
            if self._token is None or not self._renew(connection, now):
                self._token = self._take(connection, now)
        self._renew_at = now + max(1, self._seconds // 3)

    def fence(self, connection: sa.Connection) -> None:
        """First statement of every write under the lease. Raises LeaseLost."""
        query = sa.update(lease).where(lease.c.name == self._name, lease.c.token == self._token)
        if self._token is None or connection.execute(query.values(token=lease.c.token)).rowcount != 1:
            self._token = None
            raise LeaseLost(f"another bridge took over {self._name}")

    def release(self) -> None:
        """Give it back so that the next process need not wait."""
        if self._token is None:
            return
        with writing(self._engine) as connection:
            query = sa.update(lease).where(lease.c.name == self._name, lease.c.token == self._token)
            connection.execute(query.values(expires_at=0))
        self._token = None

    def _renew(self, connection: sa.Connection, now: int) -> bool:
        query = sa.update(lease).where(lease.c.name == self._name, lease.c.token == self._token)
        return connection.execute(query.values(expires_at=now + self._seconds)).rowcount == 1

    def _take(self, connection: sa.Connection, now: int) -> int:
        touched = sa.update(lease).where(lease.c.name == self._name).values(name=self._name)
        if connection.execute(touched).rowcount == 0:
            first = {"name": self._name, "holder": self._holder, "token": 1, "expires_at": now + self._seconds}
            connection.execute(sa.insert(lease).values(first))
            return 1
        row = connection.execute(sa.select(lease).where(lease.c.name == self._name)).one()
        if row.expires_at > now and not _is_dead(row.holder) and not self._is_silent(row.token, row.expires_at, now):
            raise LeaseHeld(self._name, row.holder, row.expires_at)
        values = {"holder": self._holder, "token": row.token + 1, "expires_at": now + self._seconds}
        connection.execute(sa.update(lease).where(lease.c.name == self._name).values(values))
        return int(row.token) + 1

    def _is_silent(self, token: int, expires_at: int, now: int) -> bool:
        """Not renewed for the lease's time by our own clock: its holder's clock may be wrong by hours."""
        if self._seen[0] != (token, expires_at) or now < self._seen[1]:
            self._seen = (token, expires_at), now
        return now - self._seen[1] >= self._seconds


def _is_dead(holder: str) -> bool:
    """A holder on this machine whose process is gone: a killed bridge restarts without waiting."""
    host, pid, _ = holder.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
