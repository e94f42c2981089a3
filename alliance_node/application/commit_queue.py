"""The commit queue: many submitters, one writer thread, one commit for whatever is waiting.

Owns the order and the bound of waiting commands. It may not decide anything: that is the ledger's.
No linger: the writer takes what is there and commits; while it commits, the next group gathers.
"""

import threading
from collections import deque
from concurrent.futures import Future
from types import TracebackType

from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.errors import QueueClosed, QueueFull
from alliance_node.application.ledger import Ledger
from alliance_node.application.ports import Clock


class CommitQueue:
    """`submit` from any thread; the future resolves after COMMIT, or fails with the typed error of its group."""

    def __init__(self, ledger: Ledger, clock: Clock, max_queue: int = 4096, max_group: int = 512) -> None:
        self._ledger = ledger
        self._clock = clock
        self._max_queue = max_queue
        self._max_group = max_group
        self._waiting: deque[tuple[Envelope, Future[Result]]] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._writer: threading.Thread | None = None

    @property
    def depth(self) -> int:
        """How many commands wait now."""
        return len(self._waiting)

    def start(self) -> "CommitQueue":
        """Start the writer thread; returns the queue itself."""
        if self._writer is None:
            self._writer = threading.Thread(target=self._run, name="commit-queue", daemon=True)
            self._writer.start()
        return self

    def submit(self, envelope: Envelope) -> "Future[Result]":
        """Queue one command. Raises QueueFull, QueueClosed; nothing has been done then."""
        future: Future[Result] = Future()
        with self._wake:
            if self._closed:
                raise QueueClosed("the commit queue is closed")
            if len(self._waiting) >= self._max_queue:
                raise QueueFull(f"{len(self._waiting)} commands are waiting, the limit is {self._max_queue}")
            self._waiting.append((envelope, future))
            self._wake.notify()
        return future

    def close(self, timeout: float = 30.0) -> None:
        """Refuse new commands, finish those that wait, stop the writer."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._writer is not None:
            self._writer.join(timeout)
            return
        while self._waiting:  # never started: nobody will ever answer these
            self._waiting.popleft()[1].set_exception(QueueClosed("the commit queue was closed before it started"))

    def __enter__(self) -> "CommitQueue":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        while group := self._take():
            self._commit(group)

    def _take(self) -> list[tuple[Envelope, "Future[Result]"]]:
        with self._wake:
            while not self._waiting and not self._closed:
                self._wake.wait()
            count = min(len(self._waiting), self._max_group)
            return [self._waiting.popleft() for _ in range(count)]

    def _commit(self, group: list[tuple[Envelope, "Future[Result]"]]) -> None:
        live = [(envelope, future) for envelope, future in group if future.set_running_or_notify_cancel()]
        try:
            results = self._ledger.execute([envelope for envelope, _ in live], self._clock.now())
        except Exception as error:  # noqa: BLE001 - handed to every submitter; the queue lives on
            for _, future in live:
                future.set_exception(error)
            return
        for (_, future), result in zip(live, results, strict=True):
            if result.failure is not None:
                future.set_exception(result.failure)
            else:
                future.set_result(result)
