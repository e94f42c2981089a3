"""Roles, delays and functions' roles: replayed from the AccessManager's events, proven in its storage, listed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_hash.auto import keccak

from bridge.audit.report import Report
from bridge.audit.run import run_audit
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.sending import send_all
from bridge.protocol.words import format_address
from tests.chain_fixtures import Alliance, key, running_alliance
from tests.integration.audit.forged_chain import ForgedChain
from tests.integration.audit.posting import Story
from tests.integration.audit.tampering_proxy import tampering_proxy

pytestmark = pytest.mark.chain
DAY = 86_400


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Alliance]:
    with running_alliance(tmp_path / "chain", brands=1) as alliance:
        yield alliance


def administrate(alliance: Alliance, function: str, *arguments: object) -> None:
    data = load_artifact("AccessManager").functions[function].encode(*arguments)
    manager = alliance.book.address("AccessManager")
    send_all(alliance.rpc, alliance.admin, [(function, manager, data, 300_000)], mine=alliance.mine)


def failed(report: Report) -> set[str]:
    return {finding.check for finding in (*report.failures, *report.unchecked)}


def test_every_word_of_the_access_manager_follows_from_its_events(busy: Alliance) -> None:
    """Grants, delays that change at a date, revocations, admins, closed targets, an operation carried out late."""
    someone, board = format_address(key(555).address), format_address(busy.book.address("RateBoard"))
    registry = busy.book.address("BrandRegistry")
    administrate(busy, "grantRole", 2, someone, 3 * DAY)
    administrate(busy, "grantRole", 2, someone, DAY)
    administrate(busy, "grantRole", 77, someone, 60)
    administrate(busy, "revokeRole", 77, someone)
    administrate(busy, "setRoleAdmin", 77, 1)
    administrate(busy, "setRoleGuardian", 77, 3)
    administrate(busy, "setGrantDelay", 77, 10 * DAY)
    administrate(busy, "setTargetAdminDelay", board, 2 * DAY)
    administrate(busy, "setTargetClosed", board, True)
    administrate(busy, "labelRole", 77, "auditors")
    line = load_artifact("BrandRegistry").functions["setCreditLine"].encode(1, 5)
    administrate(busy, "grantRole", 2, format_address(busy.admin.address), 100)
    busy.mine(busy.now() + DAY)
    administrate(busy, "schedule", format_address(registry), line, 0)
    busy.mine(busy.now() + 200)
    administrate(busy, "execute", format_address(registry), line)
    administrate(busy, "schedule", format_address(registry), line, 0)
    administrate(busy, "setGrantDelay", 77, 5)
    report = run_audit(busy.url, busy.book)
    assert failed(report) == set()
    roles = {row["role"]: row for row in report.totals["roles"]}
    assert sorted(holder["delay_s"] for holder in roles[2]["holders"]) == [100, DAY]
    assert (roles[77]["holders"], roles[77]["admin_role"], roles[77]["guardian_role"]) == ([], 1, 3)
    closed = {row["target"] for row in report.totals["restricted_functions"] if row["closed"]}
    assert closed == {board.lower()}


def test_a_function_opened_to_another_role_is_named(busy: Alliance) -> None:
    """The risk manager's credit lines, given to operators; an admin's function, given to guardians."""
    registry = format_address(busy.book.address("BrandRegistry"))
    functions = load_artifact("BrandRegistry").functions
    administrate(busy, "setTargetFunctionRole", registry, [functions["setCreditLine"].selector], 1)
    administrate(busy, "setTargetFunctionRole", registry, [functions["setDesk"].selector], 3)
    found = run_audit(busy.url, busy.book).failures
    assert [(finding.check, finding.expected, finding.actual) for finding in found] == [
        ("function-roles", "role 2", "role 1"),
        ("function-roles", "role 0", "role 3"),
    ]


def test_a_guardian_who_must_wait_is_named(busy: Alliance) -> None:
    administrate(busy, "grantRole", 3, format_address(key(556).address), DAY)
    assert failed(run_audit(busy.url, busy.book)) == {"guardian-without-delay"}


def test_a_role_that_the_events_do_not_speak_of_is_found_in_storage(story: Story) -> None:
    """A grant hidden from the log, everything resealed: the AccessManager's storage still holds it."""
    forged = ForgedChain(story.alliance.rpc)
    topic = f"0x{keccak(b'RoleGranted(uint64,address,uint32,uint48,bool)').hex()}"
    hidden = forged.logs(bytes.fromhex(topic[2:]))[-1]
    forged.remove_logs(lambda log: log is hidden)
    with tampering_proxy(story.alliance.url, forged.reseal().tamper) as url:
        found = {finding.check for finding in run_audit(url, story.alliance.book).failures}
    assert found == {"address-book-block", "storage-complete"}


def test_another_holder_in_the_event_than_in_storage_is_named(story: Story) -> None:
    forged = ForgedChain(story.alliance.rpc)
    granted = forged.logs(keccak(b"RoleGranted(uint64,address,uint32,uint48,bool)"))[-1]
    granted["topics"][2] = f"0x{0xABCD:064x}"
    with tampering_proxy(story.alliance.url, forged.reseal().tamper) as url:
        found = {finding.check for finding in run_audit(url, story.alliance.book).failures}
    assert found == {"address-book-block", "storage-complete", "storage-roles"}
