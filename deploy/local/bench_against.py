"""Whether an operation costs more CPU than it did at another commit.

Two installations, one of each commit, do the same work by turns, so that what else the machine does
meets both. The measure of an operation is the median over the rounds of what it cost the one,
divided by what it cost the other just before or after. Called by ./dev bench --against.
"""

import argparse
import contextlib
import os
import pathlib
import statistics
import typing

import bench
import installation
from gateway_client import admin_of

# Times as much as before. Less cannot be told from the noise of a shared machine.
MOST = 1.15
ROUNDS = 7
ORDERS = 400
READS = 4_000
CLIENTS = 8
PROCESSES = (*bench.SERVICES, "gateway", *bench.DATABASES, "redis")

# CPU-ms of one operation, by its name.
Costs = dict[str, float]


@contextlib.contextmanager
def at_work_on(state: pathlib.Path) -> typing.Iterator[dict[str, str]]:
    """Makes this the installation that all the functions of bench look at."""
    before = os.environ.get("MERCATO_STATE")
    os.environ["MERCATO_STATE"] = str(state)
    try:
        yield installation.load()
    finally:
        if before is None:
            del os.environ["MERCATO_STATE"]
        else:
            os.environ["MERCATO_STATE"] = before


class Installation:
    """One of the two, with goods and buyers of its own."""

    def __init__(self, build: pathlib.Path, state: pathlib.Path, stack: contextlib.ExitStack):
        self.build, self.state = build, state
        with at_work_on(state) as env:
            products = bench.goods(admin_of(env), 3)
            self.form = stack.enter_context(bench.order_form(env, products, CLIENTS))
            self.paths = {"product by id": f"/api/v1/products/{products[0]}",
                          "list of 20": "/api/v1/products?limit=20"}

    def round(self) -> Costs:
        with at_work_on(self.state) as env:
            costs = {"checkout": self.cost(ORDERS, lambda: self.place(env))}
            for name, path in self.paths.items():
                for where, url in (("at the service", env["CATALOG_URL"]),
                                   ("through the gateway", env["GATEWAY_URL"])):
                    costs[f"{name}, {where}"] = self.cost(READS, lambda url=url + path:
                                                          self.read(url))
        return costs

    def place(self, env: dict[str, str]) -> None:
        bench.load(self.build, env, ORDERS, CLIENTS, self.form)
        bench.await_settled(env)

    def read(self, url: str) -> None:
        bench.request(self.build, url, READS, CLIENTS)

    @staticmethod
    def cost(count: int, work: typing.Callable[[], object]) -> float:
        before = sum(bench.cpu_ms(name) for name in PROCESSES)
        work()
        return (sum(bench.cpu_ms(name) for name in PROCESSES) - before) / count


def compare(ours: typing.Callable[[], Costs], theirs: typing.Callable[[], Costs],
            rounds: int) -> list[tuple[Costs, Costs]]:
    """Pairs of ours and theirs; whoever is first in one round is second in the next. The first
    round, in which caches and connections are new, does not count."""
    pairs = []
    for number in range(rounds + 1):
        if number % 2:
            mine, other = ours(), theirs()
        else:
            other, mine = theirs(), ours()
        pairs.append((mine, other))
    return pairs[1:]


def ratios(pairs: list[tuple[Costs, Costs]]) -> Costs:
    return {name: statistics.median(mine[name] / other[name] for mine, other in pairs)
            for name in pairs[0][0]}


def show(pairs: list[tuple[Costs, Costs]]) -> list[str]:
    """Prints the table; returns what costs too much now."""
    print(f"{'CPU-ms, all processes':<36}{'before':>9}{'now':>9}{'ratio':>8}")
    for name, ratio in ratios(pairs).items():
        now = statistics.median(mine[name] for mine, _ in pairs)
        before = statistics.median(other[name] for _, other in pairs)
        print(f"{name:<36}{before:>9.3f}{now:>9.3f}{ratio:>8.2f}"
              f"{'   too much' if ratio > MOST else ''}")
    return [name for name, ratio in ratios(pairs).items() if ratio > MOST]


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench --against")
    parser.add_argument("build", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("before", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("now", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only-check", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_check:
        return
    with contextlib.ExitStack() as stack:
        now, before = (Installation(options.build, state, stack)
                       for state in (options.now, options.before))
        worse = show(compare(now.round, before.round, options.rounds))
    if worse:
        raise SystemExit(f"more than {MOST:.0%} of what it cost before: {', '.join(worse)}")


if __name__ == "__main__":
    main()
