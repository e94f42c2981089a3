"""Blocks as an RPC may show them, for the replay: any event of any contract with any values, believed by nobody.

Owns the form of logs only; what the replay makes of them is the real auditor's.
"""

from collections.abc import Sequence
from typing import Any

from bridge.audit.audited import AUDITED
from bridge.audit.catalogue import ALL_CHECKS
from bridge.audit.contracts.brand_registry import Brand, BrandStatus, Registry
from bridge.audit.contracts.clearing_house import Positions
from bridge.audit.logs import EVENTS, Event
from bridge.audit.model import Alliance
from bridge.audit.replay import KNOWN, Replay
from bridge.audit.report import Report, Tally, build_report
from bridge.audit.source import RawBlock
from bridge.audit.totals import totals_of
from bridge.chain.storage_root import sorted_leaves
from bridge.deploy.address_book import CONTRACTS, AddressBook, DeployParameters, make_book

ADDRESSES = {name: (number + 1).to_bytes(20, "big") for number, name in enumerate(CONTRACTS)}
NAMED = {(contract, event.name): topic for contract, events in EVENTS.items() for topic, event in events.items()}
NOW = 1_800_000_000
TEXT = f"{0:0128x}"


def address(contract: str) -> str:
    return f"0x{ADDRESSES[contract].hex()}"


def book_of(parameters: DeployParameters | None = None) -> AddressBook:
    return make_book(31_337, 1, f"0x{0:064x}", ADDRESSES, parameters or DeployParameters())


def event_named(contract: str, name: str) -> Event:
    return EVENTS[contract][NAMED[contract, name]]


def log_of(contract: str, name: str, values: Sequence[int]) -> dict[str, Any]:
    """The event as an RPC shows it, indexed values first."""
    event = event_named(contract, name)
    indexed = event.topics - 1
    topics = [NAMED[contract, name], *(f"0x{value:064x}" for value in values[:indexed])]
    data = "0x" + "".join(f"{value:064x}" for value in values[indexed:]) + (TEXT if event.dynamic else "")
    return {"address": address(contract), "topics": topics, "data": data}


class Audit:
    """An alliance of three registered brands, and the replay that feeds it."""

    def __init__(self, brands: int = 3) -> None:
        self.book = book_of()
        self.alliance = Alliance(self.book)
        self.tally = Tally(ALL_CHECKS)
        self.replay = Replay(self.alliance, {address(name): name for name in CONTRACTS}, self.tally)
        self.block = 0
        for one in range(1, brands + 1):
            brand = Brand(one, one + 100, one + 200, one + 300, status=BrandStatus.ACTIVE, credit_line=10)
            self.alliance.of(Registry).brands[one] = brand
            self.alliance.of(Positions).row(one)

    def take(self, contract: str, name: str, values: Sequence[int], transaction: Any = None, time: int = NOW) -> None:
        """A block with this one event, indexed values first."""
        self.take_together([(contract, name, values)], transaction, time)

    def take_together(
        self, events: Sequence[tuple[str, str, Sequence[int]]], transaction: Any = None, time: int = NOW
    ) -> None:
        """A block with one transaction that has these events."""
        logs = [log_of(contract, name, values) for contract, name, values in events]
        self.block += 1
        self.replay.apply(
            RawBlock(self.block, {"timestamp": hex(time), "transactions": [transaction]}, [{"logs": logs}])
        )

    def failed(self) -> set[str]:
        """The checks that failed."""
        return {name for name, count in self.tally.failed.items() if count}

    def stops(self) -> list[str]:
        """What the replay could not take in."""
        return [found.actual for found in self.tally.kept if found.check == KNOWN.name and "leads to" in found.actual]

    def end(self) -> Report:
        """What is made of the model after the last block, and the report."""
        for audited in AUDITED:
            for _, run in audited.at_end:
                self.tally.add(run(self.alliance))
            words = [(row.slot, max(0, row.word)) for row in audited.storage(self.alliance, self.book)]
            sorted_leaves(words)
        return build_report(self.tally, {}, totals_of(self.alliance, self.replay.events), ())
