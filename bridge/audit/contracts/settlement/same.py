"""The commonest form of a settlement check: what the events say is what was computed."""

from bridge.audit.findings import Check
from bridge.audit.scene import Scene


def same(scene: Scene, check: Check, expected: object, actual: object, what: str) -> None:
    """A finding unless they are equal."""
    differs = check.failed(f"{what} {expected}", f"{what} {actual}", scene.where)
    scene.run(check, [differs] if expected != actual else [])
