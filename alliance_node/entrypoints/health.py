"""What works and what does not, as the workers last saw it. Owns the words `ready`, `degraded`, `failing`.

A node whose chain is out of reach is degraded, not down: members keep earning and redeeming (the bridge catches up).
"""

import threading
from typing import Literal

import msgspec

State = Literal["ok", "waiting", "failed"]


class PartHealth(msgspec.Struct, frozen=True):
    """One part: `waiting` recovers by itself, `failed` needs an operator. `code` names the typed error."""

    state: State
    since: int
    code: str | None = None
    next_step: str | None = None


class Health:
    """Thread-safe notes of the workers."""

    def __init__(self) -> None:
        self._parts: dict[str, PartHealth] = {}
        self._lock = threading.Lock()

    def note(self, part: str, state: State, now: int, code: str | None = None, next_step: str | None = None) -> bool:
        """Records what a worker sees; True when that is news."""
        with self._lock:
            before = self._parts.get(part)
            if before is not None and (before.state, before.code) == (state, code):
                return False
            self._parts[part] = PartHealth(state, now, code, next_step)
            return True

    def parts(self) -> dict[str, PartHealth]:
        """A copy of every part's last note."""
        with self._lock:
            return dict(self._parts)

    @property
    def is_fine(self) -> bool:
        """Whether no worker waits or failed."""
        return all(part.state == "ok" for part in self.parts().values())
