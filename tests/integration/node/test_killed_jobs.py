"""A job that is killed goes on where it stopped; members are served while it runs; nothing happens twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from alliance_node.application.evaluate_tiers import evaluate_tiers
from alliance_node.application.sweep_expiry import sweep_expiry
from tests.integration.bridge.processes import eventually
from tests.integration.node.test_set_jobs import ladder_text
from tests.integration.node.world import DAY, T0, World, purchase

SWEEPER = Path(__file__).with_name("sweeper.py")
MEMBERS = 150
LATER = T0 + 200 * DAY


def start(world: World, job: str, at: int) -> subprocess.Popen[str]:
    """The job in a process of its own, under way: its first commit is done."""
    url = make_url(world.url)
    if url.get_backend_name() == "postgresql":
        url = url.update_query_dict({"application_name": "job"})
    process = subprocess.Popen(
        [sys.executable, str(SWEEPER), url.render_as_string(hide_password=False), job, str(at)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert reported(process) == 1
    return process


def reported(process: subprocess.Popen[str]) -> int:
    """Wait for the next commit: how many members are done."""
    assert process.stdout is not None
    return int(process.stdout.readline())


def kill(world: World, process: subprocess.Popen[str]) -> None:
    """SIGKILL, wherever it is. PostgreSQL may still be at its last commit: wait for the end of that."""
    on_server = make_url(world.url).get_backend_name() == "postgresql"
    assert not on_server or connections(world) > 0
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=60) == -signal.SIGKILL
    if on_server:
        eventually(lambda: connections(world) == 0)


def connections(world: World) -> int:
    """Of jobs, to the server."""
    return world.count("pg_stat_activity WHERE datname = current_database() AND application_name = 'job'")


def buyers(world: World, count: int, points: int) -> list[str]:
    """Members with one purchase each, in one group."""
    ids = world.members(count)
    world.do(*(purchase(member, f"first-{member}", points * 100) for member in ids))
    return sorted(ids)


def test_a_sweep_killed_in_the_middle_is_finished_by_the_next_and_members_are_served_meanwhile(world: World) -> None:
    """R-EXP-5: every member is swept exactly once, whatever was killed and bought in between."""
    members = buyers(world, MEMBERS, 300)
    process = start(world, "sweep", LATER)
    asked = (members[0], members[MEMBERS // 2], members[-1])
    served = [world.one(purchase(member, f"during-{member}", 5_000, LATER), LATER) for member in asked]
    assert process.poll() is None, "the sweep ended before anybody was served"
    kill(world, process)
    assert all(result.accepted for result in served)
    swept = world.count("events WHERE kind = 'points_expired'")
    assert 1 <= swept < MEMBERS
    seen: list[int] = []
    rest = sweep_expiry(world.jobs, LATER, LATER, seen.append)
    assert rest.changed == rest.members == MEMBERS - swept
    assert (seen[0] > swept, seen[-1]) == (True, MEMBERS), "progress goes on where it stopped"
    assert world.queries.totals(LATER).expired == MEMBERS * 360
    assert [world.spendable(member, LATER) for member in asked] == [50] * 3
    again = sweep_expiry(world.jobs, LATER, LATER)
    assert (again.members, again.changed, again.points) == (0, 0, 0)
    world.assert_clean()


@pytest.mark.parametrize("commits", [1, 10])
def test_an_evaluation_killed_in_the_middle_is_finished_by_the_next_and_members_are_served_meanwhile(
    database_url: str, commits: int
) -> None:
    """R-TIER-5: silver members with 120 growth keep 96 after the new year, and silver needs 100."""
    world = World(database_url, ladder_text())
    members = buyers(world, MEMBERS, 120)
    at = T0 + 400 * DAY
    process = start(world, "tiers", at)
    for _ in range(commits - 1):
        reported(process)
    served = world.one(purchase(members[-1], "during", 500, at), at)
    assert process.poll() is None, "the evaluation ended before anybody was served"
    kill(world, process)
    assert served.accepted
    moved = world.count("events WHERE kind = 'tier_changed' AND payload LIKE '%downgrade%'")
    assert commits <= moved < MEMBERS - 1
    seen: list[int] = []
    rest = evaluate_tiers(world.jobs, at, at, seen.append)
    assert rest.changed == MEMBERS - 1 - moved, "the one who was served has 101 growth and stays"
    assert seen[0] > moved, "progress goes on where it stopped"
    assert evaluate_tiers(world.jobs, at, at).changed == 0
    assert [world.queries.balance(member, at).tier for member in (members[0], members[-1])] == ["base", "silver"]
    world.assert_clean()
    world.close()
