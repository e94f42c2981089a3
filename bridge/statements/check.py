"""A member's check of their own line: in the tree, and the tree's statement on chain.

Owns the order of the checks. It needs the member's file, the registry's address from an address book, and either the
hash of a block that the member trusts or a chain node; never the brand's node.
"""

import msgspec

from bridge.chain.hexadecimal import MalformedChainData
from bridge.chain.rpc import Rpc
from bridge.chain.witness import NothingTrusted, Witness, WitnessRefused, fetch_witness, proven_word
from bridge.deploy.address_book import AddressBook
from bridge.protocol.liabilities import InclusionRefused, verify
from bridge.protocol.statement_files import InclusionFile
from bridge.protocol.statements import Statement
from bridge.protocol.words import format_address
from bridge.statements.layout import statement_slot


class Included(msgspec.Struct, frozen=True):
    """What was proven: the member's points are part of the statement's total, which was on chain at this block."""

    member_id: str
    points: int
    brand_id: int
    statement: Statement
    block_number: int
    block_hash: bytes


def check_inclusion(
    file: InclusionFile, book: AddressBook, *, trusted_hash: bytes | None = None, rpc: Rpc | None = None
) -> Included:
    """With `rpc` against that node's newest block, else the file's own witness against the trusted hash.

    Raises InclusionRefused, WitnessRefused, RpcError, RpcUnavailable, WrongChainId.
    """
    registry, statement = book.address("StatementRegistry"), file.statement.parsed()
    if (file.chain_id, file.registry) != (book.chain_id, format_address(registry)):
        raise InclusionRefused("the file is for another chain or registry than the address book's")
    verify(
        file.parsed(),
        brand_id=file.brand_id,
        month=statement.month,
        root=statement.liabilities_root,
        total_points=statement.total_points,
        leaves=statement.leaves,
    )
    slot = statement_slot(file.brand_id, statement.month)
    if rpc is not None:
        rpc.require_chain(book.chain_id)
        witness = fetch_witness(rpc, registry, slot, int(rpc.call("eth_blockNumber"), 16))
        trusted_hash = witness.block_hash
    else:
        witness = _own_witness(file)
    if trusted_hash is None:
        raise NothingTrusted
    word = proven_word(witness, registry, slot, trusted_hash)
    if word == 0:
        raise InclusionRefused("the brand has not published a statement of this month on the ledger (in this block)")
    if word.to_bytes(32, "big") != statement.digest():
        raise InclusionRefused("the ledger holds another statement of this month than the file's")
    number = int(witness.header["number"], 16)
    return Included(file.member_id, file.parsed().points, file.brand_id, statement, number, trusted_hash)


def _own_witness(file: InclusionFile) -> Witness:
    if file.witness is None:
        raise WitnessRefused(
            "the file was made before its statement was on the ledger", "Get a new file, or use --rpc."
        )
    try:
        return msgspec.convert(file.witness, Witness)
    except (msgspec.ValidationError, MalformedChainData) as error:
        raise WitnessRefused(f"the file's evidence is damaged: {error}") from error
