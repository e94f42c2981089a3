"""A process for tests: draws a lottery two prizes a commit and is killed after the first. Run as
`dying_draw.py URL DRAW NOW`. Owns no expectation."""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from alliance_node.adapters.sql.lottery_store import SqlLotteryStore
from alliance_node.application.lottery_draw import draw_prizes
from alliance_node.application.lottery_records import LotteryDesk
from tests.integration.node.world import World

if __name__ == "__main__":
    url, draw, now = sys.argv[1:]
    world = World(url, migrate=False)
    desk = LotteryDesk(world.ledger, SqlLotteryStore(world.engine), chunk=2)
    draw_prizes(desk, draw, int(now), progress=lambda _: os.kill(os.getpid(), signal.SIGKILL))
