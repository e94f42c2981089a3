"""JSON-RPC over HTTP: one synchronous client with batching, typed errors and retries of reads.

Owns the transport. It may not interpret blocks or logs, and it never repeats a request that could act twice.
"""

from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from typing import Any

import httpx
import orjson
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from bridge.chain import answers

Call = tuple[str, Sequence[Any]]
_READS = ("eth_get", "eth_call", "eth_blockNumber", "eth_chainId", "eth_estimateGas", "net_", "web3_", "eth_gasPrice")
_ID_DIGITS = 2 + 64
_LONGEST = 15
"""An answer that keeps coming may take this many times the wait for its next byte."""


class ChainError(Exception):
    """Base of what can go wrong between this process and a chain. `code` names the cause for programs, `next_step` says
    what a person can do."""

    code: str = "chain_error"
    next_step: str = "Try again; if it stays, look at the chain node's log."


class RpcUnavailable(ChainError):
    """Nobody answers at the RPC address, or what answers is not JSON-RPC. Nothing is lost: try again later."""

    code = "rpc_unavailable"
    next_step = "Start the chain (`alliance chain up`) or correct the RPC address; nothing is lost meanwhile."

    def __init__(self, url: str, cause: str) -> None:
        shown = shown_url(url)
        super().__init__(f"the chain's RPC at {shown} does not answer ({printable(cause.replace(url, shown))})")


class RpcAnswerTooLarge(RpcUnavailable):
    """The answer is longer than any honest one."""

    next_step = "Use another RPC node: this one sends more than was asked for. Nothing is lost."


class RpcError(ChainError):
    """The RPC understood the request and refused it; `number` is JSON-RPC's error code."""

    code = "rpc_error"

    def __init__(self, method: str, number: int, message: str, data: object = None) -> None:
        self.method = method
        self.number = number
        # A node may put a contract's raw bytes into its message; they are in `data`, and no terminal should get them.
        self.message = printable(message)
        self.data = data
        super().__init__(f"{method}: {self.message} (error {number})")

    @property
    def revert_data(self) -> bytes | None:
        """The bytes a contract reverted with, when the error is a revert."""
        data = self.data.get("data") if isinstance(self.data, dict) else self.data
        if isinstance(data, str) and data.startswith("0x"):
            with suppress(ValueError):
                return bytes.fromhex(data[2:])
        return b"" if "revert" in self.message.lower() else None


class WrongChainId(ChainError):
    """The RPC serves another chain than the address book names."""

    code = "wrong_chain_id"
    next_step = "Check the RPC address and the address book: they must belong to the same chain."

    def __init__(self, url: str, expected: int, actual: int) -> None:
        self.expected = expected
        self.actual = actual
        super().__init__(f"{shown_url(url)} is chain {actual}, expected chain {expected}")


def printable(text: str) -> str:
    """At most 1,000 characters that no terminal obeys."""
    return "".join(char for char in text[:1_000] if char.isprintable())


def shown_url(url: str) -> str:
    """An RPC address as messages may show it: passwords, paths and queries often hold a provider's key."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return "an unreadable address"
    return f"{parts.scheme}://{parts.netloc.decode('ascii')}"


class Rpc:
    """A client of one RPC address; safe to share between threads."""

    def __init__(self, url: str, *, timeout: float = 20.0, attempts: int = 3, batch_size: int = 100) -> None:
        self.url = url
        self.batch_size = batch_size
        self._attempts = attempts
        self._max_seconds = timeout * _LONGEST
        self._ids = count(1)
        # Reading the certificate store takes 40 ms; plain http doesn't need it.
        self._http = httpx.Client(timeout=timeout, trust_env=False, verify=not url.startswith("http://"))

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, *params: Any) -> Any:
        """One request's result. Raises RpcError, RpcUnavailable."""
        result = self.batch_results([(method, params)])[0]
        if isinstance(result, RpcError):
            raise result
        return result

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Results in the order of the calls; the first refused call raises its RpcError."""
        results = self.batch_results(calls)
        for result in results:
            if isinstance(result, RpcError):
                raise result
        return results

    def batch_results(self, calls: Sequence[Call]) -> list[Any]:
        """As `batch`, but a refused call's place holds its RpcError."""
        results: list[Any] = []
        for start in range(0, len(calls), self.batch_size):
            results += self._send(calls[start : start + self.batch_size])
        return results

    def require_chain(self, chain_id: int) -> None:
        """Raises WrongChainId unless this is that chain."""
        try:
            actual = int(self.call("eth_chainId")[:_ID_DIGITS], 16)
        except (TypeError, ValueError) as error:
            raise RpcUnavailable(self.url, "what it calls its chain's id is no number") from error
        if actual != chain_id:
            raise WrongChainId(self.url, chain_id, actual)

    def _send(self, calls: Sequence[Call]) -> list[Any]:
        if not all(method.startswith(_READS) for method, _ in calls):
            return self._post(calls)
        retrying = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(self._attempts),
            wait=wait_random_exponential(multiplier=0.05, max=0.5),
            reraise=True,
        )
        try:
            return retrying(self._post, calls)
        except RpcAnswerTooLarge:
            if len(calls) == 1:
                raise
        half = len(calls) // 2  # honest blocks may be large together: asked for in parts
        return self._send(calls[:half]) + self._send(calls[half:])

    def _post(self, calls: Sequence[Call]) -> list[Any]:
        requests = [
            {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}
            for method, params in calls
        ]
        body = orjson.dumps(requests if len(requests) > 1 else requests[0])
        try:
            content = answers.post(
                self._http,
                self.url,
                content=body,
                headers={"content-type": "application/json"},
                max_seconds=self._max_seconds,
            )
            answer = orjson.loads(content)
        except answers.AnswerTooLarge as error:
            raise RpcAnswerTooLarge(self.url, str(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL, orjson.JSONDecodeError) as error:
            raise RpcUnavailable(self.url, str(error) or type(error).__name__) from error
        rows = answer if isinstance(answer, list) else [answer]
        by_id = {row["id"]: row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), int)}
        if len(requests) > 1 and not isinstance(answer, list):
            return self._refused_as_a_whole(calls, rows[0])
        return [self._result(request, by_id.get(request["id"])) for request in requests]

    def _result(self, request: dict[str, Any], row: dict[str, Any] | None) -> Any:
        if row is None or ("result" not in row and "error" not in row):
            raise RpcUnavailable(self.url, f"no answer to {request['method']}")
        if row.get("error") is not None:
            return _error(request["method"], row["error"])
        if "result" not in row:
            raise RpcUnavailable(self.url, f"no answer to {request['method']}")
        return row["result"]

    def _refused_as_a_whole(self, calls: Sequence[Call], row: Any) -> list[Any]:
        if not isinstance(row, dict) or not isinstance(row.get("error"), dict):
            raise RpcUnavailable(self.url, "the answer to a batch is not a batch")
        return [_error(method, row["error"]) for method, _ in calls]


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, RpcUnavailable) and not isinstance(error, RpcAnswerTooLarge)


def _error(method: str, error: object) -> RpcError:
    """Servers word their refusals in many ways; one that is no JSON-RPC error is still a refusal."""
    fields = error if isinstance(error, dict) else {"message": error}
    code = fields.get("code")
    return RpcError(method, code if isinstance(code, int) else 0, str(fields.get("message", "")), fields.get("data"))
