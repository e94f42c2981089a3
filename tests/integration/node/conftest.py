"""The `world` fixture: one brand's ledger on SQLite and on PostgreSQL, copied from a migrated template; and `chain`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chain_fixtures import Alliance, running_alliance
from tests.conftest import create_postgresql_database, drop_postgresql_database
from tests.integration.node.world import World


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """A migrated database with an active program."""
    url = create_postgresql_database(postgresql_server)
    World(url).close()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file."""
    path = tmp_path_factory.mktemp("template") / "node.sqlite"
    World(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def postgresql_world(postgresql_server: str, postgresql_template: str) -> Iterator[World]:
    """A brand's ledger on PostgreSQL."""
    url = create_postgresql_database(postgresql_server, postgresql_template)
    made = World(url, migrate=False)
    yield made
    made.close()
    drop_postgresql_database(postgresql_server, url)


@pytest.fixture
def sqlite_world(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    """A brand's ledger on SQLite."""
    path = tmp_path / "node.sqlite"
    shutil.copy(sqlite_template, path)
    made = World(f"sqlite:///{path}", migrate=False)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def world(request: pytest.FixtureRequest) -> World:
    """The same test on both databases."""
    made: World = request.getfixturevalue(f"{request.param}_world")
    return made


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alliance]:
    """One chain without brands for all tests of a file; every test admits its own."""
    with running_alliance(tmp_path_factory.mktemp("chain"), brands=0) as alliance:
        yield alliance
