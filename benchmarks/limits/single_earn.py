"""L: one purchase as one SQL statement (idempotency row, two entries, balance), 8 clients of pgbench, fsync on.

The least a single purchase can cost on this machine: nothing is decided, explained or put in lots.
"""

import psycopg

from benchmarks.postgresql import Server, pgbench_rate

NAME = "one earn as one SQL statement, 8 pgbench clients"
_SCHEMA = """
CREATE TABLE balances (member_id int PRIMARY KEY, points bigint NOT NULL);
CREATE TABLE idempotency (key uuid PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE entries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, member_id int, account text, amount bigint);
INSERT INTO balances SELECT n, 0 FROM generate_series(1, 100000) n;
"""
_EARN = """
\\set member random(1, 100000)
\\set points random(1, 500)
WITH once AS (INSERT INTO idempotency (key) VALUES (gen_random_uuid()) RETURNING key),
     legs AS (INSERT INTO entries (member_id, account, amount)
              SELECT :member, account, amount FROM once,
                     (VALUES ('member_available', :points::bigint), ('program_cost', -(:points::bigint)))
                     AS leg(account, amount)
              RETURNING 1)
UPDATE balances SET points = points + :points WHERE member_id = :member;
"""


def measure(server: Server, seconds: int) -> float:
    """Earns a second."""
    uri = server.new_database()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(_SCHEMA)
        connection.execute("ANALYZE")
    return pgbench_rate(server, uri, _EARN, clients=8, seconds=seconds)
