"""Each PostgreSQL is restarted under load, one after the other and then all at once, and time is
taken from its return to the next order that is sold."""

import collections
import time

from installation import DATABASES
from shoppers import Log
from storm import Outcome, Weather, under_load
from system import System, at_once

ROUNDS = 3
SOLD_WITHIN_S = 3.0
# After that it is not waited for any more.
PATIENCE_S = 20.0


def restart(system: System, names: tuple[str, ...]) -> float:
    """When the last of them took connections again, by the monotonic clock."""
    def one(name: str) -> float:
        system.restart(name)
        return time.monotonic()
    return max(at_once([lambda name=name: one(name) for name in names]))


def seconds_to_a_sale(log: Log, since: float) -> float:
    while log.last_sale <= since and time.monotonic() < since + PATIENCE_S:
        time.sleep(0.01)
    return log.last_sale - since if log.last_sale > since else PATIENCE_S


def restart_databases(system: System, weather: Weather) -> Outcome:
    def strike(log: Log) -> collections.Counter:
        counts: collections.Counter = collections.Counter()
        for names in (*((name,) for name in DATABASES), DATABASES) * ROUNDS:
            seconds_to_a_sale(log, time.monotonic())  # everybody shops
            sold_s = seconds_to_a_sale(log, restart(system, names))
            what = "all of them" if len(names) > 1 else names[0]
            print(f"  restarted {what}: an order was sold {sold_s:.2f} s after the return",
                  flush=True)
            counts[f"restart {what}"] += 1
            if sold_s > SOLD_WITHIN_S:
                log.broken(f"A3  nothing was sold for {sold_s:.1f} s after {what} had returned")
        return counts

    return under_load(system, weather, strike)
