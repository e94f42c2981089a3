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

_IN_ORDER = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;"
"""Members are looked up one by one in the order of their ids, as every other writer locks them. (With
another plan it would still be right: the loser of a deadlock starts again.)"""
_SWEEP = """
WITH due AS (
    SELECT * FROM unnest(%(ids)b::uuid[], %(versions)b::int[], %(points)b::bigint[]) AS d(member_id, version, points)
), swept AS (
    UPDATE members m SET version = m.version + 1, swept_through = %(through)s, booked = m.booked - d.points
    FROM due d WHERE m.member_id = d.member_id AND m.version = d.version
        AND (m.next_maturity = 0 OR m.next_maturity > %(now)s)
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
    (SELECT array_agg(member_id::text ORDER BY member_id)
        FROM (SELECT member_id FROM due EXCEPT SELECT member_id FROM swept) AS missed)
"""


def sweep_set(
    connection: sa.Connection, rows: SweepRows, due: Sequence[tuple[str, *tuple[int, ...]]]
) -> tuple[int, int, list[str]]:
    """(members swept, points, members left over). Raises InvariantBroken when more expired than was booked."""
    raw = driver(connection)
    raw.execute(_IN_ORDER)
    found = raw.execute(_SWEEP, _parameters(rows, due), prepare=True).fetchone()
    if found is None:
        raise InvariantBroken("a sweep answers with one row")
    swept, points, least_booked, left = found
    if least_booked < 0:
        raise InvariantBroken(f"a sweep would leave a member with {least_booked} points booked; run rebuild --check")
    return swept, points, left or []


def _parameters(rows: SweepRows, due: Sequence[tuple[str, *tuple[int, ...]]]) -> dict[str, object]:
    ids, versions, points = zip(*sorted(due), strict=True)
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
