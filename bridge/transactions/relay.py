"""Relaying what members signed about founder memberships: each order is sent until the chain has an answer.

Owns `bridge_relay` and the relay account's nonces: QUEUED → SIGNED (raw bytes stored) → DONE or REFUSED. An order can
act only once by its own nonce on chain, so sending the same bytes again is harmless. The relay account is not the
brand's posting key: members' orders neither wait for batches nor hold them up. Any account may relay.
"""

from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from eth_hash.auto import keccak

from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc, RpcError
from bridge.chain.transactions import Unsigned, fees_for, sign_transaction
from bridge.deploy.address_book import AddressBook
from bridge.deploy.sending import describe
from bridge.settings import BridgeSettings
from bridge.transactions.database import reading, writing
from bridge.transactions.founder_tables import relay

_GAS = 400_000
_AT_ONCE = 50
_RESEND_AFTER = 30
_LONGEST_REASON = 80


class RelayState(StrEnum):
    """`SIGNED` rows are in flight; the other two last for ever."""

    QUEUED = "queued"
    SIGNED = "signed"
    DONE = "done"
    REFUSED = "refused"


class Relayed(msgspec.Struct, frozen=True):
    """An order on its way. `reason` is the contract's error when it was refused; the member may sign a new one."""

    digest: bytes
    kind: str
    token_id: int
    state: str
    reason: str | None
    tx_hash: bytes | None


def relay_signer(reference_key: bytes) -> Signer:
    """The brand's relay account: derived from its reference key, so that a restored node has the same one."""
    return Signer(bytes(keccak(b"PointsAlliance.Relay.v1" + reference_key)))


def enqueue_order(connection: sa.Connection, digest: bytes, kind: str, token_id: int, call: bytes, now: int) -> Relayed:
    """Put a signed order into the queue, in the caller's transaction; the same order again is the row that exists.
    One that was refused is tried again: the vault may be filled by now."""
    again = sa.update(relay).where(relay.c.digest == digest, relay.c.state == RelayState.REFUSED)
    fresh = {"state": RelayState.QUEUED, "reason": None, "call": call, "queued_at": now}
    empty = dict.fromkeys(("sender", "nonce", "raw", "tx_hash", "sent_at"))
    if connection.execute(again.values(**fresh, **empty)).rowcount == 0 and order_of(connection, digest) is None:
        row = {"digest": digest, "kind": kind, "token_id": token_id, **fresh}
        connection.execute(sa.insert(relay).values(row))
    found = order_of(connection, digest)
    assert found is not None
    return found


def order_of(connection: sa.Connection, digest: bytes) -> Relayed | None:
    """Where an order stands."""
    columns = [relay.c[name] for name in Relayed.__struct_fields__]
    row = connection.execute(sa.select(*columns).where(relay.c.digest == digest)).one_or_none()
    return None if row is None else Relayed(*row)


