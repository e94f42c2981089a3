"""Chooses free TCP ports on the loopback interface, the customary one if nobody has it. Opens nothing for longer."""

import socket
from collections.abc import Iterable

LOOPBACK = "127.0.0.1"


def free_port(preferred: int, taken: Iterable[int] = ()) -> int:
    """`preferred` if it can be bound now, else a port that the system hands out; never one of `taken`."""
    if preferred not in taken and _can_bind(preferred):
        return preferred
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
