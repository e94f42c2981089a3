"""A process for tests: empties shared limits by purchases and redemptions until it gets nothing or is killed.

Run as `python shopper.py URL PREFIX MEMBER...`; after each commit it says how many bags and budget points it got.
Owns no expectation.
"""

import sys
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from alliance_node.application.envelopes import Envelope
from alliance_node.domain.commands import Command, RecordPurchase
from tests.integration.node.world import T0, World, redeem

BAG = "shopping-bag"


def main() -> None:
    url, prefix, *members = sys.argv[1:]
    world = World(url, busy_seconds=60, migrate=False)
    print("ready", flush=True)
    sys.stdin.readline()
    number = 0
    while True:
        commands: list[Command] = []
        for member in members:
            number += 1
            commands.append(RecordPurchase(member, prefix, str(number), 1_000, T0, ("fresh",)))
            commands.append(redeem(member, BAG, str(uuid.uuid4())))
        results = world.ledger.execute([Envelope(command) for command in commands], T0)
        taken = [use for result in results for event in result.events for use in getattr(event, "limits", ())]
        bags = sum(units for limit_id, units in taken if limit_id == f"stock:{BAG}")
        points = sum(units for limit_id, units in taken if limit_id.startswith("budget:"))
        print(bags, points, flush=True)
        if not taken:
            return


if __name__ == "__main__":
    main()
