"""Sign-In with Ethereum (EIP-4361): the message by which an account shows itself to a site, and who signed it.

Pure. Owns the text's form, of which only what is asked for here is read: no scheme, no resources, no request id. What
the fields must be is the site's decision. Recovering the signer is eth-account's.
"""

import re
from datetime import datetime

import msgspec

from bridge.protocol.words import BadSignature, MalformedAddress, format_address, parse_address, utc_text

_TEXT = re.compile(
    r"(?P<domain>[A-Za-z0-9.\-]{1,253}(?::[0-9]{1,5})?) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n"
    r"(?P<statement>[A-Za-z0-9\-._~:/?#@!$&'()*+,;= ]{1,500})\n"
    r"\n"
    r"URI: (?P<uri>[!-~]{1,500})\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain_id>[0-9]{1,18})\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,64})\n"
    r"Issued At: (?P<issued_at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d))\n"
    r"Expiration Time: (?P<expires_at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d))",
    re.ASCII,
)


class MalformedSignIn(ValueError):
    """Text that is not such a message."""


class SignIn(msgspec.Struct, frozen=True):
    """The message's fields; times in Unix seconds, `address` with its checksum (EIP-55)."""

    domain: str
    address: str
    statement: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: int
    expires_at: int


def compose(fields: SignIn) -> str:
    """The text. Raises MalformedSignIn for fields that it has no room for."""
    text = (
        f"{fields.domain} wants you to sign in with your Ethereum account:\n{fields.address}\n\n{fields.statement}\n\n"
        f"URI: {fields.uri}\nVersion: 1\nChain ID: {fields.chain_id}\nNonce: {fields.nonce}\n"
        f"Issued At: {utc_text(fields.issued_at)}\nExpiration Time: {utc_text(fields.expires_at)}"
    )
    if parse(text) != fields:
        raise MalformedSignIn("the fields do not fit the message")
    return text


def parse(text: str) -> SignIn:
    """The fields. Raises MalformedSignIn."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise MalformedSignIn("not a message of the form that this site gives")
    fields = found.groupdict()
    if _checked(fields["address"]) != fields["address"]:
        raise MalformedSignIn("the account's address has no checksum")
    return SignIn(
        fields["domain"],
        fields["address"],
        fields["statement"],
        fields["uri"],
        int(fields["chain_id"]),
        fields["nonce"],
        _seconds(fields["issued_at"]),
        _seconds(fields["expires_at"]),
    )


def signer_of(text: str, signature: bytes) -> bytes:
    """The account that signed the text (`personal_sign`, EIP-191). Raises BadSignature."""
    from eth_account import Account
    from eth_account.messages import encode_defunct

    if len(signature) != 65 or signature[64] not in (27, 28):
        raise BadSignature("a signature is 65 bytes and ends in 27 or 28")
    try:
        found: str = Account.recover_message(encode_defunct(text=text), signature=signature)
    except Exception as error:  # the library refuses in many ways, and all of them mean this
        raise BadSignature("no account can be recovered from the signature") from error
    return bytes.fromhex(found[2:])


def _checked(address: str) -> str:
    try:
        return format_address(parse_address(address))
    except MalformedAddress as error:
        raise MalformedSignIn("the account's address is wrong") from error


def _seconds(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError as error:
        raise MalformedSignIn("a time of the message does not exist") from error
