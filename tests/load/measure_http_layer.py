"""What answering costs by itself: our HTTP server beside cpp-httplib's own and, where Go is
installed, its net/http. Each answers the same few bytes to the same clients, by turns.

Then what 10,000 connections cost ours that were kept open after an answer.

Usage: measure_http_layer.py BUILD [--clients 32] [--requests 100000] [--rounds 5] [--idle 10000]
Needs a limit of open files above twice the number of idle connections (ulimit -n).
"""

import argparse
import contextlib
import json
import os
import pathlib
import resource
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
import typing

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
IDLE_S = 10
ADDRESSES = 64
WORKERS = 8  # as a service has (services/*/src/settings.cpp)

GO = """package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
)

func main() {
	answer := []byte(`{"id":"0198","name":"Benchmark","price":{"amount":1999,"currency":"GBP"}}`)
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(answer)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go http.Serve(listener, nil)
	bufio.NewReader(os.Stdin).ReadString(0)
}
"""


def cpu_s(pid: int) -> float:
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return sum(map(int, stat.rpartition(")")[2].split()[11:13])) / TICKS_PER_S


def rss_mib(pid: int) -> float:
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines()
                if line.startswith("VmRSS")) / 1024


@contextlib.contextmanager
def serving(command: list[str]) -> typing.Iterator[tuple[int, int]]:
    """The process and the port of a server that ends with its standard input."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        yield process.pid, int(process.stdout.readline())
        process.stdin.close()


def peers(build: pathlib.Path, folder: pathlib.Path, clients: int) -> dict[str, list[str]]:
    program = str(build / "tests" / "load" / "http-layer")
    commands = {"ours": [program, "ours", str(WORKERS)],
                "cpp-httplib": [program, "httplib", str(clients)]}
    go = shutil.which("go")
    if go:
        (folder / "main.go").write_text(GO, encoding="ascii")
        subprocess.run([go, "build", "-o", "peer", "main.go"], cwd=folder, check=True,
                       env={**os.environ, "GOCACHE": str(folder / "cache"), "GO111MODULE": "off"})
        commands["Go net/http"] = [str(folder / "peer")]
    return commands


def load(build: pathlib.Path, port: int, requests: int, clients: int) -> dict:
    result = subprocess.run([build / "tests" / "load" / "mercato-load", f"http://127.0.0.1:{port}/",
                             "--clients", str(clients), "--requests", str(requests)],
                            check=True, capture_output=True, text=True)
    figures = json.loads(result.stdout)
    if figures["statuses"] != {"200": requests}:
        raise SystemExit(f"not every answer was 200: {figures['statuses']}")
    return figures


def compare(build: pathlib.Path, options: argparse.Namespace) -> None:
    rates, costs = {}, {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(serving(command)) for name, command
                   in peers(build, pathlib.Path(folder), options.clients).items()}
        for number in range(options.rounds + 1):
            for name, (pid, port) in servers.items():
                before = cpu_s(pid)
                figures = load(build, port, options.requests, options.clients)
                if number > 0:  # the first round warms up
                    rates.setdefault(name, []).append(figures["rate"])
                    costs.setdefault(name, []).append(
                        1e6 * (cpu_s(pid) - before) / options.requests)
    print(f"{'':<14}{'a second':>10}{'CPU-us':>9}{'ours is':>10}   "
          f"(medians of {options.rounds} rounds, {options.clients} clients)")
    for name, found in rates.items():
        ratio = statistics.median(ours / other for ours, other
                                  in zip(rates["ours"], found, strict=True))
        print(f"{name:<14}{statistics.median(found):>10.0f}"
              f"{statistics.median(costs[name]):>9.1f}{ratio:>9.2f}x")


def measure_idle(build: pathlib.Path, count: int) -> None:
    """Memory and CPU that connections cost which were kept open after an answer."""
    program = str(build / "tests" / "load" / "http-layer")
    with serving([program, "ours", str(WORKERS)]) as (pid, port):
        load(build, port, 20_000, 32)
        before = rss_mib(pid)
        connections = []
        for number in range(count):
            source = f"127.0.1.{1 + number % ADDRESSES}"
            connection = socket.create_connection(("127.0.0.1", port), timeout=30,
                                                  source_address=(source, 0))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            connections.append(connection)
        for connection in connections:
            if not connection.recv(4096).startswith(b"HTTP/1.1 200"):
                raise SystemExit("an idle connection was refused")
        spent = cpu_s(pid)
        time.sleep(IDLE_S)
        spent = cpu_s(pid) - spent
        print(f"{count} idle connections: {rss_mib(pid) - before:.1f} MiB more memory, "
              f"{100 * spent / IDLE_S:.1f} % of a processor")
        for connection in connections:
            connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle", type=int, default=10_000)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    compare(options.build, options)
    measure_idle(options.build, options.idle)


if __name__ == "__main__":
    main()
