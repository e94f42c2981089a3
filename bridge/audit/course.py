"""An audit on its way from block to block: everything that the next block needs of the ones before it.

Owns the order in which one block is proven and taken in. It holds no connection, so it can be saved and gone on with.
"""

from collections.abc import Iterable, Mapping

from bridge.audit.anchors import BOOK, CHECKPOINT, Checkpoint, anchored_block_is_the_same
from bridge.audit.catalogue import ALL_CHECKS
from bridge.audit.contracts.conversion_desk.batch import Desk
from bridge.audit.creation import CREATION_CHECKS, Creations
from bridge.audit.evidence import BLOCK_CHECKS, SEALS, Link, check_block, check_form, check_seals
from bridge.audit.model import Alliance
from bridge.audit.recompile import Compiled
from bridge.audit.replay import Replay
from bridge.audit.report import Tally
from bridge.audit.source import RawBlock
from bridge.chain.hexadecimal import data_of
from bridge.deploy.address_book import CONTRACTS, AddressBook


class Course:
    """`link` is the last block taken, `state_root` its state (None when it could not be read), `parent_hash` the block
    before the first deployment. `recorded`: brands whose accepted items are kept for a node's export. `compiled`: the
    contracts compiled by the auditor, if they were."""

    def __init__(
        self,
        book: AddressBook,
        checkpoint: Checkpoint | None,
        recorded: Iterable[int] = (),
        compiled: Mapping[str, Compiled] | None = None,
    ) -> None:
        self.book = book
        self.checkpoint = checkpoint
        self.tally = Tally(ALL_CHECKS)
        self.alliance = Alliance(book)
        self.compiled = compiled
        self.recorded = frozenset(recorded)
        self.alliance.of(Desk).recorded = {brand_id: {} for brand_id in sorted(self.recorded)}
        self.creations = Creations(book, compiled)
        names = {f"0x{book.address(name).hex()}": name for name in CONTRACTS}
        self.replay = Replay(self.alliance, names, self.tally)
        self.link: Link | None = None
        self.state_root: bytes | None = None
        self.parent_hash = b""
        self.tally.examine(BOOK)
        self.tally.examine(CHECKPOINT, int(checkpoint is not None))
        for check in CREATION_CHECKS:
            self.tally.examine(check, len(CONTRACTS))

    @property
    def first(self) -> int:
        """The first block of the whole audit."""
        deployed = self.book.deployed_block
        return deployed if self.checkpoint is None else min(deployed, self.checkpoint.number)

    @property
    def next_block(self) -> int:
        return self.first if self.link is None else self.link.number + 1

    def take(self, block: RawBlock) -> None:
        """The next block: proven, then read."""
        readable = self._prove(block)
        if block.number == self.book.deployed_block:
            self.parent_hash = data_of(block.header, "parentHash") if readable else b""
        if readable and block.number >= self.book.deployed_block:
            self.tally.add(self.creations.look(block))
            self.replay.apply(block)

    def _prove(self, block: RawBlock) -> bool:
        verdict = check_block(block, self.link)
        for check, _ in BLOCK_CHECKS:
            self.tally.examine(check)
        self.tally.add(verdict.findings)
        if self.book.consensus == "qbft":
            self.tally.examine(SEALS)
            self.tally.add(check_seals(block, self.link))
        elif self.book.consensus == "snowman":
            self.tally.add(check_form(block))
        self.tally.add(anchored_block_is_the_same(verdict.link, self.book, self.checkpoint))
        self.link = verdict.link
        self.state_root = data_of(block.header, "stateRoot") if verdict.readable else None
        return verdict.readable
