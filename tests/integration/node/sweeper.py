"""A process for tests that runs a job with one member a commit and says after each how many are done.

Run as `python sweeper.py URL sweep|tiers AT`. Owns no expectation.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from alliance_node.adapters.sql.job_store import SqlJobStore
from alliance_node.application.evaluate_tiers import evaluate_tiers
from alliance_node.application.member_jobs import MemberJobs
from alliance_node.application.sweep_expiry import sweep_expiry
from tests.integration.node.world import World


def told(done: int) -> None:
    """Says it, and leaves the database to others for a moment, so that a kill finds the job in the middle."""
    print(done, flush=True)
    time.sleep(0.01)


def main() -> None:
    url, job, at = sys.argv[1], sys.argv[2], int(sys.argv[3])
    world = World(url, busy_seconds=60, migrate=False)
    jobs = MemberJobs(world.ledger, SqlJobStore(world.engine), chunk=1, set_chunk=1)
    run = sweep_expiry if job == "sweep" else evaluate_tiers
    run(jobs, at, at, told)
    print("finished", flush=True)


if __name__ == "__main__":
    main()
