"""The gateway's own Nginx before services that a test plays itself, and none of ours."""

import contextlib
import dataclasses
import http.client
import os
import pathlib
import socket
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from free_port import free_port
from raw_socket import Target
from system import await_true

ROOT = pathlib.Path(__file__).parents[2]
SERVICES = ("user", "catalog", "order", "payment")


@dataclasses.dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes


class StandIn:
    """A service on a port of its own, and what it was asked. `play(request)` says what it answers:
    (status, headers, body), or None to hang up when it has read all.
    """

    def __init__(self, play):
        self.asked: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(play))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> "StandIn":
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def _handler(stand_in, play):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self):
                request = Request(
                    self.command, self.path,
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(int(self.headers.get("Content-Length", 0))))
                stand_in.asked.append(request)
                said = play(request)
                if said is None:
                    self.close_connection = True
                    return
                status, headers, body = said
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = reply

            def log_message(self, *_):
                pass
        return Handler


@contextlib.contextmanager
def refusing_address():
    """Where connections are refused for as long as this lasts."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        yield "127.0.0.1:{}".format(nobody.getsockname()[1])


class LoneGateway:
    """Nginx with the settings given, e.g. USER_ADDRESS="127.0.0.1:1,127.0.0.1:2"; a context.
    A service whose address is not given refuses connections.
    """

    def __init__(self, **settings: str):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.target = Target("gateway", self.url)
        self._settings, self._stack = settings, contextlib.ExitStack()

    def __enter__(self) -> "LoneGateway":
        with contextlib.ExitStack() as stack:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            settings = {
                "PATH": "/usr/sbin:/usr/bin:/bin", "GATEWAY_FOLDER": str(folder),
                "GATEWAY_LISTEN": self.url.removeprefix("http://"), "GATEWAY_WORKERS": "1",
                "GATEWAY_ACCESS_LOG": str(folder / "access.log"),
                "GATEWAY_ERROR_LOG": str(folder / "error.log"),
                **({"GATEWAY_USER": "root"} if os.geteuid() == 0 else {}),
                **{f"{name.upper()}_HEALTH": "127.0.0.1:1" for name in SERVICES},
                **{f"{name.upper()}_ADDRESS": stack.enter_context(refusing_address())
                   for name in SERVICES},
                **self._settings}
            for name in ("body", "proxy"):
                (folder / name).mkdir()
            subprocess.run([ROOT / "deploy/gateway/configure", folder / "conf"], env=settings,
                           check=True)
            nginx = subprocess.Popen(
                ["nginx", "-e", folder / "error.log", "-p", folder,
                 "-c", folder / "conf" / "nginx.conf"], env=settings)
            stack.callback(nginx.wait, 30)
            stack.callback(nginx.terminate)
            await_true(self._is_up, 30, "Nginx listens")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_) -> None:
        self._stack.close()

    def _is_up(self) -> bool:
        try:
            return self.call("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def call(self, method: str, path: str, body: bytes | None = None,
             headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own: status, headers (names in lower case), body."""
        connection = http.client.HTTPConnection(*self.target.address, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return (answer.status, {name.lower(): value for name, value in answer.getheaders()},
                    answer.read())
        finally:
            connection.close()
