"""What the auditor must know of one contract: its events, what they change, what must hold, what storage must show.

Owns the form only. Each contract fills it in a module of its own in `bridge/audit/contracts`; nothing here knows one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bridge.audit.findings import Check, Finding
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.deploy.address_book import AddressBook
from bridge.protocol.keccak import keccak
from bridge.protocol.words import word

# Takes one event: the transaction so far, and the event's values (indexed ones first). It checks, then changes.
Take = Callable[[Scene, list[int]], None]
EndCheck = Callable[[Alliance], Iterator[Finding]]
Places = Mapping[str, tuple[int, int]]


class Expected(NamedTuple):
    """One word of storage. With `highest`, one that no event states exactly: all from `word` to `highest` are right."""

    check: Check
    contract: str
    slot: int
    word: int
    what: str
    highest: int | None = None


def _nothing_expected(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    return iter(())


def _no_figures(alliance: Alliance) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class ContractAudit:
    """One contract of the address book.

    `events`: every event of the contract, "*" before the type of an indexed value; None for one that changes nothing
    that is audited. `checks`: all checks that this module makes, in the order of the report. `constructor`: the
    ABI-encoded arguments that it must have been created with; None when they are its creator's address. `storage`: the
    words that it must hold if its events are the whole truth. Every other word must be 0: the whole storage is proven
    at once by its root.
    `at_end`: checks on the model after the last block.
    `after_transaction`: called once after each transaction with events of ours. `figures`: for the report's totals.
    `layout` and `members`: where those words are; a test compares them with the compiler's.
    """

    name: str
    events: Mapping[str, Take | None]
    checks: tuple[Check, ...] = ()
    constructor: Callable[[AddressBook], bytes] | None = None
    storage: Callable[[Alliance, AddressBook], Iterator[Expected]] = _nothing_expected
    at_end: tuple[tuple[Check, EndCheck], ...] = ()
    after_transaction: Callable[[Scene], None] | None = None
    figures: Callable[[Alliance], dict[str, Any]] = _no_figures
    layout: Places = field(default_factory=dict)
    members: Mapping[str, Places] = field(default_factory=dict)


def partners(*names: str) -> Callable[[AddressBook], bytes]:
    """Constructor arguments that are nothing but other contracts of the address book."""
    return lambda book: b"".join(book.address(name).rjust(32, b"\0") for name in names)


def entry(slot: int, *keys: int) -> int:
    """The slot of `mapping[key]` for a mapping at `slot`; of `mapping[key][key]` with two keys."""
    for key in keys:
        slot = int.from_bytes(keccak(word(key) + word(slot)), "big")
    return slot


def text_words(slot: int, text: bytes) -> Iterator[tuple[int, int]]:
    """(slot, word) of a `string` or `bytes` at `slot`: in one word up to 31 bytes, else its length there and its bytes
    from keccak(slot) on."""
    if len(text) < 32:
        yield slot, int.from_bytes(text.ljust(31, b"\0") + bytes([2 * len(text)]), "big")
        return
    yield slot, 2 * len(text) + 1
    first = int.from_bytes(keccak(word(slot)), "big")
    for number, start in enumerate(range(0, len(text), 32)):
        yield (first + number) % (1 << 256), int.from_bytes(text[start : start + 32].ljust(32, b"\0"), "big")


def packed(*fields: tuple[int, int]) -> int:
    """One word from (value, offset in bytes) pairs."""
    return sum(value << 8 * offset for value, offset in fields)
