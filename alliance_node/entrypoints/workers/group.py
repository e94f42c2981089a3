"""Runs worker threads until told to stop, notes their health, and stops them in order.

A typed operating error makes a worker wait and try again; anything else is a bug: the worker stops, loudly, and the
node says it is degraded. Nothing is swallowed.
"""

import threading
from collections.abc import Callable

import structlog

from alliance_node.application.errors import ApplicationError
from alliance_node.entrypoints.api.bugs import report_bug
from alliance_node.entrypoints.composition import Node
from alliance_node.entrypoints.health import State

LONGEST_PAUSE = 30.0

log = structlog.get_logger("alliance.workers")
Step = Callable[[], bool]


class WorkerGroup:
    """Threads that share one stop event."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._threads: list[threading.Thread] = []
        self.stop_event = threading.Event()

    def every(self, name: str, seconds: float, step: Step) -> None:
        """Calls `step` until it has nothing left to do, then again after `seconds`."""
        self.run(name, lambda: self._repeat(name, seconds, step))

    def run(self, name: str, body: Callable[[], None]) -> None:
        """Starts a thread; an unexpected end is noted as a failure."""
        thread = threading.Thread(target=self._guard, args=(name, body), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self, timeout: float = 30.0) -> list[str]:
        """Asks every worker to stop and waits; returns the names of those that did not."""
        self.stop_event.set()
        for thread in self._threads:
            thread.join(timeout)
        return [thread.name for thread in self._threads if thread.is_alive()]

    def report(self, part: str, state: State, code: str | None = None, next_step: str | None = None) -> None:
        """Notes a part's health and logs every change once."""
        if self._node.health.note(part, state, self._node.wall_clock.now(), code, next_step):
            write = log.info if state == "ok" else log.warning
            write("worker_state", worker=part, state=state, code=code, next_step=next_step)

    def _repeat(self, name: str, seconds: float, step: Step) -> None:
        pause = seconds
        while not self.stop_event.is_set():
            try:
                while step() and not self.stop_event.is_set():
                    pass
                self.report(name, "ok")
                pause = seconds
            except ApplicationError as error:
                self.report(name, "waiting", error.code, error.next_step)
                pause = min(max(pause, 0.5) * 2, LONGEST_PAUSE)
            self.stop_event.wait(pause)

    def _guard(self, name: str, body: Callable[[], None]) -> None:
        try:
            body()
        except Exception as error:  # noqa: BLE001 - a bug ends this worker, visibly
            report_bug(error, "-", name)
            self.report(name, "failed", "internal_error", "Look at the log, then restart the node.")
