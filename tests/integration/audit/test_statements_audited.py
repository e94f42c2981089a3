"""Heads, statements and their files under the auditor: an honest brand is clean, a lie is named (R-AUD-1, INV-27…29).

What no audit of the ledger can find (a member left out of the tree) is a sentence of every report.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from alliance_node.application import merkle
from bridge.audit.findings import Level
from bridge.audit.report import Report
from bridge.audit.run import run_audit
from bridge.audit.statement_files import load_statements
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.sending import send_all
from bridge.protocol import statement_files as files
from bridge.protocol.events import TOPICS
from bridge.protocol.liabilities import LiabilityTree
from bridge.protocol.statements import Head, Statement, heads_digest, month_text, statement_digest
from bridge.protocol.words import format_address
from tests.chain_fixtures import GENESIS, Alliance, key, make_alliance
from tests.integration.audit.forged_chain import ForgedChain
from tests.integration.audit.tampering_proxy import tampering_proxy

pytestmark = pytest.mark.chain
DAY = 86_400
FIRST_DAY = GENESIS // DAY - 40
MONTH = 664  # May 2025, which is over before the genesis block
BALANCES = {number.to_bytes(16, "big"): 100 * number for number in range(1, 8)}
LOG = [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(600)]
EVIDENCE = {"header-hash", "parent-hash", "transactions-root", "receipts-root", "address-book-block"}


def tree_of(size: int) -> merkle.Tree:
    """The brand's log of `size` events."""

    def tiles(level: int, tile: int) -> bytes:
        row = LOG[:size]
        for _ in range(level):
            row = [merkle.root_of(row[at : at + 256]) for at in range(0, len(row) - len(row) % 256, 256)]
        return b"".join(row[tile * 256 : (tile + 1) * 256])

    return merkle.Tree(tiles, size)


HEADS = [Head(FIRST_DAY + n, size, tree_of(size).root()) for n, size in enumerate((3, 3, 10, 300, 301, 600))]


@dataclass
class Published:
    """A brand that published six heads and a statement."""

    alliance: Alliance
    statement: Statement
    tree: LiabilityTree

    def file(self) -> files.StatementFile:
        sizes = [0, *(head.size for head in HEADS)]
        proofs = [
            tree_of(head.size).consistency_proof(before) if before else []
            for before, head in zip(sizes, HEADS, strict=False)
        ]
        return files.StatementFile(
            files.STATEMENT_FORMAT,
            self.alliance.book.chain_id,
            format_address(self.alliance.book.address("StatementRegistry")),
            1,
            files.statement_text(self.statement),
            [files.node_text(node) for node in self.tree.top],
            [files.head_text(head, proof) for head, proof in zip(HEADS, proofs, strict=True)],
        )

    def inclusion(self) -> files.InclusionFile:
        registry = self.alliance.book.address("StatementRegistry")
        proof = self.tree.prove((3).to_bytes(16, "big"))
        return files.inclusion_file(self.alliance.book.chain_id, registry, 1, self.statement, proof, None)

    def audit(self, *given: files.StatementFile | files.InclusionFile) -> Report:
        return run_audit(self.alliance.url, self.alliance.book, statements=given)

    def forged(self, change: Callable[[ForgedChain], None]) -> set[str]:
        """Failed checks of a chain with one fact changed and every hash made to fit."""
        chain = ForgedChain(self.alliance.rpc)
        change(chain)
        with tampering_proxy(self.alliance.url, chain.reseal().tamper) as url:
            return failed(run_audit(url, self.alliance.book))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    alliance = make_alliance(tmp_path_factory.mktemp("statements") / "chain", brands=2)
    registry, chain_id = alliance.book.address("StatementRegistry"), alliance.book.chain_id
    hot, tree = alliance.brands[0].hot, LiabilityTree(bytes(32), 1, MONTH, BALANCES.items())
    last = HEADS[-1]
    made = Statement(MONTH, GENESIS - DAY, last.day, last.size, last.root, tree.root, tree.total_points, tree.leaves, 0)
    functions = load_artifact("StatementRegistry").functions
    for some in (HEADS[:4], HEADS[4:]):
        signature = hot.sign_digest(heads_digest(1, some, chain_id, registry))
        call = functions["anchorHeads"].encode(1, [(one.day, one.size, one.root) for one in some], signature)
        send_all(alliance.rpc, key(777), [("anchorHeads", registry, call, 600_000)], mine=alliance.mine)
    signature = hot.sign_digest(statement_digest(1, made, chain_id, registry))
    call = functions["publish"].encode(1, made.words(), signature)
    send_all(alliance.rpc, key(777), [("publish", registry, call, 600_000)], mine=alliance.mine)
    yield Published(alliance, made, tree)
    alliance.rpc.close()
    alliance.anvil.kill()


