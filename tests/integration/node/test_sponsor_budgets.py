"""What sponsors and operators do with budgets: fund, close, list, give back; and locks in one order (R-ALL-6)."""

import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection

from alliance_node.adapters.chain.runner import bridge_of
from alliance_node.adapters.clock import SystemClock
from alliance_node.adapters.sql.bonus_store import SqlBonusStore
from alliance_node.application.activate_program import activate_program
from alliance_node.application.bonus_records import BonusRow, BudgetOrder, SponsoredKey
from alliance_node.application.budgets_view import budgets_view, member_promises
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.errors import (
    BudgetForItself,
    BudgetNotOpen,
    BudgetOrderConflict,
    InvalidProgram,
    UnknownBrand,
)
from alliance_node.application.recover_conversions import ForgottenItem, recover_conversions
from alliance_node.application.sponsor_budgets import (
    Funding,
    close_budget,
    fund_budget,
    give_back_again,
    refused_returns,
)
from alliance_node.entrypoints.workers.budget_watch import look_at_budgets
from bridge.deploy.admin import set_limiter
from tests.chain_fixtures import GENESIS, LIMITS, Alliance, running_alliance
from tests.integration.node import world as world_module
from tests.integration.node.brands import settle
from tests.integration.node.sponsors import AWARD, BONUS, DEADLINE_AT, TERMS, Brands, two_brands
from tests.integration.node.world import DAY, T0

pytestmark = pytest.mark.chain


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Alliance]:
    """One for each test: a deadline passes on it."""
    with running_alliance(tmp_path, brands=0) as alliance:
        yield alliance


@pytest.fixture
def brands(
    chain: Alliance, two_database_urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Brands]:
    monkeypatch.setattr(world_module, "START", GENESIS - 400 * DAY)
    with two_brands(chain, two_database_urls, tmp_path, spending_bonus=BONUS, circulation_award=AWARD) as made:
        yield made


def budget(brands: Brands) -> SponsoredKey:
    return SponsoredKey(brands.b.brand.brand_id, TERMS, DEADLINE_AT)


def test_an_order_funds_once_and_both_brands_see_what_is_left_promised_and_under_way(brands: Brands) -> None:
    a, b, key = brands.a.desk, brands.b.desk, budget(brands)
    ordered = fund_budget(a, Funding("spring", key, 3_000), brands.now)
    assert fund_budget(a, Funding("spring", key, 3_000), brands.now) == ordered
    with pytest.raises(BudgetOrderConflict):
        fund_budget(a, Funding("spring", key, 4_000), brands.now)
    with pytest.raises(UnknownBrand):
        fund_budget(a, Funding("else", SponsoredKey(200, TERMS, DEADLINE_AT), 1), brands.now)
    (waiting,) = budgets_view(a, brands.now)["paid_for"]
    assert (waiting["left_units"], waiting["funding_units"], waiting["ended"]) == (0, 3_000, False)
    settle(brands.a, brands.b)
    (funded,) = budgets_view(a, brands.now)["paid_for"]
    assert (funded["left_units"], funded["funding_units"]) == (3_000, 0)
    assert [(order["kind"], order["units"], order["status"]) for order in funded["orders"]] == [("fund", 3_000, "done")]
    member = brands.member()
    brands.redeem(member)
    (view,) = budgets_view(b, brands.now)["to_spend"]
    assert (view["units"], view["promised_units"], view["left_units"]) == (3_000, 1_000, 2_000)
    promised = budgets_view(b, brands.now)["promises"]
    assert sorted((one["kind"], one["points"], one["status"]) for one in promised) == [
        ("award", 40, "spending"),
        ("bonus", 10, "spending"),
    ]
    assert "member_id" not in promised[0]
    assert [row.points for row in member_promises(b, member)] in ([10, 40], [40, 10])
    settle(brands.a, brands.b)
    assert member_promises(b, member) == [] and budgets_view(b, brands.now)["promises"] == []
    assert budgets_view(a, brands.now)["paid_for"][0]["left_units"] == 2_000
    brands.assert_clean()


