"""Members' own wallets at a node on a real chain: linked by signature, points in and out by signed intents, exactly
once (R-ALL-3, R-ALL-4; INV-20, INV-21; pitfalls 17, 19, 24, 34, 35)."""

from typing import Any

import msgspec
import pytest

from alliance_node.adapters.chain.outbox import BridgeOutbox
from alliance_node.adapters.chain.reconcile import reconcile_node
from alliance_node.application.close_member import close_member
from alliance_node.application.conversions import Quote, QuoteRequest, Refused
from alliance_node.application.errors import AllianceNotConnected, ApplicationError, InvalidReceivingCode, OutboxFull
from alliance_node.application.export_chain_view import export_chain_view
from alliance_node.application.quote_conversions import quote_conversions
from alliance_node.application.wallets.errors import (
    IntentBelowMinimum,
    IntentExpired,
    IntentMalformed,
    IntentNonceAhead,
    IntentNonceUsed,
    TooManyIntents,
    WalletBalanceTooLow,
    WalletMissing,
    WalletWrongSigner,
)
from alliance_node.application.wallets.intents import OPEN_INTENTS
from alliance_node.application.wallets.linking import (
    unlink_wallet,
)
from alliance_node.entrypoints.api.routes_wallets import held_units
from bridge.audit.node_export import NodeExport
from bridge.audit.run import run_audit
from bridge.chain.rpc import Rpc
from bridge.deploy.admin import announce_rate
from bridge.protocol.items import ItemKind
from bridge.protocol.rates import Rate
from bridge.protocol.signed_items import SignedItem, typed_data
from tests.chain_fixtures import Alliance
from tests.integration.audit.posting import post_signed
from tests.integration.node.brands import admit, settle
from tests.integration.node.databases import database_url, on
from tests.integration.node.wallets import (
    ANN,
    BEN,
    WalletNode,
    fresh,
    funded,
    node,
    signed_data,
)
from tests.integration.node.world import DAY

