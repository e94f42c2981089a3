"""The nightly jobs on a large brand: sweep what expired, evaluate every tier. PostgreSQL, the product's own use cases.

1,000,000 members with 10 lots each (`SWEEP_MEMBERS` takes fewer), 40 % of them with points that expired since the last
sweep and 4 % whose tier is no longer earned after the yearly decay. Rows lie in order of time, ids are random: nothing
is laid out for the jobs. Beside it, in the same run: bare SQL that only sums the due lots, and writes the same rows.
"""

import os
import time
from collections.abc import Callable
from importlib import resources
from typing import Any, LiteralString

import psycopg
from rich.console import Console

from alliance_node.adapters.sql.engine import open_engine
from alliance_node.adapters.sql.job_store import SqlJobStore
from alliance_node.adapters.sql.ledger_store import SqlLedgerStore
from alliance_node.adapters.sql.migrations import upgrade
from alliance_node.adapters.sql.program_store import SqlPrograms
from alliance_node.application.activate_program import activate_program
from alliance_node.application.evaluate_tiers import evaluate_tiers
from alliance_node.application.ledger import Ledger
from alliance_node.application.member_jobs import JobReport, MemberJobs
from alliance_node.application.sweep_expiry import sweep_expiry
from alliance_node.domain.codecs import encode_snapshot
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.program import CompiledProgram, load_program
from alliance_node.domain.state import MemberState
from benchmarks.figures import BenchmarkFailed, Figure, figure
from benchmarks.postgresql import Server, server, sqlalchemy_url

MEMBERS = int(os.environ.get("SWEEP_MEMBERS", "1000000"))
LOTS_EACH = 10
PROGRAM = "marketplace-beans"
DAY = 86_400
NOW = parse_instant("2027-01-15T03:00:00+08:00")
NAME = "sweep_and_tiers_1m"
LIMIT = "bare SQL that sums the due lots once and writes the same rows in one transaction"

_MEMBERS: LiteralString = """
INSERT INTO members (member_id, enrolled_at, version, swept_through, tier, booked, snapshot, growth, growth_through,
    spend_minor, tier_since, protected_until, next_maturity, lots_end_from)
SELECT gen_random_uuid(), %(now)s - 700 * 86400 + n, 20, %(now)s - 86400,
    (%(tiers)s::text[])[rank], 1000000, %(snapshot)s,
    CASE WHEN n %% 25 = 0 THEN least_growth ELSE least_growth * 2 END,
    0, 0, %(now)s - 600 * 86400, CASE WHEN n %% 25 = 0 THEN %(now)s - 86400 ELSE %(now)s + 86400 * 90 END, 0, 0
FROM generate_series(1, %(members)s) AS n,
    LATERAL (SELECT CASE WHEN n %% 5 = 0 THEN 2 ELSE 1 END AS rank) r,
    LATERAL (SELECT (%(thresholds)s::bigint[])[rank] AS least_growth) t
"""
_LOTS: LiteralString = """
INSERT INTO lots SELECT member_id, %(no)s, 100,
    CASE WHEN (enrolled_at + %(no)s) %% 2 = 0 AND %(no)s > 3 THEN 0 ELSE 60 END,
    %(now)s - (400 - 30 * %(no)s) * 86400, %(now)s - (400 - 30 * %(no)s) * 86400,
    CASE WHEN %(no)s < 3 THEN %(now)s - (200 - %(no)s) * 86400
        WHEN %(no)s = 3 AND enrolled_at %% 5 < 2 THEN %(now)s - (enrolled_at %% 86000)
        ELSE %(now)s + (30 * %(no)s + enrolled_at %% 29) * 86400 END,
    'base', true, %(no)s + 1
FROM members
"""
_SUM: LiteralString = """
SELECT count(*), sum(points) FROM (
    SELECT sum(l.remaining) AS points FROM lots l JOIN members m USING (member_id)
    WHERE l.remaining > 0 AND l.expires_at <= %s AND l.expires_at > m.swept_through GROUP BY m.member_id) s
"""


