"""Rule evaluation of one purchase under 20 rules with its trace (the stored explanation), beside the same generated
function without the lines that write the trace."""

import time
from pathlib import Path
from random import Random
from typing import Any

from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.compile import generate_source, helpers
from alliance_node.domain.program.interpret import Evaluator
from alliance_node.domain.program.loading import load_program
from benchmarks.figures import BenchmarkFailed, Figure, figure

PROGRAM = Path(__file__).parent / "programs" / "twenty_rules.yaml"
NAME = "the same generated function without its trace lines"
_PURCHASES = 50_000
_START = 1_750_000_000


def measure() -> list[Figure]:
    """Purchases a second through the generated function."""
    program = CompiledProgram(load_program(PROGRAM.read_text(), PROGRAM.name))
    without = _without_trace(program)
    cases = _cases()
    if [result[:4] for result in _run(program.evaluate, cases[:500])] != [r[:4] for r in _run(without, cases[:500])]:
        raise BenchmarkFailed("the function without trace gives other points")
    rates = [max(_rate(function, cases) for _ in range(3)) for function in (program.evaluate, without)]
    return [figure("rules_with_explanation", rates[0], "purchases/s", rates[1], NAME)]


def _without_trace(program: CompiledProgram) -> Evaluator:
    lines = generate_source(program.plan).splitlines()
    kept = [line.split("trace.append(")[0] + "pass" if "trace.append(" in line else line for line in lines]
    scope = helpers()
    exec(compile("\n".join(kept), "<without trace>", "exec"), scope)
    function: Evaluator = scope["evaluate"]
    return function


def _cases() -> list[tuple[Any, ...]]:
    """Purchases of 500 members in order, with whatever counters they would have by then left out: all limits open."""
    random = Random(20)
    tags = ((), ("fresh",), ("dairy", "fresh"), ("alcohol",), ("night", "snacks"))
    cases: list[tuple[Any, ...]] = []
    for number in range(_PURCHASES):
        at = _START + 60 * number
        amount = int(random.lognormvariate(7.6, 1.0)) + 1
        facts = (
            random.choice(("shop", "app")),
            "bench",
            random.choice(tags),
            random.choice(("member", "silver", "gold")),
        )
        cases.append((None, amount, at, at // 86_400, *facts, {}))
    return cases


def _run(function: Evaluator, cases: list[tuple[Any, ...]]) -> list[Any]:
    return [function(*case) for case in cases]


def _rate(function: Evaluator, cases: list[tuple[Any, ...]]) -> float:
    began = time.perf_counter()
    for case in cases:
        function(*case)
    return len(cases) / (time.perf_counter() - began)
