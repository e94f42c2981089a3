"""What the alliance's administrator and a brand's cold key do at a console: admit brands, set limits, publish rates.

Each helper is one transaction by the key that has the right. `register_brand` is repeatable: the same code and keys
find the brand that exists. What the AccessManager guards is scheduled first when the key's role has a delay
(`governed`).
"""

import msgspec

from bridge.chain.keys import Signer
from bridge.chain.rpc import ChainError, Rpc, RpcError
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import view
from bridge.deploy.governed import Call, send_all_governed, send_governed
from bridge.deploy.sending import Mine, TransactionFailed, describe, send_all
from bridge.protocol.rates import Rate
from bridge.protocol.words import format_address

_GAS = 900_000
STATUSES = {"active": 1, "exit-only": 2, "closed": 3, "suspended": 4}


class UnknownBrand(ChainError):
    """The registry has no brand of this number."""

    code = "unknown_brand"
    next_step = "`alliance chain status` lists the brands."

    def __init__(self, brand_id: int) -> None:
        self.brand_id = brand_id
        super().__init__(f"the alliance has no brand {brand_id}")


class Limits(msgspec.Struct, frozen=True):
    """In alliance units; the limiter lets `limiter_capacity` units through per `limiter_window` seconds."""

    credit_line: int
    limiter_capacity: int
    limiter_window: int = 86_400


class BrandKeys(msgspec.Struct, frozen=True):
    """20-byte addresses: hot posts batches, cold publishes rates, settlement is paid."""

    hot: bytes
    cold: bytes
    settlement: bytes


class BrandOnChain(msgspec.Struct, frozen=True):
    """What the registry says; `status` 1 active, 2 exit only, 3 closed, 4 suspended."""

    brand_id: int
    code: str
    keys: BrandKeys
    status: int
    credit_line: int
    collateral: int
    limiter_capacity: int
    limiter_window: int


def register_brand(
    rpc: Rpc, book: AddressBook, admin: Signer, code: str, keys: BrandKeys, limits: Limits, *, mine: Mine | None = None
) -> int:
    """Admit a brand and return its id. Raises TransactionFailed (CodeTaken when other keys hold the code)."""
    existing = brand_of_code(rpc, book, code)
    if existing and read_brand(rpc, book, existing).keys == keys:
        return existing
    send_governed(
        rpc,
        book,
        admin,
        "BrandRegistry",
        "register",
        code,
        format_address(keys.hot),
        format_address(keys.cold),
        format_address(keys.settlement),
        limits.credit_line,
        limits.limiter_capacity,
        limits.limiter_window,
        mine=mine,
    )
    return brand_of_code(rpc, book, code)


def announce_rate(
    rpc: Rpc,
    book: AddressBook,
    cold: Signer,
    brand_id: int,
    rate: Rate,
    *,
    effective_at: int = 0,
    guaranteed_until: int = 0,
    mine: Mine | None = None,
) -> int:
    """Publish the next version with the brand's cold key; `effective_at` 0 means now. Returns the version."""
    sides = (rate.in_numerator, rate.in_denominator, rate.out_numerator, rate.out_denominator)
    _send(rpc, book, cold, "RateBoard", "announce", brand_id, sides, effective_at, guaranteed_until, mine=mine)
    return _number(rpc, book, "RateBoard", "latestVersion", brand_id)


def set_credit_line(
    rpc: Rpc, book: AddressBook, risk: Signer, brand_id: int, units: int, *, mine: Mine | None = None
) -> None:
    """How far below zero the brand's position may go."""
    send_governed(rpc, book, risk, "BrandRegistry", "setCreditLine", brand_id, units, mine=mine)


def set_limiter(
    rpc: Rpc, book: AddressBook, risk: Signer, brand_id: int, capacity: int, window: int, *, mine: Mine | None = None
) -> None:
    """How fast the brand may issue; a change does not refill what was used (pitfall 33)."""
    send_governed(rpc, book, risk, "BrandRegistry", "setLimiter", brand_id, capacity, window, mine=mine)


def set_limits(
    rpc: Rpc, book: AddressBook, risk: Signer, brand_id: int, limits: Limits, *, mine: Mine | None = None
) -> bool:
    """Credit line and limiter, each only if it is another one now; False when both are in force. Raises Scheduled."""
    now = read_brand(rpc, book, brand_id)
    wanted = (limits.limiter_capacity, limits.limiter_window)
    calls = []
    if now.credit_line != limits.credit_line:
        calls.append(Call("BrandRegistry", "setCreditLine", (brand_id, limits.credit_line)))
    if (now.limiter_capacity, now.limiter_window) != wanted:
        calls.append(Call("BrandRegistry", "setLimiter", (brand_id, *wanted)))
    if calls:
        send_all_governed(rpc, book, risk, calls, mine=mine)
    return bool(calls)


