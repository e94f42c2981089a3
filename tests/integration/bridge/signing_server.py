"""A small signer that speaks web3signer's ETH1 protocol over HTTP(S) and signs with eth-account.

Owns keys and behaviour of one test: `fault` makes it slow, broken, or sign with another key. As a program it is a
server in a process of its own, which says its address: python signing_server.py KEY CERTIFICATE CLIENT_CERTIFICATE
"""

import datetime
import json
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from eth_account import Account
from eth_hash.auto import keccak
from eth_keys.datatypes import PrivateKey

WRONG_KEY = b"\x66" * 32


class SigningServer:
    """Listens on a port of its own; `asked` counts signatures. With `client`, only who shows it is spoken to."""

    def __init__(self, keys: list[bytes], certificate: Path | None = None, client: Path | None = None) -> None:
        self.by_name = {PrivateKey(key).public_key.to_hex(): key for key in keys}
        self.fault: str | None = None
        self.asked = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        scheme = "http"
        if certificate is not None:
            scheme, context = "https", ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            if client is not None:
                context.load_verify_locations(client)
                context.verify_mode = ssl.CERT_REQUIRED
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def sign(self, name: str, data: bytes) -> tuple[int, str]:
        self.asked += 1
        match self.fault:
            case "slow":
                time.sleep(1.0)
            case "broken":
                return 500, "Internal Web3Signer server error"
            case "nonsense":
                return 200, "0x1234"
        if name not in self.by_name:
            return 404, "Public Key not found"
        key = WRONG_KEY if self.fault == "wrong key" else self.by_name[name]
        return 200, "0x" + Account.unsafe_sign_hash(keccak(data), key).signature.hex().removeprefix("0x")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = self.path == "/api/v1/eth1/publicKeys"
                self._answer(200 if known else 404, json.dumps(list(server.by_name)), "application/json")

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                name = self.path.removeprefix("/api/v1/eth1/sign/")
                self._answer(*server.sign(name, bytes.fromhex(body["data"][2:])), "text/plain; charset=utf-8")

            def _answer(self, status: int, text: str, kind: str) -> None:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *arguments: object) -> None:
                """Nothing."""

        return Handler


def make_certificate(path: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, signed by itself, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer.test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


if __name__ == "__main__":
    print(SigningServer([bytes.fromhex(sys.argv[1])], Path(sys.argv[2]), Path(sys.argv[3])).url, flush=True)
    threading.Event().wait()
