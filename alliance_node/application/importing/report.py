"""How far an import is and what it did: the numbers that an operator compares with the old system.

Owns their addition. Counts are lines of the file; totals are points, minor units of money and counts of members.
"""

from collections.abc import Iterable, Mapping

import msgspec

from alliance_node.application.importing.rows import Item, Outcome
from alliance_node.domain.instants import Instant


class Tally(msgspec.Struct):
    """Lines and totals by what became of them: new now, already there, rejected."""

    new: int = 0
    already: int = 0
    rejected: int = 0
    reasons: dict[str, int] = {}
    totals: dict[str, dict[str, int]] = {}

    @property
    def lines(self) -> int:
        """All lines looked at."""
        return self.new + self.already + self.rejected

    def add(self, items: Iterable[Item], outcomes: Iterable[Outcome]) -> None:
        """Count a batch."""
        for item, outcome in zip(items, outcomes, strict=True):
            setattr(self, outcome.status, getattr(self, outcome.status) + len(item.lines))
            self._sum(self.totals.setdefault(outcome.status, {}), outcome.totals)
            for rejection in outcome.rejections:
                self._sum(self.reasons, {rejection.code: 1})

    @staticmethod
    def _sum(into: dict[str, int], more: Mapping[str, int]) -> None:
        for name, value in more.items():
            into[name] = into.get(name, 0) + value


class ImportProgress(msgspec.Struct, frozen=True):
    """The durable place of one import; `next_row` rows are done, `rejects_size` bytes of rejected lines belong to
    them. `finished_at` None while it runs or after a crash."""

    import_id: str
    kind: str
    digest: bytes
    next_row: int
    rejects_size: int
    tally: Tally
    started_at: Instant
    finished_at: Instant | None = None


class ImportReport(msgspec.Struct, frozen=True):
    """What an operator is told. `again`: the import had been finished before, nothing was done now."""

    import_id: str
    kind: str
    dry_run: bool
    again: bool
    tally: Tally
