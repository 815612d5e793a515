"""A running system, and Debian's Prometheus with its exporters beside it."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).parents[2]
for folder in ("deploy/local", "tests/openapi", "tests/e2e"):
    sys.path.insert(0, str(ROOT / folder))

from running_system import system  # noqa: E402, F401  (a fixture, found through the path above)
from system import await_true  # noqa: E402

EXPORTERS = 6


def is_free(port: int) -> bool:
    with socket.socket() as attempt:
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> int:
    """The first of so many in a row that nobody listens on."""
    return next(first for first in range(19_000, 30_000, 10)
                if all(is_free(first + step) for step in range(count)))


class Prometheus:
    def __init__(self, system):
        self.port = free_ports(1 + EXPORTERS)
        self.process = subprocess.Popen(
            [ROOT / "dev", "prometheus", str(self.port)], stdout=subprocess.DEVNULL,
            env={**os.environ, "MERCATO_STATE": str(system.state)})

    def get(self, path: str, **parameters: str):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{parameters}: {refused.read().decode()}") from refused

    def is_ready(self) -> bool:
        assert self.process.poll() is None, "Prometheus ended"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5):
                return True
        except OSError:  # a 503 as well: it reads what it wrote before it was ended last
            return False

    def values(self, query: str) -> list[float]:
        """What an instant query finds; no number is no value."""
        found = self.get("query", query=query)["result"]
        return [value for value in (float(one["value"][1]) for one in found) if value == value]

    def kill(self) -> None:
        """Prometheus itself, by kill -9; whoever started it then ends what was beside it."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in map(int, children.read_text().split()):
            if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "prometheus":
                os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=30)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture(scope="session")
def prometheus(system):
    server = Prometheus(system)
    try:
        await_true(server.is_ready, 30, "Prometheus answers")
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def shopping(system, pause_s: float = 0.2):
    """Meanwhile somebody buys, in every way that there is."""
    done = threading.Event()
    buyer, product = system.buyer(), system.product(on_hand=100_000)
    methods = ("pm_card_visa", "pm_card_visa", "pm_card_chargeDeclined")
    failures = []

    def shop() -> None:
        number = 0
        try:
            while not done.wait(pause_s):
                order = system.place(buyer, system.order_body(
                    product, method=methods[number % len(methods)]), wait_s=10)
                if number % 4 == 1 and order.status == 201:
                    buyer.call("POST", f"/api/v1/orders/{order.json()['id']}/cancel")
                buyer.call("GET", "/api/v1/products?limit=5", expect=(200,))
                number += 1
        except Exception as failure:  # told by the test that reads it, whatever it was
            failures.append(failure)

    shopper = threading.Thread(target=shop)
    shopper.start()
    try:
        yield failures
    finally:
        done.set()
        shopper.join()
    assert not failures, failures
