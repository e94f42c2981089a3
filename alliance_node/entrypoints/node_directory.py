"""Makes a new node's directory: settings, keys, program, database. Refuses to touch one that is there already."""

import re
from collections.abc import Mapping
from pathlib import Path

from alliance_node.adapters.chain.connection import upgrade_bridge
from alliance_node.adapters.sql.engine import open_engine
from alliance_node.adapters.sql.migrations import upgrade
from alliance_node.adapters.sql.program_store import SqlPrograms
from alliance_node.application.activate_program import activate_program
from alliance_node.domain.instants import Instant
from alliance_node.entrypoints.secret_files import create_keys
from alliance_node.entrypoints.settings import (
    FILE_NAME,
    AllianceSettings,
    Settings,
    SettingsError,
    load_settings,
    render_alliance,
    render_node_toml,
)

PROGRAM_FILE = "program.yaml"
_BRAND = re.compile(r"[A-Z][A-Z0-9_-]{0,31}")


def create_node(
    directory: Path,
    brand: str,
    program_text: str,
    database_url: str,
    *,
    options: Mapping[str, str | int],
    alliance: AllianceSettings | None,
    effective_from: Instant,
    now: Instant,
) -> Settings:
    """Raises SettingsError, InvalidProgram and the database's typed errors; a failed call can simply be repeated."""
    if (directory / FILE_NAME).exists():
        raise SettingsError(f"{directory} already holds a node", "Choose another --dir, or remove that node yourself.")
    if not _BRAND.fullmatch(brand):
        raise SettingsError(f"{brand!r} is not a brand code", "Use 1 to 32 of A-Z, 0-9, _ and -, a letter first.")
    directory.mkdir(parents=True, exist_ok=True)
    text = render_node_toml(brand, database_url, options, alliance)
    draft = directory / f"{FILE_NAME}.new"
    draft.write_text(text)
    settings = load_settings(directory, {}, draft.name)
    create_keys(settings)
    (directory / PROGRAM_FILE).write_text(program_text)
    migrate(settings)
    engine = open_engine(settings.resolved_database_url, settings.busy_seconds)
    try:
        number = alliance.brand_id if alliance is not None else None
        activate_program(SqlPrograms(engine), program_text, effective_from, now, number)
    finally:
        engine.dispose()
    draft.replace(directory / FILE_NAME)
    return settings


def connect_node(settings: Settings, alliance: AllianceSettings) -> None:
    """Writes the alliance section; raises SettingsError when there is one already."""
    if settings.alliance is not None:
        raise SettingsError("this node is connected already", "Change the section [alliance] of node.toml by hand.")
    path = settings.path(FILE_NAME)
    draft = path.with_suffix(".new")
    draft.write_text(path.read_text() + render_alliance(alliance))
    load_settings(settings.directory, {}, draft.name)
    draft.replace(path)


def migrate(settings: Settings) -> None:
    """Brings the database to the newest schema; a second run changes nothing."""
    engine = open_engine(settings.resolved_database_url, settings.busy_seconds)
    try:
        upgrade(engine)
        upgrade_bridge(engine)
    finally:
        engine.dispose()
    if settings.uses_sqlite:
        _protect(Path(settings.resolved_database_url.removeprefix("sqlite:///")))


def _protect(database: Path) -> None:
    if database.exists():
        database.chmod(0o600)
