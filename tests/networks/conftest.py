"""Which networks the tests of this directory run on: the fast profile has the small one, the full profile both."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import TEST_PROFILE
from tests.networks.network import AnvilNetwork, Network
from tests.networks.snowman_network import SnowmanNetwork, genesis
from tests.networks.stage import ADMIN, SENDERS, STRANGER, Stage

NETWORKS: dict[str, Callable[[Path], Network]] = {
    "one-anvil": lambda directory: AnvilNetwork(directory),
    "four-snowman-validators": lambda directory: SnowmanNetwork(
        directory, genesis([ADMIN.address], SENDERS, [STRANGER.address])
    ),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Four validators take six minutes to build and 700 MB to run: a budget of the full profile."""
    if "stage" in metafunc.fixturenames:
        names = ["one-anvil"] if TEST_PROFILE == "fast" else list(NETWORKS)
        metafunc.parametrize("stage", names, indirect=True, scope="module")


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A network with an alliance of three brands on it, each brand's node at a validator of its own."""
    directory = tmp_path_factory.mktemp("network")
    network = NETWORKS[request.param](directory / "chain")
    made = Stage(directory, network)
    try:
        made.open()
        yield made
    finally:
        made.close()
        network.stop()
