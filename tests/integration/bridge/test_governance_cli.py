"""Guardians, operators and the administrator at a console, on a real chain (R-ALL-2, R-ALL-7)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bridge.deploy import admin
from bridge.deploy.deploy import view
from bridge.deploy.governed import Scheduled
from bridge.deploy.plan import GUARDIAN
from bridge.deploy.rates import read_rates, state_at
from bridge.deploy.roles import LastHolder, role_holders
from bridge.deploy.sending import TransactionFailed
from bridge.governance_cli import _ROLES, chain_app
from bridge.protocol.rates import Rate
from bridge.protocol.words import format_address
from tests.chain_fixtures import Alliance, key, running_alliance

pytestmark = pytest.mark.chain
DAY = 86_400
ADMINISTRATOR, STRANGER, GUARD, RISK_OFFICER = 9_002, 501, 502, 503
"""Numbers of test keys."""

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alliance]:
    with running_alliance(tmp_path_factory.mktemp("chain")) as made:
        yield made


@pytest.fixture
def run(shared: Alliance, tmp_path: Path) -> Run:
    """A command with the alliance's options and a key under the name of its variable."""
    book = tmp_path / "book.json"
    shared.book.save(book)

    def carry_out(command: str, number: int | None, *arguments: object) -> Result:
        words = [command, "--rpc", shared.url, "--book", str(book), *(str(each) for each in arguments)]
        environment = {}
        if number is not None:
            words += ["--key", "env:KEY", "--mine"]
            environment["KEY"] = number.to_bytes(32, "big").hex()
        return CliRunner().invoke(chain_app, words, env=environment)

    return carry_out


def address(number: int) -> str:
    return format_address(key(number).address)


