"""What the settlement's events say: epochs, lines, payments, defaults. Plain state; it judges nothing.

Amounts are alliance units, times alliance time.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from bridge.protocol.netting import entitled_down


class Phase(IntEnum):
    """The contract's numbers."""

    NONE = 0
    CLOSING = 1
    PAYING = 2
    PAID = 3


@dataclass(slots=True)
class Epoch:
    """One epoch; `unpaid` counts the dues that are neither paid nor in default, `statement_hash` is an integer."""

    supply: int = 0
    cash: int = 0
    deficit: int = 0
    brands: int = 0
    closed_at: int = 0
    phase: Phase = Phase.CLOSING
    due_at: int = 0
    submitted: int = 0
    unpaid: int = 0
    dues: int = 0
    claims: int = 0
    collected: int = 0
    statement_hash: int = 0


@dataclass(slots=True)
class Line:
    """A brand's line in the statement of `epoch`."""

    epoch: int = 0
    due: int = 0
    claim: int = 0
    paid_out: int = 0


@dataclass(slots=True)
class Default:
    """A default whose assessments are being booked: `shares` are the (brand, units) still to come, `cursor` is the last
    brand that was assessed."""

    debtor: int
    units: int
    caps: int
    shares: list[tuple[int, int]] = field(default_factory=list)
    cursor: int = 0


@dataclass(slots=True)
class SettlementBooks:
    """`expected_here`: what the settlement's events of the open transaction say that brands paid; `touched`: it has
    some. `swept`: odd units below a fen that left the pool since the close, `swept_here` in the open transaction."""

    number: int = 0
    epochs: dict[int, Epoch] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)
    owed: dict[int, int] = field(default_factory=dict)
    caps: dict[int, int] = field(default_factory=dict)
    used: dict[int, dict[int, int]] = field(default_factory=dict)
    running: Default | None = None
    references: set[int] = field(default_factory=set)
    attested: int = 0
    moved: int = 0
    defaults: int = 0
    came_in: int = 0
    went_out: int = 0
    expected_here: dict[int, int] = field(default_factory=dict)
    touched: bool = False
    swept: int = 0
    swept_here: int = 0

    @property
    def epoch(self) -> Epoch:
        """The current epoch, or an empty one before the first."""
        return self.epochs.get(self.number) or Epoch(phase=Phase.NONE)

    def line(self, brand_id: int) -> Line:
        """The brand's line of the current epoch; an empty one that counts for nothing if it has none."""
        found = self.lines.get(brand_id)
        return found if found is not None and found.epoch == self.number else Line(self.number)

    def used_now(self, brand_id: int) -> int:
        return self.used.get(self.number, {}).get(brand_id, 0)

    @property
    def caps_left(self) -> int:
        return sum(cap - self.used_now(brand_id) for brand_id, cap in self.caps.items())

    def shares_of(self, units: int) -> list[tuple[int, int]]:
        """What each brand with something left of its cap takes over of `units`, rounded down; who takes nothing is left
        out."""
        caps = self.caps_left
        if caps <= 0:
            return []
        shares = [(one, (cap - self.used_now(one)) * units // caps) for one, cap in sorted(self.caps.items())]
        return [(brand_id, share) for brand_id, share in shares if share]

    def reduce_owed(self, brand_id: int, units: int) -> None:
        """Something of what others paid for the brand was repaid."""
        if units:
            self.owed[brand_id] = max(0, self.owed.get(brand_id, 0) - units)

    def payout_now(self, brand_id: int) -> int:
        """What may be paid out to the brand."""
        epoch, line = self.epoch, self.line(brand_id)
        if epoch.phase not in (Phase.PAYING, Phase.PAID):
            return 0
        entitled = entitled_down(line.claim, epoch.claims, epoch.cash, epoch.collected, epoch.supply)
        return max(0, entitled - line.paid_out)

    def expect(self, brand_id: int, units: int) -> None:
        self.expected_here[brand_id] = self.expected_here.get(brand_id, 0) + units

    def due_is_over(self) -> None:
        self.epoch.unpaid -= 1