def failed(report: Report) -> set[str]:
    return {finding.check for finding in report.failures} - EVIDENCE


def test_an_honest_brands_records_and_files_are_proven(published: Published) -> None:
    report = published.audit(published.file(), published.inclusion())
    assert report.exit_code == 0, report.failures
    assert report.totals["log_heads"] == len(HEADS)
    assert report.totals["statements"] == 1
    assert report.totals["liabilities"] == {"1": sum(BALANCES.values())}


def test_files_are_read_from_a_directory(published: Published, tmp_path: Path) -> None:
    (tmp_path / "brand-1").mkdir()
    (tmp_path / "brand-1" / f"statement-{month_text(MONTH)}.json").write_bytes(files.encode(published.file()))
    (tmp_path / "mine.json").write_bytes(files.encode(published.inclusion()))
    assert failed(published.audit(*load_statements(tmp_path))) == set()
    (tmp_path / "other.json").write_bytes(b"{}")
    with pytest.raises(files.MalformedFile, match=r"other\.json"):
        load_statements(tmp_path)


def test_what_only_members_can_find_is_said_on_every_report(published: Published) -> None:
    said = [limit for limit in published.audit().limits if "lists every member" in limit["what"]]
    assert [limit["level"] for limit in said] == [Level.ATTESTED.value]


FileChange = Callable[[files.StatementFile], files.StatementFile]


def _statement(file: files.StatementFile, **fields: object) -> files.StatementFile:
    return msgspec.structs.replace(file, statement=msgspec.structs.replace(file.statement, **fields))


def _head(file: files.StatementFile, place: int, **fields: object) -> files.StatementFile:
    heads = list(file.heads)
    heads[place] = msgspec.structs.replace(heads[place], **fields)
    return msgspec.structs.replace(file, heads=heads)


FILE_LIES: dict[str, tuple[FileChange, set[str]]] = {
    "a smaller total": (lambda f: _statement(f, total_points="1"), {"statement-files", "statement-totals"}),
    "another tree": (lambda f: _statement(f, liabilities_root=f.top[0].hash), {"statement-files", "statement-totals"}),
    "an earlier cut-off": (lambda f: _statement(f, cut_off=f.statement.cut_off - 1), {"statement-files"}),
    "another month": (lambda f: _statement(f, month="2025-04"), {"statement-files"}),
    "half of the total moved": (
        lambda f: msgspec.structs.replace(
            f,
            top=[
                msgspec.structs.replace(f.top[0], sum=str(int(f.top[0].sum) - 1)),
                msgspec.structs.replace(f.top[1], sum=str(int(f.top[1].sum) + 1)),
            ],
        ),
        {"statement-totals"},
    ),
    "a head with another root": (lambda f: _head(f, 3, root=f.heads[0].root), {"log-consistency"}),
    "no consistency proof": (lambda f: _head(f, 3, consistency=[]), {"log-consistency"}),
    "a head left out": (lambda f: msgspec.structs.replace(f, heads=f.heads[:2] + f.heads[3:]), {"log-consistency"}),
    "another registry": (lambda f: msgspec.structs.replace(f, registry="0x" + "11" * 20), {"statement-files"}),
    "another brand": (lambda f: msgspec.structs.replace(f, brand_id=2), {"statement-files", "log-consistency"}),
}