def test_one_order_in_parallel_is_one_order(brands: Brands) -> None:
    """Pitfall 35: a client that asks twice at once."""
    wish, barrier = Funding("spring", budget(brands), 3_000), threading.Barrier(8)

    def order() -> BudgetOrder:
        barrier.wait()
        return fund_budget(brands.a.desk, wish, brands.now)

    with ThreadPoolExecutor(8) as pool:
        answers = [made.result() for made in [pool.submit(order) for _ in range(8)]]
    assert len({one.item_id for one in answers}) == 1
    assert brands.a.world.count("budget_orders") == 1


def test_no_brand_sponsors_itself(brands: Brands) -> None:
    """The ledger would take the units, and nobody could close the budget."""
    number = brands.a.brand.brand_id
    with pytest.raises(BudgetForItself) as caught:
        fund_budget(brands.a.desk, Funding("own", SponsoredKey(number, TERMS, DEADLINE_AT), 1), brands.now)
    assert caught.value.chinese and caught.value.next_step_chinese
    unread, at = brands.text + "# announced again\n", T0 + DAY
    with pytest.raises(BudgetForItself):
        activate_program(brands.a.world.programs, unread, at, T0, number)
    with pytest.raises(InvalidProgram, match="is not newer"):  # the sponsor is another brand's matter here
        activate_program(brands.a.world.programs, unread, at, T0, brands.b.brand.brand_id)


def test_a_budget_is_closed_from_its_deadline_on_and_once(brands: Brands) -> None:
    """What returns after the deadline is closed once more."""
    a, key = brands.a.desk, budget(brands)
    brands.fund(2_000)
    member = brands.member()
    brands.redeem(member)
    settle(brands.a, brands.b)
    with pytest.raises(BudgetNotOpen, match="can be closed from"):
        close_budget(a, key, brands.now)
    settle(brands.a, brands.b, at=DEADLINE_AT)
    ordered = close_budget(a, key, brands.now)
    assert close_budget(a, key, brands.now) == ordered
    with pytest.raises(BudgetNotOpen, match="has passed"):
        fund_budget(a, Funding("late", key, 1), brands.now)
    settle(brands.a, brands.b)
    view = budgets_view(a, brands.now)["paid_for"][0]
    assert (view["left_units"], view["ended"]) == (0, True)
    assert [(order["kind"], order["units"]) for order in view["orders"]] == [("close", 1_000)]
    with pytest.raises(BudgetNotOpen, match="nothing is left"):
        close_budget(a, key, brands.now)
    brands.cancel(member)
    settle(brands.a, brands.b)
    assert {row[3] for row in brands.promises()} == {"returned"}
    close_budget(a, key, brands.now)
    settle(brands.a, brands.b)
    assert brands.budget_units() == 0
    brands.assert_clean()


def test_an_order_that_the_ledger_refuses_says_why(brands: Brands) -> None:
    alliance, brand = brands.a.alliance, brands.a.brand
    set_limiter(alliance.rpc, alliance.book, alliance.admin, brand.brand_id, 100, 100, mine=alliance.mine)
    fund_budget(brands.a.desk, Funding("large", budget(brands), 3_000), brands.now)
    settle(brands.a, brands.b)
    (view,) = budgets_view(brands.a.desk, brands.now)["paid_for"]
    assert [(order["status"], order["reason"]) for order in view["orders"]] == [("refused", "rate_limited")]


