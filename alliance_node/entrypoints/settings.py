"""The node's settings: one frozen value, read once from the node directory's `node.toml` and `ALLIANCE_*` variables.

Owns names, types and checks of settings. Secrets are never in it, only where they are kept; nothing here has a default
that would be a secret or a guess about somebody's machine.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

FILE_NAME = "node.toml"


class SettingsError(Exception):
    """`node.toml` is missing, unreadable or says something impossible. `next_step` says what to change."""

    code = "settings_error"

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.next_step = next_step


class AllianceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How this node reaches the alliance's ledger; absent for a node that only earns.

    `hot_key` names a source, never a key: `env:NAME`, `keystore:PATH:PASSWORD_NAME` or `web3signer:URL:ADDRESS`.
    `operators`: addresses of people who may approve a batch that somebody else posted with our key (`alliance chain
    adopt`), besides the brand's cold and settlement keys.
    `outbox_limit`: how many rows may wait for a slow or dead ledger; then new conversions are refused for a while.
    """

    rpc_url: str
    address_book: str
    brand_id: int
    hot_key: str
    reference_key: str = "keys/reference.key"
    finality_depth: int = 0
    operators: tuple[Annotated[str, msgspec.Meta(pattern="^0x[0-9a-fA-F]{40}$")], ...] = ()
    outbox_limit: Annotated[int, msgspec.Meta(ge=1)] = 100_000


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that differs between two nodes. Paths are relative to `directory`."""

    directory: Path
    brand: str
    database_url: str
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    clock: Literal["system", "manual"] = "system"
    max_body_bytes: int = 4 * 1024 * 1024
    max_bulk_events: int = 5_000
    max_queue: int = 4_096
    key_cache_seconds: float = 5.0
    seal_every_seconds: float = 5.0
    busy_seconds: float = 10.0
    vault_keys: Literal["file", "environment"] = "file"
    vault_file: str = "keys/vault.json"
    session_key: str = "keys/session.key"
    alliance: AllianceSettings | None = None

    def path(self, relative: str) -> Path:
        """A path of this node; absolute paths stay as they are."""
        return self.directory / relative

    @property
    def resolved_database_url(self) -> str:
        """The database URL, with a relative SQLite file placed inside the node directory."""
        prefix = "sqlite:///"
        if self.database_url.startswith(prefix) and not self.database_url.startswith("sqlite:////"):
            return f"{prefix}{self.path(self.database_url.removeprefix(prefix)).resolve()}"
        return self.database_url

    @property
    def uses_sqlite(self) -> bool:
        """SQLite has one writer process."""
        return self.database_url.startswith("sqlite")


def load_settings(directory: Path, environment: Mapping[str, str], file_name: str = FILE_NAME) -> Settings:
    """Reads and checks the settings; raises SettingsError."""
    path = directory / file_name
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise SettingsError(
            f"there is no {path}", "Create the node with `alliance node init --dir DIR --brand CODE --preset NAME`."
        ) from None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}", "Make it readable for this user.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}", "Repair the line that the message names.") from None
    raw = {**raw, **_overrides(environment), "directory": str(directory)}
    settings = _convert(raw, path)
    _check(settings)
    return settings


def _convert(raw: Mapping[str, Any], path: Path) -> Settings:
    try:
        return msgspec.convert(raw, Settings, strict=False, dec_hook=_decode_path)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {error}", "Compare it with docs/api.md, section Settings.") from None


def _decode_path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"unexpected type {kind}")


def _overrides(environment: Mapping[str, str]) -> dict[str, str]:
    simple = {"directory", "alliance"}
    names = [name for name in Settings.__struct_fields__ if name not in simple]
    found = {name: environment.get(f"ALLIANCE_{name.upper()}") for name in names}
    return {name: value for name, value in found.items() if value}


def _check(settings: Settings) -> None:
    """Raises SettingsError for combinations that can not work."""
    if settings.workers < 1:
        raise SettingsError("workers must be at least 1", "Set workers = 1.")
    if settings.uses_sqlite and settings.workers > 1:
        raise SettingsError(
            f"SQLite has one writer process, but workers = {settings.workers}",
            "Set workers = 1, or use a PostgreSQL database_url.",
        )
    if settings.clock == "manual" and settings.workers > 1:
        raise SettingsError("the simulation clock needs a single process", "Set workers = 1.")
    if not 0 <= settings.port <= 65_535:
        raise SettingsError(
            f"port {settings.port} does not exist", "Choose a port from 1 to 65535 (0 takes a free one)."
        )
    if not settings.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError(
            "database_url is neither sqlite:/// nor postgresql+psycopg://",
            "Write e.g. sqlite:///node.sqlite or postgresql+psycopg://user@host/name.",
        )


def render_node_toml(
    brand: str, database_url: str, options: Mapping[str, str | int], alliance: AllianceSettings | None
) -> str:
    """The text of a new node's `node.toml`."""
    lines = ["# Settings of one brand node. ALLIANCE_<NAME> in the environment overrides a value."]
    lines += _toml_lines({"brand": brand, "database_url": database_url, **options})
    return "\n".join(lines) + "\n" + (render_alliance(alliance) if alliance is not None else "")


def render_alliance(alliance: AllianceSettings) -> str:
    """The section `[alliance]`."""
    return "\n".join(["", "[alliance]", *_toml_lines(msgspec.structs.asdict(alliance))]) + "\n"


def _toml_lines(values: Mapping[str, str | int]) -> list[str]:
    """JSON strings are TOML basic strings."""
    return [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in values.items()]