@pytest.mark.parametrize("lie", FILE_LIES)
def test_a_file_that_says_something_else_is_named(published: Published, lie: str) -> None:
    change, named = FILE_LIES[lie]
    assert failed(published.audit(change(published.file()))) == named


def test_an_inclusion_proof_that_leads_elsewhere_is_named(published: Published) -> None:
    mine = msgspec.structs.replace(published.inclusion(), points="301")
    assert failed(published.audit(published.file(), mine)) == {"inclusion-proofs"}


def test_a_month_without_its_file_is_unchecked(published: Published) -> None:
    report = published.audit(published.inclusion())
    assert failed(report) == set()
    assert report.exit_code == 3


def _first(chain: ForgedChain, name: str) -> dict[str, str]:
    log: dict[str, str] = chain.logs(TOPICS[name])[0]
    return log


def _word(log: dict[str, str], place: int, value: int) -> None:
    at = 2 + 64 * place
    log["data"] = log["data"][:at] + f"{value:064x}" + log["data"][at + 64 :]


def _shrink(chain: ForgedChain) -> None:
    _word(chain.logs(TOPICS["HeadAnchored"])[3], 0, 2)


def _replace(chain: ForgedChain) -> None:
    _word(chain.logs(TOPICS["HeadAnchored"])[1], 1, 7)


def _reorder(chain: ForgedChain) -> None:
    chain.logs(TOPICS["HeadAnchored"])[4]["topics"][2] = f"0x{FIRST_DAY:064x}"  # type: ignore[index]


def _more(chain: ForgedChain) -> None:
    _word(_first(chain, "StatementPublished"), 6, 10**9)


def _early(chain: ForgedChain) -> None:
    _word(_first(chain, "StatementPublished"), 1, GENESIS - 400 * DAY)


def _rate(chain: ForgedChain) -> None:
    _word(_first(chain, "StatementPublished"), 8, 1)


def _drop(chain: ForgedChain) -> None:
    chain.remove_logs(lambda log: log["topics"][0] == "0x" + TOPICS["StatementPublished"].hex())


CHAIN_LIES: dict[str, tuple[Callable[[ForgedChain], None], set[str]]] = {
    "a log that shrank": (_shrink, {"log-heads", "records-signed", "storage-statement"}),
    "a log that was replaced": (_replace, {"log-heads", "records-signed", "storage-statement"}),
    "days out of order": (_reorder, {"log-heads", "records-signed", "storage-statement", "storage-complete"}),
    "another total": (_more, {"records-signed", "storage-statement"}),
    "a month that is not over": (_early, {"statement-dates", "records-signed", "storage-statement"}),
    "a statement that is hidden": (_drop, {"storage-statement", "storage-complete"}),
    "a rate that was not in force": (_rate, {"statement-dates", "records-signed", "storage-statement"}),
}


@pytest.mark.parametrize("lie", CHAIN_LIES)
def test_a_rewritten_record_is_named(published: Published, lie: str) -> None:
    change, named = CHAIN_LIES[lie]
    assert published.forged(change) == named


def test_another_key_than_the_brands_is_named(published: Published) -> None:
    """Only the registered hot key changes in the brand's history; everything that it signed is foreign then."""

    def change(chain: ForgedChain) -> None:
        log = chain.logs(bytes.fromhex(_registered_topic()[2:]))[0]
        log["data"] = log["data"].replace(published.alliance.brands[0].hot.address.hex(), "99" * 20)

    assert "records-signed" in published.forged(change)


def _registered_topic() -> str:
    from eth_hash.auto import keccak

    return "0x" + keccak(b"BrandRegistered(uint32,string,address,address,address)").hex()
