"""Administrative calls that the AccessManager may hold back: an account whose role has an execution delay schedules
first and carries out later, with the same command.

Owns the look at the delay and the two steps. A call without delay is one transaction.
"""

from datetime import UTC, datetime

from bridge.chain.keys import Signer
from bridge.chain.rpc import ChainError, Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import view
from bridge.deploy.sending import Mine, send_all
from bridge.protocol.words import format_address

_GAS = 900_000
_MANAGER = "AccessManager"


class Scheduled(ChainError):
    """The call waits for its account's delay; nothing has changed yet."""

    code = "scheduled"

    def __init__(self, title: str, ready_at: int, *, is_new: bool) -> None:
        self.ready_at = ready_at
        self.is_new = is_new
        moment = datetime.fromtimestamp(ready_at, UTC).isoformat().replace("+00:00", "Z")
        done = "is scheduled now" if is_new else "was scheduled before"
        super().__init__(f"{title} {done}; it can be carried out from {moment}")
        self.next_step = f"Run the same command again from {moment}, within a week."


def send_governed(
    rpc: Rpc,
    book: AddressBook,
    signer: Signer,
    contract: str,
    function: str,
    *arguments: object,
    mine: Mine | None = None,
) -> None:
    """Carry the call out, or schedule it. Raises Scheduled, TransactionFailed, NotMined."""
    called = load_artifact(contract).functions[function]
    data, target = called.encode(*arguments), book.address(contract)
    caller = format_address(signer.address)
    title = f"{contract}.{function}"
    head = rpc.call("eth_getBlockByNumber", "latest", False)
    _, delay = _ask(rpc, book, head["number"], "canCall", caller, format_address(target), called.selector)
    if delay:
        _wait_for_schedule(rpc, book, signer, (title, target, data), int(head["timestamp"], 16), head["number"], mine)
    send_all(rpc, signer, [(title, target, data, _GAS)], mine=mine)


def _wait_for_schedule(
    rpc: Rpc,
    book: AddressBook,
    signer: Signer,
    call: tuple[str, bytes, bytes],
    now: int,
    block: str,
    mine: Mine | None,
) -> None:
    """Returns when the call is scheduled and ready."""
    title, target, data = call
    where = (format_address(signer.address), format_address(target), data)
    (operation,) = _ask(rpc, book, block, "hashOperation", *where)
    (ready_at,) = _ask(rpc, book, block, "getSchedule", operation)
    if ready_at == 0:
        schedule = load_artifact(_MANAGER).functions["schedule"].encode(format_address(target), data, 0)
        send_all(rpc, signer, [(f"schedule {title}", book.address(_MANAGER), schedule, _GAS)], mine=mine)
        (ready_at,) = _ask(rpc, book, rpc.call("eth_blockNumber"), "getSchedule", operation)
        raise Scheduled(title, ready_at, is_new=True)
    if ready_at > now:
        raise Scheduled(title, ready_at, is_new=False)


def _ask(rpc: Rpc, book: AddressBook, block: str, function: str, *arguments: object) -> tuple[int, ...]:
    return view(rpc, book.address(_MANAGER), _MANAGER, function, *arguments, block=block)
