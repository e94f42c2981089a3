"""All events of all contracts, in order, into the model; each is checked before it is taken in.

Owns the order and the dispatch. What the events say is taken as the fact after the check has spoken, so that one wrong
fact is one finding and not a flood.
"""

from collections.abc import Mapping
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


class Replay:
    """Feeds blocks into an Alliance. `contracts` maps each contract's lower-case address to its name."""

    def __init__(self, alliance: Alliance, contracts: Mapping[str, str], tally: Tally) -> None:
        self.alliance = alliance
        self.events = 0
        self._contracts = contracts
        self._tally = tally
        self._addresses = {name: int(address, 16) for address, name in contracts.items()}

    def apply(self, block: RawBlock) -> None:
        """Every event of the block that is ours, transaction by transaction."""
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
                transaction = block.transactions[index] if index < len(block.transactions) else None
                scene = Scene(self.alliance, self._tally, self._addresses, block.number, index, timestamp, transaction)
                self._take_all(scene, logs)

    def _take_all(self, scene: Scene, logs: list[tuple[str, dict[str, Any]]]) -> None:
        scene.tally.examine(KNOWN, len(logs))
        self.events += len(logs)
        for contract, log in logs:
            self._take(scene, contract, log)
        for finish in _AFTER_TRANSACTION:
            finish(scene)

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
