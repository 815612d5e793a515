"""What seeing inside costs: CPU per order with metrics, traces and logs, against all of them off.

On and off take turns, and each pair is compared by itself: what else the machine does meanwhile
changes within minutes, and is about the same for two neighbours.
"""

import contextlib
import statistics
import threading
import typing

import installation
import scrape

ON = {"METRICS": "true", "OTEL_TRACES_EXPORTER": "console", "OTEL_TRACES_SAMPLER_ARG": "0.01",
      "LOG_LEVEL": "info"}
OFF = {"METRICS": "false", "OTEL_TRACES_EXPORTER": "none", "OTEL_TRACES_SAMPLER_ARG": "0",
       "LOG_LEVEL": "error"}
PAIRS = 9
SCRAPE_EVERY_S = 5
Place = typing.Callable[[int], dict[str, float]]  # so many orders: CPU-ms per order by process


def write_settings(settings: dict[str, str]) -> None:
    """For the services, from their next start on."""
    for service in installation.SERVICES:
        file = installation.state_folder() / "run" / f"{service}.environment"
        lines = [line for line in file.read_text(encoding="utf-8").splitlines()
                 if line.partition("=")[0] not in settings]
        file.write_text("\n".join([*lines, *(f"{name}={value}" for name, value
                                             in settings.items())]) + "\n", encoding="utf-8")


@contextlib.contextmanager
def scraped(env: dict[str, str]) -> typing.Iterator[None]:
    """Meanwhile somebody reads the metrics, as Prometheus would."""
    done = threading.Event()

    def read() -> None:
        while not done.wait(SCRAPE_EVERY_S):
            for service in installation.SERVICES:
                scrape.scrape(env[f"{service.upper()}_URL"], timeout_s=5,
                              authority=env.get("GATEWAY_AUTHORITY"))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        done.set()
        reader.join()


def measure(env: dict[str, str], restart: typing.Callable[[], None], place: Place,
            orders: int) -> list[dict]:
    """For each pair the CPU-ms per order, on and off."""
    def run(settings: dict[str, str]) -> dict[str, float]:
        write_settings(settings)
        restart()
        place(max(orders // 5, 50))
        with scraped(env) if settings is ON else contextlib.nullcontext():
            return place(orders)

    pairs = []
    for number in range(PAIRS):
        first, second = (ON, OFF) if number % 2 == 0 else (OFF, ON)
        found = [run(first), run(second)]
        on, off = found if first is ON else reversed(found)
        pairs.append({"on": on, "off": off})
    write_settings(ON)
    restart()
    return pairs


def cost(pair: dict, names: typing.Sequence[str]) -> float:
    """By how much orders per CPU-second fall."""
    spent = {way: sum(pair[way][name] for name in names) for way in ("on", "off")}
    return 1 - spent["off"] / spent["on"]


def show(pairs: list[dict]) -> None:
    everything = tuple(pairs[0]["on"])
    print("\nmetrics (read every 5 s), one trace in a hundred, and logs: on against all off")
    for title, names in (("services", installation.SERVICES),
                         ("services, gateway and stores", everything)):
        costs = sorted(cost(pair, names) for pair in pairs)
        mean = {way: statistics.mean(sum(pair[way][name] for name in names) for pair in pairs)
                for way in ("on", "off")}
        print(f"  {title:<30}{mean['on']:.2f} against {mean['off']:.2f} CPU-ms per order: "
              f"orders per CPU-second fall by "
              f"{100 * statistics.median(costs):.1f} % (median of {len(costs)} "
              f"pairs, {100 * costs[0]:.1f} to {100 * costs[-1]:.1f} %)")
