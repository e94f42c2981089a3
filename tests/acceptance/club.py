"""What members of the test club do, in one line each: the API's answer, checked to be the expected kind."""

import json
import uuid
from typing import Any

from tests.acceptance.node_process import NodeProcess


def buy(club: NodeProcess, member: str, amount: str, at: str, **changes: Any) -> dict[str, Any]:
    answer = club.post("/v1/purchases", club.purchase(member, amount, occurred_at=at, **changes))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def do(club: NodeProcess, member: str, behaviour: str, at: str, **changes: Any) -> dict[str, Any]:
    event = {"member_id": member, "source": "app", "source_event_id": uuid.uuid4().hex, "behaviour": behaviour}
    answer = club.post("/v1/behaviours", {**event, "occurred_at": at, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def redeem(club: NodeProcess, member: str, option: str, **body: Any) -> dict[str, Any]:
    answer = club.post(f"/v1/members/{member}/redemptions", {"option": option, **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def option(club: NodeProcess, member: str, name: str) -> dict[str, Any]:
    listed = club.get(f"/v1/members/{member}/options").json()["options"]
    return next(each for each in listed if each["option"] == name)


def tasks(club: NodeProcess, member: str) -> dict[str, Any]:
    found: dict[str, Any] = club.get(f"/v1/members/{member}/tasks").json()
    return found


def command(club: NodeProcess, group: str, name: str, *arguments: str) -> dict[str, Any]:
    done = club.alliance(group, name, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