class Relay:
    """One brand's relay; `step` is one pass and may be killed anywhere."""

    def __init__(
        self, engine: sa.Engine, rpc: Rpc, book: AddressBook, reference_key: bytes, settings: BridgeSettings
    ) -> None:
        self._engine = engine
        self._rpc = rpc
        self._chain_id = book.chain_id
        self._contract = book.address("FounderMembership")
        self._signer = relay_signer(reference_key)
        self._settings = settings

    def step(self, now: int) -> bool:
        """Follow what is in flight, then send what waits. True when something moved. Raises RpcError."""
        with reading(self._engine) as connection:
            open_states = (RelayState.QUEUED, RelayState.SIGNED)
            query = sa.select(relay).where(relay.c.state.in_(open_states)).order_by(relay.c.nonce, relay.c.queued_at)
            rows = list(connection.execute(query.limit(_AT_ONCE)).mappings())
        flying = [row for row in rows if row["state"] == RelayState.SIGNED]
        moved = self._follow(flying, now) if flying else False
        for row in rows:
            if row["state"] == RelayState.QUEUED:
                moved = self._begin(row, now) or moved
        return moved

    def _begin(self, row: Any, now: int) -> bool:
        """Refuse what the contract would refuse; otherwise sign, store, send."""
        call = {"from": _hex(self._signer.address), "to": _hex(self._contract), "data": _hex(row["call"])}
        try:
            self._rpc.call("eth_call", call, "latest")
        except RpcError as error:
            if not error.revert_data:
                raise
            return self._finish(row, RelayState.REFUSED, describe(error))
        head, pending = self._rpc.batch(
            [
                ("eth_getBlockByNumber", ("latest", False)),
                ("eth_getTransactionCount", (_hex(self._signer.address), "latest")),
            ]
        )
        base_fee = int(head["baseFeePerGas"], 16) if head.get("baseFeePerGas") else None
        with writing(self._engine) as connection:
            mine = sa.update(relay).where(relay.c.digest == row["digest"], relay.c.state == RelayState.QUEUED)
            if connection.execute(mine.values(state=RelayState.SIGNED)).rowcount != 1:
                return False
            used = sa.select(sa.func.max(relay.c.nonce)).where(relay.c.sender == self._signer.address)
            highest = connection.execute(used).scalar_one()
            nonce = max(int(pending, 16), -1 if highest is None else highest + 1)
            fees = fees_for(base_fee)
            unsigned = Unsigned(self._chain_id, nonce, _GAS, self._contract, row["call"], fees)
            signed = sign_transaction(self._signer, unsigned)
            sent = {"sender": self._signer.address, "nonce": nonce, "raw": signed.raw, "tx_hash": signed.hash}
            here = sa.update(relay).where(relay.c.digest == row["digest"])
            connection.execute(here.values(**sent, sent_at=now))
        self._send(signed.raw)
        return True

    def _follow(self, flying: list[Any], now: int) -> bool:
        """An answer at a final block ends an order; without one the same bytes are sent again after a while."""
        calls = [("eth_getTransactionReceipt", (_hex(row["tx_hash"]),)) for row in flying]
        number, *receipts = self._rpc.batch([("eth_blockNumber", ()), *calls])
        final = int(number, 16) - self._settings.finality_depth
        moved = False
        for row, receipt in zip(flying, receipts, strict=True):
            if receipt is None:
                if now - row["sent_at"] >= _RESEND_AFTER:
                    self._resend(row, now)
            elif int(receipt["blockNumber"], 16) <= final:
                done = int(receipt["status"], 16) == 1
                reason = None if done else self._why(row, receipt)
                moved = self._finish(row, RelayState.DONE if done else RelayState.REFUSED, reason) or moved
        return moved

    def _why(self, row: Any, receipt: Any) -> str:
        call = {"from": _hex(row["sender"]), "to": _hex(self._contract), "data": _hex(row["call"])}
        try:
            self._rpc.call("eth_call", call, receipt["blockNumber"])
        except RpcError as error:
            return describe(error)
        return "reverted"

    def _resend(self, row: Any, now: int) -> None:
        self._send(row["raw"])
        with writing(self._engine) as connection:
            here = sa.update(relay).where(relay.c.digest == row["digest"], relay.c.state == RelayState.SIGNED)
            connection.execute(here.values(sent_at=now))

    def _send(self, raw: bytes) -> None:
        """A chain that knows the bytes already says so; whatever else it says, they are sent again later."""
        try:
            self._rpc.call("eth_sendRawTransaction", _hex(raw))
        except RpcError:
            return

    def _finish(self, row: Any, state: RelayState, reason: str | None) -> bool:
        with writing(self._engine) as connection:
            here = sa.update(relay).where(relay.c.digest == row["digest"], relay.c.state == row["state"])
            told = reason[:_LONGEST_REASON] if reason else None
            return connection.execute(here.values(state=state, reason=told)).rowcount == 1


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
