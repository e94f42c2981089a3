"""The desk as the sender sees it: reads pinned to one block, dry runs, and the calldata of a batch.

Owns the requests. It may not sign, store or decide.
"""

from collections.abc import Sequence

import msgspec

from bridge.chain.rpc import Call, ChainError, Rpc, RpcError
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import error_name, load_artifact
from bridge.protocol.batches import AnyItem, encode_batch, is_signed
from bridge.protocol.items import ISSUING
from bridge.settings import BridgeSettings
from bridge.transactions.states import Receipt


class RpcInconsistent(ChainError):
    """Two answers of the RPC contradict each other: a lagging or faulty node. Nothing was done; it is asked again."""

    code = "rpc_inconsistent"
    next_step = "Nothing to do unless it stays; then use another chain node."


class Head(msgspec.Struct, frozen=True):
    """One block, and what the desk and the key's account were in it."""

    number: int
    base_fee: int | None
    gas_limit: int
    next_seq: int
    nonce: int


class Desk:
    """The desk of one brand, read and dry-run with one key's address."""

    def __init__(self, rpc: Rpc, book: AddressBook, brand_id: int, sender: bytes, settings: BridgeSettings) -> None:
        self._rpc = rpc
        self._book = book
        self._brand_id = brand_id
        self._sender = "0x" + sender.hex()
        self.address = book.address("ConversionDesk")
        self._settings = settings
        functions = load_artifact("ConversionDesk").functions
        self._post_batch, self._post_signed = functions["postBatch"], functions["postSigned"]
        self._next_seq = functions["nextSeq"]

    def head(self, depth: int = 0) -> Head:
        """The block `depth` below the newest one (block 0 at the lowest)."""
        number = int(self._rpc.call("eth_blockNumber"), 16)
        pinned = hex(max(0, number - depth))
        query = {"to": "0x" + self.address.hex(), "data": "0x" + self._next_seq.encode(self._brand_id).hex()}
        block, seq, nonce = self._rpc.batch(
            [
                ("eth_getBlockByNumber", (pinned, False)),
                ("eth_call", (query, pinned)),
                ("eth_getTransactionCount", (self._sender, pinned)),
            ]
        )
        if block is None:
            raise RpcInconsistent(f"the RPC named block {pinned} and does not show it")
        base_fee = block.get("baseFeePerGas")
        return Head(
            int(block["number"], 16),
            int(base_fee, 16) if base_fee else None,
            int(block["gasLimit"], 16),
            int(seq, 16) if seq != "0x" else 0,
            int(nonce, 16),
        )

    def pending_nonce(self) -> int:
        """The key's next nonce when what waits in the RPC's pool is counted."""
        return int(self._rpc.call("eth_getTransactionCount", self._sender, "pending"), 16)

    def receipts(self, hashes: Sequence[bytes]) -> list[Receipt | None]:
        """What blocks say about transactions, in order."""
        calls: list[Call] = [("eth_getTransactionReceipt", ("0x" + value.hex(),)) for value in hashes]
        return [_receipt(row) for row in self._rpc.batch(calls)]

    def calldata(self, seq: int, items: Sequence[AnyItem]) -> bytes:
        """postBatch(brand, seq, items), or postSigned."""
        post = self._post_signed if is_signed(items) else self._post_batch
        return post.encode(self._brand_id, seq, encode_batch(items))

    def gas(self, items: Sequence[AnyItem], head: Head, attempt: int) -> int:
        """A gas limit with room, more for later attempts."""
        settings = self._settings
        entering = sum(item.kind in ISSUING for item in items)
        per_other = settings.gas_per_signed_item if is_signed(items) else settings.gas_per_other_item
        each = entering * settings.gas_per_convert_in + (len(items) - entering) * per_other
        wanted = (settings.gas_per_batch + each) * (attempt + 1) // 2
        return min(wanted, self.most_gas(head))

    def most_gas(self, head: Head) -> int:
        """A quarter of the block, and never above the cap of EIP-7825."""
        return min(head.gas_limit // 4, 1 << 24)

    def dry_runs(self, groups: Sequence[Sequence[AnyItem]], head: Head, gas: int) -> list[RpcError | None]:
        """For each group: None when it would be accepted as the next batch on that block, else the error."""
        calls: list[Call] = [
            (
                "eth_call",
                (
                    {
                        "from": self._sender,
                        "to": "0x" + self.address.hex(),
                        "gas": hex(gas),
                        "data": "0x" + self.calldata(head.next_seq, group).hex(),
                    },
                    hex(head.number),
                ),
            )
            for group in groups
        ]
        results = self._rpc.batch_results(calls)
        for result in results:
            if isinstance(result, RpcError) and result.revert_data is None and not is_out_of_gas(result):
                raise result
        return [result if isinstance(result, RpcError) else None for result in results]


def is_out_of_gas(error: RpcError) -> bool:
    """Whether a dry run failed for want of gas, in the words of any engine (Anvil: "…OOG" for a refused SSTORE)."""
    text = error.message.lower()
    return any(words in text for words in ("out of gas", "outofgas", "gas exhausted", "oog"))


def revert_name(error: RpcError) -> str | None:
    """The custom error's name, e.g. NotHotKey."""
    data = error.revert_data
    return error_name(data, ("ConversionDesk",)) if data else None


def _receipt(row: dict[str, str] | None) -> Receipt | None:
    if row is None or row.get("blockNumber") is None:
        return None
    return Receipt(int(row["blockNumber"], 16), bytes.fromhex(row["blockHash"][2:]), int(row["status"], 16) == 1)
