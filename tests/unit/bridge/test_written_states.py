"""docs/bridge.md says what the code does: every state, transition, checkpoint and halt, no more and no less."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from bridge.indexer.clock_watch import WrongClock
from bridge.notices import BY_CHECKPOINT
from bridge.runner import RunnerState
from bridge.transactions.states import WHAT_TO_DO, BatchState, HaltReason, ItemState, TransactionState

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/bridge.md").read_text(encoding="utf-8")
Rows = list[list[str]]


def table_after(heading: str) -> Rows:
    """The cells of the first table below a heading, without its head."""
    lines = PAGE.split(f"\n{heading}\n", 1)[1].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return rows


def names_in(cell: str) -> set[str]:
    return set(re.findall(r"[A-Z]{3,}", cell))


@pytest.mark.parametrize(
    ("heading", "states"),
    [("### Items", ItemState), ("### Batches", BatchState), ("### Transactions", TransactionState)],
)
def test_every_state_is_written_down_with_what_is_durable_and_what_follows(heading: str, states: type[StrEnum]) -> None:
    rows = table_after(heading)
    assert sorted(row[0] for row in rows) == sorted(state.value for state in states)
    for name, durable, following in rows:
        assert durable, name
        assert names_in(following) <= {state.value for state in states}, name


def test_transitions_join_states_that_exist_and_follow_each_other() -> None:
    following = {row[0]: set[str]() for row in table_after("### Items") + table_after("### Batches")}
    for row in table_after("### Items") + table_after("### Batches"):
        following[row[0]] |= names_in(row[2])
    rows = table_after("## Transitions")
    assert len(rows) > 10
    for source, target, when, _ in rows:
        assert target in following[source], (source, target)
        assert when


def test_checkpoints_of_the_page_are_those_of_the_code() -> None:
    """A test can stop the process at every arrow of the sender, and does."""
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bridge/transactions").glob("*.py"))
    in_code = set(re.findall(r'checkpoint\("([A-Z]+)"\)', sources)) | set(
        re.findall(r'^    Step\.\w+: "([A-Z]+)",$', sources, re.MULTILINE)
    )
    on_page = {row[3] for row in table_after("## Transitions")} - {""}
    assert on_page == in_code
    folder = ROOT / "tests/integration/bridge"
    killed = "".join((folder / name).read_text(encoding="utf-8") for name in ("test_kill.py", "test_faults.py"))
    for checkpoint in on_page:
        assert f'"{checkpoint}"' in killed, f"no test kills at {checkpoint}"


def test_every_halt_has_its_way_out() -> None:
    rows = table_after("## When it halts")
    assert {row[0] for row in rows} == {reason.value for reason in HaltReason} == {r.value for r in WHAT_TO_DO}
    assert all(cause and way_out for _, cause, way_out in rows)


def test_every_status_is_named() -> None:
    line = PAGE.split("## Status\n", 1)[1]
    assert {state.value for state in RunnerState} <= set(re.findall(r"`(\w+)`", line))


def test_every_fault_has_a_test_that_exists() -> None:
    rows = table_after("## What it does about")
    assert len(rows) >= 19
    for fault, told, tests in rows:
        named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", tests)
        assert told and named, fault
        for file, name in named:
            sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob(file)]
            assert any(f"\ndef {name}(" in source for source in sources), name


def test_what_is_told_beside_running_is_written_down() -> None:
    told = {notice.code for notice in BY_CHECKPOINT.values()} | {
        "items_quarantined",
        "key_draining",
        WrongClock.code,
    }
    assert told <= set(re.findall(r"`(\w+)`", PAGE.split("## Status\n", 1)[1]))


def test_the_tests_that_the_page_names_exist() -> None:
    for name in set(re.findall(r"`((?:tests/\S+?|test_\w+)\.py)`", PAGE)):
        found = list((ROOT / "tests").rglob(name.rsplit("/", 1)[-1]))
        assert found, name
