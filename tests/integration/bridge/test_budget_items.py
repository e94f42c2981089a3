"""Budgets and points into wallets by the outbox: sent once, booked, equal to the chain to the last unit (R-ALL-6)."""

import uuid

import pytest

from bridge.protocol.budgets import Budget, budget_address, budget_domain
from bridge.protocol.items import Item, ItemKind, RejectReason
from bridge.transactions.outbox import OutgoingItem
from bridge.transactions.reconcile import reconcile
from tests.chain_fixtures import Alliance
from tests.integration.bridge.conftest import MakeNode
from tests.integration.bridge.kit import DAY, Node

pytestmark = pytest.mark.chain
TERMS = b"\x07" * 32
WALLET = bytes(12) + b"\x0c" * 20


def outgoing(item: Item) -> OutgoingItem:
    fields = (item.kind, item.rate_version, item.counterparty, item.deadline, item.amount, item.payload)
    return OutgoingItem(str(uuid.uuid4()), *fields)


def run(node: Node, *items: Item) -> list[tuple[bool, RejectReason | None, int]]:
    ids = node.enqueue([outgoing(item) for item in items])
    node.step()
    node.mine_and_step()
    seen = {outcome.item_id: outcome for outcome in node.observer.outcomes}
    return [(seen[one].accepted, seen[one].reason, seen[one].alliance_units) for one in ids]


def agree(*nodes: Node) -> None:
    for node in nodes:
        node.step()
        assert reconcile(node.engine, node.alliance.rpc, node.alliance.book, node.brand.brand_id) == []


def test_a_budget_is_funded_spent_given_back_and_closed(alliance: Alliance, make_node: MakeNode) -> None:
    sponsor, beneficiary = make_node(), make_node(2)
    budget = Budget(1, 2, TERMS, alliance.now() + DAY)
    assert run(sponsor, budget.fund(500)) == [(True, None, 500)]
    beneficiary.step()
    spent = run(beneficiary, budget.spend(300), budget.spend(300))
    assert spent == [(True, None, 300), (False, RejectReason.BUDGET_EMPTY, 0)]
    assert run(beneficiary, budget.unspend(100)) == [(True, None, 100)]
    sponsor.step()
    assert run(sponsor, budget.close()) == [(False, RejectReason.TOO_EARLY, 0)]
    alliance.mine(budget.deadline)
    assert run(sponsor, budget.close()) == [(True, None, 300)]
    agree(sponsor, beneficiary)
    address = budget_address(budget_domain(alliance.book.chain_id, alliance.book.address("ConversionDesk")), budget)
    assert balance(alliance, address) == 0


def test_a_spend_after_its_budget_is_released(alliance: Alliance, make_node: MakeNode) -> None:
    """Pitfall 19: by the desk's answer, or because the chain makes it impossible that it still lands."""
    node = make_node()
    node.step()
    budget = Budget(2, 1, TERMS, alliance.now() + 60)
    alliance.mine(budget.deadline)
    [item_id] = node.enqueue([outgoing(budget.spend(5))])
    node.step()
    node.mine_and_step()
    status = node.status(item_id)
    assert (status.state, status.reason) == ("RELEASED", RejectReason.DEADLINE_PASSED)


def test_points_go_into_a_wallet(alliance: Alliance, make_node: MakeNode) -> None:
    node = make_node()
    item = Item(ItemKind.TO_WALLET, 1, 0, 0, 12, bytes(32), WALLET)
    assert run(node, item) == [(True, None, 120)]
    assert balance(alliance, WALLET[12:]) == 120
    agree(node)


def balance(alliance: Alliance, holder: bytes) -> int:
    data = "0x70a08231" + holder.rjust(32, b"\0").hex()
    return int(
        alliance.rpc.call("eth_call", {"to": alliance.book.contracts["AlliancePoint"], "data": data}, "latest"), 16
    )
