"""Owns the re-indexing of a program file: its thresholds and values moved by a percentage, e.g. a year's inflation
(R-VAL-3). Points stay; comments and layout stay. Whether the result may take effect is decided when it is announced."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import yaml

from alliance_node.domain.program.loading import load_program
from alliance_node.domain.program.schema import ProgramFile

_MONEY = frozenset({"typical_purchase", "amount_at_least", "amount_below", "up_to", "spend", "value", "cash"})
"""Fields that hold money: purchases, thresholds, brackets, values and cash parts of options and prizes."""
_THRESHOLD = "at_least"
"""The ladder's thresholds: money or growth value, by the basis of the tiers."""


def reindex(text: str, percent: str, version: int) -> str:
    """The program as version `version`, with every threshold and value `percent` higher (lower when it is negative),
    rounded half up. Raises `ProgramInvalid`; `ValueError` for a percentage or number that makes no sense."""
    program = load_program(text)
    if version <= program.version:
        raise ValueError(f"version {version} is not above version {program.version}")
    factor = 1 + Fraction(percent) / 100
    if not 0 < factor <= 10:
        raise ValueError(f"{percent} % is not above -100 and at most 900")
    result = text
    for start, end, new in sorted(set(_edits(text, program, factor, version)), reverse=True):
        result = result[:start] + new + result[end:]
    load_program(result)
    return result


def _edits(text: str, program: ProgramFile, factor: Fraction, version: int) -> Iterator[tuple[int, int, str]]:
    """(from, to, new text) of every scalar that moves."""
    for path, node in _scalars(yaml.compose(text, Loader=yaml.SafeLoader), ()):
        if path == ("version",):
            new = str(version)
        elif path[-1] in _MONEY:
            new = _moved(node.value, factor, program.currency_exponent)
        elif path[-1] == _THRESHOLD and path[0] == "tiers":
            new = _moved(node.value, factor, 0 if program.tiers.basis == "growth" else program.currency_exponent)
        else:
            continue
        quote = node.style if node.style in ("'", '"') else ""
        yield node.start_mark.index, node.end_mark.index, f"{quote}{new}{quote}"


def _scalars(node: yaml.Node | None, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], yaml.ScalarNode]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(value, (*path, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item, path)
    elif isinstance(node, yaml.ScalarNode):
        yield path, node


def _moved(number: str, factor: Fraction, decimals: int) -> str:
    """The number times the factor, rounded half up; with the decimals that it had, or more where it needs them."""
    scaled = Fraction(number) * factor * 10**decimals
    minor = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    whole, rest = divmod(minor, 10**decimals)
    if not decimals or (not rest and "." not in number):
        return str(whole)
    return f"{whole}.{rest:0{decimals}d}"
