"""API keys: scoped, revocable within the cache's lifetime, limited by a token bucket, loaded once for many requests."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from alliance_node.adapters.identity import api_keys
from alliance_node.adapters.identity.tables import api_keys as key_table
from alliance_node.adapters.sql.engine import SqlDatabase, open_engine
from alliance_node.entrypoints.api.access import AccessControl, TokenBucket
from alliance_node.entrypoints.api.problems import Problem


class Counting(SqlDatabase):
    """A real database that counts its reads."""

    reads = 0

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        self.reads += 1
        with super().read() as connection:
            yield connection


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Counting]:
    engine = open_engine(f"sqlite:///{tmp_path / 'keys.sqlite'}")
    key_table.create(engine)
    yield Counting(engine)
    engine.dispose()


class Time:
    """Seconds that pass when told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def create(database: SqlDatabase, *scopes: str, rate: int = 1_000) -> str:
    with database.write() as connection:
        return api_keys.create_key(connection, "test", scopes, 1, rate, rate)


def admit(access: AccessControl, key: str, scope: str) -> api_keys.ApiKey:
    return asyncio.run(access.admit(f"Bearer {key}".encode(), scope))


def refusal(access: AccessControl, key: str, scope: str) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        admit(access, key, scope)
    return caught.value.status, caught.value.code


def test_a_key_opens_its_scopes_and_no_others(database: Counting) -> None:
    access = AccessControl(database, 5)
    key = create(database, "events:write")
    assert admit(access, key, "events:write").name == "test"
    assert refusal(access, key, "admin") == (403, "scope_missing")


def test_a_key_with_one_wrong_character_is_refused(database: Counting) -> None:
    key = create(database, "admin")
    last = "A" if key[-1] != "A" else "B"
    assert refusal(AccessControl(database, 5), key[:-1] + last, "admin") == (401, "unauthorized")


def test_a_revoked_key_stops_within_the_caches_lifetime(database: Counting) -> None:
    time = Time()
    access = AccessControl(database, 5, time)
    key = create(database, "admin")
    admit(access, key, "admin")
    with database.write() as connection:
        assert api_keys.revoke_key(connection, api_keys.parse_key(key)[0], 2)
    admit(access, key, "admin")
    time.now += 5.1
    assert refusal(access, key, "admin") == (401, "unauthorized")


def test_many_requests_cost_one_query(database: Counting) -> None:
    access = AccessControl(database, 5)
    key = create(database, "admin")

    async def many() -> None:
        await asyncio.gather(*[access.admit(f"Bearer {key}".encode(), "admin") for _ in range(50)])

    asyncio.run(many())
    assert database.reads == 1


def test_the_bucket_lets_through_its_burst_and_then_its_rate(database: Counting) -> None:
    time = Time()
    access = AccessControl(database, 60, time)
    key = create(database, "admin", rate=3)
    for _ in range(3):
        admit(access, key, "admin")
    assert refusal(access, key, "admin") == (429, "rate_limited")
    time.now += 0.4
    admit(access, key, "admin")
    assert refusal(access, key, "admin") == (429, "rate_limited")


def test_a_small_rate_is_not_truncated_to_nothing() -> None:
    """Pitfall 33."""
    bucket = TokenBucket(1, 1, 0.0)
    assert bucket.take(0.0)
    assert not any(bucket.take(at / 10) for at in range(1, 10))
    assert bucket.take(1.05)


def test_only_a_digest_of_the_key_is_stored(database: Counting) -> None:
    key = create(database, "admin")
    with database.read() as connection:
        stored = repr(connection.execute(sa.select(key_table)).all())
    assert key not in stored
    assert key.rpartition("_")[2] not in stored


def test_an_unknown_scope_is_refused(database: Counting) -> None:
    with pytest.raises(api_keys.UnknownScope):
        create(database, "everything")
