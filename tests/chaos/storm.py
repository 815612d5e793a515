"""A storm: processes die and freeze at random while many clients order; then everything heals, and
what was promised is held against what is there."""

import collections
import concurrent.futures
import contextlib
import json
import threading
import time
from dataclasses import dataclass, field

import psycopg2
from faults import OTHERS, Fault, plan
from installation import DATABASES, SERVICES
from promises import Charge, Rest, broken_promises
from provider_client import Provider
from shoppers import Log, Shopper, shoppers
from system import System

REST_WITHIN_S = 10      # I5
ALL_QUIET_WITHIN_S = 60  # money and stock owed to somebody, retried with backoff
OUTAGES_AT_ONCE = 3


@dataclass(frozen=True)
class Weather:
    """How much is asked of the system."""

    seed: int
    orders: int = 500
    kills: int = 20
    clients: int = 8
    every_s: float = 1.0
    minutes: float = 10.0

    def __str__(self) -> str:
        return f"--seed {self.seed} --orders {self.orders} --clients {self.clients}"


@dataclass
class Outcome:
    orders: int = 0
    statuses: dict = field(default_factory=dict)
    faults: dict = field(default_factory=dict)
    slowest_s: float = 0.0
    rest_s: float = 0.0
    took_s: float = 0.0
    breaks: list[str] = field(default_factory=list)


class Chaos:
    """Makes faults happen, some at once, never two to one process. Owns its threads."""

    def __init__(self, system: System, weather: Weather):
        self._system, self._weather = system, weather
        self._out: set[str] = set()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.kills = 0
        self.counts: collections.Counter = collections.Counter()
        self.failures: list[str] = []

    def run(self, over) -> None:
        """Until `over()`, and `kills` processes were killed."""
        with concurrent.futures.ThreadPoolExecutor(OUTAGES_AT_ONCE) as pool:
            running: set = set()
            for fault in plan(self._weather.seed, self._weather.every_s):
                if over():
                    break
                time.sleep(min(fault.after_s, 5))
                running = {future for future in running if not future.done()}
                if len(running) < OUTAGES_AT_ONCE and self._claim(fault):
                    running.add(pool.submit(self._strike, fault))

    def _claim(self, fault: Fault) -> bool:
        with self._lock:
            if fault.name in self._out:
                return False
            self._out.add(fault.name)
            self.counts[f"{'kill -9' if fault.kind == 'kill' else 'SIGSTOP'} {fault.name}"] += 1
            self.kills += fault.kind == "kill"
            return True

    def _strike(self, fault: Fault) -> None:
        try:
            self._system.kill(fault.name, "KILL" if fault.kind == "kill" else "STOP")
            time.sleep(fault.lasts_s)
            self._start(fault)
        except AssertionError as error:
            self.failures.append(f"A2  {fault}: {error}")
        finally:
            with self._lock:
                self._out.discard(fault.name)

    def _start(self, fault: Fault) -> None:
        """A process whose database is away comes up and waits for it: it may take its time to be
        ready, but must not give up."""
        done = self._system.dev("start", fault.name)
        if done.returncode != 0 and "is not ready after" in done.stdout:
            done = self._system.dev("start", fault.name)
        assert done.returncode == 0, done.stdout


def goods(system: System) -> list[dict]:
    """Plenty of most, and a few of which the last units are fought for."""
    return ([system.product(on_hand=1_000_000, price=100 + 37 * n) for n in range(12)]
            + [system.product(on_hand=40, price=999) for _ in range(4)])


def storm(system: System, weather: Weather) -> Outcome:
    """One storm over a running system. Leaves it running."""
    chaos = Chaos(system, weather)
    ends_at = time.monotonic() + weather.minutes * 60

    def strike(log: Log) -> collections.Counter:
        chaos.run(lambda: ((log.placed() >= weather.orders and chaos.kills >= weather.kills)
                           or time.monotonic() > ends_at))
        log.breaks.update(chaos.failures)
        return chaos.counts

    return under_load(system, weather, strike)


def under_load(system: System, weather: Weather, strike) -> Outcome:
    """Shoppers shop while `strike(log)` does what it does and answers how often it did what; then
    everything heals, comes to rest and is looked at."""
    log, began, over = Log(), time.monotonic(), threading.Event()
    people = shoppers(system, weather.clients, weather.seed, goods(system), log)
    with concurrent.futures.ThreadPoolExecutor(weather.clients) as pool:
        work = [pool.submit(person.keep_shopping, over.is_set) for person in people]
        try:
            outcome = Outcome(faults=dict(strike(log)))
        finally:
            over.set()
        for done in work:
            done.result()
    outcome.statuses = dict(log.statuses)
    heal(system)
    outcome.rest_s, restless = await_rest(system)
    log.breaks.update(restless)
    log.excused.clear()
    look_at_rest(system, people, log)
    outcome.orders, outcome.slowest_s = log.placed(), log.slowest_s
    outcome.breaks = sorted(log.breaks)
    outcome.took_s = time.monotonic() - began
    return outcome


