"""The indexer: reads the chain block by block, believes only what is proven, and applies what is final exactly once.

Owns the cursor and the range. Rows, cursor and the node's effects are one commit, so a restart neither misses nor
repeats an event (pitfalls 21, 32). It uses no node-side filters, and it never skips a block.
"""

import msgspec
import sqlalchemy as sa

from bridge.chain.evidence import Header, bloom_mask, fetch_contents, fetch_headers, may_hold_logs_of, verify_header
from bridge.chain.rpc import ChainError, Rpc, RpcError, RpcUnavailable
from bridge.deploy.address_book import AddressBook
from bridge.indexer import cursors
from bridge.indexer.apply import BlockApplier
from bridge.indexer.clock import ClockState
from bridge.indexer.cursors import Cursor
from bridge.indexer.model import Observer
from bridge.indexer.scan import Contracts, ScannedBlock, scan_block
from bridge.protocol.claims import claim_domain
from bridge.settings import BridgeSettings
from bridge.transactions import halts
from bridge.transactions.context import Doubts
from bridge.transactions.database import reading, writing
from bridge.transactions.identity import require_own_database, require_same_chain
from bridge.transactions.states import Halted, HaltReason


class Indexer:
    """One brand's indexer."""

    def __init__(
        self,
        engine: sa.Engine,
        rpc: Rpc,
        book: AddressBook,
        brand_id: int,
        observer: Observer,
        settings: BridgeSettings,
        *,
        reference_key: bytes,
    ) -> None:
        self._engine = engine
        self._rpc = rpc
        self._book = book
        self._brand_id = brand_id
        self._observer = observer
        self._settings = settings
        self._contracts = Contracts.of(book)
        self._masks = [bloom_mask(address) for address in self._contracts.addresses]
        domain = claim_domain(book.chain_id, book.address("ConversionDesk"))
        self._applier = BlockApplier(brand_id, domain, reference_key)
        self._range = settings.first_range
        self._doubts = Doubts(settings.doubt_seconds)
        self._started = False
        self.newest: Header | None = None

    def step(self) -> bool:
        """Read and apply one range; False when nothing is new.

        Raises Halted, RpcUnavailable, RpcError, WrongChainId, UntrustedBlock, BlockMissing, ChainInvariantBroken, and
        whatever the observer raises; nothing of the range is applied then.
        """
        halts.refuse_if_halted(self._engine, self._brand_id)
        try:
            if not self._started:
                self._start()
            return self._advance()
        except Halted as halted:
            halts.record_halt(self._engine, halted)
            raise

    def forget_chain(self) -> None:
        """Check the chain's identity again before the next range, as after a start (the RPC was away)."""
        self._started = False

    def _start(self) -> None:
        parent = require_same_chain(self._rpc, self._book, self._brand_id)
        with writing(self._engine) as connection:
            require_own_database(connection, self._brand_id)
            cursors.create(connection, self._brand_id, self._book.deployed_block - 1, bytes.fromhex(parent[2:]))
        self._started = True

    def _advance(self) -> bool:
        with reading(self._engine) as connection:
            cursor = cursors.load(connection, self._brand_id)
        newest, at_cursor = self._rpc.batch(
            [
                ("eth_getBlockByNumber", ("latest", False)),
                ("eth_getBlockByNumber", (hex(cursor.scanned_number), False)),
            ]
        )
        head = self.newest = verify_header(newest)
        known = verify_header(at_cursor) if at_cursor else None
        if known is None or known.hash != cursor.scanned_hash:
            return self._fork(cursor, head)
        self._doubts.clear(HaltReason.FINAL_BLOCK_GONE)
        first, last = cursor.scanned_number + 1, min(head.number, cursor.scanned_number + self._range)
        final_number = max(cursor.final_number, head.number - self._settings.finality_depth)
        if first > last and final_number <= cursor.final_number:
            return False
        blocks = self._scan(cursor, known, first, last) if first <= last else []
        self._commit(cursor, blocks, min(final_number, max(last, cursor.scanned_number)))
        return True

    def _scan(self, cursor: Cursor, known: Header, first: int, last: int) -> list[ScannedBlock]:
        """Verified facts of a range; the range adapts to what the RPC can answer. `known` is the cursor's block."""
        try:
            headers = fetch_headers(self._rpc, first, last, known if self._book.consensus == "qbft" else None)
            relevant = [header for header in headers if may_hold_logs_of(header, self._masks)]
            contents = {evidence.header.number: evidence for evidence in fetch_contents(self._rpc, relevant)}
        except (RpcError, RpcUnavailable):
            self._range = max(1, self._range // 4)
            raise
        self._range = min(self._settings.max_range, self._range * 2)
        if headers[0].parent_hash != cursor.scanned_hash:
            raise ChainError(f"block {first} does not follow the cursor: the chain moved while it was read")
        return [
            scan_block(contents[header.number], self._contracts) if header.number in contents else _plain(header)
            for header in headers
        ]

    def _commit(self, cursor: Cursor, blocks: list[ScannedBlock], final_number: int) -> None:
        """Everything of this range in one commit."""
        with writing(self._engine) as connection:
            cursors.claim(connection, cursor)
            waiting = cursors.take_waiting(connection, final_number)
            final = [block for block in [*waiting, *blocks] if block.number <= final_number]
            cursors.store_waiting(connection, [block for block in blocks if block.number > final_number])
            clock = cursor.clock
            for block in final:
                clock = self._apply(connection, block, clock, last=block is final[-1])
            cursors.move(connection, cursor, blocks, final, clock)

    def _apply(self, connection: sa.Connection, block: ScannedBlock, clock: ClockState, *, last: bool) -> ClockState:
        clock = clock.after(block.clock)
        if block.is_empty and not last:
            return clock
        final = self._applier.apply(connection, block, clock.alliance_time(block.timestamp), last=last)
        if last or not final.is_empty:
            self._observer.apply(connection, final)
        return clock

    def _fork(self, cursor: Cursor, head: Header) -> bool:
        """The block at the cursor is not on the chain any more: forget what wasn't final, or stop."""
        at_final = self._rpc.call("eth_getBlockByNumber", hex(cursor.final_number), False)
        found = verify_header(at_final).hash if at_final else None
        if found != cursor.final_hash:
            what = "gone" if found is None else "replaced"
            detail = f"final block {cursor.final_number} is {what}, the chain's head is block {head.number}"
            self._doubts.doubt(Halted(self._brand_id, HaltReason.FINAL_BLOCK_GONE, detail))
        with writing(self._engine) as connection:
            cursors.claim(connection, cursor)
            cursors.roll_back(connection, cursor)
        return True


def _plain(header: Header) -> ScannedBlock:
    return ScannedBlock(header.number, header.hash, header.parent_hash, header.timestamp)


class IndexerStatus(msgspec.Struct, frozen=True):
    """How far the indexer is; None before its first pass."""

    scanned_number: int | None
    final_number: int | None
    alliance_time: int | None


def indexer_status(engine: sa.Engine, brand_id: int) -> IndexerStatus:
    """From the database alone."""
    with reading(engine) as connection:
        cursor = cursors.find(connection, brand_id)
    if cursor is None:
        return IndexerStatus(None, None, None)
    return IndexerStatus(cursor.scanned_number, cursor.final_number, cursor.alliance_time)
