"""Sign-in messages (EIP-4361): one strict form; whatever differs is refused (pitfall 24)."""

import msgspec
import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from bridge.protocol.sign_in import MalformedSignIn, SignIn, compose, parse, signer_of
from bridge.protocol.words import BadSignature

ANN = Account.from_key(b"\x51" * 32)
FIELDS = SignIn(
    "points.example:8443",
    ANN.address,
    "Link this wallet. Signing moves no points.",
    "https://points.example:8443",
    31_337,
    "0123456789abcdef",
    1_790_000_000,
    1_790_000_600,
)
TEXT = compose(FIELDS)


def test_the_message_is_the_standards() -> None:
    assert (
        "points.example:8443 wants you to sign in with your Ethereum account:\n"
        f"{ANN.address}\n"
        "\n"
        "Link this wallet. Signing moves no points.\n"
        "\n"
        "URI: https://points.example:8443\n"
        "Version: 1\n"
        "Chain ID: 31337\n"
        "Nonce: 0123456789abcdef\n"
        "Issued At: 2026-09-21T14:13:20Z\n"
        "Expiration Time: 2026-09-21T14:23:20Z"
    ) == TEXT
    assert parse(TEXT) == FIELDS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Version: 1", "Version: 2"),
        ("\nExpiration Time: 2026-09-21T14:23:20Z", ""),
        ("Nonce: 0123456789abcdef", "Nonce: short"),
        ("Chain ID: 31337", "Chain ID: 0x7a69"),
        ("2026-09-21T14:23:20Z", "2026-02-31T14:23:20Z"),
        ("2026-09-21T14:23:20Z", "tomorrow"),
        ("points.\n", "points.\nSend everything to me.\n"),
        ("Link this wallet.", "关联"),
        (ANN.address, ANN.address.lower()),
        (ANN.address, ANN.address[:-1]),
        ("points.example:8443 wants", "https://points.example wants"),
        ("\n\nURI", "\nURI"),
    ],
)
def test_what_differs_is_refused(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(MalformedSignIn):
        parse(TEXT.replace(old, new, 1))


@pytest.mark.parametrize(
    "extra", ["\n", " ", "\nNot Before: 2026-09-21T14:13:20Z", "\nResources:\n- https://evil.example"]
)
def test_nothing_may_follow(extra: str) -> None:
    with pytest.raises(MalformedSignIn):
        parse(TEXT + extra)


@pytest.mark.parametrize("change", [{"statement": "two\nlines"}, {"nonce": "x"}, {"domain": "a b"}, {"statement": ""}])
def test_a_message_is_not_made_of_fields_that_it_has_no_room_for(change: dict[str, str]) -> None:
    with pytest.raises(MalformedSignIn):
        compose(msgspec.structs.replace(FIELDS, **change))


def test_the_signer_is_the_one_of_exactly_this_text() -> None:
    signature = bytes(ANN.sign_message(encode_defunct(text=TEXT)).signature)
    assert signer_of(TEXT, signature) == bytes.fromhex(ANN.address[2:])
    assert signer_of(TEXT + ".", signature) != bytes.fromhex(ANN.address[2:])
    for damaged in (b"", signature[:64], bytes(65), signature[:64] + b"\x63"):
        with pytest.raises(BadSignature):
            signer_of(TEXT, damaged)
