"""The storage slots that the auditor reads are those that the compiler assigns."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from bridge.audit.audited import AUDITED

STORAGE = {audited.name: audited.layout for audited in AUDITED if audited.layout}
MEMBERS = {struct: places for audited in AUDITED for struct, places in audited.members.items()}
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or "node"
    script = Path(__file__).with_name("storage_layout.mjs")
    done = subprocess.run([node, str(script), str(ROOT)], capture_output=True, check=True)
    layouts: dict[str, Any] = orjson.loads(done.stdout)
    return layouts


@pytest.mark.parametrize("contract", STORAGE)
def test_variables_are_where_the_auditor_looks(compiled: dict[str, Any], contract: str) -> None:
    """A label may come twice (a base contract's own one first): the most derived one is in use."""
    found = {row["label"]: (int(row["slot"]), row["offset"]) for row in compiled[contract]["storage"]}
    assert STORAGE[contract] == {name: found[name] for name in STORAGE[contract]}


@pytest.mark.parametrize("struct", MEMBERS)
def test_struct_members_are_where_the_auditor_looks(compiled: dict[str, Any], struct: str) -> None:
    kinds = [kind for layout in compiled.values() for kind in (layout["types"] or {}).values()]
    members = next(kind["members"] for kind in kinds if kind["label"] == f"struct {struct}")
    found = {row["label"]: (int(row["slot"]), row["offset"]) for row in members}
    assert MEMBERS[struct] == {name: found[name] for name in MEMBERS[struct]}
