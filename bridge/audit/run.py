"""One audit from the first block to the last: fetch, prove, replay, compare, report.

Owns the order of the steps. It trusts the address book and, if given, the checkpoint; it may not trust the RPC, nor ask
it for its head more than once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.audit.anchors import (
    BOOK,
    CHECKPOINT,
    CODE,
    NOTHING_BEFORE,
    Checkpoint,
    anchored_block_is_the_same,
    code_is_there,
    no_code_before,
)
from bridge.audit.audited import AUDITED
from bridge.audit.catalogue import ALL_CHECKS
from bridge.audit.contracts.conversion_desk.batch import Desk
from bridge.audit.contracts.rates import RateRules
from bridge.audit.creation import CREATION_CHECKS, Creations
from bridge.audit.evidence import BLOCK_CHECKS, Link, check_block
from bridge.audit.final_checks import PROOFS, storage_is_as_replayed
from bridge.audit.limits import limits
from bridge.audit.model import Alliance
from bridge.audit.node_export import ITEMS as EXPORTED_ITEMS
from bridge.audit.node_export import TOTALS as EXPORTED_TOTALS
from bridge.audit.node_export import NodeExport, export_is_the_chain
from bridge.audit.replay import Replay
from bridge.audit.report import Report, Tally, build_report
from bridge.audit.source import RawBlock, stream_blocks
from bridge.audit.statement_files import files_are_the_ledgers
from bridge.audit.storage import ProvenState
from bridge.audit.totals import totals_of
from bridge.chain.headers import header_hash
from bridge.chain.hexadecimal import MalformedChainData, data_of, quantity_of
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import CONTRACTS, AddressBook
from bridge.protocol.domains import DeskDomains
from bridge.protocol.statement_files import InclusionFile, StatementFile

_RPC_TIMEOUT_SECONDS = 120.0


class AuditImpossible(Exception):
    """The question itself is wrong: a block that doesn't exist yet, a checkpoint after the last block."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the audit is: blocks read of all, events of ours so far."""

    blocks_done: int
    blocks_total: int
    events: int


ShowProgress = Callable[[Progress], None]


def run_audit(
    rpc_url: str,
    address_book: AddressBook,
    *,
    to_block: int | None = None,
    checkpoint: Checkpoint | None = None,
    export: NodeExport | None = None,
    statements: Sequence[StatementFile | InclusionFile] = (),
    progress: ShowProgress = lambda _: None,
) -> Report:
    """Audit the alliance of `address_book` up to `to_block` (default: the RPC's head, read once).

    Raises RpcUnavailable, RpcError, WrongChainId, MissingBlock, AuditImpossible.
    """
    rpc = Rpc(rpc_url, timeout=_RPC_TIMEOUT_SECONDS)
    try:
        rpc.require_chain(address_book.chain_id)
        last = _last_block(rpc, address_book, to_block, checkpoint)
        return _Audit(rpc, address_book, last, checkpoint, export, progress, statements).run()
    finally:
        rpc.close()


def _last_block(rpc: Rpc, book: AddressBook, to_block: int | None, checkpoint: Checkpoint | None) -> int:
    head = quantity_of({"eth_blockNumber": rpc.call("eth_blockNumber")}, "eth_blockNumber")
    last = head if to_block is None else to_block
    if last > head:
        raise AuditImpossible(f"block {last} does not exist yet; the chain's head is {head}")
    if last < book.deployed_block:
        raise AuditImpossible(f"block {last} is before the first deployment in block {book.deployed_block}")
    if checkpoint is not None and checkpoint.number > last:
        raise AuditImpossible(f"the checkpoint's block {checkpoint.number} is after the last audited block {last}")
    return last


def _has_hash(header: Any, expected: bytes) -> bool:
    try:
        return isinstance(header, dict) and header_hash(header) == expected
    except MalformedChainData:
        return False


