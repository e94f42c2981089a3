"""The expiry sweep of a chunk of members as one PostgreSQL statement.

Owns the statement only: what is written is the domain's (`SweepRows`), and a test holds both paths against each other.
Lots stay untouched. A member whose version is not the one that was counted is left out: its lots may have changed with
it, before the statement or while it waited for the row.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alliance_node.adapters.sql.postgresql_rows import driver
from alliance_node.application.records import SweepRows
from alliance_node.domain.codecs import DIGEST_DOMAIN
from alliance_node.domain.errors import InvariantBroken

_SWEEP = """
WITH due AS (
    SELECT * FROM unnest(%(ids)b::uuid[], %(versions)b::int[], %(points)b::bigint[]) AS d(member_id, version, points)
), locked AS MATERIALIZED (
    SELECT m.member_id, d.points FROM due d JOIN members m ON m.member_id = d.member_id AND m.version = d.version
    WHERE m.next_maturity = 0 OR m.next_maturity > %(now)s
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


def sweep_set(
    connection: sa.Connection, rows: SweepRows, due: Sequence[tuple[str, *tuple[int, ...]]]
) -> tuple[int, int, list[str]]:
    """(members swept, points, members left over). Raises InvariantBroken when more expired than was booked."""
    found = driver(connection).execute(_SWEEP, _parameters(rows, due), prepare=True).fetchone()
    if found is None:
        raise InvariantBroken("a sweep answers with one row")
    swept, points, least_booked, left = found
    if least_booked < 0:
        raise InvariantBroken(f"a sweep would leave a member with {least_booked} points booked; run rebuild --check")
    return swept, points, left or []


def _parameters(rows: SweepRows, due: Sequence[tuple[str, *tuple[int, ...]]]) -> dict[str, object]:
    ids, versions, points = zip(*due, strict=True)
    return {
        "ids": list(ids),
        "versions": list(versions),
        "points": list(points),
        "through": rows.through,
        "now": rows.now,
        "kind": rows.kind,
        "domain": DIGEST_DOMAIN,
        "head": rows.payload_head,
        "tail": rows.payload_tail,
        "accounts": [account for account, _ in rows.legs],
        "signs": [sign for _, sign in rows.legs],
    }
