"""JSON-RPC over HTTP: one synchronous client with batching, typed errors and retries of reads.

Owns the transport. It may not interpret blocks or logs, and it never repeats a request that could act twice.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any

import httpx
import orjson
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

Call = tuple[str, Sequence[Any]]
_READS = ("eth_get", "eth_call", "eth_blockNumber", "eth_chainId", "eth_estimateGas", "net_", "web3_", "eth_gasPrice")


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
        super().__init__(f"the chain's RPC at {shown} does not answer ({cause.replace(url, shown)})")


class RpcError(ChainError):
    """The RPC understood the request and refused it; `number` is JSON-RPC's error code."""

    code = "rpc_error"

    def __init__(self, method: str, number: int, message: str, data: object = None) -> None:
        self.method = method
        self.number = number
        # A node may put a contract's raw bytes into its message; they are in `data`, and no terminal should get them.
        self.message = "".join(char for char in message if char.isprintable())
        self.data = data
        super().__init__(f"{method}: {self.message} (error {number})")

    @property
    def revert_data(self) -> bytes | None:
        """The bytes a contract reverted with, when the error is a revert."""
        data = self.data.get("data") if isinstance(self.data, dict) else self.data
        if isinstance(data, str) and data.startswith("0x"):
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
        actual = int(self.call("eth_chainId"), 16)
        if actual != chain_id:
            raise WrongChainId(self.url, chain_id, actual)

    def _send(self, calls: Sequence[Call]) -> list[Any]:
        if not all(method.startswith(_READS) for method, _ in calls):
            return self._post(calls)
        retrying = Retrying(
            retry=retry_if_exception_type(RpcUnavailable),
            stop=stop_after_attempt(self._attempts),
            wait=wait_random_exponential(multiplier=0.05, max=0.5),
            reraise=True,
        )
        return retrying(self._post, calls)

    def _post(self, calls: Sequence[Call]) -> list[Any]:
        requests = [
            {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}
            for method, params in calls
        ]
        body = orjson.dumps(requests if len(requests) > 1 else requests[0])
        try:
            response = self._http.post(self.url, content=body, headers={"content-type": "application/json"})
            response.raise_for_status()
            answer = orjson.loads(response.content)
        except (httpx.HTTPError, httpx.InvalidURL, orjson.JSONDecodeError) as error:
            raise RpcUnavailable(self.url, str(error) or type(error).__name__) from error
        answers = answer if isinstance(answer, list) else [answer]
        by_id = {row["id"]: row for row in answers if isinstance(row, dict) and "id" in row}
        if len(requests) > 1 and not isinstance(answer, list):
            return self._refused_as_a_whole(calls, answers[0])
        return [self._result(request, by_id.get(request["id"])) for request in requests]

    def _result(self, request: dict[str, Any], row: dict[str, Any] | None) -> Any:
        if row is None or ("result" not in row and "error" not in row):
            raise RpcUnavailable(self.url, f"no answer to {request['method']}")
        if row.get("error") is not None:
            return _error(request["method"], row["error"])
        return row["result"]

    def _refused_as_a_whole(self, calls: Sequence[Call], row: Any) -> list[Any]:
        if not isinstance(row, dict) or not isinstance(row.get("error"), dict):
            raise RpcUnavailable(self.url, "the answer to a batch is not a batch")
        return [_error(method, row["error"]) for method, _ in calls]


def _error(method: str, error: dict[str, Any]) -> RpcError:
    return RpcError(method, int(error.get("code", 0)), str(error.get("message", "")), error.get("data"))
