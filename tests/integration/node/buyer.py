"""A process for tests: its members buy an option in threads, again and again, until each is refused.

Run as `python buyer.py URL OPTION MEMBER...`; prints the code of every answer. Owns no expectation.
"""

import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.integration.node.world import World, redeem


def main() -> None:
    url, option, *members = sys.argv[1:]
    world = World(url, busy_seconds=60, migrate=False)
    print("ready", flush=True)
    sys.stdin.readline()

    def buy(member: str) -> list[str]:
        codes = []
        while not codes or codes[-1] == "accepted":
            codes.append(world.one(redeem(member, option, str(uuid.uuid4()))).code)
        return codes

    with ThreadPoolExecutor(len(members)) as pool:
        for codes in pool.map(buy, members):
            print(*codes, flush=True)


if __name__ == "__main__":
    main()