def test_a_return_that_the_ledger_refuses_is_kept_and_the_operator_asks_again(brands: Brands) -> None:
    """The brand is at its own limits when a redemption is cancelled; the member is served all the same."""
    brands.fund(1_000)
    member = brands.member()
    brands.redeem(member)
    settle(brands.a, brands.b)
    alliance, number = brands.b.alliance, brands.b.brand.brand_id
    set_limiter(alliance.rpc, alliance.book, alliance.admin, number, 100, 100, mine=alliance.mine)
    brands.cancel(member)
    settle(brands.a, brands.b)
    assert brands.b.world.spendable(member, brands.now) == 150
    assert refused_returns(brands.b.desk) == 2
    told: list[tuple[object, ...]] = []
    look_at_budgets(brands.b.desk, lambda *report: told.append(report))
    assert told.pop()[:3] == ("budget-returns", "failed", "budget_return_refused")
    (view,) = budgets_view(brands.b.desk, brands.now)["to_spend"]
    assert (view["units"], view["kept_units"]) == (0, 1_000)
    set_limiter(alliance.rpc, alliance.book, alliance.admin, number, LIMITS.limiter_capacity, 3_600, mine=alliance.mine)
    settle(brands.a, brands.b, at=alliance.now() + 7_200)
    tried = "SELECT unspend_item_id FROM spending_bonuses ORDER BY item_id"
    refused = [str(row[0]) for row in brands.rows(tried)]
    assert give_back_again(brands.b.desk, brands.now) == 2
    again = [str(uuid.uuid5(uuid.NAMESPACE_OID, f"{one}:again")) for one in refused]
    assert [str(row[0]) for row in brands.rows(tried)] == again  # a restored node that repeats it asks for the same
    assert give_back_again(brands.b.desk, brands.now) == 0
    settle(brands.a, brands.b)
    assert {row[3] for row in brands.promises()} == {"returned"}
    assert (refused_returns(brands.b.desk), brands.budget_units()) == (0, 1_000)
    look_at_budgets(brands.b.desk, lambda *report: told.append(report))
    assert told.pop()[:2] == ("budget-returns", "ok")
    brands.assert_clean()


def test_a_restored_node_knows_its_orders(brands: Brands) -> None:
    ordered = fund_budget(brands.a.desk, Funding("spring", budget(brands), 3_000), brands.now)
    item = ForgottenItem(ordered.item_id, "other", True, 0, 2, DEADLINE_AT, 3_000, 3_000, TERMS, bytes(20))
    with brands.a.world.engine.begin() as connection:
        assert recover_conversions(brands.a.desk, connection, [item], brands.now) == set()


class PausingStore(SqlBonusStore):
    """Waits after the first block's outcomes are written, until the test says go on."""

    def __init__(self) -> None:
        self.written, self.go_on = threading.Event(), threading.Event()

    def save(self, connection: Connection, rows: Sequence[BonusRow]) -> None:
        super().save(connection, rows)
        if rows:
            self.written.set()
            self.go_on.wait(20)


def test_blocks_and_groups_that_touch_the_same_members_in_other_orders_do_not_wait_for_each_other(
    brands: Brands,
) -> None:
    """PostgreSQL would end such a wait as a deadlock: block one pays the later member, block two the earlier one, and a
    group of commands locks both by id in between."""
    brands.fund(10_000)
    earlier, later = sorted(brands.member() for _ in range(2))
    for member in (later, earlier):
        brands.redeem(member, member[:8])
        brands.post_without_reading()
    node, store = brands.b, PausingStore()
    desk = ConversionDesk(node.world.ledger, node.desk.store, node.desk.directory, node.desk.outbox, bonuses=store)
    indexer = bridge_of(node.connection, desk, SystemClock()).indexer
    failures: list[BaseException] = []

    def read() -> None:
        try:
            while indexer.step():
                pass
        except BaseException as error:
            failures.append(error)

    def lock() -> None:
        try:
            with node.world.store.write() as connection:
                node.world.store.lock_members(connection, [earlier, later])
        except BaseException as error:
            failures.append(error)

    reading, locking = threading.Thread(target=read), threading.Thread(target=lock)
    reading.start()
    assert store.written.wait(20)
    locking.start()
    locking.join(1)  # long enough for it to wait
    store.go_on.set()
    reading.join(30)
    locking.join(30)
    assert failures == []
    assert not reading.is_alive() and not locking.is_alive()
    assert {row[3] for row in brands.promises()} == {"paid"}