def set_status(
    rpc: Rpc, book: AddressBook, operator: Signer, brand_id: int, status: str, *, mine: Mine | None = None
) -> None:
    """`active`, `exit-only`, `closed` or `suspended`."""
    send_governed(rpc, book, operator, "BrandRegistry", "setStatus", brand_id, STATUSES[status], mine=mine)


def rotate_hot_key(
    rpc: Rpc, book: AddressBook, cold: Signer, brand_id: int, hot: bytes, *, mine: Mine | None = None
) -> None:
    """Replace the posting key. Let the bridge finish what it signed first."""
    _send(rpc, book, cold, "BrandRegistry", "rotateHotKey", brand_id, format_address(hot), mine=mine)


def replace_keys(
    rpc: Rpc, book: AddressBook, operator: Signer, brand_id: int, keys: BrandKeys, *, mine: Mine | None = None
) -> None:
    """Replace all three keys of a brand whose cold key is lost or stolen."""
    addresses = [format_address(each) for each in (keys.hot, keys.cold, keys.settlement)]
    send_governed(rpc, book, operator, "BrandRegistry", "setKeys", brand_id, *addresses, mine=mine)


def pause_alliance(rpc: Rpc, book: AddressBook, guardian: Signer, *, paused: bool, mine: Mine | None = None) -> bool:
    """Stop or start convert-ins and the alliance clock; False when it is so already."""
    return _pause(rpc, book, guardian, "AllianceClock", paused=paused, mine=mine)


def pause_transfers(rpc: Rpc, book: AddressBook, guardian: Signer, *, paused: bool, mine: Mine | None = None) -> bool:
    """Stop or start transfers that holders make themselves; False when it is so already."""
    return _pause(rpc, book, guardian, "AlliancePoint", paused=paused, mine=mine)


def grant_role(
    rpc: Rpc, book: AddressBook, admin: Signer, role: int, account: bytes, delay: int, *, mine: Mine | None = None
) -> None:
    """Give a role; whoever holds it with a `delay` in seconds schedules its calls first."""
    send_governed(rpc, book, admin, "AccessManager", "grantRole", role, format_address(account), delay, mine=mine)


def revoke_role(
    rpc: Rpc, book: AddressBook, admin: Signer, role: int, account: bytes, *, mine: Mine | None = None
) -> None:
    """Take a role away."""
    send_governed(rpc, book, admin, "AccessManager", "revokeRole", role, format_address(account), mine=mine)


def brand_of_code(rpc: Rpc, book: AddressBook, code: str) -> int:
    """The id of a brand code, 0 when unknown."""
    return _number(rpc, book, "BrandRegistry", "brandOfCode", code)


def read_brand(rpc: Rpc, book: AddressBook, brand_id: int) -> BrandOnChain:
    """A brand as the registry shows it at the head. Raises UnknownBrand."""
    block = rpc.call("eth_blockNumber")
    try:
        (row,) = view(rpc, book.address("BrandRegistry"), "BrandRegistry", "brand", brand_id, block=block)
    except RpcError as error:
        if describe(error) == "UnknownBrand":
            raise UnknownBrand(brand_id) from error
        raise
    code, hot, cold, settlement, status, credit, collateral, capacity, window = row
    keys = BrandKeys(*(bytes.fromhex(text[2:]) for text in (hot, cold, settlement)))
    return BrandOnChain(brand_id, code, keys, status, credit, collateral, capacity, window)


def _pause(rpc: Rpc, book: AddressBook, guardian: Signer, contract: str, *, paused: bool, mine: Mine | None) -> bool:
    (is_paused,) = view(rpc, book.address(contract), contract, "paused", block=rpc.call("eth_blockNumber"))
    if is_paused != paused:
        send_governed(rpc, book, guardian, contract, "pause" if paused else "unpause", mine=mine)
    return bool(is_paused != paused)


def _send(
    rpc: Rpc,
    book: AddressBook,
    signer: Signer,
    contract: str,
    function: str,
    *arguments: object,
    mine: Mine | None,
) -> None:
    data = load_artifact(contract).functions[function].encode(*arguments)
    send_all(rpc, signer, [(f"{contract}.{function}", book.address(contract), data, _GAS)], mine=mine)


def _number(rpc: Rpc, book: AddressBook, contract: str, function: str, *arguments: object) -> int:
    block = rpc.call("eth_blockNumber")
    (found,) = view(rpc, book.address(contract), contract, function, *arguments, block=block)
    if not isinstance(found, int):
        raise TransactionFailed(f"{contract}.{function}", "the result is not a number")
    return found
