"""kill -9 at each named point of the services' code, while shoppers go on shopping.

A service is started with one point armed (shared/mercato/failpoint); it dies when that point is
reached, and is started again with the next one armed. Points are found by a rehearsal: what the
shoppers' own requests reach is what is killed.
"""

import concurrent.futures
import itertools
import os
import pathlib
import random
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field

import installation
from shoppers import Log, shoppers
from storm import await_rest, goods, heal, look_at_rest
from system import System

SERVICES = ("order", "payment", "catalog", "user")
# How long a point may take to be reached before the next one is tried.
PATIENCE_S = 2.0
KILLS_A_BATCH = 60


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


def deaths(service: str, points: list[str], seed: int):
    """For ever: all points in an order that the seed decides, then again in another one."""
    dice = random.Random(f"deaths {seed} {service}")
    while points:
        for point in dice.sample(sorted(points), len(points)):
            yield Death(service, point, dice.choice((1, 1, 1, 2, 3)))


@dataclass
class Process:
    """A service that is started with settings of its own, known to ./dev like any other."""

    system: System
    service: str
    child: subprocess.Popen | None = None

    def _run_file(self, kind: str) -> pathlib.Path:
        return self.system.state / "run" / f"{self.service}.{kind}"

    def start(self, **settings: str) -> None:
        environment = installation.read_env(self._run_file("environment"))
        with open(self.system.state / "log" / f"{self.service}.log", "ab") as log:
            self.child = subprocess.Popen(
                [self.binary(), "serve"], env={**environment, **settings}, stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        self._run_file("pid").write_text(f"{self.child.pid}\n", encoding="ascii")
        started = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text("ascii")
        self._run_file("started").write_text(
            f"{self.child.pid} {started.rsplit(')', 1)[1].split()[19]}\n", encoding="ascii")

    def binary(self) -> pathlib.Path:
        return (build_folder(self.system) / "services" / self.service
                / f"{self.service}-service-failpoints")

    def dies_within(self, seconds: float) -> bool:
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return self.child.returncode == -signal.SIGKILL

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
    missed: int = 0
    rare: set[tuple[str, str]] = field(default_factory=set)  # points not reached in time once
    orders: int = 0
    slowest_rest_s: float = 0.0
    breaks: list[str] = field(default_factory=list)

    def command(self) -> str:
        only = f" --point '{self.only}'" if self.only else ""
        return f"./dev chaos --points --runs {self.runs} --seed {self.seed}{only}"


class Killer:
    """Kills one service over and over. Runs in a thread of its own."""

    def __init__(self, system: System, service: str, campaign: Campaign, seed: int,
                 lock: threading.Lock):
        self.process = Process(system, service)
        self._campaign, self._lock = campaign, lock
        points = [point for point in campaign.points[service] if campaign.only in point]
        self._deaths = deaths(service, points, seed)

    def run(self, over) -> None:
        for death in self._deaths:
            if over():
                return
            if (death.service, death.point) in self._campaign.rare:
                time.sleep(0.001)
                continue
            self.process.end()
            self.process.start(MERCATO_FAILPOINT=death.setting)
            died = self.process.dies_within(PATIENCE_S)
            with self._lock:
                if died:
                    self._campaign.killed.append(death)
                else:
                    self._campaign.missed += 1
                    self._campaign.rare.add((death.service, death.point))


def rehearse(system: System, campaign: Campaign) -> None:
    """Finds the points that the shoppers' requests reach, in a quiet shop."""
    log = Log()
    people = shoppers(system, campaign.clients, campaign.seed, goods(system), log)
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(campaign.clients) as pool:
        for done in [pool.submit(person.keep_shopping,
                                 lambda: log.placed() >= 60 or time.monotonic() - began > 20)
                     for person in people]:
            done.result()
    for service in SERVICES:
        found = (system.state / f"points-{service}").read_text(encoding="utf-8").split("\n")
        campaign.points[service] = sorted({line for line in found if line})


def batch(system: System, campaign: Campaign, number: int, ends_at: float) -> None:
    """Some kills under load, then rest, and a look at what was promised."""
    log, lock = Log(), threading.Lock()
    before = len(campaign.killed)
    wanted = min(campaign.runs, before + KILLS_A_BATCH)
    people = shoppers(system, campaign.clients, campaign.seed + number, goods(system), log)
    killers = [Killer(system, service, campaign, campaign.seed + number, lock)
               for service in SERVICES
               if any(campaign.only in point for point in campaign.points[service])]

    def over() -> bool:
        return len(campaign.killed) >= wanted or time.monotonic() > ends_at

    with concurrent.futures.ThreadPoolExecutor(len(people) + len(killers)) as pool:
        work = [pool.submit(killer.run, over) for killer in killers]
        work += [pool.submit(person.keep_shopping, over) for person in people]
        for done in work:
            done.result()
    for killer in killers:
        killer.process.end()
        killer.process.start()
    heal(system)
    rest_s, restless = await_rest(system)
    log.breaks.update(restless)
    look_at_rest(system, people, log)
    campaign.orders += log.placed()
    campaign.slowest_rest_s = max(campaign.slowest_rest_s, rest_s)
    if log.breaks:
        campaign.breaks += sorted(log.breaks)
        campaign.breaks += [f"  in a batch that killed {death}"
                            for death in campaign.killed[before:]]


def run(system: System, campaign: Campaign) -> None:
    """The whole campaign over a running installation of the failpoint variants."""
    ends_at = time.monotonic() + campaign.minutes * 60
    rehearsing = [Process(system, service) for service in SERVICES]
    for process in rehearsing:
        system.dev("stop", process.service)
        process.start(MERCATO_FAILPOINT_LOG=str(system.state / f"points-{process.service}"))
    heal(system)
    rehearse(system, campaign)
    for process in rehearsing:
        process.end()
        process.start()
    heal(system)
    for number in itertools.count():
        if (len(campaign.killed) >= campaign.runs or time.monotonic() > ends_at
                or campaign.breaks):
            return
        batch(system, campaign, number, ends_at)
