"""Measures the catalog of a running installation at size: import, search, lists, single products.

usage: RATE_LIMITS=off ./dev up && /usr/bin/python3 tests/load/catalog_bench.py [--products N]

Talks to the catalog service itself, one request after the other on one connection, and prints for
each kind of request the time that the service's answers took (p50, p99, as the client saw them) and
what they cost in CPU, by /proc, in the service and in its PostgreSQL. The goods are made up: names
of three to five words, in which one in ten products says "deluxe".
"""

import argparse
import json
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "deploy" / "local"))

# pylint: disable=wrong-import-position
import installation  # noqa: E402
from bench import cpu_ms, memory_kib, pid_of  # noqa: E402
from gateway_client import Gateway, admin_of, run_program  # noqa: E402

SYLLABLES = [a + b for a in "bcdfgklmnprstv" for b in "aeiou"]
KINDS = ("mug keyboard chair table lamp notebook headphones backpack bottle jacket watch camera "
         "charger speaker monitor pillow blanket candle basket kettle toaster blender").split()
COLOURS = "blue red green small large classic modern wooden ceramic cotton glass vintage".split()
IMPORT_LINES = 100_000


def made_up_words(count: int) -> list[str]:
    source = random.Random(7)
    words: set[str] = set()
    while len(words) < count:
        words.add("".join(source.choice(SYLLABLES) for _ in range(source.randint(2, 4))))
    return sorted(words)


WORDS = made_up_words(4000)


def product(number: int) -> dict:
    source = random.Random(number)
    words = [source.choice(COLOURS), source.choice(WORDS), source.choice(KINDS)]
    if number % 10 == 0:
        words.append("deluxe")
    if source.random() < 0.5:
        words.append(source.choice(WORDS))
    return {"sku": f"BENCH-{number:07}", "name": " ".join(words).capitalize(),
            "description": " ".join(source.choice(WORDS) for _ in range(source.randint(8, 25))),
            "price": {"amount": source.randint(100, 100_000), "currency": "GBP"},
            "on_hand": 100, "attributes": {"colour": words[0]}}


def with_a_slip(word: str, source: random.Random) -> str:
    at = source.randrange(1, len(word))
    kind = source.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1:]
    if kind == 1:
        return word[:at] + source.choice("aeiou") + word[at:]
    return word[:at - 1] + word[at] + word[at - 1] + word[at + 1:]


def search_texts(count: int, products: int) -> list[str]:
    """One to three words of a product's name, every third with a slip, every tenth "deluxe"."""
    source = random.Random(11)
    texts = []
    for i in range(count):
        if i % 10 == 0:
            texts.append("deluxe")
            continue
        words = product(source.randrange(products))["name"].lower().split()
        words = source.sample(words, min(len(words), source.randint(1, 3)))
        if i % 3 == 0:
            at = source.randrange(len(words))
            words[at] = with_a_slip(words[at], source)
        texts.append("%20".join(words))
    return texts


def quantile(times: list[float], q: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * q))]


class Costs:
    """CPU of the service and its database from here on."""

    def __init__(self):
        self._before = self._now()

    @staticmethod
    def _now() -> tuple[float, float]:
        return cpu_ms("catalog"), cpu_ms("catalog-db")

    def each(self, count: int) -> str:
        service, database = (now - then for now, then in zip(self._now(), self._before))
        return f"CPU {service / count:.3f} + {database / count:.3f} ms"


def measure(name: str, catalog: Gateway, paths: list[str]) -> None:
    for path in paths[:100]:
        catalog.call("GET", path, expect=(200,))
    times = []
    costs = Costs()
    for path in paths:
        began = time.perf_counter()
        catalog.call("GET", path, expect=(200,))
        times.append((time.perf_counter() - began) * 1000)
    print(f"{name:24} {len(paths):6}  p50 {quantile(times, 0.5):6.2f} ms  "
          f"p99 {quantile(times, 0.99):6.2f} ms  {costs.each(len(paths))}", flush=True)


def import_all(catalog: Gateway, products: int) -> None:
    pid = pid_of("catalog")
    idle = memory_kib(pid, "Rss")
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")  # the peak, from here
    for first in range(0, products, IMPORT_LINES):
        lines = [json.dumps(product(i)) for i in range(first, min(products, first + IMPORT_LINES))]
        body = ("\n".join(lines) + "\n").encode()
        costs = Costs()
        began = time.monotonic()
        answer = catalog.call("POST", "/api/v1/products/import", body,
                              headers={"Content-Type": "application/x-ndjson"},
                              expect=(200,)).json()
        took = time.monotonic() - began
        del answer["errors"]
        print(f"import of {len(lines)}: {took:.1f} s, {len(lines) / took:.0f} a second, "
              f"{costs.each(len(lines))}, {answer}", flush=True)
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    print(f"memory: {idle / 1024:.1f} MiB idle, {(peak - idle) / 1024:.1f} MiB more at the peak")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the catalog at size.")
    parser.add_argument("--products", type=int, default=100_000, help="how many (100,000)")
    parser.add_argument("--requests", type=int, default=2_000, help="of each kind (2,000)")
    options = parser.parse_args()
    env = installation.load()
    token = admin_of(env).token
    admin = Gateway(env["CATALOG_URL"], token, timeout_s=130, patience_s=0)
    catalog = Gateway(env["CATALOG_URL"], patience_s=0)
    import_all(admin, options.products)

    source = random.Random(3)
    skus = [f"BENCH-{source.randrange(options.products):07}" for _ in range(1_000)]
    ids = [catalog.call("GET", f"/api/v1/products/by-sku/{sku}").json()["id"] for sku in skus]
    texts = search_texts(options.requests, options.products)
    measure("search", catalog, [f"/api/v1/products?q={text}" for text in texts])
    measure("search by price", catalog, [f"/api/v1/products?q={t}&sort=price" for t in texts])
    measure("product by id", catalog,
            [f"/api/v1/products/{source.choice(ids)}" for _ in range(options.requests)])
    for sort in ("newest", "price", "name", "bestselling"):
        measure(f"list of 20 by {sort}", catalog,
                [f"/api/v1/products?sort={sort}"] * options.requests)


if __name__ == "__main__":
    run_program(main)
