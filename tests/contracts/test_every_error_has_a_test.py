"""Each custom error of the compiled contracts has a Solidity test that provokes it and names its selector.

The Solidity tests themselves are run by `hardhat test` in the same suite: an expected revert that doesn't come fails
there. AccessManager is OpenZeppelin's own, deployed as it is, and tested where it is written.
"""

import re
from functools import cache
from pathlib import Path

import orjson
import pytest

from bridge.deploy.address_book import CONTRACTS

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "hardhat" / "artifacts" / "contracts"
FOREIGN = {"AccessManager"}
# Errors of library code that no call can reach in these contracts. The list may only shrink.
UNREACHABLE = {
    "AccessManagedRequiredDelay": "AccessManager itself refuses a call without its schedule",
    "ECDSAInvalidSignatureLength": "signatures come as v, r and s",
    "ERC20InvalidApprover": "nobody signs or calls as the zero address",
    "ERC20InvalidSender": "nobody calls as the zero address, and a burn there is of nothing",
    "ERC2981InvalidDefaultRoyalty": "RoyaltyTooHigh comes first",
    "ERC2981InvalidDefaultRoyaltyReceiver": "NoTreasury comes first",
    "ERC2981InvalidTokenRoyalty": "no token has a royalty of its own",
    "ERC2981InvalidTokenRoyaltyReceiver": "no token has a royalty of its own",
    "ERC721InvalidSender": "a new number was never minted",
    "InvalidAccountNonce": "nonces are compared by their own rules",
    "InvalidShortString": "the names of signing domains are constants",
    "SafeCastOverflowedUintToInt": "amounts have 128 bits",
    "StringTooLong": "the names of signing domains are constants",
}
Named = tuple[str, str]
_FUNCTION = re.compile(
    r"\n    function (\w+)\(.*?(?=\n    function |\n    modifier |\n    constructor|\n}\n)", re.DOTALL
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def source(path: Path) -> str:
    return _COMMENT.sub("", path.read_text(encoding="utf-8"))


@cache
def errors_of_the_build() -> frozenset[str]:
    """The names of all errors in the ABIs of the contracts that are deployed."""
    names = set()
    for contract in sorted(set(CONTRACTS) - FOREIGN):
        abi = orjson.loads((ARTIFACTS / f"{contract}.sol" / f"{contract}.json").read_bytes())["abi"]
        names |= {row["name"] for row in abi if row["type"] == "error"}
    return frozenset(names)


@cache
def declared() -> frozenset[Named]:
    """(interface, error) of every error that our own sources declare."""
    found = set()
    for path in sorted((ROOT / "contracts").rglob("*.sol")):
        for kind in re.split(r"\n(?=interface |contract |abstract contract |library )", source(path)):
            named = re.match(r"(?:interface|abstract contract|contract|library) (\w+)", kind)
            if named is not None:
                found |= {(named[1], error) for error in re.findall(r"\berror (\w+)\(", kind)}
    return frozenset(found)


def selectors_in(text: str) -> set[Named]:
    return set(re.findall(r"\b(\w+)\.(\w+)\.selector\b", text))


def expecting(functions: dict[str, str]) -> set[str]:
    """The functions that expect a revert, themselves or through a helper."""
    found = {name for name, body in functions.items() if re.search(r"\bexpect(Partial)?Revert\(", body)}
    while True:
        more = {name for name, body in functions.items() if any(f"{one}(" in body for one in found)} - found
        if not more:
            return found
        found |= more


def called_by(name: str, functions: dict[str, str]) -> set[str]:
    """The function and its helpers: some build the expected refusal."""
    found = {name}
    while True:
        text = "".join(functions[one] for one in found)
        more = {one for one in functions if one.startswith("_") and f"{one}(" in text} - found
        if not more:
            return found
        found |= more


@cache
def provoked() -> frozenset[Named]:
    """(type, error) of every selector that is named in a test function which expects a revert."""
    support = [source(path) for path in sorted((ROOT / "hardhat" / "test" / "support").glob("*.sol"))]
    helpers = {match[1]: match[0] for text in support for match in _FUNCTION.finditer(text)}
    found: set[Named] = set()
    for path in sorted((ROOT / "hardhat" / "test").glob("*.t.sol")):
        found |= provoked_in(source(path), helpers)
    return frozenset(found)


def provoked_in(text: str, helpers: dict[str, str]) -> set[Named]:
    functions = helpers | {match[1]: match[0] for match in _FUNCTION.finditer(text)}
    tests = [name for name in expecting(functions) if name.startswith("test")]
    return selectors_in("".join(functions[one] for name in tests for one in called_by(name, functions)))


def test_the_lists_are_not_empty() -> None:
    """A parser that finds nothing would make the tests below pass."""
    assert len(errors_of_the_build()) > 80
    assert len(declared()) > 60
    assert len(provoked()) > 60


def test_a_selector_counts_only_where_a_test_expects_its_revert() -> None:
    body = "\n    function {}() public {{ {} }}\n}}\n"
    named = "bytes4 wanted = IThing.Refused.selector;"
    assert provoked_in(body.format("test_it", f"{named} vm.expectRevert(wanted);"), {}) == {("IThing", "Refused")}
    assert provoked_in(body.format("test_it", named), {}) == set()
    assert provoked_in(body.format("_helper", f"{named} vm.expectRevert(wanted);"), {}) == set()


@pytest.mark.parametrize("named", sorted(declared()), ids=".".join)
def test_each_error_of_ours_is_provoked_and_named(named: Named) -> None:
    assert named in provoked(), f"no Solidity test expects {'.'.join(named)}.selector"


@pytest.mark.parametrize("error", sorted(errors_of_the_build() - {error for _, error in declared()}))
def test_each_error_of_library_code_is_provoked_or_out_of_reach(error: str) -> None:
    reached = error in {name for _, name in provoked()}
    assert reached != (error in UNREACHABLE), f"{error}: {'reached after all' if reached else 'no test expects it'}"


def test_only_errors_that_exist_are_called_unreachable() -> None:
    assert set(UNREACHABLE) <= errors_of_the_build()