def heal(system: System) -> None:
    """Everything runs and is ready."""
    names = (*DATABASES, *OTHERS, *SERVICES)
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        for done in [pool.submit(system.start, name) for name in names]:
            done.result()


def await_rest(system: System) -> tuple[float, list[str]]:
    """Seconds until no order is on its way any more, and what went on for too long."""
    healed, breaks = time.monotonic(), []
    on_the_way = "SELECT id::text, status FROM orders WHERE status IN ('pending', 'cancelling')"
    owed = "SELECT order_id::text, kind FROM saga WHERE parked_reason IS NULL"
    rest_s = until_empty(system, "order", on_the_way, healed + REST_WITHIN_S)
    if rest_s is None:
        breaks += [f"I5  order {id} is {status} {REST_WITHIN_S} s after everything healed"
                   for id, status in system.query("order", on_the_way)]
    for service, query in (("order", owed), ("payment",
                           "SELECT order_id::text, status FROM payment WHERE owes"), ("payment",
                           "SELECT payment_id::text, status FROM refund WHERE status = 'pending'")):
        if until_empty(system, service, query, healed + ALL_QUIET_WITHIN_S) is None:
            breaks += [f"I6  {service}: {id} ({what}) is still owed {ALL_QUIET_WITHIN_S} s after "
                       "everything healed" for id, what in system.query(service, query)]
    return time.monotonic() - healed if rest_s is None else rest_s, breaks


def until_empty(system: System, service: str, query: str, deadline: float) -> float | None:
    began = time.monotonic()
    while True:
        with contextlib.suppress(psycopg2.OperationalError):
            if not system.query(service, query):
                return time.monotonic() - began
        if time.monotonic() > deadline:
            return None
        time.sleep(0.1)


def look_at_rest(system: System, people: list[Shopper], log: Log) -> None:
    """Everything that can be said once nothing happens any more."""
    found = orders_at_rest(system)
    log.breaks.update(broken_promises(log.said, found, log.given_up))
    for each in log.said:
        if each.repeatable:
            person = people[each.client] if each.client >= 0 else people[0]
            person.ask_again(each, patience_s=5)
    admin = system.admin()
    for order_id in {each.order_id for each in log.said if each.order_id}:
        answer = admin.call("GET", f"/api/v1/orders/{order_id}")
        if answer.status != 200:
            log.broken(f"I4  order {order_id} was acknowledged and reads {answer.status}")
        elif order_id in found and answer.json()["status"] != found[order_id].status:
            log.broken(f"I11  order {order_id} reads {answer.json()['status']}")
    look_at_refunds(admin, log)
    sums: collections.Counter = collections.Counter()
    for each in admin.call("GET", "/api/v1/ledger/balances", expect=(200,)).json()["data"]:
        sums[each["currency"]] += each["balance"]
    log.breaks.update(f"I3  the ledger's balances in {currency} sum to {balance}"
                      for currency, balance in sums.items() if balance != 0)
    reconciled = system.reconcile()
    if reconciled.returncode != 0:
        log.breaks.update(line for line in reconciled.stdout.splitlines() if line.startswith("I"))
        log.broken(f"R1  reconcile: {reconciled.stdout.splitlines()[-1]}")


def look_at_refunds(admin, log: Log) -> None:
    for each in log.said:
        if each.path.endswith("/refunds") and each.status == 201:
            listed = admin.call("GET", f"{each.path}?limit=100", expect=(200,)).json()["data"]
            refund = json.loads(each.body)
            if refund["id"] not in {entry["id"] for entry in listed}:
                log.broken(f"I4  refund {refund['id']} of {each.path} was acknowledged and is gone")


def orders_at_rest(system: System) -> dict[str, Rest]:
    """Every order that is there, acknowledged or not, with what the provider holds for it."""
    found = {id: Rest(status, total, refunded, reason)
             for id, status, total, refunded, reason in system.query(
                 "order", "SELECT id::text, status, total, refunded, reject_reason FROM orders")}
    provider = Provider(system.env)
    for order_id, rest in found.items():
        for intent in provider.intents(order_id):
            refunded = sum(refund["amount"] for refund in provider.paid_refunds(intent))
            rest.charges.append(
                Charge(intent["id"], intent["status"], intent["amount_received"], refunded))
    return found
