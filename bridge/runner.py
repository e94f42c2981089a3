"""A running bridge: sender and indexer of one brand in one loop, with a status for readiness and metrics.

Owns the loop and its patience. Operating errors (chain away, database locked, lease held, halted) become a status and a
pause; anything else ends the loop loudly, with the status FAILED. It never dies silently.
"""

import threading
import time
from collections.abc import Callable
from enum import StrEnum

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bridge import notices
from bridge.chain.keys import Signer
from bridge.chain.rpc import ChainError, Rpc, RpcUnavailable
from bridge.deploy.address_book import AddressBook
from bridge.indexer.clock_watch import ClockWatch, WrongClock
from bridge.indexer.cursors import CursorMoved
from bridge.indexer.indexer import Indexer, indexer_status
from bridge.indexer.model import Observer
from bridge.settings import BridgeSettings
from bridge.transactions import counts
from bridge.transactions.context import Checkpoint
from bridge.transactions.key_watch import KeyWatch, WrongKey
from bridge.transactions.lease import LeaseHeld, LeaseLost
from bridge.transactions.relay import Relay
from bridge.transactions.rotation import KeyRotated
from bridge.transactions.sender import Sender
from bridge.transactions.states import Halted

_HALTED_LOOK = 1.0
"""Seconds between looks at a halt: each is one local query, and an operator who removed the cause is waiting."""


class RunnerState(StrEnum):
    """What the bridge is doing."""

    STARTING = "starting"
    RUNNING = "running"
    CHAIN_UNAVAILABLE = "chain_unavailable"
    CHAIN_ERROR = "chain_error"
    DATABASE_UNAVAILABLE = "database_unavailable"
    ANOTHER_BRIDGE = "another_bridge"
    HALTED = "halted"
    FAILED = "failed"
    STOPPED = "stopped"


class BridgeStatus(msgspec.Struct, frozen=True):
    """For readiness and metrics. `ready`: the last pass worked. Item and batch counts by state."""

    state: RunnerState
    detail: str
    ready: bool
    scanned_number: int | None
    final_number: int | None
    alliance_time: int | None
    items: dict[str, int]
    batches: dict[str, int]


Report = Callable[[RunnerState, str, str], None]
"""Told after each pass: the state, the error's code and what to do next (both empty while all is well). RUNNING with a
code: it works, but an operator should do something about this; several codes that stand are joined by commas."""


