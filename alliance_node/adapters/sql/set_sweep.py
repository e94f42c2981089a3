"""The expiry sweep of a chunk of members as one PostgreSQL statement.

Owns the statement only: what is written is the domain's (`SweepRows`), and a test holds both paths against each other.
Lots stay untouched. A member whose version moved while the statement waited for the row is left out: its lots may have
changed with it.
"""

import psycopg
import sqlalchemy as sa

from alliance_node.adapters.sql.postgresql_rows import driver
from alliance_node.application.records import SweepRows
from alliance_node.domain.codecs import DIGEST_DOMAIN
from alliance_node.domain.errors import InvariantBroken
from alliance_node.domain.instants import Instant

FIRST_MEMBER_ID = "00000000-0000-0000-0000-000000000000"

_SWEEP = """
WITH due AS MATERIALIZED (
    SELECT m.member_id, m.version, m.next_maturity, sum(l.remaining)::bigint AS points
    FROM members m JOIN lots l USING (member_id)
    WHERE m.member_id > %(after)s::uuid AND m.member_id <= %(last)s::uuid
        AND l.member_id > %(after)s::uuid AND l.member_id <= %(last)s::uuid
        AND l.remaining > 0 AND l.expires_at <= %(through)s AND l.expires_at > m.swept_through
    GROUP BY m.member_id
), locked AS MATERIALIZED (
    SELECT m.member_id, d.points
    FROM due d JOIN members m ON m.member_id = d.member_id AND m.version = d.version
    WHERE d.next_maturity = 0 OR d.next_maturity > %(now)s
    ORDER BY m.member_id FOR UPDATE OF m
), swept AS (
    UPDATE members m SET version = m.version + 1, swept_through = %(through)s, booked = m.booked - d.points
    FROM locked d WHERE m.member_id = d.member_id
    RETURNING m.member_id, m.version, m.booked, d.points, %(head)s || d.points || %(tail)s AS payload
), written AS (
    INSERT INTO events (member_id, version, kind, occurred_at, received_at, payload, digest)
    SELECT member_id, version, %(kind)s, %(now)s, %(now)s, payload, sha256(convert_to(
        %(domain)s || E'\\n' || member_id || E'\\n' || version || E'\\n' || %(now)s::text || E'\\n' || payload, 'UTF8'))
    FROM swept
), booked AS (
    INSERT INTO entries (member_id, version, leg_no, account, amount)
    SELECT member_id, version, leg.no - 1, leg.account, leg.sign * points
    FROM swept, unnest(%(accounts)s::text[], %(signs)s::bigint[]) WITH ORDINALITY AS leg(account, sign, no)
)
SELECT (SELECT count(*) FROM swept), (SELECT coalesce(sum(points), 0)::bigint FROM swept),
    (SELECT coalesce(min(booked), 0) FROM swept),
    (SELECT array_agg(d.member_id::text ORDER BY d.member_id) FROM due d
        WHERE NOT EXISTS (SELECT FROM swept s WHERE s.member_id = d.member_id))
"""


def sweep_set(connection: sa.Connection, rows: SweepRows, after: str | None, last: str) -> tuple[int, int, list[str]]:
    """(members swept, points, members left over). Raises InvariantBroken when more expired than was booked."""
    raw = driver(connection)
    _prepare(raw)
    found = raw.execute(_SWEEP, _parameters(rows, after, last)).fetchone()
    if found is None:
        raise InvariantBroken("a sweep answers with one row")
    swept, points, least_booked, left = found
    if least_booked < 0:
        raise InvariantBroken(f"a sweep would leave a member with {least_booked} points booked; run rebuild --check")
    return swept, points, left or []


def _prepare(raw: psycopg.Connection[tuple[object, ...]]) -> None:
    """Both tables are read in id order: no plan may sort or hash millions of lots for a chunk of members."""
    raw.execute("SET LOCAL enable_seqscan = off")


def _parameters(rows: SweepRows, after: str | None, last: str) -> dict[str, str | Instant | list[str] | list[int]]:
    return {
        "after": after or FIRST_MEMBER_ID,
        "last": last,
        "through": rows.through,
        "now": rows.now,
        "kind": rows.kind,
        "domain": DIGEST_DOMAIN,
        "head": rows.payload_head,
        "tail": rows.payload_tail,
        "accounts": [account for account, _ in rows.legs],
        "signs": [sign for _, sign in rows.legs],
    }
