"""A job that is killed goes on where it stopped; members are served while it runs; nothing happens twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alliance_node.application.evaluate_tiers import evaluate_tiers
from alliance_node.application.sweep_expiry import sweep_expiry
from tests.integration.node.test_set_jobs import ladder_text
from tests.integration.node.world import DAY, T0, World, purchase

SWEEPER = Path(__file__).with_name("sweeper.py")
MEMBERS = 60
LATER = T0 + 200 * DAY


def start(world: World, job: str, at: int) -> subprocess.Popen[str]:
    """The job in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(SWEEPER), world.url, job, str(at)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )


def kill_after(process: subprocess.Popen[str], commits: int) -> None:
    """SIGKILL as soon as so many commits were reported, wherever it is then."""
    assert process.stdout is not None
    for _ in range(commits):
        assert process.stdout.readline().strip().isdigit()
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=60) == -signal.SIGKILL


def test_a_sweep_killed_in_the_middle_is_finished_by_the_next_and_members_are_served_meanwhile(world: World) -> None:
    """R-EXP-5: every member is swept exactly once, whatever was killed and bought in between."""
    members = [world.member(300) for _ in range(MEMBERS)]
    process = start(world, "sweep", LATER)
    served = [world.one(purchase(member, f"during-{member}", 5_000, LATER), LATER) for member in members[:3]]
    kill_after(process, 5)
    assert all(result.accepted for result in served)
    swept = world.count("events WHERE kind = 'points_expired'")
    assert 5 <= swept < MEMBERS
    rest = sweep_expiry(world.jobs, LATER, LATER)
    assert rest.changed == MEMBERS - swept
    assert world.queries.totals(LATER).expired == MEMBERS * 360
    assert sweep_expiry(world.jobs, LATER, LATER).changed == 0
    world.assert_clean()


@pytest.mark.parametrize("commits", [1, 10])
def test_an_evaluation_killed_in_the_middle_is_finished_by_the_next(database_url: str, commits: int) -> None:
    """R-TIER-5."""
    world = World(database_url, ladder_text())
    for _ in range(MEMBERS // 2):
        world.member(120)
    at = T0 + 400 * DAY
    kill_after(start(world, "tiers", at), commits)
    moved = world.count("events WHERE kind = 'tier_changed' AND version > 3")
    assert commits <= moved < MEMBERS // 2
    assert evaluate_tiers(world.jobs, at, at).changed == MEMBERS // 2 - moved
    assert evaluate_tiers(world.jobs, at, at).changed == 0
    world.assert_clean()
    world.close()
