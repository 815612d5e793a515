"""Bytes on a socket, exactly as written: for what no well-behaved client would send."""

import socket
import time
import urllib.parse


class Target:
    """An HTTP server under test."""

    def __init__(self, name: str, url: str):
        parts = urllib.parse.urlsplit(url)
        self.name, self.address = name, (parts.hostname, parts.port)

    def connect(self, patience_s: float = 15) -> socket.socket:
        return socket.create_connection(self.address, timeout=patience_s)

    def say(self, request: bytes, patience_s: float = 15, half_close: bool = False) -> bytes:
        """All that comes back until the server closes, resets, or falls silent for `patience_s`."""
        with self.connect(patience_s) as connection:
            try:
                connection.sendall(request)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused before it was sent whole: the answer tells
            return read_all(connection)

    def ask(self, request: bytes, patience_s: float = 15) -> list["Reply"]:
        """The answers to `request`, of which the last one has to close the connection."""
        return replies(self.say(request, patience_s))


def read_all(connection: socket.socket) -> bytes:
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except OSError:
        pass
    return received


class Reply:
    def __init__(self, status: int, headers: dict[str, str], body: bytes):
        self.status, self.headers, self.body = status, headers, body

    def __repr__(self) -> str:
        return f"{self.status} {self.body[:200]!r}"


def replies(received: bytes, heads_only: bool = False) -> list[Reply]:
    """Takes a stream of answers apart by their own framing; fails on anything between them."""
    found = []
    while received:
        head, end, received = received.partition(b"\r\n\r\n")
        assert end and head.startswith(b"HTTP/1.1 "), head[:200]
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in
                   (line.partition(":") for line in lines[1:])}
        status = int(lines[0].split()[1])
        if status == 100:
            continue
        bodiless = heads_only or status in (204, 304)
        size = 0 if bodiless else int(headers.get("content-length", len(received)))
        assert len(received) >= size, f"an answer of {size} bytes ends after {len(received)}"
        found.append(Reply(status, headers, received[:size]))
        received = received[size:]
    return found


def await_closed(connection: socket.socket, seconds: float) -> bool:
    """Whether the server ends the connection in time, whatever it says before."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            if not connection.recv(65536):
                return True
        except TimeoutError:
            return False
        except OSError:
            return True
    return False


class KeptConnection:
    """Asks one request after the other on one connection, and opens another when it is closed."""

    def __init__(self, target: Target):
        self._target, self._socket, self._rest = target, None, b""

    def ask(self, request: bytes) -> Reply:
        """Raises OSError when no whole answer comes, also not on a connection of its own."""
        fresh = self._socket is None
        try:
            return self._ask_once(request)
        except OSError:
            self.close()
            if fresh:
                raise
        return self._ask_once(request)

    def _ask_once(self, request: bytes) -> Reply:
        if self._socket is None:
            self._socket, self._rest = self._target.connect(), b""
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._socket.sendall(request)
        except OSError:
            pass  # refused before it was sent whole: the answer tells
        while b"\r\n\r\n" not in self._rest:
            self._receive()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in
                   (line.partition(":") for line in lines[1:])}
        size = int(headers.get("content-length", 0))
        while len(self._rest) < size:
            self._receive()
        body, self._rest = self._rest[:size], self._rest[size:]
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Reply(int(lines[0].split()[1]), headers, body)

    def _receive(self) -> None:
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionError("closed before the answer was whole")
        self._rest += received

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
