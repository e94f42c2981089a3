"""What the contracts that a desk may write to have in common: only the address book's desk is ever admitted."""

from bridge.audit.findings import Check
from bridge.audit.scene import Scene

DESKS = Check("desks", "INV-1", "only the desk and the clearing house of the address book are admitted")


def desk_set(scene: Scene, values: list[int]) -> None:
    """DeskSet: taking an admission away is always lawful."""
    desk, allowed = values
    same_address(scene, "ConversionDesk", desk if allowed else scene.addresses["ConversionDesk"])


def same_address(scene: Scene, name: str, actual: int) -> None:
    """The contract that an event names is the address book's."""
    expected = scene.addresses[name]
    differs = DESKS.failed(f"{name} 0x{expected:040x}", f"0x{actual:040x}", scene.where)
    scene.run(DESKS, [differs] if expected != actual else [])
