"""Answers of servers that nobody trusts, read to a limit of bytes and of time, whatever they send.

Owns the limits. It may not say what an answer means.
"""

import time
from collections.abc import Mapping

import httpx

MAX_BYTES = 128 * 1024 * 1024
_HEADERS = {"accept-encoding": "gzip"}
_PLAIN = ("", "identity", "gzip")
"""One layer of compression: a chunk that was packed several times unpacks to more than any memory."""


class AnswerTooLarge(httpx.HTTPError):
    """The answer has more bytes than are read, packed or unpacked."""


class AnswerRefused(httpx.HTTPError):
    """The answer takes longer than is waited for, or is packed in a way that was not asked for."""


def post(
    http: httpx.Client,
    url: str,
    *,
    content: bytes,
    headers: Mapping[str, str],
    max_bytes: int = MAX_BYTES,
    max_seconds: float,
) -> bytes:
    """The body of a successful answer. Raises httpx.HTTPError, of which AnswerTooLarge and AnswerRefused are kinds."""
    with http.stream("POST", url, content=content, headers={**_HEADERS, **headers}) as response:
        response.raise_for_status()
        return read(response, max_bytes=max_bytes, max_seconds=max_seconds)


def read(response: httpx.Response, *, max_bytes: int, max_seconds: float) -> bytes:
    """The body of an open answer. Raises AnswerTooLarge, AnswerRefused."""
    if response.headers.get("content-encoding", "").strip().lower() not in _PLAIN:
        raise AnswerRefused("the answer is packed in a way that was not asked for")
    until = time.monotonic() + max_seconds
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > max_bytes:
            raise AnswerTooLarge(f"the answer has more than {max_bytes} bytes")
        if time.monotonic() > until:
            raise AnswerRefused(f"the answer was not whole after {max_seconds:.0f} s")
        chunks.append(chunk)
    return b"".join(chunks)
