"""Bodies of the routes about members' own wallets: strict shapes, no rule. Amounts are alliance units (0.01 point)."""

from typing import Annotated, Literal

from pydantic import Field

from alliance_node.entrypoints.api.founder_bodies import Account, Message, Signature, Units
from alliance_node.entrypoints.api.schemas import Body, Points, example

_SIGNED = "0x" + "1b" * 65
_ACCOUNT = "0x" + "5a" * 20


class SignInWanted(Body):
    """The account that the member is about to link."""

    model_config = example(address=_ACCOUNT)

    address: Account


class SignInAnswered(Body):
    """The message (EIP-4361) as the node gave it, and the account's `personal_sign` of it."""

    model_config = example(
        message="points.example wants you to sign in with your Ethereum account:\n…", signature=_SIGNED
    )

    message: Annotated[str, Field(min_length=1, max_length=2_000)]
    signature: Signature


class WalletQuoteWanted(Body):
    """A member wants points in the linked wallet."""

    model_config = example(points=500)

    points: Points


class IntentWanted(Body):
    """A draft: a transfer needs `to`; a convert-out gives at least `minimum` points, by default what the rate in force
    gives. `seconds`: how long the signature may act."""

    model_config = example(kind="convert_out", units=500)

    kind: Literal["convert_out", "transfer"]
    units: Units
    to: Account | None = None
    minimum: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    seconds: Annotated[int, Field(ge=120, le=7 * 86_400)] = 86_400


class IntentSigned(Body):
    """The draft's message, unchanged, with the wallet's `eth_signTypedData_v4` of it."""

    model_config = example(
        kind="transfer",
        message={"brand": 1, "to": _ACCOUNT, "units": 500, "nonce": 0, "deadline": 1_800_000_000},
        signature=_SIGNED,
    )

    kind: Literal["convert_out", "transfer"]
    message: Message
    signature: Signature
