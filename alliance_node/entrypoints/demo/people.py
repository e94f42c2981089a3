"""Invented identities for the demo's members, so that the vault has something to encrypt. No real person is meant."""

from random import Random
from typing import Any

from alliance_node.entrypoints.demo.cast import Member
from alliance_node.entrypoints.demo.sources.purchase import TIMEZONE

_GIVEN = ("Ada", "Bo", "Chen", "Dana", "Eli", "Fang", "Gus", "Hana", "Ines", "Jun", "Kai", "Lin", "Mei", "Noor", "Omar")
_FAMILY = ("Adler", "Brook", "Cruz", "Dai", "Ekholm", "Fox", "Gao", "Hill", "Imai", "Jones", "Kim", "Lopez", "Meyer")


def enrolment(random: Random, brand: str, member: Member) -> dict[str, Any]:
    """The body of one enrolment; addresses are in the reserved domain example.com."""
    name = f"{random.choice(_GIVEN)} {random.choice(_FAMILY)}"
    return {
        "member_id": member.member_id,
        "timezone": TIMEZONE,
        "personal": {"name": name, "email": f"{brand}-{member.customer}@example.com"},
    }
