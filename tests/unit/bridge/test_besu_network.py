"""The files of a Besu network belong together: keys, genesis, allowlists and mounts name the same validators."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from coincurve import PrivateKey
from typer.testing import CliRunner

from bridge.chain.keys import Signer
from bridge.chain.qbft import parse_extra_data
from bridge.cli import chain_app
from bridge.deploy.besu import NetworkExists, NetworkOptions, write_network
from bridge.protocol.words import format_address

OPERATOR = bytes([17]) * 20
OPTIONS = NetworkOptions(chain_id=20_260, accounts=(OPERATOR,))
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def network(tmp_path: Path) -> Path:
    write_network(tmp_path / "network", OPTIONS)
    return tmp_path / "network"


def keys(network: Path) -> list[bytes]:
    return [bytes.fromhex((network / f"validator-{n}" / "key").read_text()[2:]) for n in range(1, 5)]


def test_genesis_names_the_validators_whose_keys_were_written(network: Path) -> None:
    genesis: dict[str, Any] = json.loads((network / "genesis.json").read_text())
    extra = parse_extra_data(bytes.fromhex(genesis["extraData"][2:]))
    assert sorted(extra.validators) == sorted(Signer(key).address for key in keys(network))
    assert (extra.round, extra.seals, extra.vote) == (0, (), [])


def test_gas_is_free_and_rules_are_cancun_from_the_first_block(network: Path) -> None:
    genesis: dict[str, Any] = json.loads((network / "genesis.json").read_text())
    config = genesis["config"]
    assert (config["zeroBaseFee"], config["shanghaiTime"], config["cancunTime"]) == (True, 0, 0)
    assert (config["chainId"], config["qbft"]["blockperiodseconds"]) == (20_260, 1)
    assert (int(genesis["gasLimit"], 16), genesis["alloc"]) == (60_000_000, {})


def test_only_the_validators_connect_and_only_named_accounts_send(network: Path) -> None:
    allowed = tomllib.loads((network / "permissions.toml").read_text())
    enodes = json.loads((network / "static-nodes.json").read_text())
    assert allowed == {"nodes-allowlist": enodes, "accounts-allowlist": [format_address(OPERATOR)]}
    publics = [PrivateKey(key).public_key.format(compressed=False)[1:].hex() for key in keys(network)]
    assert [re.sub("@.*", "", enode) for enode in enodes] == [f"enode://{public}" for public in publics]


def test_every_validator_runs_with_its_own_key_behind_this_machine(network: Path) -> None:
    services = yaml.safe_load((network / "docker-compose.yml").read_text())["services"]
    enodes = json.loads((network / "static-nodes.json").read_text())
    assert list(services) == [f"validator-{number}" for number in range(1, 5)]
    for (name, service), enode in zip(services.items(), enodes, strict=True):
        mounted = [mount.split(":")[0] for mount in service["volumes"] if mount.startswith("./")]
        assert all((network / path).is_file() for path in mounted)
        assert f"./{name}/key" in mounted
        assert f"@{service['networks']['ledger']['ipv4_address']}:" in enode
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert {"--min-gas-price=0", "--permissions-nodes-config-file-enabled"} < set(service["command"])
        assert "--permissions-accounts-config-file-enabled" in service["command"]


def test_keys_are_new_private_and_never_overwritten(network: Path, tmp_path: Path) -> None:
    before = keys(network)
    assert (network / "validator-1" / "key").stat().st_mode & 0o777 == 0o600
    assert (network / "validator-1").stat().st_mode & 0o777 == 0o700
    with pytest.raises(NetworkExists):
        write_network(network, OPTIONS)
    write_network(tmp_path / "other", OPTIONS)
    assert keys(network) == before
    assert not set(before) & set(keys(tmp_path / "other"))


def test_three_validators_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs at least 4"):
        write_network(tmp_path / "network", NetworkOptions(1, (), validators=3))


def test_the_command_prints_the_validators(tmp_path: Path) -> None:
    arguments = ["new-network", "--dir", str(tmp_path / "n"), "--chain-id", "7", "--account", format_address(OPERATOR)]
    result = CliRunner().invoke(chain_app, arguments)
    assert result.exit_code == 0, result.output
    assert "relay-account" in result.stderr
    assert result.stdout.split() == [format_address(Signer(key).address) for key in keys(tmp_path / "n")]


def test_the_guide_names_files_and_commands_that_exist(network: Path) -> None:
    guide = (ROOT / "docs" / "deploy" / "README.md").read_text()
    for name in ("genesis.json", "static-nodes.json", "permissions.toml", "docker-compose.yml"):
        assert name in guide
        assert (network / name).is_file()
    assert "alliance chain new-network" in guide
