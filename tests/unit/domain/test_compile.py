"""The generated function: built from typed values only, and fast because it is plain code."""

import ast
from typing import Any

import pytest

from alliance_node.domain.program import CompiledProgram
from alliance_node.domain.program.compile import compile_plan, generate_source
from alliance_node.domain.program.emit import literal
from alliance_node.domain.program.plan import FixedAmount, OneOf, Plan, PlanRule
from tests.unit.domain.sample import GOLDEN_BRACKETS, sample

HOSTILE = "x'); import os; os.system('echo owned') #\n\"\"\"\\"


def plan(when: tuple[Any, ...] = (), points: Any = 1) -> Plan:
    rule = PlanRule("r", "base", (), when, FixedAmount(points), ())
    return Plan((rule,), (), (), "exclusive")


def test_hostile_texts_stay_texts() -> None:
    """No string of the file is ever code: it appears as one constant."""
    source = generate_source(plan((OneOf("channel", (HOSTILE,)),)))
    constants = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    assert HOSTILE in constants
    evaluate = compile_plan(plan((OneOf("channel", (HOSTILE,)),)))
    assert evaluate(None, 1, 0, 0, HOSTILE, "", (), "", {})[0] == 1
    assert evaluate(None, 1, 0, 0, "shop", "", (), "", {})[0] == 0


@pytest.mark.parametrize("value", [1.5, True, None, b"x", ["x"], float("nan")])
def test_only_integers_and_strings_can_become_literals(value: Any) -> None:
    with pytest.raises(TypeError):
        literal(value)
    with pytest.raises(TypeError):
        generate_source(plan(points=value))


def test_generated_code_calls_nothing_but_its_helpers() -> None:
    """No attribute but list.append and dict.get, no import, no builtins."""
    source = generate_source(CompiledProgram(sample({"earn.rules": [rule(), behaviour()]})).plan)
    tree = ast.parse(source)
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert attributes <= {"append", "get"}
    assert calls <= {"CounterValue", "month_number", "day_of_month", "used_in", "streak", "LimitUse"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def rule() -> dict[str, Any]:
    return {"id": "spend", "on": "purchase", "when": {"days_of_month": [1]}, "amount": GOLDEN_BRACKETS}


def behaviour() -> dict[str, Any]:
    return {
        "id": "b",
        "on": "behaviour",
        "behaviours": ["b"],
        "amount": {"type": "fixed", "points": 1},
        "limits": [{"per": "year", "points": 5}, {"per": "week", "times": 1}],
    }


def test_the_trace_says_which_rule_gave_what_from_which_numbers() -> None:
    """R-EARN-11."""
    compiled = CompiledProgram(sample({"earn.rules": [{**rule(), "when": {}}]}))
    *_, trace, _ = compiled.evaluate(None, 10000, 0, 0, "shop", "pos", (), "base", {})
    assert trace == [("spend", "bracket", 120, (10000, 10000, 30000, 3, 250))]
