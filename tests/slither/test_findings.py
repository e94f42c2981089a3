"""Slither over all contracts: every finding has an answer in docs/slither.md, and every answer a finding."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.slither.archive import ROOT, write_archive

ANSWERS = ROOT / "docs" / "slither.md"
SLITHER = ROOT / "build" / "slither" / "bin" / "slither"
# Solhint watches over names, with another rule for constants and immutables.
NOT_ASKED = "naming-convention"


def subject(element: dict[str, Any]) -> str:
    """Contract.function or Contract.variable: what does not change when lines move."""
    parent = element.get("type_specific_fields", {}).get("parent")
    above = subject(parent) + "." if parent and parent["type"] in ("contract", "function", "struct") else ""
    return above + str(element["name"])


def findings(folder: Path) -> set[tuple[str, str]]:
    subprocess.run(["bash", str(ROOT / "tests" / "slither" / "install.sh")], check=True)
    archive, result = folder / "contracts_export_archive.json", folder / "findings.json"
    write_archive(archive)
    options = ["--filter-paths", "npm/", "--exclude", NOT_ASKED, "--json", str(result)]
    subprocess.run([str(SLITHER), str(archive), *options], cwd=folder, capture_output=True)
    document = json.loads(result.read_text())
    assert document["success"], document["error"]
    return {(found["check"], subject(found["elements"][0])) for found in document["results"]["detectors"]}


def test_every_finding_is_answered_and_every_answer_has_a_finding(tmp_path: Path) -> None:
    answered = set(re.findall(r"^\| `([a-z-]+)` \| `([\w.]+)` \| \S", ANSWERS.read_text(), re.MULTILINE))
    found = findings(tmp_path)
    assert len(found) > 10
    assert found - answered == set(), "change the contract, or answer these in docs/slither.md"
    assert answered - found == set(), "these are no findings any more: remove them from docs/slither.md"
