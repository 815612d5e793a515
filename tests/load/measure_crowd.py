"""What a crowd at the gateway costs those who ask honestly.

10,000 connections that were kept open after an answer, from 64 addresses of the loopback network,
and 500 clients that feed the head of a request byte by byte; meanwhile four honest clients read.
Quiet and crowded stretches alternate, and the medians of p50 and p99 are compared.

Usage: measure_crowd.py URL [--path /healthz] [--idle 10000] [--drip 500] [--pairs 5] [--seconds 4]
Needs a limit of open files above the number of connections (ulimit -n), and RATE_LIMITS=off.
"""

import argparse
import http.client
import resource
import socket
import statistics
import threading
import time
import urllib.parse

ADDRESSES = 64
HONEST = 4
DRIP_EVERY_S = 0.5


class Crowd:
    """Idle and dripping connections; a context: gone when it is left."""

    def __init__(self, address: tuple[str, int], idle: int, drip: int):
        self._address, self._open, self._dripping = address, [], []
        self._leaving = threading.Event()
        for number in range(idle):
            connection = self._connect(number)
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            self._open.append(connection)
        for connection in self._open:
            connection.recv(4096)
        for number in range(drip):
            connection = self._connect(number)
            connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
            self._dripping.append(connection)
        self._dripper = threading.Thread(target=self._drip, daemon=True)

    def _connect(self, number: int) -> socket.socket:
        source = f"127.0.1.{1 + number % ADDRESSES}"
        return socket.create_connection(self._address, timeout=30, source_address=(source, 0))

    def _drip(self) -> None:
        while not self._leaving.wait(DRIP_EVERY_S):
            for number, connection in enumerate(self._dripping):
                try:
                    connection.send(b"a")
                except OSError:  # cut off: the next one takes its place
                    connection.close()
                    try:
                        self._dripping[number] = self._connect(number)
                        self._dripping[number].sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
                    except OSError:
                        pass

    def __enter__(self) -> "Crowd":
        self._dripper.start()
        return self

    def __exit__(self, *_) -> None:
        self._leaving.set()
        self._dripper.join()
        for connection in self._open + self._dripping:
            connection.close()


def ask_honestly(address: tuple[str, int], path: str, seconds: float) -> list[float]:
    """Milliseconds of every request of all honest clients; fails on any answer but 200."""
    times: list[float] = []
    wrong: list[int] = []

    def ask() -> None:
        connection = http.client.HTTPConnection(*address, timeout=30)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.monotonic()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            times.append((time.monotonic() - began) * 1000)
            if answer.status != 200:
                wrong.append(answer.status)
        connection.close()

    clients = [threading.Thread(target=ask) for _ in range(HONEST)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    if wrong:
        raise SystemExit(f"{len(wrong)} honest requests were refused, the first with {wrong[0]}")
    return times


def quantiles(times: list[float]) -> tuple[float, float]:
    ordered = sorted(times)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    arguments.add_argument("url")
    arguments.add_argument("--path", default="/healthz")
    arguments.add_argument("--idle", type=int, default=10_000)
    arguments.add_argument("--drip", type=int, default=500)
    arguments.add_argument("--pairs", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=4)
    given = arguments.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    parts = urllib.parse.urlsplit(given.url)
    address = (parts.hostname, parts.port)

    quiet, crowded = [], []
    for _ in range(given.pairs):
        quiet.append(quantiles(ask_honestly(address, given.path, given.seconds)))
        with Crowd(address, given.idle, given.drip):
            crowded.append(quantiles(ask_honestly(address, given.path, given.seconds)))
    for index, name in enumerate(("p50", "p99")):
        alone = statistics.median(pair[index] for pair in quiet)
        among = statistics.median(pair[index] for pair in crowded)
        print(f"{name}  quiet {alone:.2f} ms  crowded {among:.2f} ms  ratio {among / alone:.2f}")


if __name__ == "__main__":
    main()
