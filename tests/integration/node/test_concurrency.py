"""Exact under concurrency: threads and processes on one database."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from alliance_node.application.envelopes import Envelope
from tests.integration.node.processes import Writer
from tests.integration.node.world import START, T0, World, program_text, purchase, redeem


def test_twenty_concurrent_redemptions_spend_once(world: World) -> None:
    """Pitfall 1: 450 points pay exactly one award of 450, however many ask at once."""
    member = world.member(300)
    assert world.spendable(member) == 360
    world.one(purchase(member, "top-up", 9_000))
    barrier = threading.Barrier(20)

    def ask(_: int) -> str:
        barrier.wait()
        return world.one(redeem(member)).code

    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(ask, range(20)))
    assert sorted(codes) == ["accepted"] + ["insufficient_points"] * 19
    assert world.spendable(member) == 0
    world.assert_clean()


def test_shared_stock_is_never_oversold_under_parallel_redemption(database_url: str) -> None:
    """R-RED-4, pitfall 13: three bags, twelve members who can pay, all at once."""
    text = program_text().replace("stock: 5000", "stock: 3")
    world = World(database_url, text)
    members = [world.member(900) for _ in range(12)]
    barrier = threading.Barrier(12)

    def ask(member: str) -> str:
        barrier.wait()
        return world.one(redeem(member, "shopping-bag")).code

    with ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(ask, members))
    assert codes.count("accepted") == 3
    assert codes.count("out_of_stock") == 9
    in_one_group = world.do(*(redeem(member, "shopping-bag") for member in members))
    assert {result.code for result in in_one_group} == {"out_of_stock"}
    world.assert_clean()
    world.close()


def test_the_same_sale_from_many_threads_is_recorded_once(world: World) -> None:
    """Two uniquenesses at once: the transport key and the sale itself."""
    member = world.member()
    envelopes = [Envelope(purchase(member, "basket-1"), "till", f"key-{n % 3}", b"k" * 32) for n in range(12)]
    with ThreadPoolExecutor(12) as pool:
        results = list(pool.map(lambda envelope: world.ledger.execute([envelope], T0)[0], envelopes))
    assert [result.outcome for result in results].count("accepted") == 1
    assert {result.code for result in results} == {"accepted"}
    assert world.spendable(member) == 50


@pytest.mark.postgresql
def test_two_processes_share_members_without_loss_or_double(postgresql_world: World) -> None:
    """Both record the same 600 sales on the same 5 members; each sale counts once, no deadlock is left unresolved."""
    world = postgresql_world
    members = world.members(5)
    writers = [Writer(world.url, "sale", (0, 600), 37, members), Writer(world.url, "sale", (0, 600), 41, members)]
    for writer in writers:
        writer.go()
    assert [writer.finish() for writer in writers] == [0, 0]
    assert world.purchases() == 600
    totals = world.queries.totals(T0)
    assert sum(world.spendable(member) for member in members) == totals.issued == totals.liability
    world.sealer.seal_all(T0)
    world.assert_clean()


@pytest.mark.postgresql
def test_the_log_is_sealed_while_two_processes_write(postgresql_world: World) -> None:
    """DESIGN §3: order by commit, never by serial id alone; nothing is passed over by a sealer that runs meanwhile."""
    world = postgresql_world
    members = world.members(40)
    writers = [
        Writer(world.url, "left", (0, 400), 25, members[:25]),
        Writer(world.url, "right", (0, 400), 10, members[15:]),
    ]
    for writer in writers:
        writer.go()
    running = True
    while running:
        running = all(writer.process.poll() is None for writer in writers)
        world.sealer.step(T0, limit=50)
    assert [writer.finish() for writer in writers] == [0, 0]
    world.sealer.seal_all(T0)
    assert world.sealer.head().size == world.count("events") >= 40 + 800
    assert world.purchases() == 800
    world.assert_clean()


def test_program_versions_of_another_process_are_seen(world: World) -> None:
    """A version activated elsewhere counts for the next group (same database, another program object)."""
    other = World(world.url, migrate=False)
    assert other.queries.program_book().at(T0).version == world.queries.program_book().at(START).version == 1
    other.close()
