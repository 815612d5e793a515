#!/usr/bin/python3
"""./dev top [--once] [--every SECONDS]: the services, live.

Reads each service's /metrics every 2 s and shows what happened since the reading before.
"""

import argparse
import sys
import time

import installation
import scrape

CLEAR = "\x1b[H\x1b[2J"
HEAD = ("service", "req/s", "5xx/s", "p50 ms", "p99 ms", "cpu %", "MiB", "busy", "queue", "db",
        "wait", "events", "dead")


class Reading:
    def __init__(self, url: str, authority: str | None):
        self.at = time.monotonic()
        try:
            self.samples = scrape.scrape(url, authority=authority)
        except OSError:
            self.samples = []

    @property
    def up(self) -> bool:
        return bool(self.samples)

    def get(self, name: str, **labels: str) -> float:
        return scrape.total(self.samples, name, **labels)


def milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.1f}"


def row(name: str, before: Reading, now: Reading) -> tuple[str, ...]:
    if not now.up:
        return (name, "down")
    if not before.up or before.get("process_start_time_seconds") != now.get(
            "process_start_time_seconds"):
        return (name, "started")
    seconds = max(now.at - before.at, 0.001)
    (requests, failed), (requests_before, failed_before) = (
        scrape.requests(now.samples), scrape.requests(before.samples))
    buckets_before, buckets = scrape.buckets(before.samples), scrape.buckets(now.samples)
    cpu = now.get("process_cpu_seconds_total") - before.get("process_cpu_seconds_total")
    return (
        name, f"{(requests - requests_before) / seconds:.1f}",
        f"{(failed - failed_before) / seconds:.1f}",
        milliseconds(scrape.quantile(0.5, buckets_before, buckets)),
        milliseconds(scrape.quantile(0.99, buckets_before, buckets)),
        f"{100 * cpu / seconds:.1f}", f"{now.get('process_resident_memory_bytes') / 2**20:.1f}",
        f"{now.get('http_server_busy_workers'):.0f}",
        f"{now.get('http_server_queued_requests'):.0f}",
        f"{now.get('db_pool_used_connections'):.0f}/{now.get('db_pool_open_connections'):.0f}",
        f"{now.get('db_pool_waiting'):.0f}", f"{now.get('events_pending'):.0f}",
        f"{now.get('events_dead_letters'):.0f}")


def owed(order: Reading) -> str:
    kinds = scrape.by_label(order.samples, "order_open_sagas", "kind")
    listed = ", ".join(f"{count:.0f} {kind}" for kind, count in sorted(kinds.items()) if count)
    parked = order.get("order_parked_sagas")
    return f"owed to orders: {listed or 'nothing'}" + (f"; {parked:.0f} parked" if parked else "")


def trouble(readings: dict[str, Reading]) -> list[str]:
    lines = []
    for name, reading in readings.items():
        if reading.up and not reading.get("db_up"):
            lines.append(f"{name}: its database does not answer")
        if reading.up and not reading.get("redis_up"):
            lines.append(f"{name}: Redis does not answer")
        breakers = scrape.by_label(reading.samples, "circuit_breaker_open", "name")
        lines += [f"{name}: calls to {peer} are refused for now"
                  for peer, is_open in sorted(breakers.items()) if is_open]
    return lines


def table(rows: list[tuple[str, ...]]) -> list[str]:
    return [f"{cells[0]:<9}" + "".join(f"{cell:>9}" for cell in cells[1:]) for cells in rows]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev top", description="The services, live.")
    parser.add_argument("--once", action="store_true", help="one table, then end")
    parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS")
    options = parser.parse_args(arguments)
    env = installation.load()

    def read() -> dict[str, Reading]:
        return {name: Reading(env[f"{name.upper()}_URL"], env.get("GATEWAY_AUTHORITY"))
                for name in installation.SERVICES}

    before = read()
    try:
        while True:
            time.sleep(options.every)
            now = read()
            lines = table([HEAD, *(row(name, before[name], now[name]) for name in now)])
            lines += ["", owed(now["order"]), *trouble(now)]
            print(("" if options.once else CLEAR) + "\n".join(lines), flush=True)
            if options.once:
                return 0
            before = now
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
