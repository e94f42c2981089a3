"""What a test needs of a network of validators, and the smallest one: a single Anvil that mines by interval.

Owns the shape that every network has here. The full profile adds one of four validators (snowman_network.py).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from bridge.chain.anvil import AnvilOptions, AnvilProcess


class Network(Protocol):
    """Validators that answer JSON-RPC at `urls`; `spare` of them may be lost. `asks_who_sends`: only listed accounts
    may. `ticks`: blocks come by the clock, not only when there is something to put in. `consensus`: what the address
    book of an alliance on it says. `base_fee`: wei for a unit of gas."""

    spare: int
    asks_who_sends: bool
    ticks: bool
    consensus: str
    base_fee: int

    @property
    def urls(self) -> list[str]: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def kill(self, number: int) -> None:
        """End one validator without a warning."""

    def start_validator(self, number: int) -> None: ...

    def wait_for(self, numbers: Sequence[int]) -> None:
        """Until these validators answer."""


class AnvilNetwork:
    """One validator, which none can spare. Blocks come by the clock, with Cancun rules and free gas."""

    spare = 0
    asks_who_sends = False
    ticks = True
    consensus = "none"
    base_fee = 0

    def __init__(self, directory: Path) -> None:
        options = AnvilOptions(block_time=1, gas_limit=60_000_000, hardfork="cancun")
        self._anvil = AnvilProcess(directory, options, dies_with_parent=True)
        self._url = ""

    @property
    def urls(self) -> list[str]:
        return [self._url]

    def start(self) -> None:
        self._url = self._anvil.start()

    def stop(self) -> None:
        self._anvil.stop()

    def kill(self, number: int) -> None:
        """Anvil writes its state first: a killed one forgets final blocks, which no validator may."""
        self._anvil.stop()

    def start_validator(self, number: int) -> None:
        self.start()

    def wait_for(self, numbers: Sequence[int]) -> None:
        """`start` has waited."""
