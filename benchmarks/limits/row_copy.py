"""G′: the product's own rows and bytes of purchases, written again in the same groups by bare scripts into the same
schema: one script with one connection, or several writers (processes with a connection each).

COPY for events, lots and entries and one UPDATE of the members a group, one commit a group, fsync on; the text of every
row is ready before the clock starts. Nothing is parsed, locked, decided or explained.
Run as `python -m benchmarks.limits.row_copy` (a writer's job on the command line) it is one of the writers: it tells
when it is ready, waits for a line and writes.
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from benchmarks.figures import BenchmarkFailed
from benchmarks.postgresql import Server

NAME = "G′: the same rows and bytes by COPY from a bare script over one connection (the product has two API processes)"
NAME_EVEN = "the same by as many bare scripts, a connection each, as the product has API processes"

# A group is what one transaction of the product wrote; a member's rows are always written by the same writer.
_GROUPS = """
CREATE TEMP TABLE grouped AS
SELECT member_id, version, dense_rank() OVER (ORDER BY xid) - 1 AS number
FROM (SELECT *, ('x' || left(member_id::text, 8))::bit(32)::bigint % {writers} AS writer FROM events) numbered
WHERE source_event_id LIKE {like} AND writer = {writer}
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


@dataclass(frozen=True, slots=True)
class Share:
    """What one of `writers` writers writes again: its members' part of the events named like `pattern` in `source`."""

    source: str
    target: str
    pattern: str
    writers: int
    writer: int

    def arguments(self) -> list[str]:
        """As `main` reads them."""
        return [self.source, self.target, self.pattern, str(self.writers), str(self.writer)]


def measure(server: Server, source: str, event_id_pattern: str, writers: int) -> float:
    """Purchases a second when the rows of `source` (a database URI) are written again."""
    target = server.new_database()
    _copy_schema(server, source, target)
    with psycopg.connect(source) as connection, psycopg.connect(target) as other:
        _copy_in(other, "members", _copy_out(connection, "SELECT * FROM members"))
    running = [_start(Share(source, target, event_id_pattern, writers, writer)) for writer in range(writers)]
    purchases = sum(int(_line(process)) for process in running)
    began = time.perf_counter()
    for process in running:
        _tell(process)
    for process in running:
        _line(process)
    seconds = time.perf_counter() - began
    for process in running:
        process.communicate()
    if not purchases:
        raise BenchmarkFailed("the product wrote no purchases")
    return purchases / seconds


def _start(share: Share) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-m", "benchmarks.limits.row_copy", *share.arguments()]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise BenchmarkFailed("a writer of G′ ended too early; its error is above")
    return line


def _tell(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def write_share(share: Share) -> None:
    """A writer: says how many purchases it has ready, waits to be told, writes, says that it is done."""
    with psycopg.connect(share.source) as connection:
        groups = read_groups(connection, share)
    with psycopg.connect(share.target) as connection:
        print(sum(group.purchases for group in groups), flush=True)
        sys.stdin.readline()
        for group in groups:
            write_group(connection, group)
        print("done", flush=True)


def read_groups(connection: psycopg.Connection[Any], share: Share) -> list[Group]:
    """Everything that the share's purchases wrote, in commit order."""
    # A temporary table can't be created with bound parameters; the values are the benchmark's own.
    selected = _GROUPS.format(writers=share.writers, writer=share.writer, like=f"'{share.pattern}'")
    connection.execute(selected.encode())
    sizes = connection.execute("SELECT number, count(*) FROM grouped GROUP BY number ORDER BY number").fetchall()
    return [
        Group(
            purchases=count,
            tables={table: _copy_out(connection, select.format(number)) for table, select in _TABLES.items()},
            members=connection.execute(_MEMBERS, (number,)).fetchone() or (),
        )
        for number, count in sizes
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


if __name__ == "__main__":
    uri, copy_uri, like, count, mine = sys.argv[1:]
    write_share(Share(uri, copy_uri, like, int(count), int(mine)))
