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

from bridge.chain.keys import Signer
from bridge.chain.rpc import ChainError, Rpc, RpcUnavailable
from bridge.deploy.address_book import AddressBook
from bridge.indexer.cursors import CursorMoved
from bridge.indexer.indexer import Indexer, indexer_status
from bridge.indexer.model import Observer
from bridge.settings import BridgeSettings
from bridge.transactions import counts
from bridge.transactions.context import Checkpoint
from bridge.transactions.lease import LeaseHeld, LeaseLost
from bridge.transactions.sender import Sender
from bridge.transactions.states import Halted


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


class BridgeRunner:
    """One brand's bridge. `retryable`: errors of the observer (the node's own) after which the pass is tried again."""

    def __init__(
        self,
        engine: sa.Engine,
        rpc_url: str,
        address_book: AddressBook,
        brand_id: int,
        signer: Signer,
        reference_key: bytes,
        observer: Observer,
        settings: BridgeSettings | None = None,
        *,
        retryable: tuple[type[Exception], ...] = (),
        clock: Callable[[], float] = time.time,
        checkpoint: Checkpoint = lambda state: None,
    ) -> None:
        self._engine = engine
        self._brand_id = brand_id
        self._settings = settings or BridgeSettings()
        self._retryable = retryable
        self._clock = clock
        self._rpc = Rpc(rpc_url)
        self.sender = Sender(
            engine,
            self._rpc,
            address_book,
            brand_id,
            signer,
            self._settings,
            reference_key=reference_key,
            checkpoint=checkpoint,
        )
        self.indexer = Indexer(
            engine, self._rpc, address_book, brand_id, observer, self._settings, reference_key=reference_key
        )
        self._state, self._detail = RunnerState.STARTING, ""

    def step_once(self) -> bool:
        """One pass of indexer and sender; True when something moved. Raises what they raise."""
        read = self.indexer.step()
        sent = self.sender.step(int(self._clock()))
        return read or sent

    def run(self, stop_event: threading.Event) -> None:
        """Until stopped. Raises only what is not an operating error, after the status says FAILED."""
        pause = self._settings.poll_interval
        while not stop_event.is_set():
            if self._pass():
                pause = self._settings.poll_interval
            elif self._state == RunnerState.RUNNING:
                stop_event.wait(self._settings.poll_interval)
            else:
                stop_event.wait(pause)
                pause = min(pause * 2, self._settings.longest_backoff)
        self.close()

    def close(self) -> None:
        """Give the lease back and close the connection to the chain."""
        try:
            self.sender.lease.release()
        except OperationalError as error:
            self._detail = f"the lease was not given back: {error.orig}"
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
        except RpcUnavailable as error:
            self.sender.forget_chain()
            self.indexer.forget_chain()
            return self._troubled(RunnerState.CHAIN_UNAVAILABLE, error)
        except ChainError as error:
            return self._troubled(RunnerState.CHAIN_ERROR, error)
        except (LeaseHeld, LeaseLost, CursorMoved) as error:
            return self._troubled(RunnerState.ANOTHER_BRIDGE, error)
        except Halted as error:
            return self._troubled(RunnerState.HALTED, error)
        except OperationalError as error:
            return self._troubled(RunnerState.DATABASE_UNAVAILABLE, error)
        except BaseException as error:
            if isinstance(error, self._retryable):
                return self._troubled(RunnerState.DATABASE_UNAVAILABLE, error)
            self._troubled(RunnerState.FAILED, error)
            raise
        self._state, self._detail = RunnerState.RUNNING, ""
        return moved

    def _troubled(self, state: RunnerState, error: BaseException) -> bool:
        self._state, self._detail = state, str(error)
        return False
