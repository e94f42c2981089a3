"""Owns what is left of shared limits inside one decision: what was available, less what its events took so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from alliance_node.domain.events import LimitUse


class Room:
    """The rest of the shared limits, shared exactly by everything that one decision gives."""

    def __init__(self, available: Mapping[str, int], taken: Iterable[LimitUse] = ()) -> None:
        self._available = available
        self._taken: dict[str, int] = {}
        for use in taken:
            self.take(use.limit_id, use.units)

    def left(self, limit_id: str) -> int:
        """Units that can still be taken."""
        return max(self._available.get(limit_id, 0) - self._taken.get(limit_id, 0), 0)

    def take(self, limit_id: str, units: int) -> None:
        """Count units as taken."""
        self._taken[limit_id] = self._taken.get(limit_id, 0) + units
