"""The demo's settlement: one epoch each month, settled between the three brands the moment the month is over.

Owns the figures for the summary. Bank transfers are simulated; positions, statement and signatures are real.
"""

from dataclasses import dataclass

from alliance_node.adapters.chain.local_alliance import LocalAlliance
from alliance_node.entrypoints.demo.clock import ReplayClock


@dataclass(slots=True)
class Settling:
    """Called by the monthly loop; counts what was settled, in alliance units."""

    alliance: LocalAlliance
    clock: ReplayClock
    epochs: int = 0
    paid_in: int = 0
    paid_out: int = 0
    payments: int = 0

    def month(self) -> None:
        """Settle what the month left between the brands."""
        settled = self.alliance.settle(self.clock.tick)
        self.epochs = settled.number
        self.paid_in += settled.collected
        self.paid_out += settled.paid_out
        self.payments += settled.payments