def said(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output.strip()


def is_paused(alliance: Alliance, contract: str) -> bool:
    block = alliance.rpc.call("eth_blockNumber")
    return bool(view(alliance.rpc, alliance.book.address(contract), contract, "paused", block=block)[0])


def test_a_guardian_pauses_at_once_and_a_repeated_command_says_so(shared: Alliance, run: Run) -> None:
    granted = said(run("grant-role", ADMINISTRATOR, "--role", "guardian", "--account", address(GUARD)))
    assert granted.endswith("holds the role guardian")
    assert isinstance(run("pause", STRANGER).exception, TransactionFailed)
    assert said(run("pause", GUARD)) == "conversions: paused\ntransfers: paused"
    assert is_paused(shared, "AllianceClock") and is_paused(shared, "AlliancePoint")
    assert said(run("pause", GUARD)) == "conversions: paused already\ntransfers: paused already"
    assert said(run("unpause", GUARD, "--what", "conversions")) == "conversions: running"
    assert (is_paused(shared, "AllianceClock"), is_paused(shared, "AlliancePoint")) == (False, True)
    assert said(run("unpause", GUARD)) == "conversions: running already\ntransfers: running"
    said(run("revoke-role", ADMINISTRATOR, "--role", "guardian", "--account", address(GUARD)))
    assert isinstance(run("pause", GUARD).exception, TransactionFailed), "a role that was taken away is gone"


def test_the_last_holder_of_a_role_keeps_it_unless_that_is_meant(shared: Alliance, run: Run) -> None:
    """R-ALL-7: nobody locks the alliance by a slip; a role that was granted and taken away again counts for nothing."""
    only = address(ADMINISTRATOR)
    said(run("grant-role", ADMINISTRATOR, "--role", "admin", "--account", address(STRANGER)))
    said(run("revoke-role", ADMINISTRATOR, "--role", "admin", "--account", address(STRANGER)))
    for role in ("admin", "guardian", "issuer"):
        refused = run("revoke-role", ADMINISTRATOR, "--role", role, "--account", only).exception
        assert isinstance(refused, LastHolder) and "--last" in refused.next_step
        assert role_holders(shared.rpc, shared.book, _ROLES[role]) == {key(ADMINISTRATOR).address}
    said(run("revoke-role", ADMINISTRATOR, "--role", "issuer", "--account", only, "--last"))
    assert role_holders(shared.rpc, shared.book, _ROLES["issuer"]) == set()
    said(run("grant-role", ADMINISTRATOR, "--role", "issuer", "--account", only))


def test_a_brand_is_suspended_and_made_active_again(shared: Alliance, run: Run) -> None:
    assert said(run("set-status", ADMINISTRATOR, "--brand", 2, "--status", "suspended")) == "brand 2 is suspended now"
    assert (
        said(run("set-status", ADMINISTRATOR, "--brand", 2, "--status", "suspended")) == "brand 2 is suspended already"
    )
    assert admin.read_brand(shared.rpc, shared.book, 2).status == admin.STATUSES["suspended"]
    said(run("set-status", ADMINISTRATOR, "--brand", 2, "--status", "active"))
    assert run("set-status", ADMINISTRATOR, "--brand", 2, "--status", "gone").exit_code == 2, "a usage error"


def test_a_brand_number_that_nobody_has_is_named(shared: Alliance, run: Run) -> None:
    keys = ("--hot", address(1), "--cold", address(2), "--settlement", address(3))
    for command, options in (("set-status", ("--status", "suspended")), ("replace-keys", keys)):
        unknown = run(command, ADMINISTRATOR, "--brand", 77, *options).exception
        assert isinstance(unknown, admin.UnknownBrand)
        assert (str(unknown), unknown.code) == ("the alliance has no brand 77", "unknown_brand")
        assert "alliance chain status" in unknown.next_step
    assert isinstance(run("rates", None, "--brand", 77).exception, admin.UnknownBrand)


def test_stolen_keys_are_replaced(shared: Alliance, run: Run) -> None:
    new = [address(number) for number in (601, 602, 603)]
    options = ("--brand", 2, "--hot", new[0], "--cold", new[1], "--settlement", new[2])
    assert isinstance(run("replace-keys", STRANGER, *options).exception, TransactionFailed)
    assert said(run("replace-keys", ADMINISTRATOR, *options)) == "brand 2 has new keys"
    assert said(run("replace-keys", ADMINISTRATOR, *options)) == "brand 2 has these keys already"
    keys = admin.read_brand(shared.rpc, shared.book, 2).keys
    assert [format_address(each) for each in (keys.hot, keys.cold, keys.settlement)] == new


def test_a_role_with_a_delay_schedules_first_and_carries_out_when_repeated(shared: Alliance, run: Run) -> None:
    account = address(RISK_OFFICER)
    granted = said(run("grant-role", ADMINISTRATOR, "--role", "risk", "--account", account, "--delay", DAY))
    assert granted.endswith("with a delay of 86400 s")
    limits = ("--brand", 1, "--credit-line", 777_000, "--limiter-capacity", 10**15, "--limiter-window", 3_600)
    before = admin.read_brand(shared.rpc, shared.book, 1).credit_line

    first = run("set-limits", RISK_OFFICER, *limits).exception
    assert isinstance(first, Scheduled) and first.is_new and first.next_step.startswith("Run the same command again")
    again = run("set-limits", RISK_OFFICER, *limits).exception
    assert isinstance(again, Scheduled) and not again.is_new and again.ready_at == first.ready_at
    assert admin.read_brand(shared.rpc, shared.book, 1).credit_line == before, "nothing has changed yet"

    shared.mine(first.ready_at)
    assert said(run("set-limits", RISK_OFFICER, *limits)) == "limits set"
    now = admin.read_brand(shared.rpc, shared.book, 1)
    assert (now.credit_line, now.limiter_capacity, now.limiter_window) == (777_000, 10**15, 3_600), "both at once"
    assert said(run("set-limits", RISK_OFFICER, *limits)) == "these limits are in force already"
    only_line = ("--brand", 1, "--credit-line", 778_000, "--limiter-capacity", 10**15, "--limiter-window", 3_600)
    other = run("set-limits", RISK_OFFICER, *only_line).exception
    assert isinstance(other, Scheduled) and str(other).startswith("BrandRegistry.setCreditLine is"), "the limiter stays"
    (since, delay, *_rest) = view(
        shared.rpc,
        shared.book.address("AccessManager"),
        "AccessManager",
        "getAccess",
        GUARDIAN - 1,
        account,
        block=shared.rpc.call("eth_blockNumber"),
    )
    assert since and delay == DAY


def test_published_rates_are_shown_with_their_history(shared: Alliance, run: Run) -> None:
    """R-ALL-2: announced, in force, and what was."""
    cold, old = shared.brands[0].cold, shared.brands[0].rate
    second, third = Rate(10, 1, 1, 11), Rate(9, 1, 1, 11)
    first_change = shared.now() + 4 * DAY

    def announce(rate: Rate, at: int, promise: int = 0) -> None:
        admin.announce_rate(
            shared.rpc, shared.book, cold, 1, rate, effective_at=at, guaranteed_until=promise, mine=shared.mine
        )

    announce(second, first_change)
    shared.mine(first_change + 60)  # the alliance clock lags by the pauses of other tests here
    last_change = first_change + 10 * DAY
    announce(third, last_change, first_change + 5 * DAY)
    history = read_rates(shared.rpc, shared.book, 1)
    assert [(one.version, one.rate, one.state) for one in history.versions] == [
        (3, third, "announced"),
        (2, second, "in force"),
        (1, old, "usable"),
    ]
    assert (history.versions[1].superseded_at, history.guaranteed_until) == (last_change, first_change + 5 * DAY)
    shown = said(run("rates", None, "--brand", 1))
    assert "9/1" in shown and "announced" in shown and "The brand promised" in shown


def test_a_brand_without_rates_is_told_how_to_publish_one(shared: Alliance, run: Run) -> None:
    keys = admin.BrandKeys(*(key(number).address for number in (701, 702, 703)))
    limits = admin.Limits(1, 10**9)
    brand = admin.register_brand(shared.rpc, shared.book, shared.admin, "mute", keys, limits, mine=shared.mine)
    assert "has published no rate" in said(run("rates", None, "--brand", brand))


@pytest.mark.parametrize(
    ("now", "state"),
    [(99, "announced"), (100, "in force"), (199, "in force"), (200, "usable"), (209, "usable"), (210, "past")],
)
def test_the_state_of_a_version_at_each_boundary(now: int, state: str) -> None:
    assert state_at(now, 100, 200, 10) == state
