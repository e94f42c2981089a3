"""G′: the product's own rows and bytes of purchases, written again in groups by a bare script into the same schema.

COPY for events, lots and entries and one UPDATE of the members a group, one commit a group, fsync on; the text of every
row is ready before the clock starts. Nothing is parsed, locked, decided or explained.
"""

import subprocess
import time
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from benchmarks.figures import BenchmarkFailed
from benchmarks.postgresql import Server

NAME = "G′: the same rows and bytes by COPY from a bare script over one connection (the product has two processes)"

_GROUPS: LiteralString = """
CREATE TEMP TABLE grouped AS
SELECT member_id, version, (row_number() OVER (ORDER BY xid, seq) - 1) / %(size)s AS number
FROM events WHERE source_event_id LIKE %(like)s
"""
_TABLES: dict[str, LiteralString] = {
    "events": "SELECT t.* FROM events t JOIN grouped g USING (member_id, version) WHERE number = {} ORDER BY seq",
    "lots": "SELECT t.* FROM lots t JOIN grouped g ON g.member_id = t.member_id AND g.version = t.source_version"
    " WHERE number = {}",
    "entries": "SELECT t.* FROM entries t JOIN grouped g USING (member_id, version) WHERE number = {}",
}
_MEMBERS: LiteralString = """
SELECT array_agg(member_id), array_agg(version), array_agg(tier), array_agg(booked), array_agg(growth),
    array_agg(spend_minor), array_agg(lots_end_from), array_agg(snapshot)
FROM members WHERE member_id IN (SELECT member_id FROM grouped WHERE number = %s)
"""
_UPDATE: LiteralString = """
UPDATE members m SET version = k.version, tier = k.tier, booked = k.booked, growth = k.growth,
    spend_minor = k.spend_minor, lots_end_from = k.lots_end_from, snapshot = k.snapshot
FROM unnest(%b::uuid[], %b::int[], %b::text[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bytea[])
    AS k(id, version, tier, booked, growth, spend_minor, lots_end_from, snapshot)
WHERE m.member_id = k.id
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Ready text of one commit's rows, and the columns of its member update."""

    purchases: int
    tables: dict[str, bytes]
    members: tuple[Any, ...]


def measure(server: Server, source: str, group_size: int, event_id_pattern: str) -> float:
    """Purchases a second when the rows of `source` (a database URI) are written again."""
    target = server.new_database()
    _copy_schema(server, source, target)
    with psycopg.connect(source) as connection:
        groups = read_groups(connection, group_size, event_id_pattern)
        members = _copy_out(connection, "SELECT * FROM members")
    with psycopg.connect(target) as connection:
        _copy_in(connection, "members", members)
        connection.commit()
        began = time.perf_counter()
        for group in groups:
            write_group(connection, group)
        return sum(group.purchases for group in groups) / (time.perf_counter() - began)


def read_groups(connection: psycopg.Connection[Any], size: int, event_id_pattern: str) -> list[Group]:
    """Everything the purchases wrote, in commit order."""
    # A temporary table can't be created with bound parameters; both values are the benchmark's own.
    connection.execute((_GROUPS % {"size": size, "like": f"'{event_id_pattern}'"}).encode())
    row = connection.execute("SELECT max(number), count(*) FROM grouped").fetchone()
    if row is None or row[0] is None:
        raise BenchmarkFailed("the product wrote no purchases")
    last, count = int(row[0]), int(row[1])
    return [
        Group(
            purchases=min(size, count - number * size),
            tables={table: _copy_out(connection, select.format(number)) for table, select in _TABLES.items()},
            members=connection.execute(_MEMBERS, (number,)).fetchone() or (),
        )
        for number in range(last + 1)
    ]


def write_group(connection: psycopg.Connection[Any], group: Group) -> None:
    """One commit: the members' update and three COPYs."""
    connection.execute(_UPDATE, group.members, prepare=True)
    for table, rows in group.tables.items():
        _copy_in(connection, table, rows)
    connection.commit()


def _copy_out(connection: psycopg.Connection[Any], select: str) -> bytes:
    with connection.cursor().copy(f"COPY ({select}) TO STDOUT".encode()) as copy:
        return b"".join(bytes(block) for block in copy)


def _copy_in(connection: psycopg.Connection[Any], table: str, rows: bytes) -> None:
    with connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
        copy.write(rows)


def _copy_schema(server: Server, source: str, target: str) -> None:
    dumped = subprocess.run(
        [str(server.binaries / "pg_dump"), "--schema-only", "--no-owner", source], capture_output=True, check=False
    )
    loaded = subprocess.run(
        [str(server.binaries / "psql"), "-q", "-v", "ON_ERROR_STOP=1", target],
        input=dumped.stdout,
        capture_output=True,
        check=False,
    )
    if dumped.returncode or loaded.returncode:
        raise BenchmarkFailed(f"the schema could not be copied: {(dumped.stderr + loaded.stderr)[-500:]!r}")
