"""A writer process for tests: records numbered sales in groups and says which are committed, until done or killed.

Run as `python writer.py URL PREFIX FIRST LAST GROUP MEMBER...`. Owns no expectation.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from alliance_node.application.envelopes import Envelope
from tests.integration.node.world import T0, World, purchase


def main() -> None:
    url, prefix, first, last, group, *members = sys.argv[1:]
    world = World(url, busy_seconds=60, migrate=False)
    print("ready", flush=True)
    sys.stdin.readline()
    for start in range(int(first), int(last), int(group)):
        numbers = range(start, min(start + int(group), int(last)))
        envelopes = [
            Envelope(purchase(members[n % len(members)], f"{prefix}-{n}", 5_000), "writer", f"{prefix}-{n}", b"b" * 32)
            for n in numbers
        ]
        results = world.ledger.execute(envelopes, T0)
        assert all(result.accepted for result in results), [result.body for result in results]
        print(*numbers, flush=True)


if __name__ == "__main__":
    main()