__all__ = ["database_url", "node"]
pytestmark = pytest.mark.chain
ON_BOTH_DATABASES = {"test_points_go_into_the_linked_wallet_and_out_again"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test's databases."""
    on(metafunc, ON_BOTH_DATABASES)


# ---- points into the wallet -----------------------------------------------------------------------------------------


def test_points_go_into_the_linked_wallet_and_out_again(node: WalletNode, chain: Alliance) -> None:
    """R-ALL-3, R-ALL-4, each leg with its block; both books agree to the last unit, and the auditor finds nothing."""
    wallet, friend = fresh(), fresh()
    member = node.member_with(wallet, 900)
    inward = node.to_wallet(member, 300)
    assert node.row(inward) == ("held", None, [])
    settle(node, rounds=2)
    assert node.row(inward) == ("completed", None, ["minted"])
    assert (node.world.spendable(member, node.now), node.units_of(wallet)) == (1_050, 3_000)

    moved = node.send(member, wallet, kind="transfer", units=500, to=friend.address)
    assert node.conversion(moved).conversion.claim_address == b""  # decision 0022: no row names a wallet
    with node.world.store.read() as connection:
        assert node.desk.outbox.paid_account(connection, moved) == bytes.fromhex(friend.address[2:])
    outward = node.send(member, wallet, kind="convert_out", units=1_000)
    settle(node, rounds=2)
    assert node.row(moved) == ("completed", None, ["transferred"])
    assert node.row(outward) == ("completed", None, ["burnt"])
    assert (node.units_of(wallet), node.units_of(friend)) == (1_500, 500)
    assert node.world.spendable(member, node.now) == 1_150
    [lot] = [one for one in node.world.queries.open_lots(member, node.now) if one.kind == "wallet"]
    assert lot.remaining == 100
    history = node.world.queries.history(member).items
    assert [receipt.step for receipt in history[0].receipts] == ["burnt"]
    node.world.assert_clean()
    assert reconcile_node(node.connection) == []
    export = msgspec.json.decode(export_chain_view(node.world.store, node.brand.brand_id), type=NodeExport)
    assert [item.kind for item in export[0].items] == [4, 10, 9]
    assert (export[0].issued, export[0].redeemed) == (3_000, 1_000)
    report = run_audit(chain.url, chain.book, export=export)
    assert [*report.failures] == []


def test_points_that_the_ledger_refuses_for_the_wallet_are_the_members_again(node: WalletNode) -> None:
    """A rate that ends while the item waits: rejected at a final block, then released, never before (pitfall 19)."""
    member = node.member_with(fresh(), 900)
    conversion = node.to_wallet(member, 300)
    chain = node.alliance
    effective = node.now + chain.book.params.notice_period + 10
    announce_rate(
        chain.rpc,
        chain.book,
        node.brand.cold,
        node.brand.brand_id,
        Rate(9, 1, 1, 10),
        effective_at=effective,
        mine=chain.mine,
    )
    chain.mine(effective + chain.book.params.quote_grace + 10)
    settle(node, rounds=2)
    assert node.row(conversion) == ("rejected", "rate_expired", ["rejected"])
    assert node.world.spendable(member, node.now) == 1_350
    assert node.world.queries.balance(member, node.now).held == 0
    node.world.assert_clean()


def test_a_quote_is_for_the_wallet_that_was_linked_then(node: WalletNode) -> None:
    member = node.person(900)
    refused = quote_conversions(node.desk, [QuoteRequest(member, None, 300)], node.now)[0]
    assert isinstance(refused, Refused)
    assert refused.error.code == "wallet_missing"
    node.link(member, fresh())
    quote = quote_conversions(node.desk, [QuoteRequest(member, None, 300)], node.now)[0]
    assert isinstance(quote, Quote)
    assert (quote.alliance_units, quote.destination_code, quote.estimated_points) == (3_000, "wallet", 0)
    node.alliance.mine(node.now + 5)
    node.link(member, fresh())
    assert node.request(member, quote).code == "wallet_missing"
    assert node.world.queries.balance(member, node.now).held == 0


# ---- signed intents -------------------------------------------------------------------------------------------------


def test_an_intent_that_the_desk_must_refuse_is_not_relayed(node: WalletNode) -> None:
    (member, wallet), (other, _) = funded(node), funded(node)
    before = node.world.count("bridge_item")

    def send(who: str = member, kind: str = "convert_out", signer: Any = wallet, **changes: Any) -> None:
        message, typed = node.draft(who, kind="convert_out", units=100)
        message = {**message, **changes}
        typed = {**typed, "message": message}
        node.submit(who, kind, message, signed_data(signer, typed))

    def pay_oneself() -> None:
        message, typed = node.draft(member, kind="transfer", units=5, to=BEN.address)
        message = {**message, "to": wallet.address}
        node.submit(member, "transfer", message, signed_data(wallet, {**typed, "message": message}))

    def submit_with(**changes: Any) -> None:
        message = node.draft(member, kind="convert_out", units=100)[0]
        node.submit(member, "convert_out", {**message, **changes}, "0x" + "11" * 65)

    cases: list[tuple[type[ApplicationError], Any]] = [
        (WalletWrongSigner, lambda: send(signer=ANN)),
        (WalletBalanceTooLow, lambda: send(units=3_001)),
        (WalletBalanceTooLow, lambda: node.draft(member, kind="transfer", units=3_001, to=BEN.address)),
        (IntentBelowMinimum, lambda: send(minimum=11)),
        (IntentNonceAhead, lambda: send(nonce=1)),
        (IntentExpired, lambda: send(deadline=node.now + 5)),
        (IntentExpired, lambda: send(deadline=node.now + 30 * DAY)),
        (IntentMalformed, lambda: send(brand=99)),
        (IntentMalformed, lambda: send(kind="transfer")),
        (IntentMalformed, lambda: node.draft(member, kind="transfer", units=5, to=wallet.address)),
        (IntentMalformed, lambda: pay_oneself()),
        (IntentMalformed, lambda: submit_with(units="1" * 5_000)),
        (IntentMalformed, lambda: submit_with(units=10**5_000)),
        (IntentMalformed, lambda: submit_with(nonce=0.0)),
        (IntentMalformed, lambda: node.draft(member, kind="transfer", units=5)),
        (IntentMalformed, lambda: node.draft(member, kind="convert_out", units=0)),
        (InvalidReceivingCode, lambda: send(code="0x" + "11" * 32)),
        (InvalidReceivingCode, lambda: send(code=node.draft(other, kind="convert_out", units=100)[0]["code"])),
        (WalletMissing, lambda: node.draft(node.person(), kind="convert_out", units=100)),
    ]
    for kind, act in cases:
        with pytest.raises(kind) as caught:
            act()
        assert caught.value.chinese
    assert node.world.count("bridge_item") == before
    unlink_wallet(node.links, other)
    with pytest.raises(WalletMissing):
        send(other)


def test_a_nonce_that_another_brand_relays_first_is_rejected_and_then_refused_with_a_clear_word(
    node: WalletNode, chain: Alliance
) -> None:
    """One wallet, two brands: whoever posts first acts; nothing leaves the wallet twice (INV-20)."""
    member, wallet = funded(node)
    rival = admit(chain, Rate(10, 1, 1, 10))
    address = bytes.fromhex(wallet.address[2:])
    empty, until = bytes(32), node.now + DAY
    item = SignedItem(ItemKind.CONVERT_OUT, 1, until, 500, 0, 0, address, empty, empty, empty, empty, 0)
    made = wallet.sign_typed_data(
        full_message=typed_data(item, rival.brand_id, chain.book.chain_id, chain.book.address("ConversionDesk"))
    )
    ours = node.send(member, wallet, kind="convert_out", units=100)
    r, s = made.r.to_bytes(32, "big"), made.s.to_bytes(32, "big")
    post_signed(chain, rival, 1, [msgspec.structs.replace(item, r=r, s=s, v=made.v)])
    settle(node, rounds=2)
    assert node.row(ours) == ("rejected", "invalid_nonce", ["rejected"])
    assert node.units_of(wallet) == 2_500
    message, typed = node.draft(member, kind="convert_out", units=100)
    assert message["nonce"] == 1
    late = {**message, "nonce": 0}
    with pytest.raises(IntentNonceUsed, match="acted already"):
        node.submit(member, "convert_out", late, signed_data(wallet, {**typed, "message": late}))
    assert reconcile_node(node.connection) == []


def test_the_same_intent_again_gets_the_first_answer_for_ever(node: WalletNode) -> None:
    member, wallet = funded(node)
    message, typed = node.draft(member, kind="convert_out", units=100)
    signature = signed_data(wallet, typed)
    first = node.submit(member, "convert_out", message, signature)
    settle(node, rounds=2)
    again = node.submit(member, "convert_out", message, signature)
    assert (again.conversion_id, again.status) == (first.conversion_id, "completed")
    late = {**message, "deadline": message["deadline"] - 1}
    with pytest.raises(IntentNonceUsed, match="acted already"):
        node.submit(member, "convert_out", late, signed_data(wallet, {**typed, "message": late}))


def test_an_intent_that_was_handed_in_by_the_wallets_earlier_member_is_not_taken_twice(node: WalletNode) -> None:
    first, wallet = funded(node)
    message, typed = node.draft(first, kind="transfer", units=100, to=BEN.address)
    signature = signed_data(wallet, typed)
    node.submit(first, "transfer", message, signature)
    unlink_wallet(node.links, first)
    second = node.member_with(wallet)
    with pytest.raises(IntentNonceUsed, match="another member's"):
        node.submit(second, "transfer", message, signature)


def test_while_the_chain_is_away_intents_are_refused_and_points_into_the_wallet_wait(
    node: WalletNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must ask the chain says so and queues nothing; what need not, is held and lands later."""
    member, wallet = funded(node)
    message, typed = node.draft(member, kind="convert_out", units=100)
    with monkeypatch.context() as patched:
        patched.setattr(node.connection.wallets, "_rpc", Rpc("http://127.0.0.1:9", timeout=2, attempts=1))
        assert held_units(node.links, wallet.address) == {"alliance_units": None, "nonce": None}
        with pytest.raises(AllianceNotConnected):
            node.draft(member, kind="convert_out", units=100)
        with pytest.raises(AllianceNotConnected):
            node.submit(member, "convert_out", message, signed_data(wallet, typed))
        assert node.world.count("wallet_intents") == 0
        inward = node.to_wallet(member, 100)
    settle(node, rounds=2)
    assert node.row(inward)[0] == "completed"


def test_a_full_outbox_takes_no_intent(node: WalletNode) -> None:
    """What waits is bounded: nothing is queued, and the same intent is decided afresh later."""
    member, wallet = funded(node)
    message, typed = node.draft(member, kind="convert_out", units=100)
    signature = signed_data(wallet, typed)
    roomy, node.desk.outbox = node.desk.outbox, BridgeOutbox(0)
    with pytest.raises(OutboxFull):
        node.submit(member, "convert_out", message, signature)
    node.desk.outbox = roomy
    taken = node.submit(member, "convert_out", message, signature)
    settle(node, rounds=2)
    assert node.row(taken.conversion_id)[0] == "completed"


def test_a_repeated_intent_has_its_answer_though_the_outbox_is_full(node: WalletNode) -> None:
    member, wallet = funded(node)
    message, typed = node.draft(member, kind="convert_out", units=100)
    signature = signed_data(wallet, typed)
    first = node.submit(member, "convert_out", message, signature)
    node.desk.outbox = BridgeOutbox(1)
    assert node.submit(member, "convert_out", message, signature) == first


def test_a_wallet_that_is_unlinked_while_the_chain_is_asked_moves_nothing(
    node: WalletNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, wallet = funded(node)
    message, typed = node.draft(member, kind="convert_out", units=100)
    ask = node.links.chain.account

    def slowly(address: bytes) -> Any:
        unlink_wallet(node.links, member)
        node.link(member, BEN)
        return ask(address)

    monkeypatch.setattr(node.links.chain, "account", slowly)
    with pytest.raises(WalletMissing):
        node.submit(member, "convert_out", message, signed_data(wallet, typed))
    assert node.world.count("wallet_intents") == 0


def test_several_intents_of_a_wallet_go_out_in_their_order(node: WalletNode) -> None:
    member, wallet = funded(node)
    ids = [node.send(member, wallet, kind="convert_out", units=100) for _ in range(OPEN_INTENTS)]
    with pytest.raises(TooManyIntents):
        node.send(member, wallet, kind="convert_out", units=100)
    settle(node, rounds=3)
    assert {node.row(one)[0] for one in ids} == {"completed"}
    assert node.units_of(wallet) == 3_000 - 100 * OPEN_INTENTS
    with pytest.raises(WalletBalanceTooLow):
        node.send(member, wallet, kind="convert_out", units=3_000 - 100 * OPEN_INTENTS + 1)
    node.world.assert_clean()


def test_what_is_under_way_is_counted_against_the_balance_once(node: WalletNode) -> None:
    """In a block that this node has not read yet, it counts by the chain alone."""
    member, wallet = funded(node)
    node.send(member, wallet, kind="convert_out", units=2_000)
    with pytest.raises(WalletBalanceTooLow):
        node.send(member, wallet, kind="convert_out", units=1_001)
    node.bridge.sender.step(0)
    node.alliance.mine()
    second = node.send(member, wallet, kind="convert_out", units=1_000)
    settle(node, rounds=2)
    assert node.row(second)[0] == "completed"
    assert node.units_of(wallet) == 0


def test_an_intent_that_the_desk_refuses_in_the_end_leaves_the_points_in_the_wallet(node: WalletNode) -> None:
    """Its deadline came before a block: a word, and nothing lost."""
    member, wallet = funded(node)
    message, typed = node.draft(member, kind="convert_out", units=100)
    intent = node.submit(member, "convert_out", message, signed_data(wallet, typed))
    node.alliance.mine(message["deadline"])
    settle(node, rounds=2)
    assert node.row(intent.conversion_id)[:2] == ("rejected", "deadline_passed")
    assert node.units_of(wallet) == 3_000
    retried = node.send(member, wallet, kind="convert_out", units=100)
    settle(node, rounds=2)
    assert node.row(retried)[0] == "completed"


def test_points_of_a_wallet_go_straight_into_an_award_when_the_code_names_one(node: WalletNode) -> None:
    """R-ALL-3, in the commit that credits them."""
    member, wallet = funded(node)
    code = node.receiving_code(member, "shopping-bag")
    commitment = node.desk.directory.verify_code(code, node.now).commitment
    message, typed = node.draft(member, kind="convert_out", units=3_000)
    message = {**message, "code": "0x" + commitment.hex()}
    before = node.world.spendable(member, node.now)
    intent = node.submit(member, "convert_out", message, signed_data(wallet, {**typed, "message": message}))
    settle(node, rounds=2)
    row = node.conversion(intent.conversion_id).conversion
    assert (row.status, row.award, row.award_refusal) == ("completed", "shopping-bag", None)
    assert node.world.spendable(member, node.now) < before + 300
    node.world.assert_clean()


def test_a_member_who_left_is_owed_what_the_wallet_gave(node: WalletNode) -> None:
    member, wallet = funded(node)
    intent = node.send(member, wallet, kind="convert_out", units=100)
    with node.world.store.write() as connection:
        close_member(node.world.store, connection, member, node.now)
    settle(node, rounds=2)
    assert node.row(intent) == ("unclaimed", None, ["burnt"])
    assert node.world.queries.totals(node.now).unclaimed == 10