@dataclass
class _Audit:
    """The state of one run, from the block of the first deployment (or the checkpoint) to `last`."""

    rpc: Rpc
    book: AddressBook
    last: int
    checkpoint: Checkpoint | None
    export: NodeExport | None
    progress: ShowProgress
    statements: Sequence[StatementFile | InclusionFile] = ()
    tally: Tally = field(default_factory=lambda: Tally(ALL_CHECKS))
    state_root: bytes | None = None
    parent_hash: bytes = b""
    creations: Creations = field(init=False)
    link: Link | None = None

    def __post_init__(self) -> None:
        self.creations = Creations(self.book)

    @property
    def first(self) -> int:
        deployed = self.book.deployed_block
        return deployed if self.checkpoint is None else min(deployed, self.checkpoint.number)

    @property
    def contracts(self) -> dict[str, bytes]:
        return {name: self.book.address(name) for name in CONTRACTS}

    def run(self) -> Report:
        rules = self.book.params
        alliance = Alliance(
            RateRules(rules.notice_period, rules.quote_grace, rules.claim_window, rules.max_step_ppm),
            DeskDomains.of(self.book.chain_id, self.book.address("ConversionDesk")),
        )
        replay = self._replay(alliance)
        for check, run in (pair for audited in AUDITED for pair in audited.at_end):
            self.tally.examine(check)
            self.tally.add(run(alliance))
        code_hashes = self._compare_state(alliance)
        if self.export is not None:
            self.tally.examine(EXPORTED_ITEMS, sum(len(brand.items) for brand in self.export))
            self.tally.examine(EXPORTED_TOTALS, len(self.export))
            self.tally.add(export_is_the_chain(self.export, alliance.of(Desk).recorded))
        if self.statements:
            for check, findings in files_are_the_ledgers(self.statements, alliance, self.book):
                self.tally.examine(check)
                self.tally.add(findings)
        return build_report(
            self.tally,
            self._chain(code_hashes),
            totals_of(alliance, replay.events),
            limits(self.checkpoint is not None),
        )

    def _replay(self, alliance: Alliance) -> Replay:
        """Every block once: proven, then taken in."""
        names = {f"0x{address.hex()}": name for name, address in self.contracts.items()}
        alliance.of(Desk).recorded = {brand.brand_id: {} for brand in self.export or ()}
        replay = Replay(alliance, names, self.tally)
        creations = self.creations
        for check in CREATION_CHECKS:
            self.tally.examine(check, len(CONTRACTS))
        for done, (block, readable) in enumerate(self._proven_blocks(), start=1):
            if readable and block.number >= self.book.deployed_block:
                self.tally.add(creations.look(block))
                replay.apply(block)
            self.progress(Progress(done, self.last - self.first + 1, replay.events))
        self.tally.add(creations.end())
        return replay

    def _proven_blocks(self) -> Iterator[tuple[RawBlock, bool]]:
        self.tally.examine(BOOK)
        self.tally.examine(CHECKPOINT, int(self.checkpoint is not None))
        for block in stream_blocks(self.rpc, self.first, self.last):
            verdict = check_block(block, self.link)
            for check, _ in BLOCK_CHECKS:
                self.tally.examine(check)
            self.tally.add(verdict.findings)
            self.tally.add(anchored_block_is_the_same(verdict.link, self.book, self.checkpoint))
            self.link = verdict.link
            if verdict.readable and block.number == self.last:
                self.state_root = data_of(block.header, "stateRoot")
            if block.number == self.book.deployed_block:
                self.parent_hash = data_of(block.header, "parentHash") if verdict.readable else b""
            yield block, verdict.readable

    def _compare_state(self, alliance: Alliance) -> dict[str, str]:
        """Storage against the model; returns the proven code hash of each contract."""
        code_hashes: dict[str, str] = {}
        self._check_before()
        if self.state_root is None:
            self.tally.add([PROOFS.unchecked("a state root", "the audited block is unreadable", f"block {self.last}")])
            return code_hashes
        state = ProvenState(self.rpc, self.last, self.state_root)
        self.tally.examine(CODE, len(self.contracts))
        self.tally.add(code_is_there(state, self.contracts, code_hashes))
        expected = [row for audited in AUDITED for row in audited.storage(alliance, self.book)]
        self.tally.examine(PROOFS, len(expected))
        for row in expected:
            self.tally.examine(row.check)
        self.tally.add(storage_is_as_replayed(state, self.contracts, expected))
        return code_hashes

    def _check_before(self) -> None:
        """Contracts whose creation was not read must not have existed in the block before the first one."""
        self.tally.examine(NOTHING_BEFORE, len(self.contracts))
        unseen = {name: address for name, address in self.contracts.items() if name in self.creations.not_seen}
        before = self.book.deployed_block - 1
        if not unseen or before < 0:
            return
        header = self.rpc.call("eth_getBlockByNumber", hex(before), False)
        if not _has_hash(header, self.parent_hash):
            self.tally.add([NOTHING_BEFORE.failed(self.parent_hash, "another block", f"block {before}")])
            return
        state = ProvenState(self.rpc, before, data_of(header, "stateRoot"))
        self.tally.add(no_code_before(state, unseen))

    def _chain(self, code_hashes: dict[str, str]) -> dict[str, Any]:
        block_hash = f"0x{self.link.block_hash.hex()}" if self.link else None
        return {
            "chain_id": self.book.chain_id,
            "from_block": self.first,
            "to_block": self.last,
            "to_block_hash": block_hash,
            "next_checkpoint": f"{self.last}:{block_hash}",
            "contracts": {name: self.book.contracts[name] for name in CONTRACTS},
            "code_hashes": code_hashes,
        }
