"""Languages, problems, key rings, page tokens: each small promise on its own."""

import base64
from pathlib import Path

import pytest

from alliance_node.adapters.identity import page_links
from alliance_node.adapters.identity.errors import KeyFileExposed, KeyFileMalformed, KeyFileMissing
from alliance_node.adapters.identity.key_provider import (
    EnvironmentKeyProvider,
    FileKeyProvider,
    decode_key_ring,
    encode_key_ring,
    new_key_ring,
    next_generation,
)
from alliance_node.application.errors import DatabaseUnavailable, RowsRejected, UnknownMember
from alliance_node.entrypoints.api.languages import language_of
from alliance_node.entrypoints.api.problems import problem_of_error
from alliance_node.entrypoints.cli.errors import report
from alliance_node.entrypoints.member_web.words import CHINESE, ENGLISH


@pytest.mark.parametrize(
    ("header", "asked", "language"),
    [
        (None, None, "en"),
        (b"zh-CN,zh;q=0.9,en;q=0.8", None, "zh"),
        (b"en;q=0.3,zh;q=0.7", None, "zh"),
        (b"fr,de", None, "en"),
        (b"zh", "en", "en"),
        (b"en", "zh-Hans", "zh"),
        (b"en", "xx", "en"),
        (b"zh;q=nonsense,;;,=", None, "en"),
    ],
)
def test_the_language_a_caller_reads(header: bytes | None, asked: str | None, language: str) -> None:
    assert language_of(header, asked) == language


def test_the_page_says_everything_in_both_languages() -> None:
    assert set(ENGLISH) == set(CHINESE)
    for name, text in ENGLISH.items():
        assert text.count("{") == CHINESE[name].count("{"), name


def test_an_error_of_the_database_does_not_reach_the_client_in_the_drivers_words() -> None:
    problem = problem_of_error(DatabaseUnavailable('connection to server at "10.0.0.7" failed for user "shop"'))
    assert problem is not None
    assert (problem.status, problem.code) == (503, "database_unavailable")
    assert "10.0.0.7" not in problem.detail
    assert problem_of_error(RowsRejected("Key (phone)=(+49…) already exists")) is None
    assert problem_of_error(KeyError("secret")) is None


def test_exit_codes_tell_refusals_from_a_broken_environment(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(UnknownMember("no member [x]")) == 1
    assert report(DatabaseUnavailable("gone")) == 3
    assert report(ValueError("a bug")) is None
    told = capsys.readouterr().err
    assert "no member [x]" in told and "→" in told


def test_a_key_ring_survives_its_file_and_shows_no_key(tmp_path: Path) -> None:
    ring = next_generation(new_key_ring())
    path = tmp_path / "vault.json"
    FileKeyProvider(path).replace(ring)
    assert FileKeyProvider(path).load() == ring
    assert path.stat().st_mode & 0o777 == 0o600
    assert base64.b64encode(ring.key(1)).decode() not in repr(ring)
    text = base64.b64encode(encode_key_ring(ring)).decode()
    assert EnvironmentKeyProvider({"ALLIANCE_VAULT_KEYS": text}).load() == ring


def test_there_is_no_default_key(tmp_path: Path) -> None:
    with pytest.raises(KeyFileMissing):
        FileKeyProvider(tmp_path / "none").load()
    with pytest.raises(KeyFileMissing):
        EnvironmentKeyProvider({}).load()


@pytest.mark.parametrize("text", [b"", b"{}", b'{"active":1,"generations":{},"blind_index":""}', b"\xff", b"[1]"])
def test_a_damaged_key_ring_is_refused(text: bytes) -> None:
    with pytest.raises(KeyFileMalformed):
        decode_key_ring(text)


def test_a_key_file_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    FileKeyProvider(path).replace(new_key_ring())
    path.chmod(0o640)
    with pytest.raises(KeyFileExposed):
        FileKeyProvider(path).load()


def test_a_session_ends_and_can_not_be_made_without_the_key() -> None:
    key, other = bytes(32), bytes([1]) * 32
    visitor = page_links.Visitor("m-1", may_act=True)
    cookie = page_links.new_session(key, visitor, 1_000)
    assert page_links.visitor_of_session(key, cookie, 1_001) == visitor
    looking = page_links.Visitor("m-1", may_act=False)
    assert page_links.visitor_of_session(key, page_links.new_session(key, looking, 1_000), 1_001) == looking
    for bad_key, text, now in [
        (other, cookie, 1_001),
        (key, cookie, 1_000 + page_links.SESSION_SECONDS),
        (key, cookie.replace("m-1", "m-2"), 1_001),
        (key, "", 1_001),
        (key, "a.b.c", 1_001),
        (key, "ü.1.x", 1_001),
    ]:
        with pytest.raises(page_links.PageLinkRefused):
            page_links.visitor_of_session(bad_key, text, now)
