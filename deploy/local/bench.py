"""Measures an installation: memory, start-up, orders and reads a second, and what they cost in CPU.

CPU time and memory are read from /proc: what the kernel charged to each process, so that the
figures do not depend on what else the machine does. Called by ./dev bench.
"""

import argparse
import contextlib
import json
import os
import pathlib
import secrets
import socket
import statistics
import subprocess
import tempfile
import time
import typing

import bench_limits
import bench_overload
import bench_plot
import bench_telemetry
import installation
import psycopg2
from gateway_client import Gateway, admin_of, gateway_of, run_program
from installation import DATABASES, SERVICES

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
STARTS = 7
READS = 20_000
# Everybody orders the same three of them. pgbench spreads its orders over all: for it, which has no
# queue in front of hot rows, three would be a race for locks and little else.
PRODUCTS = 60
# A service that was just started gives back what only its start needed (process/memory.cpp).
UNTIL_REST_S = 3


def pid_of(name: str) -> int:
    return int((installation.state_folder() / "run" / f"{name}.pid").read_text(encoding="ascii"))


def stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command's name: state is 0, session 3, utime 11."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def processes_of(name: str) -> list[int]:
    """The process and, where it forks, its children.

    A cluster's share its data folder, others a session.
    """
    leader = pid_of(name)
    found = [leader]
    folder = str((installation.state_folder() / "data" / name).resolve())
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == leader:
            continue
        try:
            if name.endswith("-db"):
                belongs = os.readlink(f"/proc/{entry}/cwd") == folder
            else:
                belongs = stat_fields(int(entry))[3] == str(leader)
        except OSError:
            continue
        if belongs:
            found.append(int(entry))
    return found


def cpu_ms(name: str) -> float:
    """CPU time so far of all processes of that name, those that ended included."""
    return cpu_ms_of(pid_of(name), processes_of(name))


def cpu_ms_of(leader: int, processes: list[int]) -> float:
    """Of these processes, and of the leader's children that ended."""
    ticks = 0
    for pid in processes:
        try:
            fields = stat_fields(pid)
        except OSError:
            continue
        ticks += sum(map(int, fields[11:13]))
        if pid == leader:
            ticks += sum(map(int, fields[13:15]))
    return ticks * 1000 / TICKS_PER_S


def children_of(leader: int) -> list[int]:
    children = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if stat_fields(int(entry))[1] == str(leader):
                children.append(int(entry))
    return children


def memory_kib(pid: int, kind: str) -> int:
    """Rss or Pss of one process."""
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith(f"{kind}:"))


