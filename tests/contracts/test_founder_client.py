"""A client that is not ours (viem, its own ERC-721 ABI) reads a founder membership (R-NFT-3)."""

import base64
import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from bridge.deploy.founders import issue_founders, set_description, set_terms
from bridge.protocol.words import format_address
from tests.chain_fixtures import Alliance, alliance, key  # noqa: F401

pytestmark = pytest.mark.chain
SCRIPT = Path(__file__).with_name("founder_client.mjs")
TEXT = '首批会员 "founders" <&> of the alliance\nwith a new line'


def test_viem_reads_name_owner_picture_royalty_interfaces_and_events(alliance: Alliance) -> None:  # noqa: F811
    holder, treasury = key(7_001).address, key(7_004).address
    rpc, book, admin = alliance.rpc, alliance.book, alliance.admin
    set_terms(rpc, book, admin, 1, treasury, 500, mine=alliance.mine)
    issue_founders(rpc, book, admin, [holder], mine=alliance.mine)
    set_description(rpc, book, admin, TEXT, mine=alliance.mine)
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or "node"
    done = subprocess.run(
        [node, str(SCRIPT), alliance.url, book.contracts["FounderMembership"]], capture_output=True, check=True
    )
    found = json.loads(done.stdout)
    assert (found["name"], found["symbol"]) == ("Points Alliance Founder", "PAF")
    assert found["owner"] == format_address(holder)
    assert found["royalty"] == [format_address(treasury), "500"]
    assert found["supported"] == [True] * 5 + [False]
    assert found["transfers"] == [["0x" + "0" * 40, format_address(holder), "1"]]
    metadata = json.loads(data_of(found["uri"], "application/json"))
    assert (metadata["name"], metadata["description"]) == ("Points Alliance Founder #1", TEXT)
    assert {"trait_type": "Last grant", "value": "none"} in metadata["attributes"]
    picture = ElementTree.fromstring(data_of(metadata["image"], "image/svg+xml"))
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert "#1" in "".join(picture.itertext())
    assert holder.hex() not in json.dumps(metadata).lower()


def data_of(uri: str, kind: str) -> bytes:
    head = f"data:{kind};base64,"
    assert uri.startswith(head)
    return base64.b64decode(uri.removeprefix(head))
