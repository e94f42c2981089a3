"""The demo's result: what the nodes, the chain and the auditor say, as one table and one JSON file.

Owns the shape of `build/demo-summary.json` and the equations it must satisfy. Every number comes from a node's totals,
from the chain or from the audit's report; none is computed from the input data.
"""

from pathlib import Path
from typing import Any

import msgspec


class BrandSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One brand, in its own points. `tiers` counts members by their tier at the last purchase; `simulated_redemptions`
    counts redemptions by the stated rule."""

    members: int
    purchases: int
    issued: int
    clawed_back: int
    redeemed: int
    expired: int
    converted_in: int
    converted_out: int
    returned: int
    liability: int
    held: int
    unclaimed: int
    tiers: dict[str, int]
    simulated_redemptions: int

    def unexplained(self) -> int:
        """Points of the liability that the flows do not explain; 0 in a sound ledger."""
        flows = self.issued - self.clawed_back - self.redeemed - self.expired
        flows += self.converted_in - self.converted_out + self.returned
        return self.liability - flows


class AllianceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The chain's side, in alliance units (1 unit = 0.01 alliance point = 0.001 CNY). `paid_in` and `paid_out` are what
    the settled epochs moved."""

    supply: int
    pool_cash: int
    positions: dict[str, int]
    block: int
    epochs: int = 0
    settlement_payments: int = 0
    paid_in: int = 0
    paid_out: int = 0

    def unexplained(self) -> int:
        """Σ positions − (pool cash − supply); 0 always (invariant of the clearing house)."""
        return sum(self.positions.values()) - (self.pool_cash - self.supply)


class StatementsSummary(msgspec.Struct, frozen=True, kw_only=True):
    """By brand: daily heads and statements on chain, and the points owed in the newest statement. `member_checks` and
    `refused_checks` count members' proofs that `alliance verify-inclusion` confirmed and did not."""

    heads: dict[str, int]
    statements: dict[str, int]
    owed_points: dict[str, int]
    member_checks: int = 0
    refused_checks: int = 0


class FoundersSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Founder memberships of simulated wallets: grants claimed, in alliance units; what they brought members in points,
    by brand, with grants and by earning faster; and what the vault holds."""

    memberships: int = 0
    grants: int = 0
    granted_units: int = 0
    credited_points: dict[str, int] = {}
    accelerated_points: dict[str, int] = {}
    vault_units: int = 0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who checks said: exit code 0 and no findings is a confirmation."""

    exit_code: int
    findings: list[str]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The whole result."""

    scale: float
    seed: int
    simulated: str
    brands: dict[str, BrandSummary]
    conversions: dict[str, int]
    refused: dict[str, int]
    alliance: AllianceSummary
    statements: StatementsSummary
    founders: FoundersSummary
    audit: Verdict
    reconcile: dict[str, Verdict]
    rebuild: dict[str, Verdict]
    seconds: dict[str, float]
    rates: dict[str, float]

    def faults(self) -> list[str]:
        """Everything that must not be: an empty list is success."""
        found = [
            f"{brand}: {each.unexplained()} points of the liability are unexplained"
            for brand, each in self.brands.items()
            if each.unexplained()
        ]
        if self.alliance.unexplained():
            found.append(f"positions and supply differ by {self.alliance.unexplained()} units")
        if self.statements.refused_checks:
            found.append(f"{self.statements.refused_checks} members' proofs were refused")
        for name, verdict in self.verdicts().items():
            if verdict.exit_code or verdict.findings:
                found.append(
                    f"{name}: exit code {verdict.exit_code}, {'; '.join(verdict.findings[:3]) or 'no finding'}"
                )
        return found

    def verdicts(self) -> dict[str, Verdict]:
        """Every check of the run by name."""
        reconciled = {f"reconcile {brand}": verdict for brand, verdict in self.reconcile.items()}
        rebuilt = {f"rebuild {brand}": verdict for brand, verdict in self.rebuild.items()}
        return {"audit": self.audit, **reconciled, **rebuilt}


def save(summary: Summary, path: Path) -> None:
    """Write the JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document: Any = {**msgspec.to_builtins(summary), "faults": summary.faults()}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