class BridgeRunner:
    """One brand's bridge. Of the observer's own errors, after those in `retryable` the pass is tried again and those in
    `halting` mean that an operator is needed; any other ends the loop."""

    def __init__(
        self,
        engine: sa.Engine,
        rpc: Rpc | str,
        address_book: AddressBook,
        brand_id: int,
        signer: Signer,
        reference_key: bytes,
        observer: Observer,
        settings: BridgeSettings | None = None,
        *,
        retryable: tuple[type[Exception], ...] = (),
        halting: tuple[type[Exception], ...] = (),
        report: Report = lambda state, code, next_step: None,
        clock: Callable[[], float] = time.time,
        checkpoint: Checkpoint = lambda state: None,
    ) -> None:
        self._engine = engine
        self._brand_id = brand_id
        self._settings = settings or BridgeSettings()
        self._retryable = retryable
        self._halting: tuple[type[Exception], ...] = (Halted, KeyRotated, *halting)
        self._report = report
        self._clock = clock
        self._checkpoint = checkpoint
        self._happened: list[str] = []
        self._owns_rpc = isinstance(rpc, str)
        self._rpc = Rpc(rpc) if isinstance(rpc, str) else rpc
        self.sender = Sender(
            engine,
            self._rpc,
            address_book,
            brand_id,
            signer,
            self._settings,
            reference_key=reference_key,
            checkpoint=self._passed,
        )
        self.indexer = Indexer(
            engine, self._rpc, address_book, brand_id, observer, self._settings, reference_key=reference_key
        )
        self._clock_watch = ClockWatch(self._settings.clock_tolerance, clock)
        self._key_watch = KeyWatch(self._rpc, address_book, brand_id, signer.address)
        self.relay = Relay(engine, self._rpc, address_book, reference_key, self._settings)
        self._state, self._detail = RunnerState.STARTING, ""
        self._standing: list[notices.Notice] = []

    def step_once(self) -> bool:
        """One pass of indexer, sender and relay; True when something moved. Raises what they raise."""
        read = self.indexer.step()
        if (newest := self.indexer.newest) is not None:
            self._clock_watch.look(newest.number, newest.timestamp)
        sent = self.sender.step(int(self._clock()))
        relayed = self.relay.step(int(self._clock()))
        self._standing = notices.standing(self._engine, self._brand_id)
        self._key_watch.look()
        return read or sent or relayed

    def run(self, stop_event: threading.Event) -> None:
        """Until stopped. Raises only what is not an operating error, after the status says FAILED."""
        pause = self._settings.poll_interval
        while not stop_event.is_set():
            if self._pass():
                continue
            if self._state == RunnerState.RUNNING:
                pause = self._settings.poll_interval
                stop_event.wait(pause)
            else:
                stop_event.wait(pause)
                longest = self._settings.longest_backoff
                pause = min(pause * 2, _HALTED_LOOK if self._state == RunnerState.HALTED else longest)
        self.close()

    def close(self) -> None:
        """Give the lease back and close the connection to the chain."""
        try:
            self.sender.lease.release()
        except OperationalError as error:
            self._detail = f"the lease was not given back: {error.orig}"
        if self._owns_rpc:
            self._rpc.close()
        self._state = RunnerState.STOPPED

    def status(self) -> BridgeStatus:
        """The last pass's result, and what the database says."""
        index = indexer_status(self._engine, self._brand_id)
        return BridgeStatus(
            self._state,
            self._detail,
            self._state == RunnerState.RUNNING,
            index.scanned_number,
            index.final_number,
            index.alliance_time,
            counts.items_by_state(self._engine),
            counts.batches_by_state(self._engine),
        )

    def _pass(self) -> bool:
        """One pass; errors of operation become a status."""
        try:
            moved = self.step_once()
        except Exception as error:
            state = self._state_of(error)
            self._note(state, error)
            if state == RunnerState.FAILED:
                raise
            self.sender.forget_chain()
            self.indexer.forget_chain()
            return False
        self._note(RunnerState.RUNNING)
        return moved

    def _state_of(self, error: Exception) -> RunnerState:
        kinds: tuple[tuple[tuple[type[Exception], ...], RunnerState], ...] = (
            ((RpcUnavailable,), RunnerState.CHAIN_UNAVAILABLE),
            ((ChainError,), RunnerState.CHAIN_ERROR),
            ((LeaseHeld, LeaseLost, CursorMoved), RunnerState.ANOTHER_BRIDGE),
            (self._halting, RunnerState.HALTED),
            ((OperationalError, *self._retryable), RunnerState.DATABASE_UNAVAILABLE),
        )
        return next((state for types, state in kinds if isinstance(error, types)), RunnerState.FAILED)

    def _note(self, state: RunnerState, error: Exception | None = None) -> None:
        for happened in dict.fromkeys(self._happened):
            if (notice := notices.BY_CHECKPOINT.get(happened)) is not None:
                self._report(RunnerState.RUNNING, notice.code, notice.next_step)
        self._happened.clear()
        if error is not None:
            self._state, self._detail = state, str(error)
            self._report(state, getattr(error, "code", state.value), getattr(error, "next_step", str(error)))
            return
        watched = [one for one in (self._key_watch.wrong, self._clock_watch.wrong) if one is not None]
        stands: list[notices.Notice | WrongClock | WrongKey] = [*self._standing, *watched]
        self._state, self._detail = state, " ".join(one.next_step for one in stands)
        self._report(state, ",".join(one.code for one in stands), self._detail)

    def _passed(self, checkpoint: str) -> None:
        """A durable change of the sender's."""
        self._happened.append(checkpoint)
        self._checkpoint(checkpoint)
