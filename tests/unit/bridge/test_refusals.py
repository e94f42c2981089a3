"""What the ledger refuses is told in plain words, with the next step that fits."""

import pytest

from bridge.deploy.artifacts import load_artifact
from bridge.deploy.refusals import REFUSALS
from bridge.deploy.sending import KNOWN_ERRORS, TransactionFailed


def test_every_explained_refusal_is_an_error_that_a_contract_has() -> None:
    declared = {name for contract in KNOWN_ERRORS for name in load_artifact(contract).errors.values()}
    assert REFUSALS.keys() <= declared, "an error was renamed: rename it in the table"


@pytest.mark.parametrize(("name", "explained"), REFUSALS.items())
def test_a_refusal_says_what_it_means_and_what_to_do(name: str, explained: tuple[str, str]) -> None:
    meaning, next_step = explained
    refused = TransactionFailed("BrandRegistry.register", name)
    assert str(refused) == f"BrandRegistry.register failed: {meaning} ({name})"
    assert refused.next_step == next_step and next_step.endswith(".")


def test_a_refusal_without_words_keeps_its_name_and_the_general_step() -> None:
    refused = TransactionFailed("x", "OddError")
    assert (str(refused), refused.next_step) == ("x failed: OddError", TransactionFailed.next_step)
