"""Running nodes for acceptance tests: one on SQLite and one on PostgreSQL for all of them, or a fresh one per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.node_process import NodeProcess
from tests.conftest import create_postgresql_database, drop_postgresql_database

EVERYTHING = Path(__file__).with_name("everything.yaml")


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def node(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A running node, shared; the same tests on both databases."""
    directory = tmp_path_factory.mktemp("node") / "shop"
    if request.param == "sqlite":
        yield from _running(NodeProcess(directory, "sqlite:///node.sqlite"))
        return
    server = request.getfixturevalue("postgresql_server")
    url = create_postgresql_database(server)
    yield from _running(NodeProcess(directory, url))
    drop_postgresql_database(server, url)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def club(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A running node whose program uses every kind of rule, on a manual clock that the module's tests move."""
    directory = tmp_path_factory.mktemp("club") / "club"
    server = request.getfixturevalue("postgresql_server") if request.param == "postgresql" else None
    url = create_postgresql_database(server) if server is not None else "sqlite:///node.sqlite"
    process = NodeProcess(directory, url)
    try:
        process.init(program=EVERYTHING.read_text(encoding="utf-8"), clock="manual").start()
        process.at("2026-06-01T10:00:00+08:00")
        yield process
    finally:
        process.close()
        if server is not None:
            drop_postgresql_database(server, url)


@pytest.fixture
def fresh_node(tmp_path: Path) -> Iterator[NodeProcess]:
    """A node on SQLite that is initialised but not started."""
    process = NodeProcess(tmp_path / "shop", "sqlite:///node.sqlite").init()
    yield process
    process.close()


def _running(process: NodeProcess) -> Iterator[NodeProcess]:
    try:
        yield process.init().start()
    finally:
        process.close()
