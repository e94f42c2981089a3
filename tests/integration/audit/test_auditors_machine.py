"""A machine that has only what `points-alliance[auditor]` installs: no node package, no checkout, no database."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import orjson
import pytest
from packaging.requirements import Requirement

from tests.chain_fixtures import key
from tests.integration.audit.posting import Story

pytestmark = pytest.mark.chain
ROOT = Path(__file__).resolve().parents[3]
NODE_ONLY = ("fastapi", "uvicorn", "alembic", "psycopg", "jinja2", "pyarrow", "structlog", "prometheus_client", "segno")


def needed(name: str, extras: frozenset[str], seen: dict[str, Distribution]) -> None:
    """Collect the distributions that installing `name[extras]` brings, as their metadata says."""
    found = distribution(name)
    seen[re.sub(r"[-_.]+", "-", name).lower()] = found
    for text in found.requires or ():
        requirement = Requirement(text)
        wanted = [{"extra": extra} for extra in extras or {""}]
        applies = requirement.marker is None or any(requirement.marker.evaluate(extra) for extra in wanted)
        if applies and re.sub(r"[-_.]+", "-", requirement.name).lower() not in seen:
            needed(requirement.name, frozenset(requirement.extras), seen)


def tops(found: Distribution) -> Iterator[Path]:
    """The files and folders directly in site-packages that a distribution owns."""
    for file in found.files or ():
        if file.parts[0] not in ("..", "__pycache__"):
            yield Path(str(found.locate_file(file.parts[0])))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the built wheel and the auditor's dependencies; returns its folder of programs."""
    folder = tmp_path_factory.mktemp("auditor")
    wheels, place = folder / "wheels", folder / "venv"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    packages: dict[str, Distribution] = {}
    needed("points-alliance", frozenset({"auditor"}), packages)
    del packages["points-alliance"]
    (site,) = (place / "lib").glob("python*/site-packages")
    for found in packages.values():
        for top in set(tops(found)):
            if top.exists() and not (site / top.name).exists():
                (site / top.name).symlink_to(top)
    (wheel,) = wheels.glob("*.whl")
    python = str(place / "bin" / "python")
    install = [str(Path(sys.executable).parent / "uv"), "pip", "install", "--offline", "--no-deps", "--python", python]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    (place / "bin" / "node").symlink_to(Path(sys.executable).parent / "node")
    return place / "bin"


def run(machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/"), "COLUMNS": "200", "NO_COLOR": "1"}
    environment["AUDITOR_KEY"] = f"{7001:064x}"
    command = [str(machine / "alliance"), *arguments]
    return subprocess.run(command, env=environment, cwd=machine, capture_output=True, text=True)


def test_the_machine_has_no_package_of_the_node(machine: Path) -> None:
    for package in NODE_ONLY:
        tried = subprocess.run([str(machine / "python"), "-c", f"import {package}"], capture_output=True, text=True)
        assert "ModuleNotFoundError" in tried.stderr, package


def test_it_audits_signs_and_verifies_and_says_what_its_build_would_need(
    machine: Path, story: Story, tmp_path: Path
) -> None:
    """Everything but the code is proven; without sources the code stays unchecked, and that is exit code 3."""
    book, report, page = tmp_path / "book.json", tmp_path / "audit.json", tmp_path / "audit.html"
    story.alliance.book.save(book)
    files = [
        "--output",
        str(report),
        "--html",
        str(page),
        "--state",
        str(tmp_path / "state"),
        "--key",
        "env:AUDITOR_KEY",
    ]
    done = run(machine, "audit", "--rpc", story.alliance.url, "--address-book", str(book), *files)
    assert done.returncode == 3, done.stderr + done.stdout
    document = orjson.loads(report.read_bytes())
    assert {row["check"] for row in document["unchecked"]} == {"contract-source"}
    assert "--sources" in document["unchecked"][0]["actual"]
    assert document["failures"] == []
    assert page.read_text().startswith("<!doctype html>")
    verified = run(machine, "verify-report", str(report), "--auditor", "0x" + key(7001).address.hex())
    assert (verified.returncode, "Signed by" in verified.stdout) == (0, True)


def test_with_the_sources_it_compiles_them_and_nothing_is_left_unchecked(
    machine: Path, story: Story, tmp_path: Path
) -> None:
    book = tmp_path / "book.json"
    story.alliance.book.save(book)
    done = run(machine, "audit", "--rpc", story.alliance.url, "--address-book", str(book), "--sources", str(ROOT))
    assert done.returncode == 0, done.stderr + done.stdout
    assert "contract-recompiled" in done.stdout


def test_what_is_not_installed_is_a_sentence_and_not_a_traceback(machine: Path) -> None:
    helped = run(machine, "--help")
    assert helped.returncode == 0
    assert "verify-report" in helped.stdout
    refused = run(machine, "node", "init", "--dir", "shop", "--brand", "GROCER")
    assert refused.returncode == 1
    assert "points-alliance[node]" in refused.stderr
    assert "Traceback" not in refused.stderr
