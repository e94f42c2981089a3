"""The local chain survives restarts and says why when it can't start; deployment is repeatable."""

from pathlib import Path

import pytest

from bridge.chain.anvil import AnvilFailed, AnvilOptions, AnvilProcess, PortInUse, StateFileCorrupt, free_port
from bridge.chain.rpc import Rpc, RpcError, RpcUnavailable, WrongChainId
from bridge.deploy import admin
from bridge.deploy.address_book import AddressBook, AddressBookError, DeployParameters
from bridge.deploy.artifacts import ArtifactMissing, load_artifact
from bridge.deploy.deploy import OtherAdministrator, deploy_alliance, view
from bridge.deploy.plan import ADMIN, GUARDIAN, addresses_from, deployment_steps
from bridge.deploy.sending import NotMined, TransactionFailed, send_all
from bridge.protocol.rates import Rate
from bridge.protocol.words import format_address
from tests.chain_fixtures import GENESIS, LIMITS, PARAMETERS, Alliance, key

pytestmark = pytest.mark.chain


def test_the_chain_survives_a_restart_on_the_same_port(alliance: Alliance) -> None:
    before = alliance.rpc.call("eth_getBlockByNumber", "latest", False)
    url = alliance.url
    alliance.restart()
    assert alliance.url == url
    assert alliance.rpc.call("eth_getBlockByNumber", "latest", False) == before
    assert alliance.rpc.call("eth_getCode", "0x" + alliance.book.address("ConversionDesk").hex(), "0x1") != "0x"


def test_the_chain_begins_at_the_given_time(anvil: AnvilProcess) -> None:
    block = Rpc(anvil.url).call("eth_getBlockByNumber", "0x0", False)
    assert int(block["timestamp"], 16) == GENESIS


def test_old_blocks_stay_the_same_and_readable_however_often_it_restarts(alliance: Alliance) -> None:
    """Anvil makes its first block anew at each start; with another time it would be another block."""
    numbers = range(int(alliance.rpc.call("eth_blockNumber"), 16) + 1)
    before = [alliance.rpc.call("eth_getBlockByNumber", hex(number), False) for number in numbers]
    for _ in range(3):
        alliance.restart()
        assert [alliance.rpc.call("eth_getBlockByNumber", hex(number), False) for number in numbers] == before
        for number in numbers:
            assert alliance.rpc.call("eth_getBalance", "0x" + "00" * 20, hex(number)) == "0x0"


def test_a_chain_with_its_own_clock_goes_on_from_its_last_block(alliance: Alliance) -> None:
    """Otherwise a restart would jump years to the wall clock, past every deadline."""
    alliance.mine(GENESIS + 5_000)
    alliance.restart()
    alliance.mine()
    assert GENESIS + 5_000 <= alliance.now() <= GENESIS + 5_100
    alliance.mine(GENESIS + 6_000)
    assert alliance.now() == GENESIS + 6_000


def test_a_chain_left_by_a_killed_program_is_found_by_its_pid_file(anvil: AnvilProcess) -> None:
    found = AnvilProcess(anvil.directory, anvil.options)
    assert found.start() == anvil.url
    assert found.pid == anvil.pid
    found.stop()
    assert anvil.pid is None
    with pytest.raises(AnvilFailed, match="chain up"):
        _ = anvil.url


def test_a_stale_pid_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "anvil.pid").write_text('{"pid": 1, "port": 1, "chain_id": 1}')
    process = AnvilProcess(tmp_path, AnvilOptions(no_mining=True), dies_with_parent=True)
    assert process.pid is None
    process.start()
    process.kill()


def test_a_port_in_use_is_named(anvil: AnvilProcess, tmp_path: Path) -> None:
    taken = int(anvil.url.rpartition(":")[2])
    with pytest.raises(PortInUse) as caught:
        AnvilProcess(tmp_path / "other", AnvilOptions(port=taken)).start()
    assert caught.value.port == taken


@pytest.mark.parametrize("content", ["", "garbage", '{"block": '])
def test_a_corrupt_state_file_is_named_and_left_alone(anvil: AnvilProcess, content: str) -> None:
    Rpc(anvil.url).call("evm_mine")
    anvil.stop()
    good = anvil.state.read_text()
    anvil.start()  # a good start keeps a copy of the state it started from
    anvil.stop()
    anvil.state.write_text(content)
    with pytest.raises(StateFileCorrupt) as caught:
        anvil.start()
    assert anvil.state.read_text() == content
    assert str(anvil.backup) in caught.value.next_step
    assert anvil.pid is None
    anvil.state.write_text(anvil.backup.read_text())
    anvil.start()
    assert anvil.backup.read_text() == good


