"""Keys that live elsewhere (web3signer's protocol): same bytes, typed errors, nothing believed unchecked."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_hash.auto import keccak

from bridge.chain.external_signer import ExternalSigner, SignerRefused, SignerUnavailable
from bridge.chain.keys import KeyUnavailable, Signer, load_signer
from bridge.chain.transactions import Fees, Unsigned, sign_transaction
from bridge.protocol import codes
from bridge.protocol.words import format_address
from bridge.runner import RunnerState
from tests.chain_fixtures import Alliance, key
from tests.integration.bridge import signing_server
from tests.integration.bridge.conftest import MakeBridge, MakeNode
from tests.integration.bridge.kit import DAY, batch_of
from tests.integration.bridge.processes import eventually
from tests.integration.bridge.signing_server import SigningServer, make_certificate
from tests.integration.bridge.test_faulty_rpc import lands_once

HOT = (101).to_bytes(32, "big")
HOT_ADDRESS = Signer(HOT).address


@pytest.fixture
def server() -> Iterator[SigningServer]:
    made = SigningServer([(7).to_bytes(32, "big"), HOT])
    yield made
    made.close()


def source(server: SigningServer, address: bytes = HOT_ADDRESS) -> str:
    return f"web3signer:{server.url}:{format_address(address)}"


def test_an_external_signer_signs_the_very_same_transactions_and_codes(server: SigningServer) -> None:
    ours, theirs = Signer(HOT), load_signer(source(server), {})
    assert theirs.address == ours.address
    for fees in (Fees(max_fee=7, priority_fee=1), Fees(gas_price=0)):
        unsigned = Unsigned(31337, 5, 100_000, b"\x11" * 20, b"data", fees)
        assert sign_transaction(theirs, unsigned) == sign_transaction(ours, unsigned)
    fields = (1, b"\x02" * 32, 2_000_000_000, 31337, b"\x03" * 20)
    code = codes.ReceivingCode(*fields, theirs.sign_message(codes.message(*fields)))
    codes.verify(code, ours.address, chain_id=31337, desk=b"\x03" * 20, now=0)
    assert keccak(codes.message(*fields)) == codes.digest(*fields)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("slow", SignerUnavailable),
        ("broken", SignerUnavailable),
        ("nonsense", SignerRefused),
        ("wrong key", SignerRefused),
    ],
)
def test_a_signer_that_misbehaves_is_a_typed_error_and_asked_again(
    server: SigningServer, fault: str, error: type[Exception]
) -> None:
    signer = ExternalSigner(server.url, HOT_ADDRESS, verify=False, seconds=0.3)
    server.fault = fault
    with pytest.raises(error) as caught:
        signer.sign_message(b"message")
    assert caught.value.next_step
    server.fault = None
    assert len(signer.sign_message(b"message")) == 65


def test_a_key_the_signer_does_not_hold_and_a_signer_that_is_away(server: SigningServer) -> None:
    with pytest.raises(SignerRefused, match="does not hold the key"):
        load_signer(source(server, key(5).address), {}).sign_message(b"message")
    with pytest.raises(SignerRefused, match="not bare digests"):
        load_signer(source(server), {}).sign_digest(b"\x01" * 32)
    server.close()
    with pytest.raises(SignerUnavailable):
        load_signer(source(server), {}).sign_message(b"message")


@pytest.mark.parametrize(
    "text",
    ["web3signer:", "web3signer:ftp://x:0x" + "11" * 20, "web3signer:http://x:9000", "web3signer:http://u:p@x:1:0x1"],
)
def test_a_source_that_names_no_signer_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(KeyUnavailable) as caught:
        load_signer(text, {})
    assert "u:p" not in str(caught.value)


def test_over_tls_only_a_trusted_certificate_is_spoken_to(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "signer.pem")
    server = SigningServer([HOT], certificate)
    try:
        with pytest.raises(SignerUnavailable):
            load_signer(source(server), {}).sign_message(b"message")
        trusting = load_signer(source(server), {"WEB3SIGNER_CA": str(certificate)})
        assert trusting.sign_message(b"message") == Signer(HOT).sign_message(b"message")
        with pytest.raises(KeyUnavailable, match="certificate"):
            load_signer(source(server), {"WEB3SIGNER_CA": str(tmp_path / "missing.pem")})
    finally:
        server.close()


@pytest.mark.chain
def test_a_bridge_posts_with_a_key_it_never_sees(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge, server: SigningServer
) -> None:
    """While the signer is broken the operator is told, nothing is lost; then everything lands once."""
    node = make_node()
    server.fault = "broken"
    bridge = make_bridge(1, str(node.engine.url), signer=source(server)).start()
    ids = node.enqueue(batch_of(3, alliance.now() + DAY))
    eventually(lambda: bridge.was_told(RunnerState.CHAIN_ERROR, "signer_unavailable"))
    assert "external signer" in bridge.says[2]
    assert node.states(ids) == {"BATCHED"}
    server.fault = None
    eventually(lambda: node.states(ids) == {"CAPTURED"}, each=alliance.mine)
    bridge.stop()
    assert server.asked > 1
    lands_once(node, ids)


@pytest.mark.chain
def test_a_signer_that_demands_a_clients_certificate_signs_for_who_shows_it_alone(
    alliance: Alliance, make_node: MakeNode, make_bridge: MakeBridge, tmp_path: Path
) -> None:
    """A TLS server in a process of its own refuses who has no certificate or a stranger's; the bridge's is known."""
    theirs, ours, stranger = (make_certificate(tmp_path / f"{name}.pem") for name in ("signer", "bridge", "stranger"))
    command = [sys.executable, signing_server.__file__, HOT.hex(), str(theirs), str(ours)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        named = f"web3signer:{process.stdout.readline().strip()}:{format_address(HOT_ADDRESS)}"
        trust = {"WEB3SIGNER_CA": str(theirs)}
        try:
            for environment in (trust, {**trust, "WEB3SIGNER_CLIENT_CERTIFICATE": str(stranger)}):
                with pytest.raises(SignerUnavailable):
                    load_signer(named, environment).sign_message(b"message")
            node = make_node()
            options = {"signer": named, "signer_environment": trust}
            bridge = make_bridge(1, str(node.engine.url), **options).start()
            ids = node.enqueue(batch_of(3, alliance.now() + DAY))
            eventually(lambda: bridge.was_told(RunnerState.CHAIN_ERROR, "signer_unavailable"))
            bridge.stop()
            options["signer_environment"] = {**trust, "WEB3SIGNER_CLIENT_CERTIFICATE": str(ours)}
            bridge = make_bridge(1, str(node.engine.url), **options).start()
            eventually(lambda: node.states(ids) == {"CAPTURED"}, each=alliance.mine)
            bridge.stop()
        finally:
            process.kill()
    lands_once(node, ids)
