"""A brand's own systems as the node sees them: one HTTP client with the brand's API key.

Owns requests and answers of one node. May not decide anything; a refusal that the caller did not ask for is an error.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import httpx
import msgspec

from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints.demo.errors import DemoError

Json = dict[str, Any]
_TIMEOUT_S = 120.0


class NodeRefused(DemoError):
    """The node answered a request of the demo with a problem."""

    code = "node_refused"
    next_step = "Look into the node's log in the demo's directory."

    def __init__(self, brand: str, request: str, status: int, body: str) -> None:
        super().__init__(f"{brand} answered {request} with {status}: {body[:600]}")
        self.brand = brand
        self.status = status


class NodeGone(DemoError):
    """The node does not answer any more."""

    code = "node_gone"

    def __init__(self, brand: str, request: str, cause: Exception) -> None:
        super().__init__(f"{brand} does not answer {request}: {cause or type(cause).__name__}")
        self.brand = brand


class NodeClient:
    """One node; safe to share between threads."""

    def __init__(self, brand: str, url: str, key: str) -> None:
        self.brand = brand
        self.url = url
        self._http = httpx.Client(
            base_url=url, timeout=_TIMEOUT_S, trust_env=False, headers={"authorization": f"Bearer {key}"}
        )
        self._numbers = count(1)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def is_healthy(self) -> bool:
        """Whether the server accepts requests."""
        try:
            return self._http.get("/healthz", timeout=2.0).status_code == 200
        except httpx.TransportError:
            return False

    def set_clock(self, now: int) -> None:
        """Move the node's simulation clock forward."""
        self.post("/v1/simulation/clock", {"now": format_instant(now)})

    def bulk(self, path: str, field: str, items: Sequence[Mapping[str, Any]], chunk: int = 1_000) -> list[Json]:
        """Send items in chunks; the results in the order of the items, refusals included."""
        results: list[Json] = []
        for start in range(0, len(items), chunk):
            answer = self.post(path, {field: items[start : start + chunk]})
            results += answer["results"]
        return results

    def get(self, path: str) -> Json:
        """The answer's JSON object; raises NodeRefused, NodeGone."""
        return self._answer("GET", path, self._request("GET", path))

    def download(self, path: str) -> bytes:
        """A file; raises NodeRefused, NodeGone."""
        content = self.try_download(path)
        if content is None:
            raise NodeRefused(self.brand, f"GET {path}", 404, "there is no such file")
        return content

    def try_download(self, path: str) -> bytes | None:
        """As `download`; None when the node has no such file."""
        response = self._request("GET", path)
        if response.status_code == 404:
            return None
        if not response.is_success:
            raise NodeRefused(self.brand, f"GET {path}", response.status_code, response.text)
        return response.content

    def post(self, path: str, body: Mapping[str, Any]) -> Json:
        """Send under a fresh idempotency key; raises NodeRefused, NodeGone."""
        return self._answer("POST", path, self.try_post(path, body))

    def post_encoded(self, path: str, body: bytes) -> Json:
        """As `post`, for a body that is JSON already."""
        return self._answer("POST", path, self._send(path, body))

    def try_post(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """As `post`, but a refusal is the caller's to read."""
        return self._send(path, msgspec.json.encode(body))

    def _send(self, path: str, body: bytes) -> httpx.Response:
        headers = {"content-type": "application/json", "idempotency-key": f"demo-{self.brand}-{next(self._numbers)}"}
        return self._request("POST", path, content=body, headers=headers)

    def _request(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **more)
        except httpx.TransportError as error:
            raise NodeGone(self.brand, f"{method} {path}", error) from error

    def problem_code(self, response: httpx.Response) -> str:
        """The code of a refusal; anything that is no refusal of the request itself (5xx, 429) raises NodeRefused."""
        if response.status_code >= 500 or response.status_code == 429:
            raise NodeRefused(self.brand, str(response.request.url), response.status_code, response.text)
        return str(msgspec.json.decode(response.content)["code"])

    def _answer(self, method: str, path: str, response: httpx.Response) -> Json:
        if not response.is_success:
            raise NodeRefused(self.brand, f"{method} {path}", response.status_code, response.text)
        answer: Json = msgspec.json.decode(response.content)
        return answer


def decimal_amount(minor: int) -> str:
    """Cents as the decimal string that the API reads."""
    return f"{minor // 100}.{minor % 100:02d}"
