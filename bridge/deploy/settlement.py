"""What treasurer, brands and anyone do in a settlement at a console: close, state, attest, book, declare in default.

Each helper is one transaction (a long statement or assessment: several) by the key that has the right. It may not
decide amounts: the contract checks every one, and the statement comes from `protocol.netting`.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from bridge.chain.keys import Signer
from bridge.chain.rpc import ChainError, Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import view
from bridge.deploy.governed import Call, send_all_governed, send_governed
from bridge.deploy.sending import Mine, send_all
from bridge.protocol.keccak import keccak
from bridge.protocol.netting import FEN, Books, Statement, netting_statement
from bridge.protocol.payments import Payment, PaymentKind, payment_digest
from bridge.protocol.words import format_address, parse_address, word

LINES_AT_ONCE = 40
_GAS, _MUCH_GAS = 900_000, 6_000_000
_FEN_DECIMALS = 2  # an asset counts CNY, of which a fen is the hundredth
_CLOSED = "0x" + keccak(b"EpochClosed(uint32,uint128,uint128,uint128,uint32,uint40)").hex()
PHASES = ("none", "closing", "paying", "paid")


class NoEpoch(ChainError):
    """No epoch was closed yet."""

    code = "no_epoch"
    next_step = "The treasurer closes the first epoch with `alliance settlement close`."


class BankSettles(ChainError):
    """A payment in an asset where banks settle."""

    code = "bank_settles"
    next_step = "Attest the bank payment with `alliance settlement sign` and book it with `confirm`."


class EpochState(msgspec.Struct, frozen=True):
    """An epoch as the contract shows it; amounts in alliance units, times in alliance time."""

    number: int
    phase: str
    closed_at: int
    due_at: int
    brands: int
    submitted: int
    unpaid: int
    supply: int
    cash: int
    deficit: int
    dues: int
    claims: int
    collected: int
    statement_hash: bytes


class BrandState(msgspec.Struct, frozen=True):
    """A brand's side of the current epoch: what it must still pay, what it may still be paid, what stands behind it."""

    brand_id: int
    position: int
    due: int
    claim: int
    paid_out: int
    payout_now: int
    written_off: int
    owed_to_fund: int
    collateral: int
    contribution: int
    cap: int


def current_epoch(rpc: Rpc, book: AddressBook, block: str | None = None) -> int:
    """How many epochs were closed."""
    return _ask(rpc, book, block or rpc.call("eth_blockNumber"), "ClearingHouse", "epoch")


def read_epoch(rpc: Rpc, book: AddressBook, block: str | None = None) -> EpochState:
    """The current epoch. Raises NoEpoch."""
    at = block or rpc.call("eth_blockNumber")
    number = current_epoch(rpc, book, at)
    if not number:
        raise NoEpoch("no epoch was closed yet")
    (row,) = view(rpc, book.address("Settlement"), "Settlement", "epochOf", number, block=at)
    return EpochState(number, PHASES[row[0]], *row[1:])


def read_brand_state(rpc: Rpc, book: AddressBook, brand_id: int, block: str | None = None) -> BrandState:
    """A brand in the current epoch; before the first close everything but what stands behind it is zero."""
    at = block or rpc.call("eth_blockNumber")
    epoch = current_epoch(rpc, book, at)
    (line,) = view(rpc, book.address("Settlement"), "Settlement", "lineOf", brand_id, block=at)
    line_epoch, due, claim, paid_out = line
    if line_epoch != epoch:
        due = claim = paid_out = 0
    owed = view(rpc, book.address("Settlement"), "Settlement", "owedOf", brand_id, block=at)
    cap, _ = view(rpc, book.address("Settlement"), "Settlement", "capOf", brand_id, block=at)
    return BrandState(
        brand_id,
        _ask(rpc, book, at, "ClearingHouse", "positionOf", brand_id),
        due,
        claim,
        paid_out,
        _ask(rpc, book, at, "Settlement", "payoutOf", brand_id),
        owed[0],
        owed[1],
        _ask(rpc, book, at, "BrandRegistry", "collateralOf", brand_id),
        _ask(rpc, book, at, "GuaranteeFund", "contributionOf", brand_id),
        cap,
    )


def fund_cash(rpc: Rpc, book: AddressBook) -> int:
    """What the guarantee fund holds."""
    return _ask(rpc, book, rpc.call("eth_blockNumber"), "GuaranteeFund", "cash")


def read_statement(rpc: Rpc, book: AddressBook, epoch: int) -> Statement:
    """The netting statement, computed from the books at the block that closed the epoch. Raises NoEpoch."""
    wanted = {
        "address": format_address(book.address("Settlement")),
        "topics": [_CLOSED, "0x" + word(epoch).hex()],
        "fromBlock": hex(book.deployed_block),
        "toBlock": "latest",
    }
    logs = rpc.call("eth_getLogs", wanted)
    if not logs:
        raise NoEpoch(f"epoch {epoch} was not closed")
    supply, cash, deficit, brands, _ = (int(logs[0]["data"][at : at + 64], 16) for at in range(2, 322, 64))
    block = logs[0]["blockNumber"]
    ids = range(1, brands + 1)
    positions = {one: _ask(rpc, book, block, "ClearingHouse", "frozenPositionOf", one) for one in ids}
    written_off = {one: _ask(rpc, book, block, "ClearingHouse", "writtenOffOf", one) for one in ids}
    return netting_statement(Books(epoch, brands, supply, cash, deficit), positions, written_off)


