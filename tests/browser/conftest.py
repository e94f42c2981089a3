"""A real browser: Debian's chromium driven by Playwright. Missing means failed, never skipped."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.acceptance.conftest import EVERYTHING
from tests.acceptance.node_process import NodeProcess

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser per module: while it is open, Playwright's event loop runs in this process and no other could."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: run `bash tests/browser/install_chromium.sh` (needs apt-get)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    process = NodeProcess(tmp_path_factory.mktemp("browser") / "shop", "sqlite:///node.sqlite")
    try:
        yield process.init().start()
    finally:
        process.close()


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A node with goals, chains, streaks and decay, on a manual clock."""
    process = NodeProcess(tmp_path_factory.mktemp("browser") / "club", "sqlite:///node.sqlite")
    try:
        process.init(program=EVERYTHING.read_text(encoding="utf-8"), clock="manual").start()
        process.at("2026-06-01T10:00:00+08:00")
        yield process
    finally:
        process.close()
