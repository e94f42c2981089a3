"""ConversionDesk: batches are gathered from a transaction's events and judged whole.

Owns the desk's events and what a judged batch changes. The checks are in checks.py, the kinds of items in kinds.py.
"""

from collections.abc import Iterator

from bridge.audit.contract import ContractAudit, Expected, entry, partners
from bridge.audit.contracts.alliance_point import Token
from bridge.audit.contracts.brand_registry import Registry
from bridge.audit.contracts.clearing_house import Positions
from bridge.audit.contracts.conversion_desk.batch import Desk, PostedBatch, is_accepted, read_items
from bridge.audit.contracts.conversion_desk.checks import BATCH_CHECKS, ONE_OUTCOME, PER_ITEM, RULED_OUT
from bridge.audit.contracts.conversion_desk.decide import decide_batch
from bridge.audit.contracts.conversion_desk.kinds import SIGNED_KINDS
from bridge.audit.contracts.conversion_desk.running import Nonces
from bridge.audit.contracts.conversion_desk.wallets import account_of
from bridge.audit.contracts.under_way import UnderWay
from bridge.audit.findings import Check
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.deploy.address_book import AddressBook
from bridge.protocol.items import ItemKind
from bridge.protocol.signed_items import SignedItem

STORED = Check("storage-sequence", "INV-4", "the desk's last batch number of each brand is the last one seen")
STORED_NONCE = Check("storage-nonce", "INV-20", "each wallet's nonce is the number of its intents carried out")
_LAST_SEQ, _NONCES = 0, 3
_WAITING = (ItemKind.CONVERT_IN, ItemKind.FUND)


def _batch_posted(scene: Scene, values: list[int]) -> None:
    close_batch(scene)
    brand_id, seq, items_hash, count = values
    scene.batch = PostedBatch(
        alliance=scene.alliance,
        brand_id=brand_id,
        seq=seq,
        items_hash=items_hash,
        count=count,
        timestamp=scene.timestamp,
        where=f"{scene.where}, brand {brand_id} batch {seq}",
        transaction=scene.transaction,
        desk=scene.addresses["ConversionDesk"].to_bytes(20, "big"),
    )


def _converted(scene: Scene, values: list[int]) -> None:
    packed = values[0]
    _outcome(scene, packed >> 224, packed >> 184 & 0xFFFFFFFFFF, packed >> 168 & 0xFFFF, packed)


def _rejected(scene: Scene, values: list[int]) -> None:
    brand_id, seq, item, reason = values
    _outcome(scene, brand_id, seq, item, reason)


def _outcome(scene: Scene, brand_id: int, seq: int, item: int, outcome: int) -> None:
    if scene.batch is None:
        place = f"brand {brand_id} batch {seq}"
        scene.find(ONE_OUTCOME.failed("an outcome inside a batch", place, scene.where))
    else:
        scene.batch.add_outcome(brand_id, seq, item, outcome)


def close_batch(scene: Scene) -> None:
    """Judge the open batch, if there is one, and take it in."""
    batch, scene.batch = scene.batch, None
    if batch is None:
        return
    batch.add_up()
    _decide(batch)
    for check, run in BATCH_CHECKS:
        scene.run(check, run(batch), batch.count if check in PER_ITEM else 1)
    _take_in(batch)


def _decide(batch: PostedBatch) -> None:
    """The items from the calldata, if they are the ones posted, and the model's answer to them."""
    call = batch.read_call()
    if call is None:
        return
    batch.items = read_items(call)
    if batch.items is not None and batch.brand is not None and len(batch.items) == batch.count:
        batch.expected = decide_batch(batch.alliance, batch.brand, batch.seq, batch.items, batch.timestamp)


def _take_in(batch: PostedBatch) -> None:
    """What the events say becomes the model."""
    alliance, brand = batch.alliance, batch.brand
    token, desk = alliance.of(Token), alliance.of(Desk)
    for sender, receiver, units in batch.moves:
        token.move(sender, receiver, units)
    _use_nonces(batch)
    _keep_under_way(batch)
    desk.batches += 1
    desk.items += batch.count
    desk.accepted += batch.accepted_items
    kept = desk.recorded.get(batch.brand_id)
    if kept is not None:
        first = batch.seq << 16
        kept.update({first | item: outcome for item, outcome in batch.outcomes.items() if is_accepted(outcome)})
    if brand is not None:
        desk.last_seq[batch.brand_id] = batch.seq
        position = alliance.of(Positions).touch(batch.brand_id)
        position.issued += batch.issued
        position.redeemed += batch.redeemed
        brand.limiter.consume(batch.issued, batch.timestamp)


def _keep_under_way(batch: PostedBatch) -> None:
    if batch.expected is None or not batch.items:
        return
    under_way, items = batch.alliance.of(UnderWay), batch.items
    for index, holder in batch.expected.holders.items():
        if items[index].kind in _WAITING:
            under_way.add(batch.brand_id, holder)


def _use_nonces(batch: PostedBatch) -> None:
    following = batch.alliance.of(Nonces).next
    for index, fields in batch.accepted():
        item = batch.items[index] if batch.items is not None and index < len(batch.items) else None
        if isinstance(item, SignedItem) and fields.kind in SIGNED_KINDS:
            account = account_of(item)
            following[account] = following.get(account, 0) + 1


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    last_seq = alliance.of(Desk).last_seq
    for brand_id in alliance.of(Registry).brands:
        seq = last_seq.get(brand_id, 0)
        yield Expected(STORED, "ConversionDesk", entry(_LAST_SEQ, brand_id), seq, f"last batch of brand {brand_id}")
    for account, nonce in alliance.of(Nonces).next.items():
        yield Expected(STORED_NONCE, "ConversionDesk", entry(_NONCES, account), nonce, f"nonce of 0x{account:040x}")


AUDIT = ContractAudit(
    name="ConversionDesk",
    events={
        "BatchPosted(*uint32,*uint40,bytes32,uint16)": _batch_posted,
        "Converted(uint256)": _converted,
        "Rejected(*uint32,*uint40,uint16,uint8)": _rejected,
        "EIP712DomainChanged()": None,
    },
    checks=(*dict.fromkeys((*(check for check, _ in BATCH_CHECKS), *RULED_OUT)), STORED, STORED_NONCE),
    constructor=partners("AllianceClock", "BrandRegistry", "RateBoard", "ClearingHouse", "AlliancePoint"),
    storage=_storage,
    after_transaction=close_batch,
    layout={"_lastSeq": (_LAST_SEQ, 0), "_nonces": (_NONCES, 0)},
)
