"""Epochs: closing, the netting statement, and in which phase an epoch is at any time."""

from bridge.audit.contracts.alliance_clock import Clock
from bridge.audit.contracts.alliance_point import Token
from bridge.audit.contracts.brand_registry import Registry
from bridge.audit.contracts.clearing_house import Positions
from bridge.audit.contracts.settlement.same import same
from bridge.audit.contracts.settlement.signatures import CALLERS, called_by_treasurer
from bridge.audit.contracts.settlement.state import Epoch, Line, Phase, SettlementBooks
from bridge.audit.contracts.signed_words import signed
from bridge.audit.findings import Check
from bridge.audit.scene import Scene
from bridge.protocol.netting import Line as StatementLine
from bridge.protocol.netting import statement_hash

CLOSES = Check("epoch-close", "INV-13", "an epoch is closed after the one before is paid, and states the books then")
LINES = Check("statement-lines", "INV-13", "a statement names each brand once, with its position at the close")
BALANCED = Check(
    "statement-balance", "INV-13", "claims + supply = dues + cash + deficit; the hash is the recomputed one"
)
PHASES = Check(
    "epoch-phases", "INV-13", "an epoch is closing, paying or paid as its lines and dues say, due at its period's end"
)


def closed(scene: Scene, values: list[int]) -> None:
    number, supply, cash, deficit, brands, closed_at = values
    books, positions = scene.alliance.of(SettlementBooks), scene.alliance.of(Positions)
    lawful = (
        books.number + 1,
        scene.alliance.of(Token).supply,
        positions.pool_cash,
        positions.deficit,
        len(scene.alliance.of(Registry).brands),
        scene.alliance.of(Clock).read(scene.timestamp),
    )
    same(scene, CLOSES, lawful, tuple(values), "epoch, supply, cash, deficit, brands, date")
    ready = books.epoch.phase in (Phase.NONE, Phase.PAID)
    same(scene, CLOSES, True, ready, "the epoch before is paid:")
    scene.run(CALLERS, called_by_treasurer(scene))
    books.number = positions.epoch = number
    books.epochs[number] = Epoch(supply, cash, deficit, brands, closed_at)
    books.swept = 0
    books.touched = True


def line(scene: Scene, values: list[int]) -> None:
    number, brand_id, position, made_good = values[0], values[1], signed(values[2]), values[3]
    books, positions = scene.alliance.of(SettlementBooks), scene.alliance.of(Positions)
    epoch = books.epoch
    # The write-off that a claim makes good was booked by an event before this one.
    open_before = positions.row(brand_id).written_off + made_good
    expected = (
        books.number,
        epoch.submitted + 1,
        positions.frozen_position(brand_id),
        min(max(position, 0), open_before),
    )
    same(scene, LINES, expected, (number, brand_id, position, made_good), "epoch, brand, position, made good")
    same(scene, PHASES, Phase.CLOSING.name, epoch.phase.name, "phase at a line:")
    epoch.submitted = brand_id
    epoch.deficit -= made_good
    due, claim = max(0, -position), max(0, position - made_good)
    books.lines[brand_id] = Line(number, due, claim)
    epoch.dues += due
    epoch.claims += claim
    epoch.unpaid += due > 0
    previous = epoch.statement_hash.to_bytes(32, "big")
    stated = StatementLine(brand_id, position, due, claim, made_good)
    epoch.statement_hash = int.from_bytes(statement_hash(number, (stated,), previous), "big")
    books.touched = True


def completed(scene: Scene, values: list[int]) -> None:
    """The date is alliance time: a pause between statement and date lengthens what is left."""
    number, dues, claims, due_at, digest = values
    books = scene.alliance.of(SettlementBooks)
    epoch = books.epoch
    expected = (books.number, epoch.dues, epoch.claims, hex(epoch.statement_hash), epoch.brands)
    actual = (number, dues, claims, hex(digest), epoch.submitted)
    same(scene, BALANCED, expected, actual, "epoch, dues, claims, hash, brands")
    same(scene, BALANCED, epoch.claims + epoch.supply, epoch.dues + epoch.cash + epoch.deficit, "claims and supply")
    lawful = scene.alliance.of(Clock).read(scene.timestamp) + scene.alliance.book.params.payment_period
    same(scene, PHASES, (Phase.CLOSING.name, lawful), (epoch.phase.name, due_at), "phase before, due at")
    scene.run(CALLERS, called_by_treasurer(scene))
    epoch.phase, epoch.due_at = Phase.PAYING, due_at
    books.touched = True


def paid(scene: Scene, values: list[int]) -> None:
    books = scene.alliance.of(SettlementBooks)
    epoch = books.epoch
    same(scene, CLOSES, (books.number, 0), (values[0], epoch.unpaid), "epoch and dues that are open")
    same(scene, PHASES, Phase.PAYING.name, epoch.phase.name, "phase before it was paid:")
    epoch.phase = Phase.PAID
    books.touched = True


def phase_is_lawful(scene: Scene, books: SettlementBooks) -> None:
    """After a transaction: the phase follows from the lines that are there and the dues that are open."""
    epoch = books.epoch
    same(scene, PHASES, _phase_of(epoch).name, epoch.phase.name, f"epoch {books.number}:")


def _phase_of(epoch: Epoch) -> Phase:
    if epoch.phase is Phase.NONE:
        return Phase.NONE
    if epoch.submitted < epoch.brands:
        return Phase.CLOSING
    return Phase.PAYING if epoch.unpaid else Phase.PAID
