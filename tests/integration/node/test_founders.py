"""Founder memberships at a node on a real chain: shown by signature, earning faster, grants that arrive, signed orders
relayed (R-NFT-1, R-NFT-2, R-NFT-3, R-NFT-5; pitfalls 17, 18, 24, 29, 34)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from alliance_node.adapters.chain.reconcile import reconcile_node
from alliance_node.adapters.chain.runner import bridge_of
from alliance_node.adapters.clock import SystemClock
from alliance_node.adapters.sql.founder_store import SqlFounderStore
from alliance_node.application.errors import IdempotencyConflict
from alliance_node.application.founders.errors import (
    FounderChallengeInvalid,
    FounderLinkMissing,
    InvalidFounderOrder,
    InvalidFounderSignature,
    OfferGone,
    UnknownFounder,
    UnknownFounderOrder,
)
from alliance_node.application.founders.linking import (
    CHALLENGE_SECONDS,
    Membership,
    link_founder,
    member_founders,
    start_presentation,
    unlink_founder,
)
from alliance_node.application.founders.orders import (
    OrderWish,
    buy_offer,
    draft_grant,
    draft_order,
    draft_payment,
    open_offers,
    publish_offer,
    submit_order,
)
from alliance_node.application.founders.records import FounderDesk, OrderView
from alliance_node.application.founders.vault import fill_vault
from bridge.chain.keys import Signer
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import view
from bridge.deploy.founders import issue_founders, read_terms, set_terms
from bridge.deploy.sending import send_all
from bridge.protocol.rates import Rate
from bridge.protocol.words import format_address
from bridge.transactions.relay import Relay, enqueue_order
from tests.chain_fixtures import GENESIS, Alliance, running_alliance
from tests.integration.node import brands as brands_module
from tests.integration.node import world as world_module
from tests.integration.node.brands import BrandNode, admit, settle
from tests.integration.node.world import DAY, purchase

pytestmark = pytest.mark.chain

GRANT = 100_000
ANN, BEN = (Signer(number.to_bytes(32, "big")) for number in (0xA11CE, 0xB0B))
KEYS = {ANN.address: (0xA11CE).to_bytes(32, "big"), BEN.address: (0xB0B).to_bytes(32, "big")}


class FounderNode(BrandNode):
    """A brand whose program has a founders section, with the desk of founder memberships."""

    def __init__(self, url: str, alliance: Alliance, brand: Any, directory: Path) -> None:
        super().__init__(url, alliance, brand, directory)
        self.founders = FounderDesk(self.desk, self.connection.founders, SqlFounderStore(self.world.engine))
        self.bridge = bridge_of(self.connection, self.desk, SystemClock(), founders=self.founders)

    @property
    def now(self) -> int:
        return self.alliance.now()

    def link(self, member_id: str, token_id: int, holder: Signer) -> None:
        asked = start_presentation(self.founders, member_id, token_id, self.now)
        link_founder(self.founders, member_id, asked.challenge, signed(holder, asked.typed_data), self.now)

    def buy(self, member_id: str, name: str, amount_minor: int = 5_000, at: int | None = None) -> None:
        instant = self.now if at is None else at
        assert self.world.one(purchase(member_id, name, amount_minor, instant), instant).accepted

    def of(self, member_id: str) -> Membership:
        return member_founders(self.founders, self.world.queries.program_book(), member_id, self.now)

    def spendable(self, member_id: str) -> int:
        return self.world.spendable(member_id, self.now)

    def order(self, digest: str) -> OrderView:
        with self.founders.store.read() as connection:
            return self.founders.ledger.order(connection, digest)

    def send(self, holder: Signer, wish: OrderWish) -> OrderView:
        draft = draft_order(self.founders, wish, self.now)
        return submit_order(self.founders, draft.kind, draft.message, signed(holder, draft.typed_data), self.now)

    def ask_grant(self, holder: Signer, member_id: str, token_id: int) -> OrderView:
        draft = draft_grant(self.founders, member_id, token_id, self.now)
        return submit_order(self.founders, "Grant", draft.message, signed(holder, draft.typed_data), self.now)


def signed(holder: Signer, typed_data: Any) -> str:
    """By a wallet library that is not ours."""
    message = encode_typed_data(full_message=typed_data)
    return "0x" + bytes(Account.sign_message(message, KEYS[holder.address]).signature).hex()


def fill(alliance: Alliance, holder: bytes, units: int) -> None:
    """Alliance points for an account or the vault, by a desk of the test."""
    point = alliance.book.address("AlliancePoint")
    functions = load_artifact("AlliancePoint").functions
    steps = [
        ("setDesk", point, functions["setDesk"].encode(format_address(alliance.admin.address), True), 200_000),
        ("mint", point, functions["mintBatch"].encode(units.to_bytes(12, "big") + holder), 200_000),
    ]
    send_all(alliance.rpc, alliance.admin, steps, mine=alliance.mine)


def balance(alliance: Alliance, holder: bytes) -> int:
    data = load_artifact("AlliancePoint").functions["balanceOf"].encode(format_address(holder))
    call = {"to": alliance.book.contracts["AlliancePoint"], "data": "0x" + data.hex()}
    return int(alliance.rpc.call("eth_call", call, "latest"), 16)


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Alliance]:
    with running_alliance(tmp_path / "chain", brands=0) as alliance:
        yield alliance


@pytest.fixture
def node(chain: Alliance, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FounderNode]:
    """Brand 1 sponsors; Ann holds membership 1. 50.00 earns 50 points, and a founder 10 more."""
    text = world_module.program_text()
    monkeypatch.setattr(brands_module, "program_text", lambda: f"{text}\nfounders:\n  extra_percent: 20\n")
    monkeypatch.setattr(world_module, "START", GENESIS - 400 * DAY)
    made = FounderNode(sqlite_url, chain, admit(chain, Rate(10, 1, 1, 10)), tmp_path)
    set_terms(chain.rpc, chain.book, chain.admin, 1, chain.admin.address, 500, mine=chain.mine)
    assert issue_founders(chain.rpc, chain.book, chain.admin, [ANN.address], mine=chain.mine) == [1]
    settle(made, rounds=1, at=chain.now() + 10)
    yield made
    made.close()


# ---- showing a membership -------------------------------------------------------------------------------------------


def test_a_holder_shows_a_membership_by_signature(node: FounderNode) -> None:
    member = node.world.member(now=node.now)
    node.link(member, 1, ANN)
    found = node.of(member)
    assert (found.extra_percent, found.pending_points, found.grants) == (20, 0, [])
    assert [(one.token_id, one.held, one.last_grant_month) for one in found.holdings] == [(1, True, "-")]
    unlink_founder(node.founders, member, 1)
    assert node.of(member).holdings == []
    with pytest.raises(FounderLinkMissing):
        unlink_founder(node.founders, member, 1)


def test_a_presentation_counts_once_in_time_for_its_member_brand_and_holder(node: FounderNode) -> None:
    """Pitfall 24."""
    member, other = node.world.member(now=node.now), node.world.member(now=node.now)
    asked = start_presentation(node.founders, member, 1, node.now)
    right = signed(ANN, asked.typed_data)
    with pytest.raises(FounderChallengeInvalid):
        link_founder(node.founders, other, asked.challenge, right, node.now)
    with pytest.raises(FounderChallengeInvalid):
        link_founder(node.founders, member, asked.challenge, right, node.now + CHALLENGE_SECONDS)
    with pytest.raises(InvalidFounderSignature):
        link_founder(node.founders, member, asked.challenge, signed(BEN, asked.typed_data), node.now)
    elsewhere = {**asked.typed_data, "message": {**asked.typed_data["message"], "brandId": 2}}  # type: ignore[dict-item]
    with pytest.raises(InvalidFounderSignature):
        link_founder(node.founders, member, asked.challenge, signed(ANN, elsewhere), node.now)
    link_founder(node.founders, member, asked.challenge, right, node.now)
    with pytest.raises(FounderChallengeInvalid):
        link_founder(node.founders, member, asked.challenge, right, node.now)
    with pytest.raises(UnknownFounder):
        start_presentation(node.founders, member, 2, node.now)


def test_who_shows_it_last_has_it_at_this_brand(node: FounderNode) -> None:
    """One membership speeds up one member."""
    first, second = node.world.member(now=node.now), node.world.member(now=node.now)
    node.link(first, 1, ANN)
    node.link(second, 1, ANN)
    node.buy(first, "one")
    node.buy(second, "two")
    settle(node, rounds=2)
    assert (node.spendable(first), node.spendable(second)) == (50, 60)


# ---- the accelerator ------------------------------------------------------------------------------------------------


def test_a_purchase_never_waits_and_the_extra_points_follow_the_chain(node: FounderNode) -> None:
    """R-NFT-1: pending while the index lags, trued up when it arrives, once."""
    member = node.world.member(now=node.now)
    node.link(member, 1, ANN)
    at = node.now + 5
    node.buy(member, "a", at=at)
    assert (node.world.spendable(member, at), node.of(member).pending_points) == (50, 10)
    settle(node, rounds=1, at=at - 1)
    assert (node.world.spendable(member, at), node.of(member).pending_points) == (50, 10)
    settle(node, rounds=1, at=at)
    assert (node.spendable(member), node.of(member).pending_points) == (60, 0)
    settle(node, rounds=2)
    assert node.spendable(member) == 60
    node.world.assert_clean()


def test_what_was_bought_before_the_link_earns_nothing_more(node: FounderNode) -> None:
    member = node.world.member(now=node.now)
    node.buy(member, "before")
    node.alliance.mine(node.now + 10)
    node.link(member, 1, ANN)
    settle(node, rounds=2)
    assert node.spendable(member) == 50


def test_a_transfer_ends_the_old_holders_accelerator_and_begins_the_new_ones(node: FounderNode) -> None:
    """Pitfall 29: judged by who held it at the last final block before the purchase, however late the index is."""
    ann, ben = node.world.member(now=node.now), node.world.member(now=node.now)
    node.link(ann, 1, ANN)
    order = node.send(ANN, OrderWish("Transfer", 1, to=format_address(BEN.address)))
    node.bridge.relay.step(0)
    moved_at = node.now + 100
    node.buy(ann, "before the transfer", at=moved_at)
    node.alliance.mine(moved_at)
    node.buy(ann, "after the transfer", at=moved_at + 1)
    assert node.of(ann).pending_points == 20
    settle(node, rounds=1, at=moved_at + 2)
    assert node.order(order.digest).state == "done"
    assert node.spendable(ann) == 110
    assert [one.held for one in node.of(ann).holdings] == [False]
    node.link(ben, 1, BEN)
    node.buy(ben, "the new holder", at=node.now + 1)
    settle(node, rounds=2, at=node.now + 2)
    assert (node.spendable(ann), node.spendable(ben)) == (110, 60)
    node.world.assert_clean()


# ---- grants ---------------------------------------------------------------------------------------------------------


def test_a_grant_arrives_as_local_points_once_a_month(node: FounderNode) -> None:
    """R-NFT-2: 1,000 alliance points are 10,000 points at this brand's rate of 10 units a point."""
    member = node.world.member(now=node.now)
    node.link(member, 1, ANN)
    fill(node.alliance, node.alliance.book.address("FounderMembership"), 2 * GRANT)
    settle(node, rounds=1)
    order = node.ask_grant(ANN, member, 1)
    assert order.state == "queued"
    settle(node, rounds=5)
    assert node.order(order.digest).state == "done"
    assert node.spendable(member) == GRANT // 10
    (paid,) = node.of(member).grants
    assert (paid.token_id, paid.sponsor_brand, paid.units) == (1, 1, GRANT)
    again = node.ask_grant(ANN, member, 1)
    settle(node, rounds=2)
    refused = node.order(again.digest)
    assert (refused.state, refused.reason) == ("refused", "AlreadyGranted")
    assert read_terms(node.alliance.rpc, node.alliance.book).vault_units == GRANT
    node.world.assert_clean()


