"""A key that never enters this process: an external signer that speaks web3signer's HTTP protocol (ETH1 mode).

Owns the requests `GET /api/v1/eth1/publicKeys` and `POST /api/v1/eth1/sign/{public key}` (which signs the keccak256 of
what it is sent), and the distrust: a signature counts only when it recovers to the expected address. It may not retry:
whoever asked does.
"""

import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from bridge.chain.keys import KeyUnavailable, Signer
from bridge.chain.rpc import ChainError
from bridge.protocol.keccak import keccak
from bridge.protocol.words import BadSignature, MalformedAddress, format_address, parse_address, recover_signer

CA_NAME, CERTIFICATE_NAME = "WEB3SIGNER_CA", "WEB3SIGNER_CLIENT_CERTIFICATE"
_SECONDS = 5.0


class SignerUnavailable(ChainError):
    """The external signer does not answer, or not in time. Nothing was signed or sent: it is asked again."""

    code = "signer_unavailable"
    next_step = "Start the external signer, or correct its address and certificates; nothing is lost meanwhile."


class SignerRefused(ChainError):
    """The external signer answered and did not sign as this address."""

    code = "signer_refused"
    next_step = "Load the key of this address into the external signer, or name the right address."


class ExternalSigner(Signer):
    """Signs by asking. The signer's own name of the key (its public key) is looked up at the first signature, so that a
    node starts and earns without it."""

    def __init__(self, url: str, address: bytes, *, verify: ssl.SSLContext | bool = True, seconds: float = _SECONDS):
        self.address = address
        self._url = url.rstrip("/")
        self._identifier: str | None = None
        self._http = httpx.Client(timeout=seconds, trust_env=False, verify=verify)

    def __repr__(self) -> str:
        return f"ExternalSigner({format_address(self.address)})"

    def sign_message(self, message: bytes) -> bytes:
        """r ‖ s ‖ v over keccak256(message). Raises SignerUnavailable, SignerRefused."""
        if self._identifier is None:
            self._identifier = self._find()
        path = f"/api/v1/eth1/sign/{self._identifier}"
        text = self._ask("POST", path, {"data": "0x" + message.hex()}).text.strip().strip('"')
        try:
            signature = bytes.fromhex(text.removeprefix("0x"))
            if signature and signature[-1] in (0, 1):
                signature = signature[:-1] + bytes([signature[-1] + 27])
            signed_by = recover_signer(bytes(keccak(message)), signature)
        except (ValueError, BadSignature) as error:
            raise SignerRefused(f"the external signer's answer is no signature: {error}") from error
        if signed_by != self.address:
            self._identifier = None
            wanted = format_address(self.address)
            raise SignerRefused(f"the external signer signed as {format_address(signed_by)} instead of {wanted}")
        return signature

    def sign_digest(self, digest: bytes) -> bytes:
        """Refused: the protocol hashes what it signs. Raises SignerRefused."""
        raise SignerRefused("an external signer signs messages, not bare digests")

    def _find(self) -> str:
        listed = self._ask("GET", "/api/v1/eth1/publicKeys", None)
        try:
            keys = [str(key) for key in listed.json()]
            by_address = {_address_of(key): key for key in keys}
        except (ValueError, TypeError) as error:
            raise SignerRefused("the external signer's list of keys cannot be read") from error
        if self.address not in by_address:
            raise SignerRefused(f"the external signer does not hold the key of {format_address(self.address)}")
        return by_address[self.address]

    def _ask(self, method: str, path: str, body: dict[str, str] | None) -> httpx.Response:
        try:
            answer = self._http.request(method, self._url + path, json=body)
        except httpx.HTTPError as error:
            raise SignerUnavailable(f"the external signer does not answer ({type(error).__name__})") from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise SignerUnavailable(f"the external signer answers {answer.status_code}")
        if answer.status_code != 200:
            self._identifier = None
            raise SignerRefused(f"the external signer refuses with {answer.status_code}")
        return answer


def open_external_signer(rest: str, environment: Mapping[str, str]) -> ExternalSigner:
    """`URL:ADDRESS`; for https a private authority in WEB3SIGNER_CA and a client's certificate with its key in
    WEB3SIGNER_CLIENT_CERTIFICATE (PEM files). Raises KeyUnavailable."""
    url, _, address = rest.rpartition(":")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise KeyUnavailable("an external signer is named web3signer:http(s)://HOST:PORT:ADDRESS, without a password")
    try:
        wanted = parse_address(address)
    except MalformedAddress as error:
        raise KeyUnavailable(f"the external signer's address is malformed: {address!r}") from error
    return ExternalSigner(url, wanted, verify=_trust(environment) if parts.scheme == "https" else False)


def _trust(environment: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=environment.get(CA_NAME) or None)
        if certificate := environment.get(CERTIFICATE_NAME):
            context.load_cert_chain(certificate)
    except OSError as error:
        raise KeyUnavailable(f"a certificate of the external signer cannot be used: {error.strerror}") from error
    return context


def _address_of(public_key: str) -> bytes:
    raw = bytes.fromhex(public_key.removeprefix("0x"))
    if len(raw) == 65:
        raw = raw[1:]
    if len(raw) != 64:
        raise ValueError("not a public key")
    return bytes(keccak(raw))[12:]
