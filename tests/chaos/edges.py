"""A proxy on each edge from the clients to the databases, which breaks what passes: calls come
late, are cut before or after they were carried out, are refused, or arrive twice."""

import asyncio
import collections
import contextlib
import pathlib
import random
import re
import threading
import time
import urllib.parse
from dataclasses import dataclass

import installation
from installation import SERVICES
from shoppers import Log
from storm import Outcome, Weather, under_load
from system import System

FAULTS = ("delay", "cut before", "cut after", "refuse", "twice")
LONGEST_DELAY_S = 1.5
ANSWERED_WITHIN_S = 5.0


@dataclass(frozen=True)
class Edge:
    """From a process to what one of its settings names."""

    service: str
    setting: str
    one_in: int  # so many messages from one fault to the next, on average

    @property
    def is_http(self) -> bool:
        return self.setting not in ("DATABASE_URL", "REDIS_URL")

    def __str__(self) -> str:
        return f"{self.service} {self.setting}"


EDGES = (
    *(Edge(service, "DATABASE_URL", 150) for service in ("user", "catalog", "order", "payment")),
    *(Edge(service, "REDIS_URL", 40) for service in ("catalog", "order", "payment")),
    Edge("order", "USER_URL", 12), Edge("order", "CATALOG_URL", 12),
    Edge("order", "PAYMENT_URL", 12), Edge("catalog", "ORDER_URL", 12),
    Edge("catalog", "USER_URL", 12),
    Edge("payment", "PROVIDER_URL", 12), Edge("psp", "WEBHOOK_URL", 6),
)


def is_whole_request(message: bytes) -> bool:
    """Whether it is one HTTP request from its first line to the end of its body."""
    head, end, body = message.partition(b"\r\n\r\n")
    if not end or not re.match(rb"[A-Z]+ /\S* HTTP/1\.1\r\n", message):
        return False
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return len(body) == int(length[1] if length else 0)


class Proxy:
    """One edge. Lives on the event loop of its Proxies."""

    def __init__(self, edge: Edge, target: tuple[str, int], seed: int,
                 counts: collections.Counter):
        self._edge, self._target, self._counts = edge, target, counts
        self._dice = random.Random(f"edge {seed} {edge}")
        self._repeats: set[asyncio.Future] = set()  # or they might be forgotten half way
        self.breaking = False
        self.port = 0

    async def listen(self) -> None:
        server = await asyncio.start_server(self._keep, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def _keep(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        """One connection, until one side ends it or a fault does."""
        if self._fault(("refuse",)):
            answers.transport.abort()
            return
        try:
            server, requests = await asyncio.open_connection(*self._target)
        except OSError:
            answers.transport.abort()
            return
        cut = asyncio.Event()
        ways = {asyncio.ensure_future(self._pass_on(client, requests, cut)),
                asyncio.ensure_future(self._give_back(server, answers, cut))}
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for writer in (answers, requests):
            writer.transport.abort()

    def _fault(self, kinds: tuple[str, ...]) -> str | None:
        """What happens to this message, if anything does."""
        if not self.breaking or self._dice.randrange(self._edge.one_in):
            return None
        kind = self._dice.choice(kinds)
        self._counts[f"{self._edge}: {kind}"] += 1
        return kind

    async def _pass_on(self, client, requests, cut: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while message := await client.read(1 << 20):
                twice = self._edge.is_http and is_whole_request(message)
                fault = self._fault(FAULTS if twice else FAULTS[:3])
                if fault in ("cut before", "refuse"):
                    return
                if fault == "delay":
                    await asyncio.sleep(self._dice.uniform(0.01, LONGEST_DELAY_S))
                if fault == "cut after":
                    cut.set()
                if fault == "twice":
                    self._repeats.add(asyncio.ensure_future(self._ask_once_more(message)))
                requests.write(message)
                await requests.drain()

    async def _give_back(self, server, answers, cut: asyncio.Event) -> None:
        """The answers, until the one that is lost: it was given, and nobody hears it."""
        with contextlib.suppress(OSError):
            while answer := await server.read(1 << 20):
                if cut.is_set():
                    return
                answers.write(answer)
                await answers.drain()

    async def _ask_once_more(self, message: bytes) -> None:
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            server, requests = await asyncio.open_connection(*self._target)
            requests.write(message)
            await asyncio.wait_for(server.read(1 << 20), ANSWERED_WITHIN_S)
            requests.transport.abort()


class Proxies:
    """All edges, in a thread of their own."""

    def __init__(self, seed: int):
        self._seed = seed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._proxies: list[Proxy] = []
        self.counts: collections.Counter = collections.Counter()

    def through(self, edge: Edge, url: str) -> str:
        """The URL that leads to the same place by a new proxy."""
        parts = urllib.parse.urlsplit(url)
        proxy = Proxy(edge, (parts.hostname, parts.port), self._seed, self.counts)
        asyncio.run_coroutine_threadsafe(proxy.listen(), self._loop).result()
        self._proxies.append(proxy)
        credentials = parts.netloc.rpartition("@")[0]
        host = f"{credentials}@127.0.0.1" if credentials else "127.0.0.1"
        return parts._replace(netloc=f"{host}:{proxy.port}").geturl()

    def set_breaking(self, breaking: bool) -> None:
        for proxy in self._proxies:
            proxy.breaking = breaking

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @staticmethod
    async def _end_all() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def url_of(edge: Edge, settings: dict[str, str], system: System) -> str:
    """Where the edge leads, by TCP. A setting that names a file is taken out."""
    from_file = settings.pop(f"{edge.setting}_FILE", None)
    if edge.setting == "DATABASE_URL":
        return system.env[f"{edge.service.upper()}_DATABASE_URL"]
    if from_file:
        return pathlib.Path(from_file).read_text(encoding="utf-8").strip()
    return settings[edge.setting]


def lead_through(proxies: Proxies, system: System) -> None:
    """Starts each service and the gateway anew, with every edge led through a proxy."""
    for service in dict.fromkeys(edge.service for edge in EDGES):
        file = system.state / "run" / f"{service}.environment"
        settings = installation.read_environment(file)
        for edge in EDGES:
            if edge.service != service:
                continue
            settings[edge.setting] = proxies.through(edge, url_of(edge, settings, system))
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()),
                        encoding="utf-8")
        system.restart(service)
    addresses = {}
    for service in SERVICES:
        edge = Edge("gateway", f"{service.upper()}_ADDRESS", 12)
        url = proxies.through(edge, system.env[f"{service.upper()}_URL"])
        addresses[edge.setting] = urllib.parse.urlsplit(url).netloc
    restarted = system.dev("restart", "gateway", **addresses)
    assert restarted.returncode == 0, restarted.stdout
    system.env["GATEWAY_URL"] = proxies.through(Edge("clients", "GATEWAY_URL", 12),
                                                system.env["GATEWAY_URL"])


def break_edges(system: System, weather: Weather) -> Outcome:
    """Orders over edges that break, then over sound ones until everything is at rest."""
    proxies = Proxies(weather.seed)
    lead_through(proxies, system)

    def strike(log: Log) -> collections.Counter:
        ends_at = time.monotonic() + weather.minutes * 60
        proxies.set_breaking(True)
        while log.placed() < weather.orders and time.monotonic() < ends_at:
            time.sleep(0.05)
        proxies.set_breaking(False)
        return proxies.counts

    outcome = under_load(system, weather, strike)
    proxies.close()
    return outcome
