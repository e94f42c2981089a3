"""INVARIANTS.md, the contracts and the Solidity tests speak of the same invariants: each number is in all three."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"INV-(\d+)")


def numbers_in(*paths: Path) -> set[int]:
    return {int(number) for path in paths for number in NUMBER.findall(path.read_text(encoding="utf-8"))}


def promised() -> list[int]:
    text = (ROOT / "contracts" / "INVARIANTS.md").read_text(encoding="utf-8")
    return [int(number) for number in re.findall(r"^## INV-(\d+)", text, flags=re.MULTILINE)]


def test_invariants_are_numbered_from_1_without_a_gap() -> None:
    assert promised() == list(range(1, len(promised()) + 1))


def test_each_invariant_is_named_in_the_contracts_code() -> None:
    """In the implementations or libraries, not only in an interface's prose."""
    contracts = ROOT / "contracts"
    assert numbers_in(*contracts.glob("*.sol"), *contracts.glob("libraries/*.sol")) == set(promised())


def test_each_invariant_is_named_in_a_solidity_test() -> None:
    assert numbers_in(*(ROOT / "hardhat" / "test").rglob("*.sol")) == set(promised())
