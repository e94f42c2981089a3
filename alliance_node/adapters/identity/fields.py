"""The fields of personal data the vault keeps: their normal form, their blind index, their mask.

Pure. A blind index is an HMAC under a key of its own: equal values meet, and nobody without the key can try guesses.
"""

import datetime
import hashlib
import hmac
import re
import unicodedata

from alliance_node.adapters.identity.errors import MalformedPersonalField, UnknownField

WALLET = "wallet"
FIELDS = ("name", "phone", "email", "birthday", "address", "external_ref", WALLET)
LOOKUP_FIELDS = ("phone", "email", "external_ref")
"""`external_ref` is how the brand itself names the member (card or customer number); each belongs to one member."""
INDEXED_FIELDS = (*LOOKUP_FIELDS, WALLET)
"""What belongs to one member only. A wallet is never typed in or looked up: its holder links it by signature."""
MAXIMUM_LENGTH = 400

_WALLET = re.compile(r"0x[0-9a-f]{40}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_PHONE_DECORATION = str.maketrans("", "", " -().\t\u00a0")


def normalise(field: str, value: str) -> str:
    """The one form in which a value is stored and searched; raises UnknownField or MalformedPersonalField."""
    if field not in FIELDS:
        raise UnknownField(f"the vault keeps no field called {field[:40]!r}")
    text = unicodedata.normalize("NFKC", value).strip()
    if (
        not text
        or len(text) > MAXIMUM_LENGTH
        or any(unicodedata.category(c) in ("Cc", "Cs") for c in text if c != "\n")
    ):
        raise MalformedPersonalField(f"{field} is empty, longer than {MAXIMUM_LENGTH} characters or not plain text")
    if field == "phone":
        return _matching(_PHONE, field, text.translate(_PHONE_DECORATION))
    if field == "email":
        return _matching(_EMAIL, field, text.casefold())
    if field == WALLET:
        return _matching(_WALLET, field, text.casefold())
    if field == "birthday":
        return _date(text)
    return text


def blind_index(key: bytes, field: str, normal: str) -> bytes:
    """HMAC-SHA-256 of the field's name and normal form."""
    return hmac.digest(key, f"{field}\0{normal}".encode(), hashlib.sha256)


def mask(field: str, normal: str) -> str:
    """What staff and logs may see: enough to recognise, not enough to use."""
    if field == "phone":
        return f"{normal[:3]}{'•' * (len(normal) - 5)}{normal[-2:]}"
    if field == "email":
        name, _, domain = normal.partition("@")
        return f"{name[:1]}•••@{domain[:1]}•••.{domain.rpartition('.')[2]}"
    if field == WALLET:
        return f"{normal[:6]}•••{normal[-4:]}"
    if field == "birthday":
        return f"{normal[:4]}-••-••"
    return f"{normal[:1]}•••"


def _matching(pattern: re.Pattern[str], field: str, text: str) -> str:
    if not pattern.fullmatch(text):
        raise MalformedPersonalField(f"{field} does not have the expected form")
    return text


def _date(text: str) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise MalformedPersonalField("birthday is not a date") from None
