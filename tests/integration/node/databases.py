"""On which databases a module's tests of nodes run. Owns the rule; a module names its tests."""

from collections.abc import Container

import pytest

from tests.conftest import TEST_PROFILE


def on(metafunc: pytest.Metafunc, both: Container[str]) -> None:
    """Every test on SQLite; those of `both`, and all in the full profile, on PostgreSQL too."""
    everywhere = TEST_PROFILE != "fast" or metafunc.function.__name__ in both
    metafunc.parametrize("database_url", ["sqlite", "postgresql"] if everywhere else ["sqlite"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The parameter that `on` gave, as a URL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
