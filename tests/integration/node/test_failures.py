"""What happens when the database or the process fails: typed errors, nothing lost, nothing doubled, recovery."""

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from alliance_node.adapters.clock import ManualClock
from alliance_node.application.commit_queue import CommitQueue
from alliance_node.application.envelopes import Envelope
from alliance_node.application.errors import (
    ClockMovedBack,
    DatabaseBusy,
    DatabaseUnavailable,
    QueueClosed,
    QueueFull,
)
from tests.integration.node.lossy_proxy import LossyProxy
from tests.integration.node.processes import Writer
from tests.integration.node.world import T0, World, purchase


class Noon:
    """A clock that stands."""

    def now(self) -> int:
        return T0


@pytest.mark.postgresql
def test_a_commit_whose_answer_was_lost_is_found_by_the_retry(postgresql_world: World, tmp_path: Path) -> None:
    """Pitfall 35: the server commits, the answer never arrives, the client retries and gets the first decision."""
    member = postgresql_world.member()
    proxy = LossyProxy(postgresql_world.url, Path(tmp_path))
    world = World(proxy.url, migrate=False)
    envelope = Envelope(purchase(member, "basket-1"), "till", "key-1", b"k" * 32)
    world.one(purchase(member, "warm-up"))
    proxy.lose_next_commit_answer()
    with pytest.raises(DatabaseUnavailable):
        world.ledger.execute([envelope], T0)
    retried = world.ledger.execute([envelope], T0)[0]
    assert (retried.outcome, retried.code) == ("replayed", "accepted")
    assert world.spendable(member) == 100
    world.assert_clean()
    world.close()
    proxy.close()


@pytest.mark.parametrize("kill_after", [1, 4])
def test_a_killed_writer_loses_nothing_and_doubles_nothing(world: World, kill_after: int) -> None:
    """SIGKILL in the middle of groups; a second process repeats everything."""
    members = world.members(10)
    first = Writer(world.url, "sale", (0, 2_000), 50, members)
    first.go()
    for _ in range(kill_after):
        assert first.read_group()
    first.kill()
    committed = world.purchases()
    assert len(first.acknowledged) <= committed < 2_000
    assert committed % 50 == 0
    world.assert_clean()
    second = Writer(world.url, "sale", (0, 2_000), 500, members)
    second.go()
    assert second.finish() == 0
    assert world.purchases() == 2_000
    assert sum(world.spendable(member) for member in members) == world.queries.totals(T0).issued
    assert world.sealer.seal_all(T0) == world.count("events")
    world.assert_clean()


def test_a_locked_sqlite_database_is_a_typed_error_and_the_queue_recovers(sqlite_world: World) -> None:
    member = sqlite_world.member()
    world = World(sqlite_world.url, busy_seconds=0.2, migrate=False)
    with CommitQueue(world.ledger, Noon()) as queue:
        blocker = sqlite3.connect(sa.make_url(world.url).database or "", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy):
            queue.submit(Envelope(purchase(member, "basket-1"))).result(10)
        blocker.execute("ROLLBACK")
        blocker.close()
        assert queue.submit(Envelope(purchase(member, "basket-1"))).result(10).outcome == "accepted"
    world.close()


@pytest.mark.postgresql
def test_a_locked_member_is_a_typed_error_and_the_queue_recovers(postgresql_world: World) -> None:
    member = postgresql_world.member()
    world = World(postgresql_world.url, busy_seconds=0.2, migrate=False)
    with CommitQueue(world.ledger, Noon()) as queue:
        with postgresql_world.engine.begin() as connection:
            connection.execute(sa.text("SELECT 1 FROM members WHERE member_id = :m FOR UPDATE"), {"m": member})
            with pytest.raises(DatabaseBusy):
                queue.submit(Envelope(purchase(member, "basket-1"))).result(10)
        assert queue.submit(Envelope(purchase(member, "basket-1"))).result(10).outcome == "accepted"
    world.close()


