"""What a product by id and a list of 20 cost at the catalog, its database included, beside a
program in Go that answers the same from the same database (reads_peer.go), by turns.

Usage: measure_reads.py BUILD [--clients 16 32] [--requests 40000] [--rounds 5]
Needs an installation that runs (./dev up), Go and Debian's golang-github-lib-pq-dev.
"""

import argparse
import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import typing

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "deploy" / "local"))
import bench  # noqa: E402
import installation  # noqa: E402
from gateway_client import admin_of  # noqa: E402


@contextlib.contextmanager
def peer(database: str) -> typing.Iterator[tuple[str, int]]:
    """Address and process of the program in Go."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["go", "build", "-o", f"{folder}/peer", HERE / "reads_peer.go"], check=True,
                       env={**os.environ, "GOCACHE": f"{folder}/cache", "GO111MODULE": "off",
                            "GOPATH": "/usr/share/gocode"})
        with subprocess.Popen([f"{folder}/peer", f"{database}?sslmode=disable"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}", process.pid
            process.stdin.close()


def cost(build: pathlib.Path, url: str, requests: int, clients: int,
         spent: typing.Callable[[], float]) -> tuple[float, float]:
    """Requests a second, and CPU-us of a request."""
    before = spent()
    result = bench.request(build, url, requests, clients)
    if result["statuses"] != {"200": requests}:
        raise SystemExit(f"not every answer was 200: {result['statuses']}")
    return result["rate"], 1000 * (spent() - before) / requests


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--clients", type=int, nargs="+", default=[16, 32])
    parser.add_argument("--requests", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    env = installation.load()
    product = bench.goods(admin_of(env), 20)[0]
    with peer(env["CATALOG_DATABASE_URL"]) as (go_url, go_pid):
        def at_catalog() -> float:
            return bench.cpu_ms("catalog") + bench.cpu_ms("catalog-db")

        def at_peer() -> float:
            return bench.cpu_ms_of(go_pid, [go_pid]) + bench.cpu_ms("catalog-db")

        sides = {"ours": (f"{env['CATALOG_URL']}/api/v1", at_catalog), "Go": (go_url, at_peer)}
        for title, path in (("product by id", f"/products/{product}"),
                            ("list of 20", "/products?limit=20")):
            for clients in options.clients:
                found: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
                for number in range(options.rounds + 1):
                    for name, (url, spent) in sides.items():
                        figures = cost(options.build, url + path, options.requests, clients, spent)
                        if number > 0:  # the first round warms up
                            found[name].append(figures)
                ratio = statistics.median(
                    ours[1] / go[1] for ours, go in zip(found["ours"], found["Go"], strict=True))
                for name, figures in found.items():
                    rate, cpu = (statistics.median(column) for column in zip(*figures, strict=True))
                    print(f"{title:<14}{clients:>4} clients  {name:<5}{rate:>8.0f} a second"
                          f"{cpu:>7.1f} us")
                print(f"{'':<14}{'':>4}          ours is {ratio:.2f} of Go's CPU")


if __name__ == "__main__":
    main()
