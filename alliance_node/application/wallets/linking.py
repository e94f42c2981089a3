"""Use case: a member links their own wallet to this brand by Sign-In with Ethereum (EIP-4361), and unlinks it.

Owns the message's fields and every check of an answer. The wallet is identity data: the vault keeps it. Nothing about
the member is in what is signed, and no other brand learns of it.
"""

import secrets
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection

from alliance_node.application.errors import MemberClosed, unknown_member
from alliance_node.application.group import is_member_id
from alliance_node.application.ledger import Ledger
from alliance_node.application.wallets.errors import (
    WalletMessageMalformed,
    WalletMissing,
    WalletNonceUnknown,
    WalletNonceUsed,
    WalletSignInExpired,
    WalletWrongChain,
    WalletWrongDomain,
    WalletWrongSigner,
)
from alliance_node.application.wallets.records import ChallengeRow, SignInText, WalletLedger, WalletStore, WalletVault
from alliance_node.domain.instants import Instant

SIGN_IN_SECONDS = 10 * 60
STATEMENT = "Link this wallet to your membership. Signing moves no points and costs nothing."
STATEMENT_CHINESE = "将此钱包关联到您的会员账户。签名不会转移积分，也不收费。"


class WalletLinks:
    """Dependencies of the use cases about wallets; `public_url`: where members see this node's page."""

    def __init__(
        self, ledger: Ledger, chain: WalletLedger, vault: WalletVault, store: WalletStore, public_url: str
    ) -> None:
        self.ledger = ledger
        self.chain = chain
        self.vault = vault
        self.store = store
        self.uri = public_url
        self.domain = urlsplit(public_url).netloc


class SignInMessage(msgspec.Struct, frozen=True):
    """What the wallet signs (`personal_sign`), until when, and what it says in the member's language: the message
    itself is in the plain letters that EIP-4361 allows, so that wallets recognise it and check the site."""

    message: str
    explanation: str
    expires_at: Instant


class LinkedWallet(msgspec.Struct, frozen=True):
    """The member's wallet at this brand."""

    address: str
    linked_at: Instant


def start_link(links: WalletLinks, member_id: str, address: str, language: str, now: Instant) -> SignInMessage:
    """A message with a nonce that counts once. Raises UnknownMember, MemberClosed, WalletAddressMalformed."""
    chain, nonce = links.chain, secrets.token_hex(16)
    account = chain.format_address(chain.parse_address(address))
    row = ChallengeRow(nonce, member_id, now, now + SIGN_IN_SECONDS)
    with links.store.write() as connection:
        require_open_member(links.ledger, connection, member_id)
        links.store.add_challenge(connection, row)
    fields = SignInText(
        links.domain, account, STATEMENT, links.uri, chain.chain_id, nonce, row.issued_at, row.expires_at
    )
    explanation = STATEMENT_CHINESE if language == "zh" else STATEMENT
    return SignInMessage(chain.sign_in(fields), explanation, row.expires_at)


def link_wallet(links: WalletLinks, member_id: str, message: str, signature: str, now: Instant) -> LinkedWallet:
    """Link the wallet that signed the message; the member's earlier wallet ends. The same answer again, while the
    link stands, gives the link again: its first answer may have been lost.

    Raises UnknownMember, MemberClosed, WalletMessageMalformed, WalletWrongDomain, WalletWrongChain, WalletNonceUnknown,
    WalletNonceUsed, WalletSignInExpired, WalletWrongSigner, WalletInUse.
    """
    chain = links.chain
    fields = chain.read_sign_in(message)
    _check_place(links, fields)
    address = chain.parse_address(fields.address)
    if chain.signer_of(message, signature) != address:
        raise WalletWrongSigner("the message is signed by another account than the one it names")
    with links.store.write() as connection:
        require_open_member(links.ledger, connection, member_id)
        links.ledger.store.lock_members(connection, [member_id])
        linked = _linked_by(links, connection, member_id, fields.nonce, address, now)
        if linked is not None:
            return LinkedWallet(fields.address, linked)
        _use_nonce(links, connection, member_id, fields, now)
        links.vault.link(connection, member_id, address, now)
        links.store.set_linked(connection, member_id, now)
    return LinkedWallet(fields.address, now)


