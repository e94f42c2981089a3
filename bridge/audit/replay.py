"""All events of all contracts, in order, into the model; each is checked before it is taken in.

Owns the order and the dispatch. What the events say is taken as the fact after the check has spoken, so that one wrong
fact is one finding and not a flood. An event that the model can't take in, which no honest chain has, is a finding and
the end of the replay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.audit.audited import AUDITED
from bridge.audit.findings import Check
from bridge.audit.logs import event_of, values_of
from bridge.audit.model import Alliance
from bridge.audit.report import Tally
from bridge.audit.scene import Scene
from bridge.audit.source import RawBlock
from bridge.chain.hexadecimal import MalformedChainData, quantity_of

KNOWN = Check("known-events", "EVIDENCE-5", "every event of the alliance's contracts is one that this auditor reads")
_AFTER_TRANSACTION = tuple(audited.after_transaction for audited in AUDITED if audited.after_transaction is not None)


@dataclass(slots=True)
class Stop:
    """Where the replay ended before the last block; empty while it goes on. Kept with the model, so it is saved too."""

    where: str = ""


class Replay:
    """Feeds blocks into an Alliance. `contracts` maps each contract's lower-case address to its name."""

    def __init__(self, alliance: Alliance, contracts: Mapping[str, str], tally: Tally) -> None:
        self.alliance = alliance
        self.events = 0
        self._contracts = contracts
        self._tally = tally
        self._addresses = {name: int(address, 16) for address, name in contracts.items()}

    @property
    def stopped_at(self) -> str:
        """The transaction after which nothing was taken in any more; empty if there is none."""
        return self.alliance.of(Stop).where

    def apply(self, block: RawBlock) -> None:
        """Every event of the block that is ours, transaction by transaction; nothing once the replay has stopped."""
        if self.stopped_at:
            return
        timestamp = quantity_of(block.header, "timestamp")
        names = self._contracts
        for index, receipt in enumerate(block.receipts):
            logs = []
            for log in receipt["logs"]:
                address = log["address"]
                contract = names.get(address) or names.get(address.lower())
                if contract is not None:
                    logs.append((contract, log))
            if logs:
                transaction = _row(block.transactions, index)
                scene = Scene(self.alliance, self._tally, self._addresses, block.number, index, timestamp, transaction)
                self._take_all(scene, logs)
                if self.stopped_at:
                    return

    def _take_all(self, scene: Scene, logs: list[tuple[str, dict[str, Any]]]) -> None:
        scene.tally.examine(KNOWN, len(logs))
        self.events += len(logs)
        try:
            for contract, log in logs:
                self._take(scene, contract, log)
            for finish in _AFTER_TRANSACTION:
                finish(scene)
        except Exception as error:  # noqa: BLE001 - whatever a lying RPC makes of it, the audit ends in a report
            event = event_of(scene.contract, dict(scene.log)) if scene.contract else None
            name = f"{scene.contract}.{event.name}" if event is not None else "the first event"
            cause = f"{name} leads to {type(error).__name__}"
            scene.find(KNOWN.failed("an event that the model can take in", cause, scene.where))
            self.alliance.of(Stop).where = scene.where

    def _take(self, scene: Scene, contract: str, log: dict[str, Any]) -> None:
        event = event_of(contract, log)
        if event is None:
            topic = (log.get("topics") or ["no topic"])[0]
            scene.find(KNOWN.unchecked(f"a known event of {contract}", topic, scene.where))
            return
        if event.take is None:
            return
        try:
            values = values_of(event, log)
        except MalformedChainData as error:
            scene.find(KNOWN.failed(f"a well-formed {event.name}", error, scene.where))
            return
        scene.contract, scene.log = contract, log
        event.take(scene, values)


def _row(transactions: list[dict[str, Any]], index: int) -> dict[str, Any] | None:
    """The transaction, if the RPC shows one."""
    row = transactions[index] if index < len(transactions) else None
    return row if isinstance(row, dict) else None
