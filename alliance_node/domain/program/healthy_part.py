"""Owns what of a broken program can still be checked across its sections, so that one problem does not hide the others:
unknown fields and broken list items are left out, broken head fields replaced. Tells nothing that follows from that."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from alliance_node.domain.program.checks import findings
from alliance_node.domain.program.finding import Finding, Path
from alliance_node.domain.program.schema import ProgramFile

_ANY = {"en": "x", "zh": "x"}
_HEAD: dict[str, Any] = {
    "program": "x",
    "schema_version": 1,
    "version": 1,
    "name": _ANY,
    "timezone": "UTC",
    "points": {"code": "XX", "name": _ANY},
}
"""What stands for a head field that is broken."""
_OPTIONAL = frozenset(name for name, field in ProgramFile.model_fields.items() if not field.is_required())
_FILLERS = [
    {"kind": kind, "id": f"filler-{kind}", "name": _ANY, "points": 1, "value": "1"}
    for kind in ("coupon", "gift", "experience")
]
"""Enough channel kinds, when those of the file are too few or broken."""


def findings_of_the_rest(value: Any, errors: Iterable[tuple[Path, str]]) -> list[Finding]:
    """What the checks across sections find in the healthy part. `errors` are (place, pydantic's type)."""
    if not isinstance(value, dict):
        return []
    data = copy.deepcopy(value)
    broken: set[Path] = set()
    for path, kind in errors:
        first_item = next((n for n, step in enumerate(path) if isinstance(step, int)), None)
        if kind == "extra_forbidden":
            section = _place(data, path[:-1])
            if isinstance(section, dict):
                section.pop(path[-1], None)
        elif first_item is not None:
            broken.add(path[: first_item + 1])
        elif path and path[0] in _HEAD:
            data[path[0]] = _HEAD[str(path[0])]
        elif path and path[0] in _OPTIONAL:
            data.pop(path[0], None)
        elif path != ("redemption",):
            return []
    return _checked(data, broken)


def _checked(data: dict[str, Any], broken: set[Path]) -> list[Finding]:
    gone = {"filler-coupon", "filler-gift", "filler-experience"}
    kept: dict[Path, list[int]] = {}
    for place in {path[:-1] for path in broken}:
        items = _place(data, place)
        if not isinstance(items, list):
            continue
        left = [number for number in range(len(items)) if (*place, number) not in broken]
        gone |= {str(item.get("id")) for n, item in enumerate(items) if n not in left and isinstance(item, dict)}
        kept[place] = left
        items[:] = [items[number] for number in left]
    if isinstance(data.get("redemption"), list):
        data["redemption"] = [*data["redemption"], *copy.deepcopy(_FILLERS)]
    try:
        program = ProgramFile.model_validate(data)
    except ValidationError:
        return []
    hides = re.compile(rf"\b({'|'.join(map(re.escape, sorted(gone)))})\b")
    return [(_original(path, kept), reason) for path, reason in findings(program) if not hides.search(reason)]


def _place(data: Any, path: Path) -> Any:
    """What is at the place, or None when it is not there (any more)."""
    for step in path:
        inside = isinstance(data, dict) and step in data
        inside = inside or (isinstance(data, list) and isinstance(step, int) and step < len(data))
        if not inside:
            return None
        data = data[step]
    return data


def _original(path: Path, kept: dict[Path, list[int]]) -> Path:
    """The place in the file, where the list items that were left out still count."""
    found: list[str | int] = []
    for step in path:
        numbers = kept.get(tuple(found))
        found.append(numbers[step] if numbers is not None and isinstance(step, int) else step)
    return tuple(found)
