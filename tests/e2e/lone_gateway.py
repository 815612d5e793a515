"""The gateway's own Nginx before services that a test plays itself, and none of ours."""

import contextlib
import dataclasses
import http.client
import os
import pathlib
import re
import resource
import signal
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


@contextlib.contextmanager
def open_files(soft_limit: int):
    """Meanwhile this process, and what it starts, has that limit, or as much of it as it is let."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    let = soft_limit if hard == resource.RLIM_INFINITY else min(hard, soft_limit)
    resource.setrlimit(resource.RLIMIT_NOFILE, (let, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class StandIn:
    """A service on a port of its own, and what it was asked. `play(request)` says what it answers:
    (status, headers, body), or None to hang up when it has read all.
    """

    def __init__(self, play):
        self.asked: list[Request] = []
        self.connections = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(play))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> "StandIn":
        return self

    def __exit__(self, *_) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        """From now on connections are refused."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def _handler(stand_in, play):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Or a body waits for the gateway to acknowledge its head, which takes 40 ms.
            disable_nagle_algorithm = True

            def setup(self):
                stand_in.connections += 1
                super().setup()

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
        yield address_of(nobody)


@contextlib.contextmanager
def frozen_server():
    """A listening socket whose connections are made, and never answered."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        yield nobody


def address_of(listening: socket.socket) -> str:
    return "127.0.0.1:{}".format(listening.getsockname()[1])


class LoneGateway:
    """Nginx with the settings given, e.g. USER_ADDRESS="127.0.0.1:1,127.0.0.1:2"; a context.
    A service whose address is not given refuses connections.
    """

    def __init__(self, **settings: str):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.target = Target("gateway", self.url)
        self._settings, self._stack = settings, contextlib.ExitStack()
        self._nginx: subprocess.Popen | None = None

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
            self._settings = settings
            stack.callback(self._end, signal.SIGTERM)
            self._start()
            self._stack = stack.pop_all()
        return self

    def _start(self) -> None:
        # In a group of its own, as a container is one: what kills it kills all of it.
        self._nginx = subprocess.Popen([ROOT / "deploy/gateway/serve"], env=self._settings,
                                       process_group=0)
        await_true(self._is_up, 30, "Nginx listens")

    def tell(self, which: signal.Signals) -> None:
        """To its first process, which tells the others."""
        self._nginx.send_signal(which)

    def _end(self, how: signal.Signals) -> None:
        if self._nginx.poll() is None:
            os.killpg(self._nginx.pid, how)
            self._nginx.wait(30)

    def kill_and_start_again(self) -> None:
        self._end(signal.SIGKILL)
        self._start()

    def __exit__(self, *_) -> None:
        self._stack.close()

    def worker_memory_kib(self) -> int:
        """What its only worker has in memory."""
        status = (self._worker() / "status").read_text()
        return int(re.search(r"^VmRSS:\s*(\d+) kB$", status, re.M)[1])

    def open_sockets(self) -> int:
        """How many its only worker has, those that listen and one to its master among them."""
        found = 0
        for each in (self._worker() / "fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                found += os.readlink(each).startswith("socket:")
        return found

    def open_files_limit(self) -> int:
        """How many files its only worker may have open."""
        limits = (self._worker() / "limits").read_text()
        return int(re.search(r"^Max open files +(\d+)", limits, re.M)[1])

    def _worker(self) -> pathlib.Path:
        """Its folder in /proc."""
        children = f"/proc/{self._nginx.pid}/task/{self._nginx.pid}/children"
        for each in pathlib.Path(children).read_text().split():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it just ended
                if "worker process" in pathlib.Path(f"/proc/{each}/cmdline").read_text():
                    return pathlib.Path(f"/proc/{each}")
        raise AssertionError("the gateway has no worker")

    @contextlib.contextmanager
    def held_up(self):
        """Meanwhile its only worker does nothing, and what comes waits."""
        worker = int(self._worker().name)
        os.kill(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(worker, signal.SIGCONT)

    def configuration(self) -> list[str]:
        """What Nginx reads, line by line."""
        files = sorted(pathlib.Path(self._settings["GATEWAY_FOLDER"], "conf").glob("*.conf"))
        return [line.strip() for each in files for line in each.read_text().splitlines()]

    def copies(self) -> int:
        """How many public answers it keeps."""
        kept = pathlib.Path(self._settings["GATEWAY_FOLDER"], "public").rglob("*")
        return sum(each.is_file() for each in kept)

    def is_closed(self) -> bool:
        """Whether it takes no connections any more."""
        try:
            self.target.connect().close()
        except ConnectionRefusedError:
            return True
        return False

    def _is_up(self) -> bool:
        assert self._nginx.poll() is None, "Nginx has ended"
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
