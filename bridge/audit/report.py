"""The audit's result: what was examined, what failed, what was not checked, and what no audit can prove.

Owns counting and the deterministic JSON form: the same chain gives the same bytes, so no clock, no path, no address of
an RPC may enter it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from bridge.audit.findings import Check, Finding, Level, number_text

FORMAT = "points-alliance-audit/1"
KEPT_PER_CHECK = 200

_EXACT_BITS = 53

EXIT_CLEAN, EXIT_FAILED, EXIT_INCOMPLETE = 0, 1, 3


@dataclass
class Tally:
    """Findings as they arrive: all are counted, the first ones of each check are kept whole."""

    checks: tuple[Check, ...]
    examined: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    unchecked: Counter[str] = field(default_factory=Counter)
    kept: list[Finding] = field(default_factory=list)

    def examine(self, check: Check, times: int = 1) -> None:
        self.examined[check.name] += times

    def add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            counter = self.unchecked if finding.level is Level.UNCHECKED else self.failed
            counter[finding.check] += 1
            if counter[finding.check] <= KEPT_PER_CHECK:
                self.kept.append(finding)


@dataclass(frozen=True)
class Report:
    """Everything that a reader of the audit needs; see docs/auditing.md for the JSON form."""

    chain: dict[str, Any]
    totals: dict[str, Any]
    checks: list[dict[str, Any]]
    findings: tuple[Finding, ...]
    limits: Sequence[dict[str, str]]

    @property
    def failures(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level is not Level.UNCHECKED)

    @property
    def unchecked(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level is Level.UNCHECKED)

    @property
    def exit_code(self) -> int:
        """0 only when nothing failed and nothing that could be checked was left unchecked."""
        if self.failures:
            return EXIT_FAILED
        return EXIT_INCOMPLETE if self.unchecked else EXIT_CLEAN

    def to_json(self) -> bytes:
        """Deterministic bytes: sorted keys, big integers as decimal text, no times."""
        return canonical(self.document())

    def document(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "format": FORMAT,
            "result": {EXIT_CLEAN: "clean", EXIT_FAILED: "failed", EXIT_INCOMPLETE: "incomplete"}[self.exit_code],
            "chain": self.chain,
            "totals": self.totals,
            "checks": self.checks,
            "failures": [_finding_row(finding) for finding in self.failures],
            "unchecked": [_finding_row(finding) for finding in self.unchecked],
            "limits": list(self.limits),
        }


def canonical(document: dict[str, Any]) -> bytes:
    """The one form of a document in bytes."""
    return orjson.dumps(_writable(document), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"


def _writable(value: Any) -> Any:
    """The value with numbers that JSON readers round as text: hexadecimal where they are longer than any honest one."""
    if isinstance(value, dict):
        return {key: _writable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(one) for one in value]
    if isinstance(value, int) and value.bit_length() > _EXACT_BITS:
        return number_text(value)
    return value


def build_report(
    tally: Tally, chain: dict[str, Any], totals: dict[str, Any], limits: Sequence[dict[str, str]]
) -> Report:
    """Freeze the tally: one row per check, also for those that found nothing."""
    rows = [
        {
            "check": check.name,
            "invariant": check.invariant,
            "statement": check.statement,
            "level": _level(tally, check),
            "examined": tally.examined[check.name],
            "failures": tally.failed[check.name],
            "unchecked": tally.unchecked[check.name],
        }
        for check in tally.checks
    ]
    return Report(chain, totals, rows, tuple(tally.kept), limits)


def _level(tally: Tally, check: Check) -> str | None:
    """None: nothing of its kind happened, so nothing is proven either."""
    if tally.unchecked[check.name]:
        return Level.UNCHECKED.value
    return Level.PROVEN.value if tally.examined[check.name] else None


def _finding_row(finding: Finding) -> dict[str, str]:
    return {
        "check": finding.check,
        "invariant": finding.invariant,
        "level": finding.level.value,
        "expected": finding.expected,
        "actual": finding.actual,
        "where": finding.where,
    }
