"""Administrative calls that the AccessManager may hold back: an account whose role has an execution delay schedules
first and carries out later, with the same command.

Owns the look at the delay and the two steps. A call without delay is one transaction. Several calls of one command are
scheduled together and carried out together.
"""

from collections.abc import Sequence

import msgspec

from bridge.chain.keys import Signer
from bridge.chain.rpc import ChainError, Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import view
from bridge.deploy.sending import Mine, send_all
from bridge.protocol.words import format_address, utc_text

_GAS = 900_000
_MANY = 50
_MANAGER = "AccessManager"
_Step = tuple[str, bytes, bytes, int]
"""Title, target, calldata, gas."""


class Scheduled(ChainError):
    """The call waits for its account's delay; nothing has changed yet."""

    code = "scheduled"

    def __init__(self, title: str, ready_at: int, *, is_new: bool) -> None:
        self.ready_at = ready_at
        self.is_new = is_new
        moment = utc_text(ready_at)
        done = "is scheduled now" if is_new else "was scheduled before"
        super().__init__(f"{title} {done}; it can be carried out from {moment}")
        self.next_step = f"Run the same command again from {moment}, within a week."


class Call(msgspec.Struct, frozen=True):
    """One call of a contract's function, with the gas it may use."""

    contract: str
    function: str
    arguments: tuple[object, ...]
    gas: int = _GAS

    @property
    def title(self) -> str:
        """For the operator."""
        return f"{self.contract}.{self.function}"


def send_governed(
    rpc: Rpc,
    book: AddressBook,
    signer: Signer,
    contract: str,
    function: str,
    *arguments: object,
    mine: Mine | None = None,
    gas: int = _GAS,
) -> None:
    """Carry the call out, or schedule it. Raises Scheduled, TransactionFailed, NotMined."""
    send_all_governed(rpc, book, signer, [Call(contract, function, arguments, gas)], mine=mine)


def send_all_governed(
    rpc: Rpc,
    book: AddressBook,
    signer: Signer,
    calls: Sequence[Call],
    *,
    mine: Mine | None = None,
    at_once: int = 1,
) -> None:
    """Carry the calls out in order, `at_once` of them before their receipts are read. Those with a delay are all
    scheduled first, and nothing is carried out before the last of them is ready: one repetition of a command is enough.
    Raises Scheduled, TransactionFailed, NotMined."""
    head = rpc.call("eth_getBlockByNumber", "latest", False)
    steps = [_step(book, call) for call in calls]
    kinds = {(call.contract, call.function) for call in calls}
    waits = {kind for kind in kinds if _delay(rpc, book, signer, *kind, head["number"])}
    delayed = [step for call, step in zip(calls, steps, strict=True) if (call.contract, call.function) in waits]
    if delayed:
        _wait_for_schedules(rpc, book, signer, delayed, int(head["timestamp"], 16), mine)
    _send_parts(rpc, signer, steps, at_once, mine)


def _step(book: AddressBook, call: Call) -> _Step:
    data = load_artifact(call.contract).functions[call.function].encode(*call.arguments)
    return call.title, book.address(call.contract), data, call.gas


def _delay(rpc: Rpc, book: AddressBook, signer: Signer, contract: str, function: str, block: str) -> int:
    selector = load_artifact(contract).functions[function].selector
    where = (format_address(signer.address), format_address(book.address(contract)), selector)
    return _ask(rpc, book, block, "canCall", *where)[1]


def _wait_for_schedules(
    rpc: Rpc, book: AddressBook, signer: Signer, steps: Sequence[_Step], now: int, mine: Mine | None
) -> None:
    """Returns when all are scheduled and ready."""
    times = _schedules(rpc, book, signer, steps)
    missing = list(dict.fromkeys(step for step, ready_at in zip(steps, times, strict=True) if ready_at == 0))
    if missing:
        schedule = load_artifact(_MANAGER).functions["schedule"]
        manager = book.address(_MANAGER)
        encoded = [
            (f"schedule {title}", manager, schedule.encode(format_address(target), data, 0), max(gas, _GAS))
            for title, target, data, gas in missing
        ]
        _send_parts(rpc, signer, encoded, _MANY, mine)
        times = _schedules(rpc, book, signer, steps)
    if missing or max(times) > now:
        titles = " and ".join(dict.fromkeys(title for title, *_ in steps))
        raise Scheduled(titles, max(times), is_new=bool(missing))


def _schedules(rpc: Rpc, book: AddressBook, signer: Signer, steps: Sequence[_Step]) -> list[int]:
    """When each can be carried out; 0 when it is not scheduled."""
    block, caller = rpc.call("eth_blockNumber"), format_address(signer.address)
    operations = [_ask(rpc, book, block, "hashOperation", caller, format_address(to), data) for _, to, data, _ in steps]
    return [_ask(rpc, book, block, "getSchedule", *operation)[0] for operation in operations]


def _send_parts(rpc: Rpc, signer: Signer, steps: Sequence[_Step], at_once: int, mine: Mine | None) -> None:
    for start in range(0, len(steps), at_once):
        send_all(rpc, signer, steps[start : start + at_once], mine=mine)


def _ask(rpc: Rpc, book: AddressBook, block: str, function: str, *arguments: object) -> tuple[int, ...]:
    return view(rpc, book.address(_MANAGER), _MANAGER, function, *arguments, block=block)
