"""The one clock of the replay: it moves the chain and every node together, and never backwards."""

from collections.abc import Iterable
from typing import Protocol


class MinesBlocks(Protocol):
    """What the clock needs of the chain."""

    def mine(self, timestamp: int) -> None:
        """Make one block with this timestamp, which must be later than the last one's."""
        ...


class HasClock(Protocol):
    """What the clock needs of a node."""

    def set_clock(self, now: int) -> None:
        """Move forward to `now`."""
        ...


class ReplayClock:
    """`advance` for a jump of everything, `tick` for one more block while conversions travel."""

    def __init__(self, chain: MinesBlocks, nodes: Iterable[HasClock], now: int) -> None:
        self._chain = chain
        self._nodes = list(nodes)
        self._chain_now = now
        self.now = now

    def advance(self, instant: int) -> None:
        """Move chain and nodes to `instant`; the chain may be some ticks ahead and then only makes one more block."""
        self._chain_now = max(instant, self._chain_now + 1)
        self._chain.mine(self._chain_now)
        if instant > self.now:
            self.now = instant
            for node in self._nodes:
                node.set_clock(instant)

    def tick(self) -> None:
        """One more block, a second later."""
        self._chain_now += 1
        self._chain.mine(self._chain_now)