def close_epoch(rpc: Rpc, book: AddressBook, treasurer: Signer, *, mine: Mine | None = None) -> int:
    """Freeze all positions now; returns the number of the epoch."""
    send_governed(rpc, book, treasurer, "Settlement", "closeEpoch", mine=mine)
    return read_epoch(rpc, book).number


def submit_statement(rpc: Rpc, book: AddressBook, treasurer: Signer, *, mine: Mine | None = None) -> Statement:
    """Submit what of the current epoch's statement is not yet there, in parts that fit a block. Raises Scheduled."""
    epoch = read_epoch(rpc, book)
    statement = read_statement(rpc, book, epoch.number)
    positions = [line.position for line in statement.lines]
    calls = [
        Call("Settlement", "submitStatement", (start + 1, positions[start : start + LINES_AT_ONCE]), _MUCH_GAS)
        for start in range(epoch.submitted, len(positions), LINES_AT_ONCE)
    ]
    send_all_governed(rpc, book, treasurer, calls, mine=mine)
    return statement


def sign_payment(signer: Signer, book: AddressBook, payment: Payment) -> bytes:
    """One party's signature: the treasurer's, or the brand's settlement key's."""
    return signer.sign_digest(payment_digest(payment, book.chain_id, book.address("Settlement")))


def confirm_payment(
    rpc: Rpc,
    book: AddressBook,
    sender: Signer,
    payment: Payment,
    treasurer: bytes,
    signatures: Sequence[bytes],
    *,
    mine: Mine | None = None,
) -> None:
    """Book a bank payment that both signed: `signatures` are the treasurer's and the brand's. Anyone may send it."""
    row = (int(payment.kind), payment.brand_id, payment.epoch, payment.units, payment.bank_reference)
    _send(rpc, book, sender, "confirm", row, format_address(treasurer), *signatures, mine=mine)


def move_asset(
    rpc: Rpc,
    book: AddressBook,
    sender: Signer,
    kind: PaymentKind,
    brand_id: int,
    units: int,
    *,
    mine: Mine | None = None,
) -> None:
    """The same in the settlement asset, which the sender approved to the Settlement contract before."""
    _send(rpc, book, sender, "move", int(kind), brand_id, units, mine=mine)


def approve_asset(rpc: Rpc, book: AddressBook, payer: Signer, units: int, *, mine: Mine | None = None) -> None:
    """Let the Settlement contract take this much of the payer's asset, if it may not yet. Raises BankSettles."""
    if not book.params.settlement_asset:
        raise BankSettles("this alliance settles by bank: no asset was named at its deployment")
    asset, spender = parse_address(book.params.settlement_asset), format_address(book.address("Settlement"))
    at, token = rpc.call("eth_blockNumber"), "AlliancePoint"  # an ERC-20 like any other
    (decimals,) = view(rpc, asset, token, "decimals", block=at)
    amount = units // FEN * 10 ** (decimals - _FEN_DECIMALS)
    (allowed,) = view(rpc, asset, token, "allowance", format_address(payer.address), spender, block=at)
    if allowed < amount:
        data = load_artifact(token).functions["approve"].encode(spender, amount)
        send_all(rpc, payer, [("approve", asset, data, _GAS)], mine=mine)


def agree_cap(
    rpc: Rpc, book: AddressBook, cold: Signer, brand_id: int, units: int, *, mine: Mine | None = None
) -> None:
    """Agree to be assessed for others' defaults, up to `units` in an epoch."""
    _send(rpc, book, cold, "agreeCap", brand_id, units, mine=mine)


def declare_default(rpc: Rpc, book: AddressBook, sender: Signer, brand_id: int, *, mine: Mine | None = None) -> None:
    """Declare an overdue brand in default, and book all assessments."""
    _send(rpc, book, sender, "declareDefault", brand_id, mine=mine)
    finish_assessment(rpc, book, sender, mine=mine)


def finish_assessment(rpc: Rpc, book: AddressBook, sender: Signer, *, mine: Mine | None = None) -> None:
    """Book what a default still assesses, in parts that fit a block."""
    settlement = book.address("Settlement")
    while view(rpc, settlement, "Settlement", "running", block=rpc.call("eth_blockNumber"))[0]:
        _send(rpc, book, sender, "assess", LINES_AT_ONCE, mine=mine, gas=_MUCH_GAS)


def apply_credit(rpc: Rpc, book: AddressBook, sender: Signer, brand_id: int, *, mine: Mine | None = None) -> None:
    """Pay the claim of a brand that others paid for into the guarantee fund."""
    _send(rpc, book, sender, "applyCredit", brand_id, mine=mine)


def sweep_dust(rpc: Rpc, book: AddressBook, sender: Signer, brand_id: int, *, mine: Mine | None = None) -> None:
    """Move the less than one fen that a leaving brand has left to the fund."""
    _send(rpc, book, sender, "sweepDust", brand_id, mine=mine)


def _ask(rpc: Rpc, book: AddressBook, block: str, contract: str, function: str, *arguments: object) -> int:
    (found,) = view(rpc, book.address(contract), contract, function, *arguments, block=block)
    return int(found)


def _send(
    rpc: Rpc,
    book: AddressBook,
    signer: Signer,
    function: str,
    *arguments: Any,
    mine: Mine | None,
    gas: int = _GAS,
) -> None:
    data = load_artifact("Settlement").functions[function].encode(*arguments)
    send_all(rpc, signer, [(f"Settlement.{function}", book.address("Settlement"), data, gas)], mine=mine)
