"""Every value inside a nested structure, changed one by one: where the values are, and what another value is.

Knows nothing of what the values mean. The fast profile takes a fixed sample of each kind, the full one every value.
"""

import copy
import random
from collections.abc import Iterator, Sequence
from typing import Any

from tests.conftest import TEST_PROFILE

SAMPLE = 40
Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """The way to every value that holds no other; an empty list is one."""
    parts: Any = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    if not parts or not value:
        yield path
        return
    for key, part in parts:
        yield from leaves(part, (*path, key))


def branches(value: Any, path: Path = ()) -> Iterator[Path]:
    """The way to everything that can be left out: each field of a row, each element of a list, whole or not."""
    parts: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*path, key)
        yield from branches(part, (*path, key))


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, str) and value[:2] == "0x":
        return value[:-1] + ("1" if value[-1:] == "0" else "0") if len(value) > 2 else "0x00"
    if isinstance(value, str):
        return value[:-1] + ("1" if value[-1:] == "0" else "0")
    return [f"0x{'11' * 32}"] if isinstance(value, list) else "0x1"


def at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def changed(value: Any, path: Path) -> Any:
    """A copy with another value there."""
    made = copy.deepcopy(value)
    parent = at(made, path[:-1])
    parent[path[-1]] = other(parent[path[-1]])
    return made


def without(value: Any, path: Path) -> Any:
    """A copy in which this is left out."""
    made = copy.deepcopy(value)
    del at(made, path[:-1])[path[-1]]
    return made


def chosen(paths: Sequence[Path], kind: str) -> list[Path]:
    """All of them, or a sample that is the same in each run."""
    if TEST_PROFILE == "full" or len(paths) <= SAMPLE:
        return list(paths)
    return sorted(random.Random(kind).sample(list(paths), SAMPLE), key=str)
