"""AllianceClock: alliance time, which stands still during a pause."""

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.audit.contract import ContractAudit, Expected, packed, partners
from bridge.audit.contracts.access_manager import authority
from bridge.audit.findings import Check
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.deploy.address_book import AddressBook

CLOCK = Check("alliance-clock", "INV-10", "the clock's events state the block's alliance time and the paused seconds")
STORED = Check("storage-clock", "INV-10", "the clock's pauses are those published, and it obeys the AccessManager")
_SLOT, _PAUSED_AT = 0, 21


@dataclass(slots=True)
class Clock:
    """Alliance time: the block's time less all pauses; it stands still during one."""

    paused_at: int | None = None
    paused_seconds: int = 0

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    def read(self, timestamp: int) -> int:
        return (timestamp if self.paused_at is None else self.paused_at) - self.paused_seconds

    def pause(self, timestamp: int) -> None:
        if self.paused_at is None:
            self.paused_at = timestamp

    def unpause(self, timestamp: int) -> None:
        if self.paused_at is not None:
            self.paused_seconds += timestamp - self.paused_at
            self.paused_at = None


def _paused(scene: Scene, values: list[int]) -> None:
    clock = scene.alliance.of(Clock)
    clock.pause(scene.timestamp)
    _compare(scene, "alliance time", clock.read(scene.timestamp), values[1])


def _unpaused(scene: Scene, values: list[int]) -> None:
    clock = scene.alliance.of(Clock)
    clock.unpause(scene.timestamp)
    _compare(scene, "paused seconds", clock.paused_seconds, values[1])


def _compare(scene: Scene, what: str, expected: int, actual: int) -> None:
    differs = CLOCK.failed(f"{what} {expected}", f"{what} {actual}", scene.where)
    scene.run(CLOCK, [differs] if expected != actual else [])


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    clock = alliance.of(Clock)
    pauses = packed((clock.paused_at or 0, _PAUSED_AT), (clock.paused_seconds, _PAUSED_AT + 5))
    word = pauses | authority(book)
    yield Expected(STORED, "AllianceClock", _SLOT, word, "authority, paused at and paused seconds")


AUDIT = ContractAudit(
    name="AllianceClock",
    events={
        "Paused(*address,uint40)": _paused,
        "Unpaused(*address,uint40)": _unpaused,
        "AuthorityUpdated(address)": None,
    },
    checks=(CLOCK, STORED),
    constructor=partners("AccessManager"),
    storage=_storage,
    layout={"_authority": (_SLOT, 0), "_pausedAt": (_SLOT, _PAUSED_AT), "_pausedSeconds": (_SLOT, _PAUSED_AT + 5)},
)