def measure() -> list[Figure]:
    """Seconds of both jobs together."""
    console = Console(soft_wrap=True)
    with server() as running:
        uri = running.new_database()
        jobs = _prepared(running, uri, console)
        due, points, seconds_to_sum = _due(uri)
        sweep_seconds, swept = _timed(lambda: sweep_expiry(jobs, NOW, NOW))
        if (swept.changed, swept.points) != (due, points):
            raise BenchmarkFailed(f"{due} members with {points} points were due, the sweep booked {swept}")
        tier_seconds, evaluated = _timed(lambda: evaluate_tiers(jobs, NOW, NOW))
        if evaluated.changed != MEMBERS // 25:
            raise BenchmarkFailed(f"{MEMBERS // 25} tiers were to change, {evaluated.changed} did")
        again = sweep_expiry(jobs, NOW, NOW), evaluate_tiers(jobs, NOW, NOW)
        if any(report.changed for report in again):
            raise BenchmarkFailed(f"the second run changed something: {again}")
        limit = seconds_to_sum + _write_again(uri)
    seconds = sweep_seconds + tier_seconds
    console.print(
        f"{MEMBERS:,} members, {MEMBERS * LOTS_EACH:,} lots: sweep of {due:,} members {sweep_seconds:.1f} s, "
        f"evaluation ({evaluated.changed:,} of {MEMBERS:,} moved) {tier_seconds:.1f} s; "
        f"{MEMBERS / seconds:,.0f} members/s; bare sum {seconds_to_sum:.1f} s, bare rows {limit - seconds_to_sum:.1f} s"
    )
    return [figure(NAME, seconds, "s", limit, LIMIT if MEMBERS == 1_000_000 else f"{LIMIT}; {MEMBERS:,} members")]


def _timed(job: Callable[[], JobReport]) -> tuple[float, JobReport]:
    began = time.perf_counter()
    report = job()
    return time.perf_counter() - began, report


def _prepared(running: Server, uri: str, console: Console) -> MemberJobs:
    """A migrated database with an active program, filled in sets."""
    engine = open_engine(sqlalchemy_url(uri))
    upgrade(engine)
    text = (resources.files("alliance_node.programs") / f"{PROGRAM}.yaml").read_text(encoding="utf-8")
    programs = SqlPrograms(engine)
    activate_program(programs, text, NOW - 800 * DAY, NOW)
    began = time.perf_counter()
    _fill(uri, CompiledProgram(load_program(text, PROGRAM)))
    console.print(f"[dim]{MEMBERS:,} members made in {time.perf_counter() - began:.0f} s[/dim]")
    del running
    return MemberJobs(Ledger(SqlLedgerStore(engine), programs), SqlJobStore(engine))


def _fill(uri: str, program: CompiledProgram) -> None:
    state = MemberState("", timezone="Asia/Shanghai", next_lot_no=LOTS_EACH + 1)
    numbers: dict[str, Any] = {
        "now": NOW,
        "members": MEMBERS,
        "snapshot": encode_snapshot(state),
        "tiers": list(program.tier_ids),
        "thresholds": list(program.tier_thresholds),
    }
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("ALTER TABLE lots DROP CONSTRAINT pk_lots")
        connection.execute(_MEMBERS, numbers)
        for number in range(1, LOTS_EACH + 1):
            connection.execute(_LOTS, {"no": number, "now": NOW})
        connection.execute("ALTER TABLE lots ADD CONSTRAINT pk_lots PRIMARY KEY (member_id, lot_no)")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _due(uri: str) -> tuple[int, int, float]:
    """(members with due points, those points, seconds of the bare sum)."""
    with psycopg.connect(uri) as connection:
        connection.execute("SET work_mem = '128MB'")
        began = time.perf_counter()
        row = connection.execute(_SUM, (NOW,)).fetchone()
    if row is None:
        raise BenchmarkFailed("a sum answers with one row")
    return int(row[0]), int(row[1]), time.perf_counter() - began


def _write_again(uri: str) -> float:
    """Seconds to write the rows that both jobs wrote, table to table: no look-up, no digest, no decision."""
    with psycopg.connect(uri, autocommit=True) as connection:
        for table in ("events", "entries", "members"):
            connection.execute(f"CREATE TABLE again_{table} (LIKE {table} INCLUDING ALL)".encode())
        connection.execute("INSERT INTO again_members SELECT * FROM members")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
        began = time.perf_counter()
        with connection.transaction():
            connection.execute("INSERT INTO again_events OVERRIDING SYSTEM VALUE SELECT * FROM events")
            connection.execute("INSERT INTO again_entries SELECT * FROM entries")
            connection.execute("UPDATE again_members SET version = version + 1, booked = booked - 1 WHERE version > 20")
        return time.perf_counter() - began
