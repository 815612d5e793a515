"""The clock of one service after the other is an hour fast, then an hour slow, while shoppers shop.

The failpoint variants are told by how much to be wrong while they run, and then to be right again:
a clock that jumps both ways. A merchant who asked for it is told of what is sold all the while.
"""

import collections
import contextlib
import itertools
import json
import time

import points
from merchant import Merchant
from shoppers import Log
from storm import Outcome, Weather, under_load
from system import System

SHIFTS_S = (3600, -3600)
# How long a clock is wrong, and how long the shop goes on in between.
WRONG_FOR_S, RIGHT_FOR_S = 4.0, 1.0
# Tokens seem to have run out, or not to have begun: who asks is asked to sign in.
EXCUSED = 401
# One in so many messages is not taken at first; it comes again after some seconds.
REFUSES_ONE_IN = 50
TOLD_WITHIN_S = 30


class Moody(Merchant):
    """Refuses a message now and then. Wants to hear of what comes after the event `since`."""

    def __init__(self, since: int):
        super().__init__()
        self.since = since
        self._asked = itertools.count(1)

    def answer(self) -> int:
        return 500 if next(self._asked) % REFUSES_ONE_IN == 0 else 200

    def ids(self) -> set[str]:
        return {json.loads(body)["id"] for _, body in list(self.heard)}


@contextlib.contextmanager
def merchant_of(system: System):
    """One who is to be told of every sale from now on."""
    merchant = Moody(system.query("order", "SELECT coalesce(max(id), 0) FROM outbox")[0][0])
    made = system.admin().call("POST", "/api/v1/webhook-endpoints",
                               {"url": merchant.url, "events": ["order.confirmed"]}, expect=(201,))
    try:
        yield merchant
    finally:
        system.admin().call("DELETE", made.headers["location"])
        merchant.close()


def untold(system: System, merchant: Moody) -> list[str]:
    """The orders whose sale the merchant has not heard of, though there was time."""
    sold = dict(system.query("order", "SELECT event_id::text, aggregate_id FROM outbox"
                                      " WHERE type = 'order.confirmed' AND id > %s",
                             merchant.since))
    deadline = time.monotonic() + TOLD_WITHIN_S
    while (missing := sold.keys() - merchant.ids()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return [sold[event] for event in sorted(missing)]


def clock_breaks(system: System, merchant: Moody) -> list[str]:
    """What only a wrong clock brings about: nobody was away."""
    unpaid = system.query("order", "SELECT id::text FROM orders"
                                   " WHERE reject_reason = 'payment_unavailable'")
    return ([f"I5  order {id} was rejected as if payment had been away" for id, in unpaid]
            + [f"W1  the merchant was not told that order {id} was sold"
               for id in untold(system, merchant)])


def skew_clocks(system: System, weather: Weather) -> Outcome:
    processes = points.start_variants(system)

    def strike(log: Log) -> collections.Counter:
        counts: collections.Counter = collections.Counter()
        log.excused.add(EXCUSED)
        for process in processes:
            for shift_s in SHIFTS_S:
                assert process.tell(f"clock {shift_s}"), f"{process.service} does not listen"
                time.sleep(WRONG_FOR_S)
                assert process.tell("clock 0"), f"{process.service} does not listen"
                counts[f"clock {shift_s:+d} s {process.service}"] += 1
                time.sleep(RIGHT_FOR_S)
        return counts

    with merchant_of(system) as merchant:
        outcome = under_load(system, weather, strike)
        outcome.breaks += clock_breaks(system, merchant)
    return outcome
