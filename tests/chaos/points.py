"""kill -9 at each named point of the services' code, while shoppers go on shopping.

A service is started with some points armed (shared/mercato/failpoint); it dies at the first of them
that is reached, and is started again with the others and the next one armed. Points are found by a
rehearsal: what the shoppers' own requests reach is what is killed.
"""

import collections
import concurrent.futures
import contextlib
import http.client
import itertools
import os
import pathlib
import random
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field

import installation
from shoppers import Log, Shopper, shoppers
from storm import await_rest, goods, heal, look_at_rest
from system import System

SERVICES = ("order", "payment", "catalog", "user")
# A death costs little when the first of several points will do.
ARMED_AT_ONCE = 8
# How long a service that is ready may take to reach one of them, before others are tried.
PATIENCE_S = 1.0
READY_WITHIN_S = 30.0
DEATHS_A_BATCH = 70
# One start in so many is armed from its first instruction on; in the others the service is ready
# before.
ARMED_STARTS = 4
# So many services may be about to die, or be away, at once: a shop that never opens reaches few
# points.
MORTAL_AT_ONCE = 2
# Access tokens are good for 15 minutes.
SIGNED_IN_FOR_S = 300


@dataclass(frozen=True)
class Death:
    """One run: a service dies when it reaches a point for the nth time."""

    service: str
    point: str
    hit: int

    @property
    def setting(self) -> str:
        return f"{self.point}@{self.hit}=kill"

    def __str__(self) -> str:
        return f"{self.service} {self.setting}"


class Ahead:
    """The deaths that a service has ahead of it: all its points in an order that the seed decides,
    then again in another one. Points that were not reached in time are not tried again."""

    def __init__(self, service: str, points: list[str], seed: int):
        self._service, self._points = service, sorted(points)
        self._dice = random.Random(f"deaths {seed} {service}")
        self._queue: list[Death] = []
        self.armed: list[Death] = []
        self.rare: set[str] = set()
        self._fill()

    def _fill(self) -> None:
        while len(self.armed) < ARMED_AT_ONCE:
            if not self._queue:
                if self.armed or not set(self._points) - self.rare:
                    return
                self._queue = [Death(self._service, point, self._dice.choice((1, 1, 1, 2, 3)))
                               for point in self._dice.sample(self._points, len(self._points))
                               if point not in self.rare]
            self.armed.append(self._queue.pop(0))

    def died_at(self, point: str) -> Death:
        """What died there. It may have been armed before others were."""
        died = next((death for death in self.armed if death.point == point),
                    Death(self._service, point, 1))
        self.armed = [death for death in self.armed if death != died]
        self.rare.discard(point)
        self._fill()
        return died

    def reached_none(self) -> None:
        self.rare |= {death.point for death in self.armed}
        self.armed = []
        self._fill()


def setting(armed: list[Death]) -> str:
    return ";".join(death.setting for death in armed)


