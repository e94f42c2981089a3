"""What the contracts that a desk may write to have in common: only the address book's desk is ever admitted."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.audit.contract import Expected, entry
from bridge.audit.findings import Check
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene

DESKS = Check("desks", "INV-1", "only the desk and the clearing house of the address book are admitted")

STORED = Check("storage-desks", "INV-1", "the desks admitted are those last published")


@dataclass(slots=True)
class Desks:
    """By contract: every desk that was ever named, and whether it is admitted now (1 or 0)."""

    of_contract: dict[str, dict[int, int]] = field(default_factory=dict)


def desk_words(alliance: Alliance, contract: str, slot: int) -> Iterator[Expected]:
    """The words of `isDesk`, a mapping at `slot`."""
    for desk, allowed in alliance.of(Desks).of_contract.get(contract, {}).items():
        yield Expected(STORED, contract, entry(slot, desk), allowed, f"desk 0x{desk:040x}")


def desk_set(scene: Scene, values: list[int]) -> None:
    """DeskSet: taking an admission away is always lawful."""
    desk, allowed = values
    scene.alliance.of(Desks).of_contract.setdefault(scene.contract, {})[desk] = allowed
    same_address(scene, "ConversionDesk", desk if allowed else scene.addresses["ConversionDesk"])


def same_address(scene: Scene, name: str, actual: int) -> None:
    """The contract that an event names is the address book's."""
    expected = scene.addresses[name]
    differs = DESKS.failed(f"{name} 0x{expected:040x}", f"0x{actual:040x}", scene.where)
    scene.run(DESKS, [differs] if expected != actual else [])
