"""Bodies and answers of the FastAPI routes: strict pydantic models. Unknown fields are refused; no rule lives here.

Instants travel as RFC 3339 text, money as decimal strings, points as integers.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from alliance_node.adapters.identity.fields import LOOKUP_FIELDS, normalise
from alliance_node.entrypoints.api.event_models import MEMBER_ID_PATTERN
from alliance_node.entrypoints.api.parsing import parse_instant

MAXIMUM_POINTS = 10**12
MAXIMUM_ITEMS = 1_000
EXAMPLE_ID = "0b6f1f5e-6a51-4c2e-9a0d-3f2b8f6f4d10"

assert LOOKUP_FIELDS == ("phone", "email", "external_ref")


def _instant_text(value: str) -> str:
    parse_instant(value, "instant")
    return value


def _personal(field: str) -> AfterValidator:
    def check(value: str | None) -> str | None:
        return value if value is None else normalise(field, value)

    return AfterValidator(check)


class Body(BaseModel):
    """Base of every request body."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def example(**fields: Any) -> ConfigDict:
    """What /openapi.json shows as a usable body."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


Identifier = Annotated[str, Field(pattern=MEMBER_ID_PATTERN, max_length=36, description="a lower-case UUID")]
Moment = Annotated[
    str,
    Field(max_length=40, description="RFC 3339 with offset", examples=["2026-03-01T09:30:00+08:00"]),
    AfterValidator(_instant_text),
]
Points = Annotated[int, Field(ge=1, le=MAXIMUM_POINTS, description="whole points")]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$", max_length=64)]
Reason = Annotated[
    str, Field(min_length=3, max_length=200, description="why personal data is read; kept in the read log")
]
Code = Annotated[str, Field(pattern=r"^[!-~]+$", max_length=1_000, description="a receiving code, PA1.…")]


class PersonalData(Body):
    """What the vault keeps, encrypted with the member's own key. Every field is optional."""

    model_config = example(name="Xia", phone="+86 138 0000 0000")

    name: Annotated[str | None, _personal("name")] = None
    phone: Annotated[str | None, _personal("phone")] = None
    email: Annotated[str | None, _personal("email")] = None
    birthday: Annotated[str | None, _personal("birthday")] = None
    address: Annotated[str | None, _personal("address")] = None
    external_ref: Annotated[str | None, _personal("external_ref")] = None


class ConsentGiven(Body):
    """The member's decision about one purpose."""

    model_config = example(purpose="marketing", text_version="2026-01", granted=True)

    purpose: Word
    text_version: Word
    granted: bool
    decided_at: Moment | None = None


class NewMember(Body):
    """A member to enrol. Without `member_id` the node draws a random one."""

    model_config = example(timezone="Asia/Shanghai", personal={"name": "Xia", "phone": "+86 138 0000 0000"})

    member_id: Identifier | None = None
    timezone: Annotated[str | None, Field(max_length=64, examples=["Asia/Shanghai"])] = None
    occurred_at: Moment | None = None
    personal: PersonalData = PersonalData()
    consents: Annotated[list[ConsentGiven], Field(max_length=20)] = []


class NewMembers(Body):
    """Many members; each is enrolled on its own."""

    model_config = example(members=[{"personal": {"phone": "+86 138 0000 0000"}}])

    members: Annotated[list[NewMember], Field(min_length=1, max_length=MAXIMUM_ITEMS)]


class Lookup(Body):
    """Find a member by phone, e-mail or the brand's own reference."""

    model_config = example(field="phone", value="+86 138 0000 0000", reason="call 4711")

    field: Literal["phone", "email", "external_ref"]
    value: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Reason


class QuoteWanted(Body):
    """A member wants to convert points to whoever made the receiving code."""

    model_config = example(receiving_code="PA1.…", points=500)

    receiving_code: Code
    points: Points


class QuoteAccepted(Body):
    """The member accepts a quote."""

    model_config = example(quote_id=EXAMPLE_ID)

    quote_id: Identifier


AwardWanted = Annotated[
    str | None,
    Field(max_length=64, description="an option of the program: the arriving points are redeemed for it at once"),
]


class CodeOptions(Body):
    """What the points are for; nothing: they are credited."""

    model_config = example(award="weekend-night")

    award: AwardWanted = None


class CodeWanted(Body):
    """The member who will receive."""

    member_id: Identifier
    award: AwardWanted = None


class CodesWanted(Body):
    """Receiving codes for many members."""

    model_config = example(members=[{"member_id": EXAMPLE_ID}])

    members: Annotated[list[CodeWanted], Field(min_length=1, max_length=MAXIMUM_ITEMS)]


class ConversionWanted(Body):
    """Quote and request in one."""

    member_id: Identifier
    receiving_code: Code
    points: Points


class ConversionsWanted(Body):
    """Many conversions; each is quoted and requested on its own."""

    model_config = example(conversions=[{"member_id": EXAMPLE_ID, "receiving_code": "PA1.…", "points": 500}])

    conversions: Annotated[list[ConversionWanted], Field(min_length=1, max_length=MAXIMUM_ITEMS)]


class Through(Body):
    """A cut-off; the node's clock when it is absent."""

    model_config = example(through="2026-03-01T00:00:00+08:00")

    through: Moment | None = None


class NewClock(Body):
    """Simulation only: the node's clock is set to this instant, never backwards."""

    model_config = example(now="2026-03-01T00:00:00+08:00")

    now: Moment


class ProblemDocument(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    next_step: str
    instance: str | None = None
    errors: list[dict[str, str]] | None = None


class BulkAnswer(BaseModel):
    """One result per item, in order: `status` and either the item's answer or its `problem`."""

    results: list[dict[str, Any]]