@dataclass
class Process:
    """A service that is started with settings of its own, known to ./dev like any other."""

    system: System
    service: str
    child: subprocess.Popen | None = None

    def _run_file(self, kind: str) -> pathlib.Path:
        return self.system.state / "run" / f"{self.service}.{kind}"

    @property
    def reached(self) -> pathlib.Path:
        return self.system.state / f"points-{self.service}"

    @property
    def _socket(self) -> pathlib.Path:
        return self._run_file("failpoints")

    def tell(self, command: str) -> bool:
        """Whether the running process did what it was told; false if it is gone."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(str(self._socket))
            line.sendall(f"{command}\n".encode())
            return line.recv(100) == b"ok\n"
        return False

    def start(self, **settings: str) -> None:
        """Every point that is reached for the first time, and the last one, is in its log."""
        settings["MERCATO_FAILPOINT_LOG"] = str(self.reached)
        settings["MERCATO_FAILPOINT_SOCKET"] = str(self._socket)
        environment = installation.read_environment(self._run_file("environment"))
        with open(self.system.state / "log" / f"{self.service}.log", "ab") as log:
            self.child = subprocess.Popen(
                [self.binary(), "serve"], env={**environment, **settings}, stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        self._run_file("pid").write_text(f"{self.child.pid}\n", encoding="ascii")
        started = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text("ascii")
        self._run_file("started").write_text(
            f"{self.child.pid} {started.rsplit(')', 1)[1].split()[19]}\n", encoding="ascii")

    def arm(self, deaths: list[Death]) -> None:
        """These and no others."""
        self.tell(f"arm {setting(deaths)}")

    def await_ready(self) -> None:
        """Until it is, or has died."""
        ends_at = time.monotonic() + READY_WITHIN_S
        while not self.is_ready() and self.child.poll() is None and time.monotonic() < ends_at:
            time.sleep(0.01)

    def calm(self) -> None:
        """Alive and well, with nothing ahead of it."""
        self.arm([])
        if self.child.poll() is not None:
            self.start()
        self.await_ready()

    def is_ready(self) -> bool:
        port = int(installation.read_environment(self._run_file("environment"))["HEALTH_PORT"])
        health = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            health.request("GET", "/readyz")
            return health.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            health.close()

    def binary(self) -> pathlib.Path:
        return (build_folder(self.system) / "services" / self.service
                / f"{self.service}-service-failpoints")

    def dies_within(self, seconds: float) -> str | None:
        """The point at which it killed itself."""
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        assert self.child.returncode == -signal.SIGKILL, (
            f"{self.service} ended by itself with {self.child.returncode}")
        return self.reached.read_text(encoding="utf-8").splitlines()[-1]

    def end(self) -> None:
        """Without a word, as everything here ends."""
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()


def build_folder(system: System) -> pathlib.Path:
    return pathlib.Path(os.environ.get("MERCATO_BUILD", system.root / "build" / "release"))


@dataclass
class Campaign:
    """What is killed how often, and what came of it."""

    seed: int
    runs: int
    minutes: float = 3.5
    clients: int = 8
    only: str = ""
    points: dict[str, list[str]] = field(default_factory=dict)
    killed: list[Death] = field(default_factory=list)
    rare: set[tuple[str, str]] = field(default_factory=set)  # points not reached in time once
    orders: int = 0
    slowest_rest_s: float = 0.0
    breaks: list[str] = field(default_factory=list)
    spent_s: collections.Counter = field(default_factory=collections.Counter)  # by what was done
    _people: list[Shopper] = field(default_factory=list)
    _signed_in: float = -SIGNED_IN_FOR_S

    @contextlib.contextmanager
    def doing(self, what: str):
        began = time.monotonic()
        yield
        self.spent_s[what] += time.monotonic() - began

    def shoppers(self, system: System, number: int, log: Log) -> list[Shopper]:
        """Signed in anew when they were so for long."""
        if time.monotonic() > self._signed_in + SIGNED_IN_FOR_S:
            with self.doing("opening"):
                self._people = shoppers(system, self.clients, self.seed, goods(system), log)
            self._signed_in = time.monotonic()
        for person in self._people:
            person.dice = random.Random(f"shopper {self.seed + number} {person.number}")
            person.log = log
        return self._people

    def command(self) -> str:
        only = f" --point '{self.only}'" if self.only else ""
        return f"./dev chaos --points --runs {self.runs} --seed {self.seed}{only}"


class Killer:
    """Kills one service over and over. Runs in a thread of its own."""

    def __init__(self, process: Process, campaign: Campaign, seed: int,
                 mortal: threading.Semaphore):
        self._process, self._campaign, self._mortal = process, campaign, mortal
        points = [point for point in campaign.points[process.service]
                  if campaign.only in point and (process.service, point) not in campaign.rare]
        self._ahead = Ahead(process.service, points, seed)

    def run(self, over) -> None:
        for turn in itertools.count():
            with self._mortal:
                if not self._ahead.armed or over():
                    return
                if turn % ARMED_STARTS == 0:
                    self._process.end()
                    self._process.start(MERCATO_FAILPOINT=setting(self._ahead.armed))
                    self._process.await_ready()
                else:
                    self._process.arm(self._ahead.armed)
                self._note(self._process.dies_within(PATIENCE_S))
                self._process.calm()

    def _note(self, point: str | None) -> None:
        if point:
            self._campaign.killed.append(self._ahead.died_at(point))
        else:
            self._campaign.rare |= {(each.service, each.point) for each in self._ahead.armed}
            self._ahead.reached_none()


def rehearse(system: System, campaign: Campaign) -> None:
    """Finds the points that the shoppers' requests reach, in a quiet shop."""
    log = Log()
    people = campaign.shoppers(system, -1, log)
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(campaign.clients) as pool:
        for done in [pool.submit(person.keep_shopping,
                                 lambda: log.placed() >= 40 or time.monotonic() - began > 20)
                     for person in people]:
            done.result()
    for service in SERVICES:
        found = Process(system, service).reached.read_text(encoding="utf-8").splitlines()
        campaign.points[service] = sorted(set(found))


def batch(system: System, campaign: Campaign, processes: list[Process], number: int,
          ends_at: float) -> None:
    """Some kills under load, then rest, and a look at what was promised."""
    log, mortal = Log(), threading.Semaphore(MORTAL_AT_ONCE)
    before = len(campaign.killed)
    wanted = min(campaign.runs, before + DEATHS_A_BATCH)
    people = campaign.shoppers(system, number, log)
    killers = [Killer(process, campaign, campaign.seed + number, mortal) for process in processes]

    def over() -> bool:
        return len(campaign.killed) >= wanted or time.monotonic() > ends_at

    with campaign.doing("killing"), concurrent.futures.ThreadPoolExecutor(
            len(people) + len(killers)) as pool:
        work = [pool.submit(killer.run, over) for killer in killers]
        work += [pool.submit(person.keep_shopping, over) for person in people]
        for done in work:
            done.result()
    with campaign.doing("coming to rest"):
        for process in processes:
            process.calm()
        heal(system)
        rest_s, restless = await_rest(system)
    log.breaks.update(restless)
    with campaign.doing("looking"):
        look_at_rest(system, people, log)
    campaign.orders += log.placed()
    campaign.slowest_rest_s = max(campaign.slowest_rest_s, rest_s)
    if log.breaks:
        campaign.breaks += sorted(log.breaks)
        campaign.breaks += [f"  in a batch that killed {death}"
                            for death in campaign.killed[before:]]


def start_variants(system: System) -> list[Process]:
    """The failpoint variants in the place of the services."""
    processes = [Process(system, service) for service in SERVICES]
    for process in processes:
        system.dev("stop", process.service)
        process.start()
    heal(system)
    return processes


def run(system: System, campaign: Campaign) -> None:
    """The whole campaign over a running installation of the failpoint variants."""
    ends_at = time.monotonic() + campaign.minutes * 60
    processes = start_variants(system)
    with campaign.doing("rehearsing"):
        rehearse(system, campaign)
    for number in itertools.count():
        if (len(campaign.killed) >= campaign.runs or time.monotonic() > ends_at
                or campaign.breaks):
            return
        batch(system, campaign, processes, number, ends_at)
