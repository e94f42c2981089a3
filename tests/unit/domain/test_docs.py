"""The reference of the program file: every example loads, every field of the schema is on the page."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from alliance_node.domain.program import ProgramFile, load_program
from tests.unit.domain.sample import BASE

PAGE = (Path(__file__).parents[3] / "docs" / "programs.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.S | re.M)


class _Texts(yaml.SafeLoader):
    """`on` is a field, not a truth."""


_Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(("bool", "timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Texts.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))


def merged(base: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """The base with the part's sections; mappings are merged, lists replaced."""
    result = copy.deepcopy(base)
    for key, value in part.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict) and key not in ("term", "amount")
        result[key] = merged(result[key], value) if both else copy.deepcopy(value)
    return result


def whole() -> dict[str, Any]:
    """All examples of the page as one program."""
    data = copy.deepcopy(BASE)
    for example in EXAMPLES:
        data = merged(data, yaml.load(example, _Texts))
    return data


def test_the_examples_together_are_one_program() -> None:
    program = load_program(yaml.safe_dump(whole(), sort_keys=False, allow_unicode=True), "docs/programs.md")
    assert (program.program, len({offer.kind for offer in program.redemption})) == ("grocery-points", 8)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_no_example_is_overwritten_by_a_later_one(number: int) -> None:
    """Each example's sections are in the program as they are on the page."""
    part = yaml.load(EXAMPLES[number], _Texts)
    assert merged(whole(), part) == whole()


def fields(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    """The names of all fields of the schema, as they are written in a file."""
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        yield field.alias or name
        yield from _inside(field.annotation, seen)


def _inside(annotation: Any, seen: set[type[BaseModel]]) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from fields(annotation, seen)
    for argument in get_args(annotation):
        yield from _inside(argument, seen)


def test_every_field_of_the_schema_is_on_the_page() -> None:
    names = set(fields(ProgramFile, set()))
    missing = [name for name in sorted(names) if not re.search(rf"\b{name}\b", PAGE)]
    assert len(names) > 100 and missing == []


def test_every_preset_is_on_the_page() -> None:
    from alliance_node.programs import PRESETS

    assert [name for name in PRESETS if f"`{name}`" not in PAGE] == []
