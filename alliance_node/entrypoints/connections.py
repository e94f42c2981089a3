"""One client's connection: how much of a request's head is kept, and how long a whole request may take to arrive.

Owns the limits that must hold before a request is known: uvicorn keeps heads of any length and waits for ever.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
REQUEST_SECONDS = 60.0
_FRAMING = 9
"""Bytes on the wire for each byte of a body, at most: chunks of one byte need six."""


class BoundedConnection(HttpToolsProtocol):
    """Ends a connection whose request has too long a head or trailer, or is not whole in time."""

    max_head_bytes = MAX_HEAD_BYTES
    request_seconds = REQUEST_SECONDS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._completed = 0
        self._is_whole = True
        self._received = 0
        self._body = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_the_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        completed = self._completed
        super().data_received(data)
        if self._completed != completed:
            self._received = self._body = 0
            self._stop_waiting()
            if self._is_whole:
                return
        else:
            self._received += len(data)
        self._await_the_rest()
        if self._received - _FRAMING * self._body > self.max_head_bytes and not self.transport.is_closing():
            self._stop_waiting()
            if self.cycle is None or self.cycle.response_complete:
                self.send_400_response("The head of the request is too long.")
            self.transport.close()

    def on_message_begin(self) -> None:
        self._is_whole = False
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_whole = True
        self._completed += 1
        super().on_message_complete()

    def _await_the_rest(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.request_seconds, self._too_late)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        self._timer = None
        is_answering = self._is_whole and self.cycle is not None and not self.cycle.response_complete
        if not is_answering and not self.transport.is_closing():
            self.transport.close()
