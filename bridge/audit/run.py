"""One audit from the first block to the last: fetch, prove, replay, compare, report.

Owns the order of the steps. It trusts the address book and, if given, the checkpoint and its own signed state file; it
may not trust the RPC, nor ask it for its head more than once.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bridge.audit.anchors import CODE, NOTHING_BEFORE, Checkpoint, code_is_there, no_code_before
from bridge.audit.audited import AUDITED
from bridge.audit.code_checks import RECOMPILED, code_is_of_the_sources
from bridge.audit.contracts.conversion_desk.batch import Desk
from bridge.audit.course import Course
from bridge.audit.final_checks import COMPLETE, PROOFS, storage_is_as_replayed
from bridge.audit.limits import limits
from bridge.audit.node_export import ITEMS as EXPORTED_ITEMS
from bridge.audit.node_export import SUSPENSE as SUSPENDED
from bridge.audit.node_export import TOTALS as EXPORTED_TOTALS
from bridge.audit.node_export import NodeExport, export_is_the_chain, suspense_of
from bridge.audit.recompile import recompile
from bridge.audit.replay import KNOWN
from bridge.audit.report import Report, build_report
from bridge.audit.saved import resume, save
from bridge.audit.source import stream_blocks
from bridge.audit.statement_files import files_are_the_ledgers
from bridge.audit.storage import ProvenState
from bridge.audit.totals import totals_of
from bridge.chain.headers import header_hash
from bridge.chain.hexadecimal import MalformedChainData, data_of, quantity_of
from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import CONTRACTS, AddressBook
from bridge.protocol.statement_files import InclusionFile, StatementFile

_RPC_TIMEOUT_SECONDS = 120.0
Row = TypeVar("Row")


class AuditImpossible(Exception):
    """The question itself is wrong: a block that doesn't exist yet, a checkpoint after the last block."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the audit is: blocks read of all, events of ours so far."""

    blocks_done: int
    blocks_total: int
    events: int


@dataclass(frozen=True, slots=True)
class StateFile:
    """Where an audit is saved while it runs, whose signature protects it, and how often."""

    path: Path
    key: Signer
    every_seconds: float = 15.0


ShowProgress = Callable[[Progress], None]


