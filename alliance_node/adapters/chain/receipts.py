"""Receipt files of conversion steps.

Owns the wiring to `bridge`; a file is made from a block that was verified against its own hash.
"""

from alliance_node.adapters.chain.connection import ChainConnection
from alliance_node.application.errors import ApplicationError, LedgerUnreachable
from alliance_node.application.records import ChainReceipt
from bridge.chain.rpc import ChainError
from bridge.protocol.receipt_files import encode_receipt
from bridge.statements.receipts import StepNotFound, make_receipt


class ReceiptUnavailable(ApplicationError):
    """The chain node does not show the step, which was final: it lags or lost blocks."""

    code = "receipt_unavailable"
    next_step = "Try again; if it stays, the brand's chain node must be looked at."


def receipt_file(connection: ChainConnection, receipt: ChainReceipt) -> bytes:
    """A self-contained proof of the step. Raises LedgerUnreachable, ReceiptUnavailable."""
    place = (receipt.block_number, receipt.tx_hash, receipt.seq, receipt.item_index)
    try:
        return encode_receipt(make_receipt(connection.rpc, connection.book, *place))
    except StepNotFound as error:
        raise ReceiptUnavailable(str(error)) from error
    except ChainError as error:
        raise LedgerUnreachable(str(error)) from error