def unlink_wallet(links: WalletLinks, member_id: str) -> None:
    """Nothing of the link stays; intents under way go on, for their holder signed them. Raises WalletMissing."""
    with links.store.write() as connection:
        if is_member_id(member_id):
            links.ledger.store.lock_members(connection, [member_id])
        if not is_member_id(member_id) or not links.vault.unlink(connection, member_id):
            raise WalletMissing("the member has linked no wallet here")
        links.store.set_linked(connection, member_id, None)


def linked_wallet(links: WalletLinks, member_id: str, *, reader: str, reason: str, now: Instant) -> LinkedWallet:
    """Raises UnknownMember, MemberClosed, WalletMissing."""
    with links.store.write() as connection:  # the read of personal data is logged
        require_open_member(links.ledger, connection, member_id)
        address = require_wallet(links, connection, member_id, reader=reader, reason=reason, now=now)
        return LinkedWallet(links.chain.format_address(address), links.store.linked_at(connection, member_id) or 0)


def require_wallet(
    links: WalletLinks, connection: Connection, member_id: str, *, reader: str, reason: str, now: Instant
) -> bytes:
    """The member's wallet, for an act of theirs. Raises WalletMissing."""
    linked = links.store.linked_at(connection, member_id) is not None
    found = links.vault.wallet_of(connection, member_id, reader=reader, reason=reason, now=now) if linked else None
    if found is None:
        raise WalletMissing("the member has linked no wallet here")
    return found


def require_open_member(ledger: Ledger, connection: Connection, member_id: str) -> None:
    """Raises UnknownMember, MemberClosed."""
    member = ledger.store.members(connection, [member_id]).get(member_id) if is_member_id(member_id) else None
    if member is None:
        raise unknown_member(member_id)
    if member.closed_at is not None:
        raise MemberClosed("the member has left", chinese=("会员已退出", ""))


def _check_place(links: WalletLinks, fields: SignInText) -> None:
    if (fields.domain, fields.uri) != (links.domain, links.uri):
        raise WalletWrongDomain(f"the message is for another site; this one is {links.domain}")
    if fields.chain_id != links.chain.chain_id:
        raise WalletWrongChain(f"the message names chain {fields.chain_id}; the alliance's is {links.chain.chain_id}")
    if fields.statement != STATEMENT:
        raise WalletMessageMalformed("the message says something else than this node asks for")


def _linked_by(
    links: WalletLinks, connection: Connection, member_id: str, nonce: str, address: bytes, now: Instant
) -> Instant | None:
    """When this very message linked this wallet, if that link still stands."""
    row, linked = links.store.challenge(connection, nonce), links.store.linked_at(connection, member_id)
    if row is None or row.member_id != member_id or linked is None or row.used_at != linked:
        return None
    held = links.vault.wallet_of(connection, member_id, reader="node", reason="wallet linked again", now=now)
    return linked if held == address else None


def _use_nonce(links: WalletLinks, connection: Connection, member_id: str, fields: SignInText, now: Instant) -> None:
    row = links.store.challenge(connection, fields.nonce)
    if row is None or row.member_id != member_id:
        raise WalletNonceUnknown("this node gave this member no message with this nonce")
    if (fields.issued_at, fields.expires_at) != (row.issued_at, row.expires_at):
        raise WalletMessageMalformed("the message's times are not those that this node gave")
    if row.used_at is not None or not links.store.use_challenge(connection, fields.nonce, now):
        raise WalletNonceUsed("the message was answered before")
    if not row.issued_at <= now < row.expires_at:
        raise WalletSignInExpired("the message's time is over")
