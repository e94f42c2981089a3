"""Budget addresses and items: what sponsor, beneficiary and desk must compute alike (INV-18, INV-19)."""

from eth_abi import encode as abi_encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from bridge.protocol.budgets import Budget, budget_address, budget_domain
from bridge.protocol.claims import claim_domain
from bridge.protocol.items import ItemKind, encode_items

bytes32 = st.binary(min_size=32, max_size=32)
uint32 = st.integers(0, 2**32 - 1)
budgets = st.builds(Budget, uint32, uint32, bytes32, st.integers(0, 2**40 - 1))


@given(st.integers(0, 2**64), st.binary(min_size=20, max_size=20))
def test_the_budget_domain_is_abi_encoded_and_no_claim_domain(chain_id: int, desk: bytes) -> None:
    tag = keccak(b"PointsAlliance.Budget.v1")
    encoded = abi_encode(["bytes32", "uint256", "address"], [tag, chain_id, "0x" + desk.hex()])
    assert budget_domain(chain_id, desk) == keccak(encoded) != claim_domain(chain_id, desk)


@given(bytes32, budgets)
def test_a_budget_address_is_the_first_20_bytes(domain: bytes, budget: Budget) -> None:
    types = ["bytes32", "uint32", "uint32", "bytes32", "uint40"]
    values = [domain, budget.sponsor, budget.beneficiary, budget.terms, budget.deadline]
    assert budget_address(domain, budget) == keccak(abi_encode(types, values))[:20]


@given(budgets, st.integers(0, 2**64 - 1))
def test_each_side_names_the_other(budget: Budget, units: int) -> None:
    for item in (budget.fund(units), budget.close()):
        assert item.counterparty == budget.beneficiary
    for item in (budget.spend(units), budget.unspend(units)):
        assert item.counterparty == budget.sponsor
    items = [budget.fund(units), budget.spend(units), budget.unspend(units), budget.close()]
    assert [item.kind for item in items] == [ItemKind.FUND, ItemKind.SPEND, ItemKind.UNSPEND, ItemKind.CLOSE]
    assert [item.amount for item in items] == [units, units, units, 0]
    assert {(item.payload, item.deadline) for item in items} == {(budget.terms, budget.deadline)}
    assert len(encode_items(items)) == 4 * 86
