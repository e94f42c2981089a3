"""The operator's commands on a real node directory: help everywhere, useful exit codes, no surprise."""

import re
import uuid

import pytest

from alliance_node.programs import PRESETS
from tests.acceptance.node_process import NodeProcess, call_alliance

COMMANDS = {
    "node": ["init", "migrate", "serve", "rebuild", "reconcile", "export-chain-view", "create-key", "revoke-key",
             "list-keys", "rotate-keys", "audit-log", "seal", "limits", "config"],
    "member": ["enrol", "balance", "lots", "history", "explain", "outlook", "tasks", "notices", "timezone", "page-link",
               "promises", "personal", "erase"],
    "event": ["purchase", "refund", "behaviour"],
    "founder": ["issue", "set-terms", "describe", "status", "fill", "lint", "sign", "show", "challenge", "link",
                "unlink", "grant", "draft", "submit", "order", "offers", "payment", "buy"],
    "redeem": ["options", "make", "cancel", "benefits", "use-benefit", "gift"],
    "wallet": ["sign-in", "link", "status", "unlink", "quote", "draft", "submit"],
    "convert": ["code", "quote", "request", "status"],
    "brand": ["presets", "connect", "show"],
    "program": ["schema", "presets", "validate", "summary", "returns", "compare", "reindex", "announce",
                "versions", "withdraw"],
    "job": ["sweep", "tiers", "recall", "notices", "tier-monitor"],
    "statement": ["make", "publish", "show", "check", "proof"],
    "lottery": ["commit", "open", "close", "reveal", "draw", "record", "verify", "list", "show"],
}  # fmt: skip


@pytest.mark.parametrize("group", COMMANDS)
def test_every_command_has_help_with_an_example(group: str) -> None:
    assert call_alliance(group, "--help").returncode == 0
    for command in COMMANDS[group]:
        done = call_alliance(group, command, "--help")
        assert done.returncode == 0, command
        assert "Example" in done.stdout or command == "config", command


def test_the_root_lists_every_group() -> None:
    done = call_alliance("--help")
    for group in ("chain", "audit", "verify-inclusion", "verify-receipt", "demo", "import", *COMMANDS):
        assert re.search(rf"\b{group}\b", done.stdout), group


def test_a_wrong_option_is_usage() -> None:
    assert call_alliance("node", "serve").returncode == 2
    assert call_alliance("nothing").returncode == 2


def test_an_operator_looks_after_a_node(fresh_node: NodeProcess) -> None:
    directory = ("--dir", str(fresh_node.directory))
    enrolled = call_alliance("member", "enrol", *directory, "--phone", "+86 138 0000 0000", "--name", "Xia")
    assert enrolled.returncode == 0, enrolled.stderr
    member = enrolled.stdout.strip()
    assert uuid.UUID(member)
    refused = call_alliance("member", "enrol", *directory, "--phone", "+8613800000000")
    assert (refused.returncode, "identity_in_use" in refused.stderr) == (1, True)
    for command in ("balance", "lots", "history"):
        assert call_alliance("member", command, *directory, member).returncode == 0
    assert '"spendable":0' in call_alliance("member", "balance", *directory, member, "--json").stdout.replace(" ", "")
    assert call_alliance("member", "balance", *directory, str(uuid.uuid4())).returncode == 1
    assert "/?link=" in call_alliance("member", "page-link", *directory, member).stdout
    personal = call_alliance("member", "personal", *directory, member, "--reason", "a test")
    assert "+86" in personal.stdout and "13800000000" not in personal.stdout
    assert fresh_node.command("seal").returncode == 0
    assert fresh_node.command("rebuild", "--check").returncode == 0
    assert fresh_node.command("migrate").returncode == 0
    assert "alliance_not_connected" in fresh_node.command("reconcile").stderr
    log = fresh_node.command("audit-log").stdout
    assert "member.enrol" in log and member in log


def test_keys_are_rotated_and_personal_data_stays_readable(fresh_node: NodeProcess) -> None:
    directory = ("--dir", str(fresh_node.directory))
    member = call_alliance("member", "enrol", *directory, "--name", "Xia").stdout.strip()
    assert "1 data keys" in fresh_node.command("rotate-keys", "--retire").stdout
    assert "X•••" in call_alliance("member", "personal", *directory, member, "--reason", "a test").stdout
    assert call_alliance("member", "erase", *directory, member, "--yes").returncode == 0
    gone = call_alliance("member", "personal", *directory, member, "--reason", "a test")
    assert (gone.returncode, "identity_erased" in gone.stderr) == (1, True)


def test_an_api_key_can_be_listed_and_revoked(fresh_node: NodeProcess) -> None:
    made = fresh_node.command("create-key", "--name", "till", "--scope", "events:write")
    key_id = made.stdout.strip().split("_")[1]
    assert key_id in fresh_node.command("list-keys").stdout
    assert fresh_node.command("revoke-key", key_id).returncode == 0
    assert fresh_node.command("revoke-key", key_id).returncode == 1
    assert "unknown_scope" in fresh_node.command("create-key", "--name", "x", "--scope", "all").stderr


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_summarised_in_both_languages(preset: str) -> None:
    """R-UX-1."""
    assert call_alliance("program", "summary", "--preset", preset).stdout.strip()
    chinese = call_alliance("program", "summary", "--preset", preset, "--lang", "zh").stdout
    assert re.search(r"[一-鿿]", chinese)


def test_an_invalid_program_lists_every_problem_with_its_line(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("program") / "bad.yaml"
    file.write_text("program: bad\nschema_version: 1\ncolour: red\n")
    done = call_alliance("program", "validate", str(file))
    assert done.returncode == 1
    assert "bad.yaml:3" in done.stderr
    assert call_alliance("program", "validate", str(file) + ".missing").returncode == 3


@pytest.mark.parametrize("reference", ["[/]", "[red]x", "\\[red]x", "[link=http://evil.example]a[/link]"])
def test_what_a_till_calls_its_sale_is_no_markup(fresh_node: NodeProcess, reference: str) -> None:
    """An operator looks at a history that tills wrote: it is shown as it is, and always can be shown."""
    fresh_node.start()
    member = fresh_node.enrol()
    sale = {**fresh_node.purchase(member), "source_event_id": reference}
    assert fresh_node.post("/v1/purchases", sale).status_code == 201
    shown = fresh_node.alliance("member", "history", member)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert reference in shown.stdout
