"""Bodies of the routes about founder memberships: strict shapes, no rule. Prices are alliance units (0.01 point)."""

from typing import Annotated, Literal

from pydantic import Field

from alliance_node.entrypoints.api.schemas import Body, example

TokenId = Annotated[int, Field(ge=1, le=10_000, description="the membership's number")]
Account = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$", description="an account's address")]
Bytes32 = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$")]
Signature = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{130}$", description="65 bytes of a wallet: r, s, v")]
Units = Annotated[int, Field(ge=1, le=2**63 - 1, description="alliance units")]
Message = Annotated[dict[str, int | str], Field(max_length=10, description="`message` of the draft, unchanged")]
_SIGNED = "0x" + "1b" * 65
_ACCOUNT = "0x" + "5a" * 20


class ChallengeWanted(Body):
    """A membership that the member is about to show."""

    model_config = example(token_id=7)

    token_id: TokenId


class ChallengeAnswered(Body):
    """The challenge, signed by the account that holds the membership."""

    model_config = example(challenge="0x" + "c4" * 32, signature=_SIGNED)

    challenge: Bytes32
    signature: Signature


class GrantWanted(Body):
    """The month's grant of a membership, to be received here."""

    model_config = example(token_id=7)

    token_id: TokenId


class OrderWanted(Body):
    """A draft: Transfer needs `to`, Sale needs `price_units`."""

    model_config = example(kind="Sale", token_id=7, price_units=500_000)

    kind: Literal["Transfer", "Sale", "Cancel"]
    token_id: TokenId
    to: Account | None = None
    price_units: Units | None = None
    buyer: Account | None = None
    seconds: Annotated[int, Field(ge=60, le=90 * 86_400)] = 86_400


class OrderSigned(Body):
    """A signed transfer, cancellation or grant."""

    model_config = example(
        kind="Cancel", message={"tokenId": 7, "nonce": 1, "deadline": 1_800_000_000}, signature=_SIGNED
    )

    kind: Literal["Transfer", "Cancel", "Grant"]
    message: Message
    signature: Signature


class OfferSigned(Body):
    """A signed sale, to be published."""

    model_config = example(
        message={
            "tokenId": 7,
            "price": 500_000,
            "minProceeds": 475_000,
            "buyer": "0x" + "0" * 40,
            "nonce": 1,
            "deadline": 1_800_000_000,
        },
        signature=_SIGNED,
    )

    message: Message
    signature: Signature


class FirstPaymentWanted(Body):
    """A new membership that somebody wants to buy from the alliance."""

    model_config = example(price_units=500_000, buyer=_ACCOUNT)

    price_units: Units
    buyer: Account


class FirstPaymentSigned(Body):
    """The draft's payment, signed by the buyer's account."""

    model_config = example(
        price_units=500_000, buyer=_ACCOUNT, salt="0x" + "c4" * 32, valid_before=1_800_000_000, signature=_SIGNED
    )

    price_units: Units
    buyer: Account
    salt: Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
    valid_before: Annotated[int, Field(ge=0, le=2**40)]
    signature: Signature


class VaultFilled(Body):
    """Points of this brand for the vault that grants are paid from."""

    model_config = example(points=10_000)

    points: Annotated[int, Field(ge=1, le=10**12)]


class PaymentWanted(Body):
    """Who would buy."""

    model_config = example(buyer=_ACCOUNT)

    buyer: Account


class PaymentSigned(Body):
    """The payment, signed by the buyer's account; `valid_before` is the one of the draft."""

    model_config = example(buyer=_ACCOUNT, valid_before=1_800_000_000, signature=_SIGNED)

    buyer: Account
    valid_before: Annotated[int, Field(ge=0, le=2**40)]
    signature: Signature
