"""Runs one node: the HTTP server, the commit queue and the workers, and stops all of them cleanly on SIGINT or SIGTERM.

Owns the process; several API processes (PostgreSQL only) share one socket, the workers stay in the parent.
"""

import errno
import gc
import os
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

import msgspec
import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess

from alliance_node.entrypoints.api.app import create_app
from alliance_node.entrypoints.api.edge import Edge
from alliance_node.entrypoints.composition import Node, open_node
from alliance_node.entrypoints.connections import BoundedConnection
from alliance_node.entrypoints.logs import configure_logging
from alliance_node.entrypoints.settings import Settings, load_settings
from alliance_node.entrypoints.workers.start import start_workers

DIRECTORY_VARIABLE = "ALLIANCE_NODE_DIRECTORY"
BACKLOG = 1_024

log = structlog.get_logger("alliance.serve")


class PortInUse(Exception):
    """Another process listens on the port."""

    code = "port_in_use"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port} is taken by another process")
        self.next_step = "Stop that process, or choose another port with --port."


class AddressUnusable(Exception):
    """The host can not be bound on this machine."""

    code = "address_unusable"
    next_step = "Set `host` to an address of this machine, e.g. 127.0.0.1."


def serve(settings: Settings, environment: Mapping[str, str]) -> None:
    """Blocks until the server was asked to stop; raises PortInUse and whatever `open_node` raises."""
    configure_logging()
    listener = bind(settings.host, settings.port)
    settings = msgspec.structs.replace(settings, port=listener.getsockname()[1])  # 0 took a free one
    node = open_node(settings, environment)
    node.queries.program_book().at(node.clock.now())
    workers = start_workers(node)
    log.info("listening", brand=settings.brand, host=settings.host, port=settings.port)
    try:
        if settings.workers == 1:
            _serve_one(node, listener)
        else:
            _serve_many(settings, listener)
    finally:
        late = workers.stop()
        node.close()
        listener.close()
        log.info("stopped", brand=settings.brand, still_running=late)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises PortInUse or AddressUnusable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from None
        raise AddressUnusable(f"{host}:{port}: {error.strerror}") from None
    listener.set_inheritable(True)
    return listener


def app_of_worker() -> Edge:
    """The application of one of several API processes; finds its node directory in the environment."""
    configure_logging()
    settings = load_settings(Path(os.environ[DIRECTORY_VARIABLE]), os.environ)
    _tune_interpreter()
    return create_app(open_node(settings, os.environ))


def _serve_one(node: Node, listener: socket.socket) -> None:
    server = uvicorn.Server(_config(create_app(node), node.settings))

    def stop(*_: object) -> None:
        """Before uvicorn listens to signals this ends the start; when it raises them again afterwards, nothing."""
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    _tune_interpreter()
    server.run(sockets=[listener])


def _serve_many(settings: Settings, listener: socket.socket) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # the supervisor raises its signal again after an orderly end
    os.environ[DIRECTORY_VARIABLE] = str(settings.directory)
    config = _config("alliance_node.entrypoints.serve:app_of_worker", settings)
    Multiprocess(config, sockets=[listener]).run()


def _config(app: Edge | str, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=settings.workers,
        loop="uvloop",
        http=BoundedConnection,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=20,
    )


def _tune_interpreter() -> None:
    """What was built at start lives for ever: keep the collector away from it, so that it never pauses a request. The
    threshold counts what is alive: above a whole group's rows, so that it isn't walked while it is worked on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def node_of_directory(directory: Path, environment: Mapping[str, str]) -> Node:
    """For commands: settings and node in one step."""
    return open_node(load_settings(directory, environment), environment)