@pytest.mark.postgresql
def test_a_postgresql_server_that_went_away_is_a_typed_error_and_the_queue_recovers(
    postgresql_world: World, postgresql_server: str
) -> None:
    world = postgresql_world
    member = world.member()
    name = sa.make_url(world.url).database
    admin = sa.create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with CommitQueue(world.ledger, Noon()) as queue, admin.connect() as operator:
        operator.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        operator.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        with pytest.raises(DatabaseUnavailable):
            queue.submit(Envelope(purchase(member, "basket-1"))).result(20)
        operator.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert queue.submit(Envelope(purchase(member, "basket-1"))).result(20).outcome == "accepted"
    admin.dispose()
    world.assert_clean()


def test_a_sqlite_file_that_went_away_is_a_typed_error_and_the_queue_recovers(
    sqlite_world: World, tmp_path: Path
) -> None:
    world = sqlite_world
    member = world.member()
    home, away = tmp_path / "home", tmp_path / "away"
    world.close()
    home.mkdir()
    for file in tmp_path.glob("node.sqlite*"):
        shutil.move(file, home / file.name)
    moved = World(f"sqlite:///{home / 'node.sqlite'}", migrate=False)
    with CommitQueue(moved.ledger, Noon()) as queue:
        home.rename(away)
        with pytest.raises(DatabaseUnavailable):
            queue.submit(Envelope(purchase(member, "basket-1"))).result(10)
        away.rename(home)
        assert queue.submit(Envelope(purchase(member, "basket-1"))).result(10).outcome == "accepted"
    moved.close()


def test_a_full_queue_refuses_at_once_and_a_closed_one_too(world: World) -> None:
    member = world.member()
    queue = CommitQueue(world.ledger, Noon(), max_queue=2)
    waiting = [queue.submit(Envelope(purchase(member, f"basket-{number}"))) for number in range(2)]
    with pytest.raises(QueueFull):
        queue.submit(Envelope(purchase(member, "basket-2")))
    queue.start()
    assert [future.result(10).outcome for future in waiting] == ["accepted", "accepted"]
    queue.close()
    with pytest.raises(QueueClosed):
        queue.submit(Envelope(purchase(member, "basket-3")))
    never_started = CommitQueue(world.ledger, Noon())
    left = never_started.submit(Envelope(purchase(member, "basket-4")))
    never_started.close()
    assert isinstance(left.exception(1), QueueClosed)


def test_sixty_four_submitters_share_commits(world: World) -> None:
    """Group commit: every submitter gets its own answer, in whatever group it travelled."""
    members = world.members(64)
    with CommitQueue(world.ledger, Noon()) as queue:

        def buy(number: int) -> list[str]:
            member = members[number]
            return [
                queue.submit(Envelope(purchase(member, f"{number}-{turn}"))).result(30).outcome for turn in range(5)
            ]

        outcomes: list[list[str]] = [[] for _ in members]

        def run(number: int) -> None:
            outcomes[number] = buy(number)

        threads = [threading.Thread(target=run, args=(number,)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert outcomes == [["accepted"] * 5] * 64
    assert all(world.spendable(member) == 250 for member in members)
    world.assert_clean()


def test_one_broken_command_in_the_queue_reaches_only_its_submitter(world: World) -> None:
    """Pitfall 36, through the queue."""
    member = world.member()
    queue = CommitQueue(world.ledger, Noon())
    good = queue.submit(Envelope(purchase(member, "basket-1")))
    bad = queue.submit(Envelope(purchase(member, "lone surrogate \ud800")))
    after = queue.submit(Envelope(purchase(member, "basket-2")))
    with queue:
        assert good.result(10).outcome == "accepted"
        assert after.result(10).outcome == "accepted"
        assert bad.exception(10) is not None or not bad.result().accepted
    assert world.spendable(member) == 100


def test_the_manual_clock_survives_a_restart_and_never_goes_back(world: World) -> None:
    clock = ManualClock(world.engine, T0)
    clock.set(T0 + 5)
    assert ManualClock(world.engine).now() == T0 + 5
    with pytest.raises(ClockMovedBack):
        clock.set(T0)