def test_an_empty_vault_says_so_and_the_same_signature_pays_when_it_is_filled(node: FounderNode) -> None:
    """INV-24, pitfall 34."""
    member = node.world.member(now=node.now)
    draft = draft_grant(node.founders, member, 1, node.now)
    signature = signed(ANN, draft.typed_data)
    order = submit_order(node.founders, "Grant", draft.message, signature, node.now)
    settle(node, rounds=1)
    refused = node.order(order.digest)
    assert (refused.state, refused.reason, refused.transaction) == ("refused", "VaultEmpty", None)
    fill(node.alliance, node.alliance.book.address("FounderMembership"), GRANT)
    assert submit_order(node.founders, "Grant", draft.message, signature, node.now).state == "queued"
    settle(node, rounds=5)
    assert node.spendable(member) == GRANT // 10


def test_a_grant_that_nobody_claims_comes_home_to_its_sponsor(node: FounderNode) -> None:
    """Its points lie at the claim address until the deadline; then the sponsor's bridge takes them back by itself. The
    position is restored, the month stays used, a pause only delays it, and node and chain agree to the last unit."""
    alliance, member = node.alliance, node.world.member(now=node.now)
    fill_vault(node.founders, 2 * GRANT // 10, node.now, "two grants")
    settle(node, rounds=2)
    draft = draft_grant(node.founders, member, 1, node.now)
    lost: dict[str, Any] = {**draft.message, "commitment": "0x" + "5e" * 32}  # a code that no brand ever made
    signature = signed(ANN, node.founders.ledger.typed_data("Grant", lost))
    order = submit_order(node.founders, "Grant", lost, signature, node.now)
    settle(node, rounds=3)
    assert node.order(order.digest).state == "done"
    assert sponsored_of(node) == [(1, GRANT, "waiting")]
    settle(node, rounds=2, at=lost["claimDeadline"] - 10)
    assert sponsored_of(node) == [(1, GRANT, "waiting")]
    settle(node, rounds=1, at=lost["claimDeadline"] + 1)
    assert sponsored_of(node) == [(1, GRANT, "returning")]
    settle(node, rounds=2)
    assert sponsored_of(node) == [(1, GRANT, "returned")]
    (issued, redeemed, _) = position(alliance)
    assert (issued, redeemed) == (2 * GRANT, GRANT)
    assert reconcile_node(node.connection) == []
    assert node.world.count("bridge_item") == 2  # the filling and the return: it is not sent again
    node.world.assert_clean()


def test_a_claimed_grant_is_not_taken_back(node: FounderNode) -> None:
    member = node.world.member(now=node.now)
    fill_vault(node.founders, GRANT // 10, node.now, "one grant")
    settle(node, rounds=2)
    node.ask_grant(ANN, member, 1)
    settle(node, rounds=5)
    assert (node.spendable(member), sponsored_of(node)) == (GRANT // 10, [(1, GRANT, "claimed")])
    settle(node, rounds=3, at=node.now + 30 * DAY)
    assert sponsored_of(node) == [(1, GRANT, "claimed")]
    assert node.world.count("bridge_item") == 2
    assert reconcile_node(node.connection) == []


def test_a_filling_is_carried_out_once_for_each_name(node: FounderNode) -> None:
    """Pitfall 35: whoever lost the answer asks again."""
    first = fill_vault(node.founders, 1_000, node.now, "2026-11")
    assert fill_vault(node.founders, 1_000, node.now + DAY, "2026-11") == first
    with pytest.raises(IdempotencyConflict, match="1000 points"):
        fill_vault(node.founders, 2_000, node.now, "2026-11")
    assert fill_vault(node.founders, 1_000, node.now, "2026-12").item_id != first.item_id
    settle(node, rounds=2)
    assert read_terms(node.alliance.rpc, node.alliance.book).vault_units == 20_000


def sponsored_of(node: FounderNode) -> list[tuple[int, int, str]]:
    with node.founders.store.read() as connection:
        return [(one.token_id, one.units, one.state) for one in node.founders.ledger.sponsored(connection)]


def position(alliance: Alliance) -> tuple[int, int, int]:
    house = alliance.book.address("ClearingHouse")
    issued, redeemed, paid = view(alliance.rpc, house, "ClearingHouse", "position", 1, block="latest")
    return issued, redeemed, paid


# ---- orders ---------------------------------------------------------------------------------------------------------


def test_a_sale_between_members_moves_points_and_membership(node: FounderNode) -> None:
    """R-NFT-3, R-NFT-5: 5 % royalty; nobody paid gas."""
    alliance = node.alliance
    fill(alliance, BEN.address, 5_000)
    settle(node, rounds=1)
    draft = draft_order(node.founders, OrderWish("Sale", 1, price_units=2_000), node.now)
    assert draft.message["minProceeds"] == 1_900
    offer = publish_offer(node.founders, draft.message, signed(ANN, draft.typed_data), node.now)
    assert [row.price_units for row in open_offers(node.founders, node.now)] == [2_000]
    digest, buyer = "0x" + offer.digest.hex(), format_address(BEN.address)
    payment: Any = draft_payment(node.founders, digest, buyer, node.now)
    until, signature = payment["message"]["validBefore"], signed(BEN, payment)
    with pytest.raises(InvalidFounderSignature):
        buy_offer(node.founders, digest, buyer, until, signed(ANN, payment), node.now)
    order = buy_offer(node.founders, digest, buyer, until, signature, node.now)
    settle(node, rounds=2)
    assert node.order(order.digest).state == "done"
    assert (balance(alliance, ANN.address), balance(alliance, BEN.address)) == (1_900, 3_000)
    assert balance(alliance, alliance.admin.address) == 100
    assert open_offers(node.founders, node.now) == []
    with pytest.raises(OfferGone):
        buy_offer(node.founders, digest, buyer, until, signature, node.now)
    assert int(alliance.rpc.call("eth_getTransactionCount", buyer, "latest"), 16) == 0


def test_a_cancellation_takes_an_offer_back(node: FounderNode) -> None:
    draft = draft_order(node.founders, OrderWish("Sale", 1, price_units=2_000), node.now)
    publish_offer(node.founders, draft.message, signed(ANN, draft.typed_data), node.now)
    cancelled = node.send(ANN, OrderWish("Cancel", 1))
    settle(node, rounds=2)
    assert node.order(cancelled.digest).state == "done"
    assert open_offers(node.founders, node.now) == []


def test_an_order_that_is_not_the_holders_or_not_whole_is_not_relayed(node: FounderNode) -> None:
    draft = draft_order(node.founders, OrderWish("Transfer", 1, to=format_address(BEN.address)), node.now)
    with pytest.raises(InvalidFounderSignature):
        submit_order(node.founders, "Transfer", draft.message, signed(BEN, draft.typed_data), node.now)
    good = signed(ANN, draft.typed_data)
    for message in (
        {**draft.message, "deadline": draft.message["deadline"] + 1},
        {name: value for name, value in draft.message.items() if name != "to"},
        {**draft.message, "to": "0x1234"},
        {**draft.message, "nonce": -1},
    ):
        with pytest.raises((InvalidFounderSignature, InvalidFounderOrder)):
            submit_order(node.founders, "Transfer", message, good, node.now)
    for wish in (OrderWish("Transfer", 1), OrderWish("Sale", 1)):
        with pytest.raises(InvalidFounderOrder):
            draft_order(node.founders, wish, node.now)
    with pytest.raises(UnknownFounderOrder):
        node.order("0x" + "00" * 32)
    assert node.world.count("bridge_relay") == 0


def test_a_relay_that_dies_before_sending_sends_the_same_bytes_later(
    node: FounderNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pitfalls 17 and 18: signed bytes are stored first; whoever sends them again changes nothing."""
    order = node.send(ANN, OrderWish("Transfer", 1, to=format_address(BEN.address)))

    def die(_: bytes) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(node.bridge.relay, "_send", die)
        with pytest.raises(RuntimeError):
            node.bridge.relay.step(1_000)
    stored = node.order(order.digest)
    assert (stored.state, stored.transaction is not None) == ("signed", True)
    connection = node.connection
    second = Relay(connection.engine, connection.rpc, connection.book, connection.reference_key, connection.settings)
    second.step(1_001)
    node.alliance.mine()
    assert node.order(order.digest).state == "signed"
    for _ in range(3):
        second.step(1_040)
    node.alliance.mine()
    second.step(1_041)
    done = node.order(order.digest)
    assert (done.state, done.transaction) == ("done", stored.transaction)
    again = submit_order_again(node, order)
    assert (again.state, again.transaction) == ("done", stored.transaction)


def submit_order_again(node: FounderNode, order: OrderView) -> OrderView:
    """A double click: the same order, handed in after it was carried out."""
    with node.founders.store.write() as connection:
        raw = bytes.fromhex(order.digest[2:])
        found = enqueue_order(connection, raw, order.kind, order.token_id, b"", node.now)
    assert found.tx_hash is not None
    return OrderView(order.digest, found.kind, found.token_id, found.state, found.reason, "0x" + found.tx_hash.hex())