def run_audit(
    rpc_url: str,
    address_book: AddressBook,
    *,
    to_block: int | None = None,
    checkpoint: Checkpoint | None = None,
    export: NodeExport | None = None,
    state_file: StateFile | None = None,
    sources: Path | None = None,
    statements: Sequence[StatementFile | InclusionFile] = (),
    progress: ShowProgress = lambda _: None,
) -> Report:
    """Audit the alliance of `address_book` up to `to_block` (default: the RPC's head, read once), going on from the
    last block of `state_file` if it is there; `sources` is a checkout whose contracts are compiled and compared.

    Raises RpcUnavailable, RpcError, WrongChainId, MissingBlock, AuditImpossible, SavedAuditRefused, SourcesMissing,
    CompilerRefused.
    """
    rpc = Rpc(rpc_url, timeout=_RPC_TIMEOUT_SECONDS)
    try:
        rpc.require_chain(address_book.chain_id)
        last = _last_block(rpc, address_book, to_block, checkpoint)
        compiled = recompile(sources) if sources is not None else None
        course = Course(address_book, checkpoint, (brand.brand_id for brand in export or ()), compiled)
        if state_file is not None:
            resume(course, state_file.path, state_file.key)
        if course.next_block > last + 1:
            raise AuditImpossible(f"block {last} is before the last block {course.next_block - 1} of the state file")
        return _Audit(rpc, course, last, export, state_file, progress, statements).run()
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
    """One run: the blocks that are left, then the end of it."""

    rpc: Rpc
    course: Course
    last: int
    export: NodeExport | None
    state_file: StateFile | None
    progress: ShowProgress
    statements: Sequence[StatementFile | InclusionFile] = ()

    @property
    def book(self) -> AddressBook:
        return self.course.book

    def run(self) -> Report:
        course, tally = self.course, self.course.tally
        self._read_blocks()
        tally.add(course.creations.end())
        self._explain_stop()
        for check, run in self._unless_stopped(pair for audited in AUDITED for pair in audited.at_end):
            tally.examine(check)
            tally.add(run(course.alliance))
        code_hashes = self._compare_state()
        if self.export is not None and not course.replay.stopped_at:
            tally.examine(EXPORTED_ITEMS, sum(len(brand.items) for brand in self.export))
            tally.examine(EXPORTED_TOTALS, len(self.export))
            tally.examine(SUSPENDED, sum(len(brand.suspense) for brand in self.export))
            tally.add(export_is_the_chain(self.export, course.alliance.of(Desk).recorded))
        if self.statements and not course.replay.stopped_at:
            for check, findings in files_are_the_ledgers(self.statements, course.alliance, self.book):
                tally.examine(check)
                tally.add(findings)
        totals, suspense = totals_of(course.alliance, course.replay.events), suspense_of(self.export or [])
        if suspense:
            totals["node_suspense"] = suspense
        unprovable = limits(
            course.checkpoint is not None,
            course.compiled is not None,
            self.book.consensus,
            self.book.params.cover_rule,
            bool(suspense),
        )
        return build_report(tally, self._chain(code_hashes), totals, unprovable)

    def _explain_stop(self) -> None:
        """After the transaction where the replay stopped nothing is known: that is said once, and nothing compared."""
        stopped_at = self.course.replay.stopped_at
        if stopped_at:
            left = f"the events after it up to block {self.last}, storage, files"
            self.course.tally.add([KNOWN.unchecked(left, "the replay stopped", stopped_at)])

    def _unless_stopped(self, rows: Iterable[Row]) -> Iterable[Row]:
        """What is compared with the model, if the model is complete."""
        return () if self.course.replay.stopped_at else rows

    def _read_blocks(self) -> None:
        """Every block that is left, once; the course is saved now and then, and at the end."""
        course, first = self.course, self.course.first
        saved_at, unsaved = time.monotonic(), False
        for block in stream_blocks(self.rpc, course.next_block, self.last):
            course.take(block)
            unsaved = True
            self.progress(Progress(block.number - first + 1, self.last - first + 1, course.replay.events))
            if self.state_file is not None and time.monotonic() - saved_at >= self.state_file.every_seconds:
                save(course, self.state_file.path, self.state_file.key)
                saved_at, unsaved = time.monotonic(), False
        if self.state_file is not None and unsaved:
            save(course, self.state_file.path, self.state_file.key)

    def _compare_state(self) -> dict[str, str]:
        """Storage against the model; returns the proven code hash of each contract."""
        code_hashes: dict[str, str] = {}
        course, tally = self.course, self.course.tally
        self._check_before()
        if course.state_root is None:
            tally.add([PROOFS.unchecked("a state root", "the audited block is unreadable", f"block {self.last}")])
            return code_hashes
        state = ProvenState(self.rpc, self.last, course.state_root)
        contracts = {name: self.book.address(name) for name in CONTRACTS}
        tally.examine(CODE, len(contracts))
        tally.add(code_is_there(state, contracts, code_hashes))
        self._compare_code(contracts, code_hashes)
        for audited in self._unless_stopped(AUDITED):
            expected = list(audited.storage(course.alliance, self.book))
            tally.examine(PROOFS, len(expected))
            tally.examine(COMPLETE)
            for row in expected:
                tally.examine(row.check)
            tally.add(storage_is_as_replayed(state, audited, contracts[audited.name], expected))
        return code_hashes

    def _compare_code(self, contracts: dict[str, bytes], code_hashes: dict[str, str]) -> None:
        """The code on chain against the sources, if they were compiled."""
        compiled, tally = self.course.compiled, self.course.tally
        if compiled is not None:
            calls = [("eth_getCode", (f"0x{contracts[name].hex()}", hex(self.last))) for name in compiled]
            codes = dict(zip(compiled, self.rpc.batch(calls), strict=True))
            tally.examine(RECOMPILED, len(compiled))
            tally.add(code_is_of_the_sources(compiled, codes, code_hashes, f"block {self.last}"))

    def _check_before(self) -> None:
        """Contracts whose creation was not read must not have existed in the block before the first one."""
        course, tally = self.course, self.course.tally
        tally.examine(NOTHING_BEFORE, len(CONTRACTS))
        unseen = {name: self.book.address(name) for name in CONTRACTS if name in course.creations.not_seen}
        before = self.book.deployed_block - 1
        if not unseen or before < 0:
            return
        header = self.rpc.call("eth_getBlockByNumber", hex(before), False)
        if not _has_hash(header, course.parent_hash):
            tally.add([NOTHING_BEFORE.failed(course.parent_hash, "another block", f"block {before}")])
            return
        tally.add(no_code_before(ProvenState(self.rpc, before, data_of(header, "stateRoot")), unseen))

    def _chain(self, code_hashes: dict[str, str]) -> dict[str, Any]:
        link = self.course.link
        block_hash = f"0x{link.block_hash.hex()}" if link else None
        return {
            "chain_id": self.book.chain_id,
            "from_block": self.course.first,
            "to_block": self.last,
            "to_block_hash": block_hash,
            "next_checkpoint": f"{self.last}:{block_hash}",
            "contracts": {name: self.book.contracts[name] for name in CONTRACTS},
            "code_hashes": code_hashes,
        }
