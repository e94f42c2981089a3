"""One real chain with a story on it, shared by the tests that only read it."""

from collections.abc import Iterator

import pytest

from tests.chain_fixtures import make_alliance
from tests.integration.audit.posting import Story


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Two brands, three batches: accepted, refused, claimed, returned. Nobody may post after it."""
    alliance = make_alliance(tmp_path_factory.mktemp("story") / "chain")
    yield Story(alliance).play()
    alliance.rpc.close()
    alliance.anvil.kill()
