"""The alliance's ledger as a lottery's beacon: the first final block at or after an instant.

Owns the search by block times. Headers prove their own hash; whether they are the chain's is the ledger's finality.
"""

from alliance_node.application.errors import LedgerUnreachable
from alliance_node.domain.instants import Instant
from alliance_node.domain.lottery import Beacon
from bridge.chain.evidence import Header, fetch_headers
from bridge.chain.rpc import ChainError, Rpc


class ChainBeacons:
    """Implements `application.lottery_records.BeaconSource`."""

    def __init__(self, rpc: Rpc, finality_depth: int) -> None:
        self._rpc = rpc
        self._finality_depth = finality_depth

    def first_block_not_before(self, at: Instant) -> Beacon | None:
        try:
            header = self._search(at)
        except ChainError as error:
            raise LedgerUnreachable(str(error)) from error
        if header is None:
            return None
        return Beacon(header.number, "0x" + header.hash.hex(), header.timestamp)

    def _search(self, at: Instant) -> Header | None:
        """Block times rise: the answer is above `before` and not above `found`."""
        final = int(self._rpc.call("eth_blockNumber"), 16) - self._finality_depth
        if final < 0 or (found := self._header(final)).timestamp < at:
            return None
        before = -1
        while found.number - before > 1:
            middle = self._header((before + found.number) // 2)
            if middle.timestamp < at:
                before = middle.number
            else:
                found = middle
        return found

    def _header(self, number: int) -> Header:
        return fetch_headers(self._rpc, number, number)[0]