def test_nobody_at_the_rpc_address_is_a_typed_error() -> None:
    for url in (f"http://127.0.0.1:{free_port()}", "http://no such host", "ftp://x"):
        with pytest.raises(RpcUnavailable):
            Rpc(url, attempts=1).call("eth_chainId")


def test_a_providers_key_in_the_rpc_address_is_in_no_message() -> None:
    url = f"http://user:secret@127.0.0.1:{free_port()}/v3/secret?key=secret"
    with pytest.raises(RpcUnavailable) as caught:
        Rpc(url, attempts=1).call("eth_chainId")
    told = [str(caught.value), str(WrongChainId(url, 1, 2)), str(RpcUnavailable(url, f"401 for url '{url}'"))]
    assert all("http://127.0.0.1:" in text and "secret" not in text for text in told)


def test_an_rpc_message_brings_no_control_characters_to_a_terminal() -> None:
    error = RpcError("eth_call", 3, "execution reverted:\n\x1b[31m\x00M", "0x08c379a0")
    assert (error.message, str(error)) == ("execution reverted:[31mM", "eth_call: execution reverted:[31mM (error 3)")
    assert error.revert_data == bytes.fromhex("08c379a0")


def test_another_chain_is_a_typed_error(anvil: AnvilProcess) -> None:
    with pytest.raises(WrongChainId) as caught:
        Rpc(anvil.url).require_chain(1)
    assert caught.value.actual == 31337


def test_a_refused_call_does_not_spoil_its_batch(anvil: AnvilProcess) -> None:
    rpc = Rpc(anvil.url, batch_size=2)
    results = rpc.batch_results([("eth_chainId", ()), ("no_such_method", ()), ("eth_blockNumber", ())])
    assert [type(result) for result in results] == [str, RpcError, str]
    with pytest.raises(RpcError):
        rpc.batch([("no_such_method", ())])


# --- deployment ------------------------------------------------------------------------------------------------------


def test_a_second_deployment_changes_nothing(alliance: Alliance, tmp_path: Path) -> None:
    head = alliance.rpc.call("eth_blockNumber")
    again = deploy_alliance(alliance.rpc, key(9001), key(9002).address, PARAMETERS, mine=alliance.mine)
    assert again == alliance.book
    assert alliance.rpc.call("eth_blockNumber") == head
    path = tmp_path / "book.json"
    again.save(path)
    assert AddressBook.load(path) == alliance.book


def test_an_alliance_whose_roles_were_handed_on_is_still_found(alliance: Alliance) -> None:
    """README's `chain deploy` may be repeated at any time, also by who holds nothing any more (docs/governance.md)."""
    first, heir = alliance.admin, key(55)
    for role in (ADMIN, GUARDIAN):
        admin.grant_role(alliance.rpc, alliance.book, first, role, heir.address, 0, mine=alliance.mine)
    for role in (GUARDIAN, ADMIN):
        admin.revoke_role(alliance.rpc, alliance.book, first, role, first.address, mine=alliance.mine)
    head = alliance.rpc.call("eth_blockNumber")
    for administrator in (first, heir):
        found = deploy_alliance(alliance.rpc, key(9001), administrator.address, PARAMETERS, mine=alliance.mine)
        assert found == alliance.book
    with pytest.raises(OtherAdministrator):
        deploy_alliance(alliance.rpc, key(9001), key(56).address, PARAMETERS, mine=alliance.mine)
    assert alliance.rpc.call("eth_blockNumber") == head, "nothing was sent"


def test_a_deployer_that_was_its_own_administrator_finds_its_alliance_too(anvil: AnvilProcess) -> None:
    """As in README, where one key deploys and administers, and later hands its roles on."""
    rpc, only, heir = Rpc(anvil.url), key(1), key(2)

    def mine() -> None:
        rpc.call("evm_mine")

    book = deploy_alliance(rpc, only, only.address, PARAMETERS, mine=mine)
    admin.grant_role(rpc, book, only, ADMIN, heir.address, 0, mine=mine)
    admin.revoke_role(rpc, book, only, ADMIN, only.address, mine=mine)
    assert deploy_alliance(rpc, only, only.address, PARAMETERS, mine=mine) == book


