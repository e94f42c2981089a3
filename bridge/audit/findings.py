"""What a check says: a finding, how sure it is, and where it was seen.

Pure data. It may not decide anything: the checks do, and the report counts.
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a statement of the report is known."""

    PROVEN = "proven"  # follows from block hashes, signatures and arithmetic alone
    ATTESTED = "attested"  # somebody said so; the chain can't show it
    UNCHECKED = "unchecked"  # could be checked, but wasn't this time


_WRITTEN_BITS = 1_024
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between what must be and what is. Level UNCHECKED: the evidence could not be had."""

    check: str
    invariant: str
    level: Level
    expected: str
    actual: str
    where: str


@dataclass(frozen=True, slots=True)
class Check:
    """The visible entry of a check: its name, the invariant it defends, and that invariant in plain words."""

    name: str
    invariant: str
    statement: str

    def failed(self, expected: object, actual: object, where: str) -> Finding:
        """A proven difference."""
        return Finding(self.name, self.invariant, Level.PROVEN, _text(expected), _text(actual), where)

    def unchecked(self, expected: object, why: object, where: str) -> Finding:
        """Evidence that could not be had, so this check proves nothing there."""
        return Finding(self.name, self.invariant, Level.UNCHECKED, _text(expected), _text(why), where)


def number_text(value: int) -> str:
    """Decimal; hexadecimal for a number that is longer than any word, which Python may refuse to write out."""
    return str(value) if value.bit_length() <= _WRITTEN_BITS else hex(value)


def _text(value: object) -> str:
    """At most some thousand characters: who lies may not make the report as long as the lie."""
    if isinstance(value, bytes):
        text = f"0x{value.hex()}"
    else:
        text = number_text(value) if isinstance(value, int) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"