def is_ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def start_up_ms(build: pathlib.Path, service: str) -> float:
    """From the start of the process until /readyz answers 200; the median of several."""
    environment = installation.read_environment(
        installation.state_folder() / "run" / f"{service}.environment")
    binary = build / "services" / service / f"{service}-service"
    times = []
    for _ in range(STARTS):
        began = time.monotonic()
        process = subprocess.Popen([binary, "serve"], env=environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not is_ready(int(environment["HEALTH_PORT"])):
            if process.poll() is not None or time.monotonic() - began > 30:
                raise SystemExit(f"{service} did not come up")
            time.sleep(0.001)
        times.append((time.monotonic() - began) * 1000)
        process.terminate()
        process.wait()
    return statistics.median(times)


def dev(*words: str) -> None:
    subprocess.run([pathlib.Path(__file__).parents[2] / "dev", *words], check=True,
                   stdout=subprocess.DEVNULL)


def measure_start_up(build: pathlib.Path) -> dict[str, float]:
    times = {}
    for service in SERVICES:
        dev("stop", service)
        times[service] = start_up_ms(build, service)
        dev("start", service)
    return times


def measure_memory() -> dict[str, tuple[float, float]]:
    """RSS and PSS in MiB of each service."""
    return {service: (memory_kib(pid_of(service), "Rss") / 1024,
                      memory_kib(pid_of(service), "Pss") / 1024) for service in SERVICES}


def await_settled(env: dict[str, str]) -> None:
    """Until nothing is owed to any order any more: captures go on after the answer."""
    connection = psycopg2.connect(env["ORDER_DATABASE_URL"])
    connection.autocommit = True
    deadline = time.monotonic() + 120
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM saga WHERE parked_reason IS NULL")
            if cursor.fetchone()[0] == 0:
                connection.close()
                return
            time.sleep(0.05)
    raise SystemExit("orders did not settle within two minutes")


def buyers(gateway: Gateway, count: int) -> list[str]:
    tokens = []
    for number in range(count):
        email, password = f"bench-{secrets.token_hex(6)}@example.com", secrets.token_urlsafe(16)
        gateway.call("POST", "/api/v1/users",
                     {"email": email, "password": password, "name": f"Buyer {number}"},
                     expect=(201,))
        tokens.append(gateway.sign_in(email, password).token)
    return tokens


def goods(admin: Gateway, count: int) -> list[str]:
    batch = secrets.token_hex(4)  # an installation may be measured again
    return [admin.call("POST", "/api/v1/products",
                       {"sku": f"BENCH-{batch}-{number}", "name": f"Benchmark {number}",
                        "price": {"amount": 1999, "currency": "GBP"}, "on_hand": 1_000_000_000},
                       expect=(201,)).json()["id"] for number in range(count)]


def load_command(build: pathlib.Path, url: str, requests: int, clients: int,
                 *options: str) -> list[str]:
    return [str(build / "tests" / "load" / "mercato-load"), url, *options,
            "--clients", str(clients), "--requests", str(requests)]


def request(build: pathlib.Path, url: str, requests: int, clients: int, *options: str) -> dict:
    """What mercato-load says of so many requests, from clients that each wait for the answer."""
    result = subprocess.run(load_command(build, url, requests, clients, *options),
                            check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


@contextlib.contextmanager
def order_form(env: dict[str, str], products: list[str],
               clients: int) -> typing.Iterator[list[str]]:
    """The options with which mercato-load places an order of these as one of so many buyers."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "tokens").write_text("\n".join(buyers(gateway_of(env), clients)),
                                       encoding="ascii")
        (folder / "order.json").write_text(json.dumps({
            "lines": [{"product_id": product, "quantity": 1} for product in products],
            "payment_method": "pm_card_visa",
            "shipping_address": {"name": "Ada Lovelace", "line1": "12 St James's Square",
                                 "city": "London", "postal_code": "SW1Y 4JH", "country": "GB"},
        }), encoding="ascii")
        yield ["--method", "POST", "--header", "Content-Type: application/json",
               "--tokens", str(folder / "tokens"), "--body", str(folder / "order.json")]


def load(build: pathlib.Path, env: dict[str, str], orders: int, clients: int,
         form: list[str], *options: str) -> dict:
    return request(build, f"{env['GATEWAY_URL']}/api/v1/orders", orders, clients, *form, *options,
                   "--key-prefix", f"bench-{secrets.token_hex(4)}-")


def measure_orders(build: pathlib.Path, env: dict[str, str], products: list[str], orders: int,
                   clients: int) -> dict:
    """Rate, latencies and CPU-ms per order by process, after a warm-up of a tenth as many."""
    with order_form(env, products, clients) as form:
        load(build, env, max(orders // 10, clients), clients, form)
        await_settled(env)
        names = (*SERVICES, "gateway", *DATABASES, "redis", "psp")
        before = {name: cpu_ms(name) for name in names}
        result = load(build, env, orders, clients, form)
        await_settled(env)
        result["cpu_ms"] = {name: (cpu_ms(name) - before[name]) / orders for name in names}
        result["alone"] = load(build, env, 200, 1, form)
    return result


def measure_overload(build: pathlib.Path, env: dict[str, str], products: list[str], orders: int,
                     clients: int) -> dict:
    with order_form(env, products, clients) as form:
        def place(count: int, rate: int | None) -> dict:
            """At a rate, or as fast as the clients can. Settled when it returns."""
            before = {name: cpu_ms(name) for name in ("order", "gateway")}
            many = bench_overload.CLIENTS if rate else clients
            result = load(build, env, count, many, form, *(["--rate", str(rate)] if rate else []))
            await_settled(env)
            result["cpu_ms"] = {name: cpu_ms(name) - spent for name, spent in before.items()}
            return result

        @contextlib.contextmanager
        def beside(rate: int) -> typing.Iterator[None]:
            with bench_limits.plain_nginx() as (url, _):
                process = subprocess.Popen(
                    load_command(build, url + "/refuse", 60 * rate, bench_overload.CLIENTS,
                                 *form, "--rate", str(rate)), stdout=subprocess.DEVNULL)
                try:
                    yield
                finally:
                    process.kill()
                    process.wait()

        return bench_overload.measure(place, beside, orders)


def measure_telemetry(build: pathlib.Path, env: dict[str, str], products: list[str], orders: int,
                      clients: int) -> list[dict]:
    names = (*SERVICES, "gateway", *DATABASES, "redis")
    with order_form(env, products, clients) as form:
        def place(count: int) -> dict[str, float]:
            before = {name: cpu_ms(name) for name in names}
            load(build, env, count, clients, form)
            await_settled(env)
            return {name: (cpu_ms(name) - before[name]) / count for name in names}

        def restart() -> None:
            for service in SERVICES:
                dev("restart", service)

        return bench_telemetry.measure(env, restart, place, orders)


def measure_reads(build: pathlib.Path, env: dict[str, str], product: str, clients: int) -> dict:
    """Rate and CPU-ms per request of the service, its database and the gateway."""
    paths = {"product by id": f"/api/v1/products/{product}",
             "list of 20": "/api/v1/products?limit=20"}
    reads = {}

    def read(title: str, url: str, cpu: typing.Callable[[], dict[str, float]],
             *options: str) -> None:
        request(build, url, READS // 10, clients, *options)
        before = cpu()
        result = request(build, url, READS, clients, *options)
        result["cpu_ms"] = {name: (spent - before[name]) / READS for name, spent in cpu().items()}
        reads[title] = result

    def spent() -> dict[str, float]:
        return {name: cpu_ms(name) for name in ("catalog", "catalog-db", "order", "order-db",
                                                "gateway")}

    for title, path in paths.items():
        read(f"{title}, at the service", env["CATALOG_URL"] + path, spent)
        read(f"{title}, through the gateway", env["GATEWAY_URL"] + path, spent)
    # Nobody's cache answers this: each is passed on.
    read("a cart, through the gateway", f"{env['GATEWAY_URL']}/api/v1/cart", spent,
         "--header", f"Authorization: Bearer {buyers(gateway_of(env), 1)[0]}")
    with bench_limits.plain_nginx() as (url, pid):
        def spent_by_nginx() -> dict[str, float]:
            return {"nginx": cpu_ms_of(pid, [pid, *children_of(pid)])}

        read("Nginx, a constant behind a proxy", f"{url}/", spent_by_nginx)
        read("Nginx, a file", f"{url}/file", spent_by_nginx)
    return reads


def print_processes(figures: dict) -> None:
    print(f"{'':<10}{'start-up':>10}{'idle RSS':>11}{'idle PSS':>11}{'after load RSS':>16}")
    idle, loaded = figures["idle_mib"], figures["loaded_mib"]
    for service in SERVICES:
        print(f"{service:<10}{figures['start_up_ms'][service]:>7.0f} ms{idle[service][0]:>7.1f} MiB"
              f"{idle[service][1]:>7.1f} MiB{loaded[service][0]:>12.1f} MiB")
    print(f"{'together':<10}{'':>10}{sum(m[0] for m in idle.values()):>7.1f} MiB"
          f"{sum(m[1] for m in idle.values()):>7.1f} MiB"
          f"{sum(m[0] for m in loaded.values()):>12.1f} MiB")


def print_orders(orders: dict, limit: dict, clients: int) -> None:
    print(f"\norders of 3 lines through the gateway, {clients} clients: "
          f"{orders['rate']:.0f} a second, p50 {orders['p50_ms']:.1f} ms, "
          f"p99 {orders['p99_ms']:.1f} ms, answers {orders['statuses']}")
    print(f"one client alone: p50 {orders['alone']['p50_ms']:.1f} ms, "
          f"p99 {orders['alone']['p99_ms']:.1f} ms")
    print("\nCPU-ms per order")
    for name, value in orders["cpu_ms"].items():
        print(f"  {name:<12}{value:>7.2f}")
    ours = sum(orders["cpu_ms"][name] for name in SERVICES)
    stores = sum(orders["cpu_ms"][name] for name in (*DATABASES, "redis"))
    print(f"  {'services':<12}{ours:>7.2f}\n  {'stores':<12}{stores:>7.2f}")
    print(f"  {'in all':<12}{ours + stores + orders['cpu_ms']['gateway']:>7.2f}"
          "   services, stores and gateway; without the provider sandbox and the load")
    print(f"  {'pgbench':<12}{limit['cpu_ms']:>7.2f}   the same statements, an order at a time: "
          f"{limit['rate']:.0f} orders a second, of which ours are "
          f"{100 * orders['rate'] / limit['rate']:.0f} %")


def print_reads(reads: dict) -> None:
    print(f"\n{'reads':<36}{'a second':>10}{'p50 ms':>8}{'p99 ms':>8}   CPU-ms")
    for title, read in reads.items():
        cpu = "  ".join(f"{name} {value:.3f}" for name, value in read.get("cpu_ms", {}).items()
                        if value >= 0.001)
        print(f"{title:<36}{read['rate']:>10.0f}{read['p50_ms']:>8.2f}{read['p99_ms']:>8.2f}"
              f"   {cpu}".rstrip())


def write_json(path: pathlib.Path | None, figures: dict) -> None:
    if path:
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="ascii")


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("build", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--only-check", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--orders", type=int, default=3000, help="how many to place (3000)")
    parser.add_argument("--clients", type=int, default=8, help="how many at once (8)")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures to this file")
    parser.add_argument("--plot", type=pathlib.Path, help="also draw them, as SVG")
    parser.add_argument("--overload", action="store_true",
                        help="instead: what becomes of orders at five times the most")
    parser.add_argument("--telemetry", action="store_true",
                        help="instead: what metrics, traces and logs cost")
    options = parser.parse_args()
    if options.only_check:
        return
    env = installation.load()
    if options.telemetry:
        pairs = measure_telemetry(options.build, env, goods(admin_of(env), 3), options.orders,
                                  options.clients)
        bench_telemetry.show(pairs)
        return write_json(options.json, {"telemetry": pairs})
    if options.overload:
        figures = measure_overload(options.build, env, goods(admin_of(env), 3), options.orders,
                                   options.clients)
        bench_overload.show(figures)
        return write_json(options.json, figures)
    figures: dict = {"start_up_ms": measure_start_up(options.build)}
    time.sleep(UNTIL_REST_S)
    figures["idle_mib"] = measure_memory()
    products = goods(admin_of(env), PRODUCTS)
    figures["orders"] = measure_orders(options.build, env, products[:3], options.orders,
                                       options.clients)
    figures["loaded_mib"] = measure_memory()
    figures["pgbench"] = bench_limits.checkouts_by_pgbench(env, products, options.clients, cpu_ms)
    figures["reads"] = measure_reads(options.build, env, products[0], 2 * options.clients)
    print_processes(figures)
    print_orders(figures["orders"], figures["pgbench"], options.clients)
    print_reads(figures["reads"])
    if options.plot:
        options.plot.write_text(bench_plot.svg(figures), encoding="utf-8")
    write_json(options.json, figures)


if __name__ == "__main__":
    run_program(main)