@pytest.mark.parametrize("done", [1, 6, 7, 12])
def test_an_interrupted_deployment_is_finished(anvil: AnvilProcess, done: int) -> None:
    rpc, deployer, administrator = Rpc(anvil.url), key(1), key(2).address

    def mine() -> None:
        rpc.call("evm_mine")

    parameters = DeployParameters()
    steps = deployment_steps(deployer.address, administrator, 0, parameters)
    first = [(s.title, s.to, s.data, 300_000 if s.to else 5_500_000) for s in steps[:done]]
    send_all(rpc, deployer, first, mine=mine)
    book = deploy_alliance(rpc, deployer, administrator, parameters, mine=mine)
    addresses = addresses_from(deployer.address, 0)
    assert {name: book.address(name) for name in book.contracts} == addresses
    count = rpc.call("eth_getTransactionCount", "0x" + deployer.address.hex(), "latest")
    assert int(count, 16) == len(steps)


def test_other_parameters_are_another_alliance(alliance: Alliance) -> None:
    other = deploy_alliance(
        alliance.rpc, key(9001), key(9002).address, DeployParameters(notice_period=7), mine=alliance.mine
    )
    assert set(other.contracts.values()).isdisjoint(alliance.book.contracts.values())


def test_every_right_is_the_administrators(alliance: Alliance) -> None:
    manager, block = alliance.book.address("AccessManager"), alliance.rpc.call("eth_blockNumber")
    for account, expected in ((key(9002), True), (key(9001), False)):
        text = format_address(account.address)
        has, _ = view(alliance.rpc, manager, "AccessManager", "hasRole", ADMIN, text, block=block)
        assert has is expected
    keys = admin.BrandKeys(key(7).address, key(8).address, key(8).address)
    with pytest.raises(TransactionFailed, match=r"does not hold the role .* \(AccessManagedUnauthorized\)") as refused:
        admin.register_brand(alliance.rpc, alliance.book, key(9001), "x", keys, LIMITS, mine=alliance.mine)
    assert "alliance audit" in refused.value.next_step


def test_a_brand_is_registered_once(alliance: Alliance) -> None:
    keys = admin.BrandKeys(key(7).address, key(8).address, key(8).address)
    for _ in range(2):
        made = admin.register_brand(
            alliance.rpc, alliance.book, alliance.admin, "new", keys, LIMITS, mine=alliance.mine
        )
        assert made == 3
    other = admin.BrandKeys(key(17).address, key(8).address, key(8).address)
    with pytest.raises(TransactionFailed, match="CodeTaken"):
        admin.register_brand(alliance.rpc, alliance.book, alliance.admin, "new", other, LIMITS, mine=alliance.mine)


def test_limits_status_and_rates_are_set_by_their_keys(alliance: Alliance) -> None:
    shared = (alliance.rpc, alliance.book)
    admin.set_credit_line(*shared, alliance.admin, 1, 5, mine=alliance.mine)
    admin.set_limiter(*shared, alliance.admin, 1, 7_200, 3_600, mine=alliance.mine)
    admin.set_status(*shared, alliance.admin, 1, "exit-only", mine=alliance.mine)
    admin.rotate_hot_key(*shared, alliance.brands[0].cold, 1, key(77).address, mine=alliance.mine)
    brand = admin.read_brand(*shared, 1)
    assert (brand.credit_line, brand.limiter_capacity, brand.limiter_window) == (5, 7_200, 3_600)
    assert (brand.status, brand.keys.hot) == (2, key(77).address)
    with pytest.raises(TransactionFailed, match="RoundTripGains"):
        admin.announce_rate(*shared, alliance.brands[0].cold, 1, Rate(11, 1, 1, 10), mine=alliance.mine)
    with pytest.raises(TransactionFailed, match="NotColdKey"):
        admin.announce_rate(*shared, alliance.brands[0].hot, 1, Rate(10, 1, 1, 10), mine=alliance.mine)


def test_a_transaction_in_no_block_is_not_called_failed(alliance: Alliance) -> None:
    with pytest.raises(NotMined):
        send_all(alliance.rpc, alliance.admin, [("idle", bytes(20), b"", 30_000)], timeout=0.1)


def test_a_damaged_address_book_is_a_typed_error(alliance: Alliance, tmp_path: Path) -> None:
    path = tmp_path / "book.json"
    with pytest.raises(AddressBookError, match="cannot be read"):
        AddressBook.load(path)
    alliance.book.save(path)
    text = path.read_text()
    for damaged in (text[:50], text.replace("ConversionDesk", "Desk"), text.replace('"0x', '"0y'), "[]"):
        path.write_text(damaged)
        with pytest.raises(AddressBookError):
            AddressBook.load(path)


def test_contracts_that_are_not_compiled_are_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(ArtifactMissing):
        load_artifact("ConversionDesk", tmp_path)
