"""Points cross from one brand to another on a real chain, exactly once, or come back (R-ALL-3)."""

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from alliance_node.adapters.chain.reconcile import reconcile_node
from alliance_node.adapters.chain.runner import bridge_of, run_bridge
from alliance_node.adapters.clock import SystemClock
from alliance_node.application.close_member import close_member
from alliance_node.application.conversions import QuoteRequest, Refused
from alliance_node.application.export_chain_view import export_chain_view
from alliance_node.application.quote_conversions import quote_conversions
from bridge.chain.rpc import Rpc
from bridge.deploy.admin import announce_rate
from bridge.protocol.rates import Rate
from tests.chain_fixtures import GENESIS, Alliance
from tests.integration.node import world as world_module
from tests.integration.node.brands import BrandNode, admit, settle
from tests.integration.node.databases import database_url, on
from tests.integration.node.world import DAY, body, purchase

__all__ = ["database_url"]
pytestmark = pytest.mark.chain


ON_BOTH_DATABASES = {
    "test_points_cross_exactly_once_and_both_books_agree",
    "test_an_unclaimed_conversion_comes_back_after_the_deadline",
    "test_a_member_who_left_after_the_claim_was_sent_is_owed_unclaimed_points",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test's databases."""
    on(metafunc, ON_BOTH_DATABASES)


@pytest.fixture
def brands(
    chain: Alliance, two_database_urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[BrandNode, BrandNode]]:
    """Brands A and B, each with its own database, on one chain."""
    monkeypatch.setattr(world_module, "START", GENESIS - 400 * DAY)
    nodes = [
        BrandNode(url, chain, admit(chain, Rate(units, 1, 1, units)), tmp_path)
        for url, units in zip(two_database_urls, (10, 20), strict=True)
    ]
    settle(*nodes, rounds=1)
    yield nodes[0], nodes[1]
    for node in nodes:
        node.close()


def rich_member(node: BrandNode, points: int = 900) -> str:
    return node.world.member(points, node.alliance.now())


def test_points_cross_exactly_once_and_both_books_agree(brands: tuple[BrandNode, BrandNode]) -> None:
    a, b = brands
    alice_at_a, alice_at_b = rich_member(a), rich_member(b, 0)
    quote = a.quote(alice_at_a, b.receiving_code(alice_at_b), 300)
    assert (quote.alliance_units, quote.estimated_points) == (3_000, 150)
    first = a.request(alice_at_a, quote, key="tap")
    conversion = str(body(first)["conversion_id"])
    assert a.status(conversion) == "held"
    assert a.world.queries.balance(alice_at_a, a.alliance.now()).held == 300

    again = a.request(alice_at_a, quote, key="tap")
    assert (again.outcome, body(again)["conversion_id"]) == ("replayed", conversion)

    settle(a, b)
    assert a.status(conversion) == "completed"
    assert a.world.spendable(alice_at_a, a.alliance.now()) == 1_050
    assert b.world.spendable(alice_at_b, b.alliance.now()) == 150
    arrived = b.world.queries.conversions(alice_at_b)
    assert [(view.conversion.status, view.conversion.points) for view in arrived] == [("completed", 150)]
    steps = [receipt.step for receipt in a.conversion(conversion).receipts]
    assert steps == ["issued", "claimed"]
    assert [receipt.step for receipt in arrived[0].receipts] == ["arrived", "credited"]
    assert a.world.queries.totals(a.alliance.now()).converted_out == 300
    assert b.world.queries.totals(b.alliance.now()).converted_in == 150
    exported = msgspec.json.decode(export_chain_view(a.world.store, a.brand.brand_id))[0]
    assert (exported["issued"], exported["redeemed"], len(exported["items"])) == (3_000, 0, 1)
    for node in brands:
        node.world.assert_clean()


HOUR = 3_600


@pytest.mark.parametrize("wrong", ["sender", "receiver"])
def test_a_clock_an_hour_fast_names_a_rate_that_is_not_in_force_yet_and_no_point_is_lost(
    brands: tuple[BrandNode, BrandNode], monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """Half an hour before a change of rate: the quote of A or the code of B names the new one. The desk refuses the
    item, and the points are back: at once, or (they are on the ledger already) after the deadline."""
    a, b = brands
    changing = a if wrong == "sender" else b
    chain, brand = changing.alliance, changing.brand
    alice_at_a, alice_at_b = rich_member(a), rich_member(b, 0)
    at = chain.now() + 8 * DAY
    worse = Rate(brand.rate.in_numerator - 1, 1, 1, brand.rate.out_denominator + 1)
    announce_rate(chain.rpc, chain.book, brand.cold, brand.brand_id, worse, effective_at=at, mine=chain.mine)
    settle(a, b, rounds=1, at=at - HOUR // 2)
    true_time, had = chain.now, a.world.spendable(alice_at_a, chain.now())
    with monkeypatch.context() as clock:
        clock.setattr(chain, "now", lambda: true_time() + (HOUR if wrong == "receiver" else 0))
        code = b.receiving_code(alice_at_b)
        clock.setattr(chain, "now", lambda: true_time() + (HOUR if wrong == "sender" else 0))
        conversion = a.convert(alice_at_a, code, 300)
    settle(a, b, rounds=6)
    if wrong == "receiver":
        [refused] = b.world.queries.conversions(alice_at_b)
        assert (refused.conversion.status, refused.conversion.reason) == ("rejected", "rate_not_effective")
        assert a.status(conversion) == "waiting"
        settle(a, b, rounds=4, at=a.conversion(conversion).conversion.deadline + 1)
    assert a.status(conversion) == ("rejected" if wrong == "sender" else "returned")
    assert a.world.spendable(alice_at_a, chain.now()) == had
    for node in brands:
        node.world.assert_clean()
        assert reconcile_node(node.connection) == []


def test_an_unclaimed_conversion_comes_back_after_the_deadline(brands: tuple[BrandNode, BrandNode]) -> None:
    """B sleeps: nobody claims; from the deadline on A takes the points back and the member has them again."""
    a, b = brands
    member = rich_member(a)
    conversion = a.convert(member, b.receiving_code(rich_member(b, 0)), 300)
    settle(a)
    assert a.status(conversion) == "waiting"
    assert a.world.spendable(member, a.alliance.now()) == 1_050
    settle(a, at=a.alliance.now() + 5 * DAY)
    assert a.status(conversion) == "waiting"
    settle(a, at=a.conversion(conversion).conversion.deadline + 1)
    assert a.status(conversion) == "returned"
    assert a.world.spendable(member, a.alliance.now()) == 1_350
    settle(b, a)
    assert b.world.queries.totals(b.alliance.now()).converted_in == 0
    assert a.world.queries.totals(a.alliance.now()).returned == 300
    for node in brands:
        node.world.assert_clean()


def test_a_conversion_that_the_chain_refuses_is_released(brands: tuple[BrandNode, BrandNode]) -> None:
    """An item whose deadline passed before it landed: rejected at a final block, then released, never before."""
    a, b = brands
    member = rich_member(a)
    conversion = a.convert(member, b.receiving_code(rich_member(b, 0)), 300)
    a.alliance.mine(a.conversion(conversion).conversion.deadline + 10)
    settle(a)
    view = a.conversion(conversion)
    assert (view.conversion.status, view.conversion.reason) == ("rejected", "deadline_passed")
    assert a.world.spendable(member, a.alliance.now()) == 1_350
    assert a.world.queries.balance(member, a.alliance.now()).held == 0
    a.world.assert_clean()


def test_a_member_who_left_before_the_arrival_is_not_credited_and_the_points_return(
    brands: tuple[BrandNode, BrandNode],
) -> None:
    a, b = brands
    sender, receiver = rich_member(a), rich_member(b, 0)
    conversion = a.convert(sender, b.receiving_code(receiver), 300)
    leave(b, receiver)
    settle(a, b)
    assert a.status(conversion) == "waiting"
    settle(a, b, at=a.conversion(conversion).conversion.deadline + 1)
    assert a.status(conversion) == "returned"


def test_a_member_who_left_after_the_claim_was_sent_is_owed_unclaimed_points(
    brands: tuple[BrandNode, BrandNode],
) -> None:
    """DESIGN §6: after the burn B owes the local points unconditionally."""
    a, b = brands
    sender, receiver = rich_member(a), rich_member(b, 0)
    conversion = a.convert(sender, b.receiving_code(receiver), 300)
    settle(a)
    while b.bridge.step_once():
        pass
    assert b.world.queries.conversions(receiver)[0].conversion.status == "claiming"
    leave(b, receiver)
    settle(b, a)
    assert a.status(conversion) == "completed"
    assert b.world.queries.conversions(receiver)[0].conversion.status == "unclaimed"
    assert b.world.queries.totals(b.alliance.now()).unclaimed == 150


def test_many_conversions_to_the_same_code_are_told_apart(brands: tuple[BrandNode, BrandNode]) -> None:
    a, b = brands
    sender, receiver = rich_member(a, 3_000), rich_member(b, 0)
    code = b.receiving_code(receiver)
    conversions = [a.convert(sender, code, 100 * number) for number in range(1, 6)]
    settle(a, b)
    assert {a.status(conversion) for conversion in conversions} == {"completed"}
    assert b.world.spendable(receiver, b.alliance.now()) == (100 + 200 + 300 + 400 + 500) * 10 // 20
    for node in brands:
        node.world.assert_clean()


def test_quotes_refuse_what_could_not_be_converted(brands: tuple[BrandNode, BrandNode]) -> None:
    a, b = brands
    member, receiver = rich_member(a), rich_member(b, 0)
    good = b.receiving_code(receiver)
    asked = [
        QuoteRequest(member, good, 5_000),
        QuoteRequest(member, good, 0),
        QuoteRequest(member, good, -5),
        QuoteRequest(member, good, 10),
        QuoteRequest(member, a.receiving_code(member), 300),
        QuoteRequest(member, good[:-4] + "AAAA", 300),
        QuoteRequest(member, "PA1.nonsense", 300),
        QuoteRequest("nobody", good, 300),
        QuoteRequest(member, good, 300),
    ]
    answers = quote_conversions(a.desk, asked, a.alliance.now())
    codes = [answer.error.code if isinstance(answer, Refused) else "quoted" for answer in answers]
    assert codes == [
        "not_convertible",
        "amount_too_small",
        "amount_too_small",
        "below_conversion_minimum",
        "own_receiving_code",
        "invalid_receiving_code",
        "invalid_receiving_code",
        "unknown_member",
        "quoted",
    ]
    late = quote_conversions(a.desk, [QuoteRequest(member, good, 300)], a.alliance.now() + 2 * DAY)[0]
    assert isinstance(late, Refused)
    assert late.error.code == "invalid_receiving_code"


def test_an_expired_or_foreign_quote_is_refused(brands: tuple[BrandNode, BrandNode]) -> None:
    a, b = brands
    member, other = rich_member(a), rich_member(a)
    quote = a.quote(member, b.receiving_code(rich_member(b, 0)), 300)
    assert a.request(other, quote).code == "unknown_quote"
    a.alliance.mine(quote.expires_at)
    assert a.request(member, quote).code == "quote_expired"
    assert a.world.queries.balance(member, a.alliance.now()).held == 0


def test_points_spent_between_quote_and_request_refuse_the_conversion(brands: tuple[BrandNode, BrandNode]) -> None:
    """Pitfall 8: what was validated at the quote is decided again at the hold."""
    a, b = brands
    member = a.world.member(300, a.alliance.now())
    code = b.receiving_code(rich_member(b, 0))
    first, second = a.quote(member, code, 300), a.quote(member, code, 300)
    assert a.request(member, first).accepted
    assert a.request(member, second).code == "not_convertible"
    assert a.world.count("conversions") == 1


def test_a_quote_never_reaches_past_a_pending_worse_rate(brands: tuple[BrandNode, BrandNode]) -> None:
    """R-ALL-2, pitfall 25."""
    a, b = brands
    member, code = rich_member(a), b.receiving_code(rich_member(b, 0))
    alliance: Alliance = a.alliance
    takes_effect = alliance.now() + alliance.book.params.notice_period + 100
    announce_rate(
        alliance.rpc,
        alliance.book,
        a.brand.cold,
        a.brand.brand_id,
        Rate(9, 1, 1, 10),
        effective_at=takes_effect,
        mine=alliance.mine,
    )
    settle(a, rounds=1)
    alliance.mine(takes_effect - 60)
    settle(a, rounds=1)
    fresh = b.receiving_code(rich_member(b, 0))
    quote = a.quote(member, fresh, 300)
    assert quote.alliance_units == 3_000
    assert quote.expires_at <= takes_effect
    alliance.mine(takes_effect + 1)
    settle(a, rounds=1)
    assert a.quote(member, b.receiving_code(rich_member(b, 0)), 300).alliance_units == 2_700
    assert code != fresh


def test_a_restarted_node_goes_on_where_it_was(brands: tuple[BrandNode, BrandNode]) -> None:
    """The hold and its item are one commit: another process finds and finishes them."""
    a, b = brands
    member, receiver = rich_member(a), rich_member(b, 0)
    conversion = a.convert(member, b.receiving_code(receiver), 300)
    a.world.one(purchase(member, "meanwhile", 5_000, a.alliance.now()), a.alliance.now())
    a.bridge.close()
    fresh = bridge_of(a.connection, a.desk, SystemClock())
    a.bridge = fresh
    settle(a, b)
    assert a.status(conversion) == "completed"
    assert b.world.spendable(receiver, b.alliance.now()) == 150
    a.world.assert_clean()


def test_a_chain_that_is_down_is_reported_and_waited_out(brands: tuple[BrandNode, BrandNode]) -> None:
    """Bad input: RPC down. The bridge's loop says so, keeps trying, and goes on when the chain is back."""
    a, _ = brands
    a.bridge.close()
    reports: list[tuple[str, str | None]] = []
    seen = {state: threading.Event() for state in ("ok", "waiting", "failed")}

    def report(_part: str, state: str, code: str | None, _next_step: str | None) -> None:
        reports.append((state, code))
        seen[state].set()

    stop = threading.Event()
    away = Rpc("http://127.0.0.1:9", timeout=2, attempts=1)
    reachable, a.connection.rpc = a.connection.rpc, away
    loop = threading.Thread(target=run_bridge, args=(a.connection, a.desk, stop, report))
    loop.start()
    assert seen["waiting"].wait(20)
    stop.set()
    loop.join(20)
    assert reports[0] == ("waiting", "rpc_unavailable")
    a.connection.rpc = reachable
    stop.clear()
    loop = threading.Thread(target=run_bridge, args=(a.connection, a.desk, stop, report))
    loop.start()
    assert seen["ok"].wait(20)
    stop.set()
    loop.join(20)
    assert not seen["failed"].is_set()


def leave(node: BrandNode, member_id: str) -> None:
    with node.world.store.write() as connection:
        close_member(node.world.store, connection, member_id, node.alliance.now())
