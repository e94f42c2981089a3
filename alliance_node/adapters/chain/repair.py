"""The bridge's repairs, wired to the node: recover from a backup, adopt a foreign batch, rotate the key, requeue.

Owns the translation of forgotten items; the rules are the bridge's and the use case's.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from alliance_node.adapters.chain.connection import ChainConnection
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.errors import AllianceNotConnected
from alliance_node.application.recover_conversions import ForgottenItem, recover_conversions
from alliance_node.domain.instants import Instant
from bridge.chain.keys import KeyUnavailable, Signer, load_signer
from bridge.deploy.sending import Mine
from bridge.protocol.claims import commitment
from bridge.protocol.items import WALLET_SIGNED, ItemKind
from bridge.protocol.words import format_address, parse_address
from bridge.transactions import adopt as adopting
from bridge.transactions import outbox, rotation
from bridge.transactions.database import writing
from bridge.transactions.recover import Forgotten, Recovered, recover
from bridge.transactions.suspense import SuspenseItem, items_in_suspense

_KINDS: dict[int, str] = {
    ItemKind.CONVERT_IN: "convert_in",
    ItemKind.CLAIM: "claim",
    ItemKind.RETURN: "return",
    ItemKind.TO_WALLET: "to_wallet",
    ItemKind.CONVERT_OUT: "convert_out",
    ItemKind.TRANSFER: "transfer",
}


def recover_node(connection: ChainConnection, desk: ConversionDesk, now: Instant) -> Recovered:
    """Read back what the backup forgot. Raises the bridge's typed errors."""

    def rebuild(database: sa.Connection, items: list[Forgotten]) -> set[str]:
        translated = [_translate(connection, item) for item in items]
        return recover_conversions(desk, database, translated, now)

    return recover(
        connection.engine,
        connection.rpc,
        connection.book,
        connection.brand_id,
        connection.reference_key,
        rebuild,
        finality_depth=connection.settings.finality_depth,
    )


def adopt_batch(
    connection: ChainConnection, key: str, environment: Mapping[str, str], seq: int, new_hot: str | None, mine: bool
) -> adopting.Adopted:
    """One operator's approval; the second carries it out. Raises the bridge's typed errors."""
    return adopting.adopt(
        connection.engine,
        connection.rpc,
        connection.book,
        connection.brand_id,
        connection.reference_key,
        _signer(key, environment),
        seq,
        None if new_hot is None else parse_address(new_hot),
        listed=connection.operators,
        finality_depth=connection.settings.finality_depth,
        mine=_miner(connection, mine),
    )


def approvals_given(connection: ChainConnection) -> list[tuple[int, str, str, str]]:
    """Batch, operator, content and whether the signature holds, of every approval."""
    given = adopting.approvals(connection.engine, connection.book, connection.brand_id)
    return [
        (one.seq, format_address(one.operator), one.items_hash.hex(), "valid" if one.is_valid else "INVALID")
        for one in given
    ]


def rotate_key(
    connection: ChainConnection,
    key: str,
    environment: Mapping[str, str],
    new_hot: str,
    *,
    drain: bool,
    seconds: float,
    mine: bool,
) -> None:
    """Drain and rotate with the cold key. Raises NotDrained and the chain's errors."""
    rotation.rotate_key(
        connection.engine,
        connection.rpc,
        connection.book,
        connection.brand_id,
        _signer(key, environment),
        parse_address(new_hot),
        drain=drain,
        seconds=seconds,
        mine=_miner(connection, mine),
    )


def requeue_item(connection: ChainConnection, item_id: str) -> bool:
    """Give a quarantined item another try; False when it isn't quarantined."""
    with writing(connection.engine) as database:
        return outbox.requeue(database, item_id)


def suspense_of(connection: ChainConnection) -> list[SuspenseItem]:
    """What is on the brand's account at the chain and no member's."""
    return items_in_suspense(connection.engine)


def posting_key(connection: ChainConnection) -> str:
    """The address this node posts with."""
    return format_address(connection.signer.address)


def _signer(key: str, environment: Mapping[str, str]) -> Signer:
    try:
        return load_signer(key, environment)
    except KeyUnavailable as error:
        raise AllianceNotConnected(str(error), error.next_step) from error


def _miner(connection: ChainConnection, mine: bool) -> Mine | None:
    return (lambda: connection.rpc.call("evm_mine")) if mine else None


def _translate(connection: ChainConnection, item: Forgotten) -> ForgottenItem:
    secret, address = item.payload, item.claim_address
    if item.kind == ItemKind.CLAIM:
        secret = commitment(connection.brand_id, item.rate_version, item.payload)
    elif item.kind in (ItemKind.TO_WALLET, ItemKind.TRANSFER):
        secret = address = b""  # whose wallet it is, is identity data, and so is whom it pays
    return ForgottenItem(
        item.item_id,
        _KINDS.get(item.kind, "other"),
        item.units is not None,
        item.rate_version,
        item.counterparty,
        item.deadline,
        0 if item.kind in WALLET_SIGNED else item.amount,
        item.units or 0,
        secret,
        address,
    )
