"""Settings are read once, checked, and say what is wrong with them."""

from pathlib import Path

import pytest

from alliance_node.entrypoints.settings import (
    AllianceSettings,
    SettingsError,
    load_settings,
    render_node_toml,
)

ALLIANCE = AllianceSettings(rpc_url="http://x", address_book="/a.json", brand_id=3, hot_key="env:KEY")


def write(directory: Path, text: str) -> Path:
    (directory / "node.toml").write_text(text)
    return directory


def test_what_init_writes_is_what_serve_reads(tmp_path: Path) -> None:
    text = render_node_toml("SHOP", "sqlite:///n.sqlite", {"port": 9, "clock": "manual"}, ALLIANCE)
    settings = load_settings(write(tmp_path, text), {})
    assert (settings.brand, settings.port, settings.clock, settings.alliance) == ("SHOP", 9, "manual", ALLIANCE)
    assert settings.resolved_database_url == f"sqlite:///{tmp_path.resolve() / 'n.sqlite'}"


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    write(tmp_path, render_node_toml("SHOP", "sqlite:///n.sqlite", {"port": 9}, None))
    settings = load_settings(tmp_path, {"ALLIANCE_PORT": "10", "ALLIANCE_BUSY_SECONDS": "1.5", "ALLIANCE_HOST": ""})
    assert (settings.port, settings.busy_seconds, settings.host) == (10, 1.5, "127.0.0.1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "brand"),
        ("brand = 'S'", "database_url"),
        ("brand = 'S'\ndatabase_url = 'mysql://x'", "neither"),
        ("brand = 'S'\ndatabase_url = 'sqlite:///x'\nworkers = 2", "SQLite has one writer"),
        ("brand = 'S'\ndatabase_url = 'sqlite:///x'\nport = 70000", "port 70000"),
        ("brand = 'S'\ndatabase_url = 'sqlite:///x'\ncolour = 'red'", "colour"),
        ("brand = 'S'\ndatabase_url = 'sqlite:///x'\nclock = 'sundial'", "clock"),
        ("brand = 'S'\ndatabase_url = 'postgresql+psycopg://x'\nclock = 'manual'\nworkers = 2", "simulation clock"),
        ("brand = [", "not TOML"),
    ],
)
def test_an_impossible_setting_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        load_settings(write(tmp_path, text), {})
    assert caught.value.next_step


def test_a_missing_node_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, {})
    assert "alliance node init" in caught.value.next_step
