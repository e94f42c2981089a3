"""A proxy before a PostgreSQL server that can swallow the answer to a COMMIT and cut the connection.

Owns sockets and threads of one test. Bytes are forwarded unchanged otherwise.
"""

import contextlib
import socket
import threading
from pathlib import Path

import sqlalchemy as sa


class LossyProxy:
    """Listens on a Unix socket of its own; `url` leads through it."""

    def __init__(self, server_url: str, directory: Path) -> None:
        url = sa.make_url(server_url)
        self._server = str(Path(str(url.query["host"])) / ".s.PGSQL.5432")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(directory / ".s.PGSQL.5432"))
        self._listener.listen()
        self.url = url.set(query={"host": str(directory)}).render_as_string(hide_password=False)
        self._armed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_next_commit_answer(self) -> None:
        """From the next COMMIT on its connection, answers are swallowed and the connection is cut."""
        self._armed.set()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                cut = threading.Event()
                threading.Thread(target=self._to_server, args=(client, server, cut), daemon=True).start()
                threading.Thread(target=self._to_client, args=(server, client, cut), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket, cut: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self._armed.is_set() and b"COMMIT" in data:
                    self._armed.clear()
                    cut.set()
                server.sendall(data)
            server.close()

    def _to_client(self, server: socket.socket, client: socket.socket, cut: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if cut.is_set():  # the server has answered, so it has committed
                    client.shutdown(socket.SHUT_RDWR)
                    client.close()
                    return
                client.sendall(data)
            client.close()
