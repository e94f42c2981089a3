"""Heads and statements of a real node on a real chain: they equal the journal, are published exactly once through any
kill, and members check them (R-AUD-1, INV-27…29, pitfalls 17, 18, 30, 35)."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from alliance_node.application.statements import NotInStatement, PublicationStopped, StatementNotReady, Statements
from alliance_node.application.sweep_expiry import sweep_expiry
from alliance_node.domain.instants import DAY_SECONDS, day_of_date, local_date, start_of_day
from bridge.chain.evidence import fetch_block_evidence
from bridge.protocol.events import HeadAnchored, StatementPublished, decode_log
from bridge.protocol.log_proofs import verify_consistency
from bridge.protocol.rates import Rate
from bridge.protocol.statement_files import read_inclusion, read_statement
from bridge.protocol.statements import month_text
from tests.chain_fixtures import GENESIS, Alliance, running_alliance
from tests.integration.node import publishing
from tests.integration.node.brands import BrandNode, admit
from tests.integration.node.publishing import KILL_POINTS, ZONE, statements_of
from tests.integration.node.world import START, purchase

pytestmark = pytest.mark.chain
FIRST = START + 20 * DAY_SECONDS
"""The first day on which anybody buys."""


def month_end_after(instant: int) -> int:
    """The first instant of the next month, where the brand is."""
    later = local_date(instant, ZONE).replace(day=28)
    following = later.replace(year=later.year + (later.month == 12), month=later.month % 12 + 1, day=1)
    return start_of_day(day_of_date(following), ZONE)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alliance]:
    """One chain for all tests of this file; every test brings its own brand."""
    with running_alliance(tmp_path_factory.mktemp("statements") / "chain", brands=0) as made:
        assert made.now() < FIRST + 365 * DAY_SECONDS
        assert GENESIS < FIRST
        yield made


@pytest.fixture
def brand(chain: Alliance, database_url: str, tmp_path: Path) -> Iterator[BrandNode]:
    node = BrandNode(database_url, chain, admit(chain, Rate(10, 1, 1, 10)), tmp_path)
    while node.bridge.step_once():  # it reads the rates
        pass
    yield node
    node.close()


class Month:
    """Members who bought within a month, whose statement is due at `now`."""

    def __init__(self, brand: BrandNode, members: int = 5) -> None:
        self.brand = brand
        self.statements: Statements = statements_of(brand.connection)
        self.now = month_end_after(FIRST) + 600
        self.members = [brand.world.member(40 * (number + 1), now=FIRST) for number in range(members)]
        self.statements.take_heads(FIRST + 3600)
        brand.world.do(purchase(self.members[0], "later", 50_000, FIRST + 5 * DAY_SECONDS), now=FIRST + 5 * DAY_SECONDS)
        brand.world.sealer.seal_all(FIRST + 5 * DAY_SECONDS)
        sweep_expiry(brand.world.jobs, self.now - 600, self.now)

    @property
    def month(self) -> int:
        date = local_date(FIRST, ZONE)
        return (date.year - 1970) * 12 + date.month - 1

    def make(self) -> None:
        self.statements.take_heads(self.now)
        assert self.statements.make_due(self.now, ZONE) is not None

    def publish(self) -> None:
        """Steps and blocks until nothing waits."""
        chain = self.brand.alliance
        for _ in range(6):
            waiting = self.statements.ledger.publish().waiting
            chain.mine(max(self.now, chain.now() + 1))
            if not waiting:
                return
        raise AssertionError("publishing does not end")

    def balance(self, member_id: str) -> int:
        view = self.brand.world.queries.balance(member_id, self.now)
        return view.spendable + view.held + view.pending


def records_on_chain(chain: Alliance, brand_id: int) -> list[object]:
    """Every head and statement of a brand that any block holds, from rebuilt receipts."""
    found: list[object] = []
    registry = "0x" + chain.book.address("StatementRegistry").hex()
    for number in range(chain.book.deployed_block, int(chain.rpc.call("eth_blockNumber"), 16) + 1):
        for receipt in fetch_block_evidence(chain.rpc, number).receipts:
            for log in receipt["logs"]:
                if log["address"].lower() == registry:
                    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
                    event = decode_log(topics, bytes.fromhex(log["data"][2:]))
                    if isinstance(event, HeadAnchored | StatementPublished) and event.brand_id == brand_id:
                        found.append(event)
    return found


def test_a_statement_equals_the_journal_and_lists_every_member(brand: BrandNode) -> None:
    month = Month(brand)
    month.make()
    row = month.statements.get(month.month)
    assert row.total_points == sum(month.balance(member) for member in month.members)
    assert row.cut_off == month.now - 600
    assert month.statements.check(month.month) == []
    assert read_statement(month.statements.file(month.month)).statement.total_points == str(row.total_points)
    for member in month.members:
        assert read_inclusion(month.statements.inclusion(month.month, member)).points == str(month.balance(member))
    with pytest.raises(NotInStatement):
        month.statements.inclusion(month.month, brand.world.member(now=month.now))


def test_what_is_earned_after_the_head_is_in_the_next_statement_only(brand: BrandNode) -> None:
    month = Month(brand)
    month.statements.take_heads(month.now)
    before = sum(month.balance(member) for member in month.members)
    brand.world.do(purchase(month.members[0], "next", 99_000, month.now), now=month.now)
    assert month.statements.make_due(month.now, ZONE) is not None
    assert month.statements.get(month.month).total_points == before
    assert month.statements.check(month.month) == []


def test_missed_days_have_the_head_that_the_log_had_at_their_end(brand: BrandNode) -> None:
    month = Month(brand)
    month.make()
    file = read_statement(month.statements.file(month.month))
    heads = [(one.parsed()[0], one.parsed()[1]) for one in file.heads]
    assert [head.day for head, _ in heads] == list(range(FIRST // DAY_SECONDS, month.now // DAY_SECONDS + 1))
    quiet = [head.size for head, _ in heads if head.day < FIRST // DAY_SECONDS + 5]
    assert set(quiet) == {10}  # five members who enrolled and bought
    assert heads[5][0].size == 11
    for (before, _), (head, proof) in pairwise(heads):
        assert verify_consistency(before.size, head.size, proof, before.root, head.root)


def test_a_second_run_takes_no_head_and_makes_no_statement(brand: BrandNode) -> None:
    month = Month(brand)
    month.make()
    first = month.statements.file(month.month)
    assert month.statements.take_heads(month.now + 60) == []
    assert month.statements.make_due(month.now + 60, ZONE) is None
    assert month.statements.file(month.month) == first


def test_no_statement_before_the_sweep(brand: BrandNode) -> None:
    month = Month(brand)
    later = month_end_after(month.now) + 60
    month.statements.take_heads(later)
    with pytest.raises(StatementNotReady, match="sweep"):
        month.statements.make_due(later, ZONE)


def test_no_statement_of_a_month_before_the_first_event(brand: BrandNode) -> None:
    """A new brand owes nothing for the months in which it was not there; without that it would wait for a sweep."""
    month = Month(brand)
    assert month.statements.make_due(FIRST + 5 * DAY_SECONDS, ZONE) is None


def test_published_records_are_final_on_chain_and_noted(brand: BrandNode) -> None:
    month = Month(brand)
    month.make()
    month.publish()
    records = records_on_chain(brand.alliance, brand.brand.brand_id)
    days = [record.head.day for record in records if isinstance(record, HeadAnchored)]
    assert days == list(range(FIRST // DAY_SECONDS, month.now // DAY_SECONDS + 1))
    [published] = [record.statement for record in records if isinstance(record, StatementPublished)]
    assert published.total_points == month.statements.get(month.month).total_points
    assert month.statements.get(month.month).published_block is not None
    sent = nonce_of_courier(month)
    assert month.statements.ledger.publish().waiting == 0
    assert nonce_of_courier(month) == sent, "a repeated run sends nothing"
    file = read_inclusion(month.statements.inclusion(month.month, month.members[0]))
    assert file.witness is not None
    assert file.statement.month == month_text(month.month)


def nonce_of_courier(month: Month) -> int:
    courier = month.statements.ledger.courier  # type: ignore[attr-defined]
    return int(month.brand.alliance.rpc.call("eth_getTransactionCount", courier, "pending"), 16)


def test_killed_at_every_step_each_record_lands_exactly_once(
    brand: BrandNode, database_url: str, tmp_path: Path
) -> None:
    """SIGKILL before and after every commit and every send; then the job simply runs again."""
    month = Month(brand)
    chain = brand.alliance
    script = str(Path(publishing.__file__))
    facts = [database_url, chain.url, str(tmp_path / "address-book.json"), str(brand.brand.brand_id), str(month.now)]
    chain.mine(max(month.now, chain.now() + 1))
    died: list[str] = []
    for point in (*KILL_POINTS, *KILL_POINTS):  # some points are reached only once the heads are on chain
        if point in died and point.startswith(("heads", "statement")):
            continue
        done = subprocess.run([sys.executable, script, *facts, point], capture_output=True, text=True, timeout=120)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        if done.returncode:
            died.append(point)
        chain.mine()
    assert set(died) == set(KILL_POINTS)
    month.publish()
    records = records_on_chain(chain, brand.brand.brand_id)
    days = [record.head.day for record in records if isinstance(record, HeadAnchored)]
    assert days == list(range(FIRST // DAY_SECONDS, month.now // DAY_SECONDS + 1))
    assert sum(isinstance(record, StatementPublished) for record in records) == 1
    assert month.statements.check(month.month) == []


def test_two_publishers_at_once_land_each_record_once(brand: BrandNode) -> None:
    month = Month(brand)
    month.make()
    second = statements_of(brand.connection)
    for _ in range(5):
        month.statements.ledger.publish()
        second.ledger.publish()
        brand.alliance.mine(max(month.now, brand.alliance.now() + 1))
    records = records_on_chain(brand.alliance, brand.brand.brand_id)
    assert sum(isinstance(record, StatementPublished) for record in records) == 1
    days = [record.head.day for record in records if isinstance(record, HeadAnchored)]
    assert len(days) == len(set(days))


def test_a_node_restored_from_an_older_backup_stops_and_says_so(
    brand: BrandNode, two_database_urls: tuple[str, str], tmp_path: Path
) -> None:
    """Its chain and its log would part; what is on chain can't be changed (pitfall 30)."""
    month = Month(brand)
    month.make()
    month.publish()
    restored = BrandNode(two_database_urls[1], brand.alliance, brand.brand, tmp_path / "restored")
    restored.world.member(100, now=FIRST)
    other = statements_of(restored.connection)
    other.take_heads(FIRST + 3600)
    with pytest.raises(PublicationStopped, match="another head"):
        other.ledger.publish()
    restored.close()


def test_a_file_is_canonical(brand: BrandNode) -> None:
    month = Month(brand)
    month.make()
    data = month.statements.file(month.month)
    assert msgspec.json.encode(msgspec.json.decode(data), order="sorted") + b"\n" == data
