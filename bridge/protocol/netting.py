"""The netting statement of an epoch: who pays what into the pool, who may be paid what out of it.

Pure; must compute exactly what the Settlement contract computes, so that every brand and the auditor arrive at the same
statement from the ledger. All amounts are alliance units; 10 units are 1 fen. It may not read a chain.
"""

from collections.abc import Mapping

import msgspec

from bridge.protocol.keccak import keccak
from bridge.protocol.words import word

FEN = 10


class StatementDoesNotBalance(ValueError):
    """Positions that cannot be those of one instant: claims + supply is not dues + cash + deficit."""

    code = "statement_does_not_balance"
    next_step = "Read positions, supply, cash and deficit at one and the same block, the one that closed the epoch."


class Books(msgspec.Struct, frozen=True):
    """The pool at an epoch's close. `brands` is the number of brands then."""

    epoch: int
    brands: int
    supply: int
    cash: int
    deficit: int


class Line(msgspec.Struct, frozen=True):
    """One brand. `made_good`: what of its claim fills its own write-off of an earlier default."""

    brand_id: int
    position: int
    due: int
    claim: int
    made_good: int


class Statement(msgspec.Struct, frozen=True):
    """Every brand of the epoch in the order of ids; `hash` is what the contract ends up with."""

    books: Books
    lines: tuple[Line, ...]
    hash: bytes

    @property
    def dues(self) -> int:
        return sum(line.due for line in self.lines)

    @property
    def claims(self) -> int:
        return sum(line.claim for line in self.lines)

    @property
    def deficit(self) -> int:
        """The deficit of the close, less what claims of former defaulters made good."""
        return self.books.deficit - sum(line.made_good for line in self.lines)


def netting_statement(books: Books, positions: Mapping[int, int], written_off: Mapping[int, int]) -> Statement:
    """The statement from the positions at the close. Raises StatementDoesNotBalance."""
    lines = tuple(
        _line(brand_id, positions[brand_id], written_off.get(brand_id, 0)) for brand_id in range(1, books.brands + 1)
    )
    statement = Statement(books, lines, statement_hash(books.epoch, lines))
    if statement.claims + books.supply != statement.dues + books.cash + statement.deficit:
        raise StatementDoesNotBalance(
            f"claims {statement.claims} + supply {books.supply} is not dues {statement.dues} + cash {books.cash} "
            f"+ deficit {statement.deficit}"
        )
    return statement


def statement_hash(epoch: int, lines: tuple[Line, ...], digest: bytes = bytes(32)) -> bytes:
    """keccak256 chained over (hash so far, epoch, brand, position)."""
    for line in lines:
        digest = bytes(keccak(digest + word(epoch) + word(line.brand_id) + _signed_word(line.position)))
    return digest


def up_to_fen(units: int) -> int:
    """What is transferred for a due: the next whole fen."""
    return -(-units // FEN) * FEN


def down_to_fen(units: int) -> int:
    """What is transferred for a claim: whole fen only."""
    return units - units % FEN


def entitled_down(claim: int, claims: int, cash: int, collected: int, supply: int) -> int:
    """What a claim may have been paid once `collected` came in: its share of what the pool holds above the points."""
    above = max(0, cash + collected - supply)
    return down_to_fen(claim * min(claims, above) // claims) if claims else 0


def payouts(statement: Statement, collected: int) -> dict[int, int]:
    """What each brand may be paid in all, once `collected` came in."""
    books = statement.books
    return {
        line.brand_id: entitled_down(line.claim, statement.claims, books.cash, collected, books.supply)
        for line in statement.lines
        if line.claim
    }


def _line(brand_id: int, position: int, written_off: int) -> Line:
    if position <= 0:
        return Line(brand_id, position, -position, 0, 0)
    made_good = min(position, written_off)
    return Line(brand_id, position, 0, position - made_good, made_good)


def _signed_word(value: int) -> bytes:
    return value.to_bytes(32, "big", signed=True)
