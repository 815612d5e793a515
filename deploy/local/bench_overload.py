"""What becomes of orders when more are asked for than can be done (docs/adr/0013)."""

import contextlib
import typing

SECONDS = 10
CLIENTS = 4000  # that may wait for an answer at once
PEAK = "the most"
BESIDE = "the most beside them"
TIMES = 5
PHASES = {"four fifths of it": 0.8, "five times as many": TIMES, "four fifths again": 0.8}

# So many orders, so many a second or as fast as can be: what mercato-load says, and "cpu_ms", what
# order and gateway spent in all.
Place = typing.Callable[[int, int | None], dict]
# Meanwhile so many a second are sent to somebody who refuses them at once. What is left to orders
# then is the most that can be had of them: those who ask take a part of the processors as well.
Beside = typing.Callable[[int], contextlib.AbstractContextManager]
# Fewer are too few to tell what one costs.
REFUSED_TO_TELL = 1000


def confirmed(result: dict) -> int:
    return result["statuses"].get("201", 0)


def refused(result: dict) -> int:
    return sum(result["statuses"].get(status, 0) for status in ("429", "503"))


def measure(place: Place, beside: Beside, orders: int) -> dict[str, dict]:
    """The most that can be had in a closed loop, alone and beside as many requests as come later,
    then shares of it by the clock, one after the other; latencies count from when an order was due.
    """
    place(max(orders // 10, 1), None)
    peak = place(orders, None)
    figures = {PEAK: peak}
    with beside(max(round(peak["rate"] * TIMES), 1)):
        figures[BESIDE] = place(orders, None)
    for title, share in PHASES.items():
        rate = max(round(peak["rate"] * share), 1)
        figures[title] = place(rate * SECONDS, rate)
    return figures


def cpu_of_refusal(peak: dict, result: dict) -> float | None:
    """CPU-ms of order and gateway for one, taking what they spend on an order from the peak."""
    if refused(result) < REFUSED_TO_TELL:
        return None
    accepted = sum(result["statuses"].values()) - refused(result)
    for_orders = sum(peak["cpu_ms"].values()) / confirmed(peak) * accepted
    return (sum(result["cpu_ms"].values()) - for_orders) / refused(result)


def show(figures: dict[str, dict]) -> None:
    peak = figures[PEAK]
    print(f"{'':<22}{'asked':>8}{'confirmed':>11}{'of the most':>13}{'p50 ms':>9}{'p99 ms':>9}"
          "   other answers")
    for title, result in figures.items():
        asked = sum(result["statuses"].values()) / result["seconds"]
        rate = confirmed(result) / result["seconds"]
        latencies = result["by_status"].get("201", {"p50_ms": 0, "p99_ms": 0})
        others = {status: count for status, count in result["statuses"].items() if status != "201"}
        print(f"{title:<22}{asked:>6.0f}/s{rate:>9.0f}/s{rate / peak['rate']:>12.0%} "
              f"{latencies['p50_ms']:>9.0f}{latencies['p99_ms']:>9.0f}   {others or ''}".rstrip())
        cost = cpu_of_refusal(peak, result)
        if cost is not None:
            print(f"{'':<22}a refusal costs {cost:.3f} CPU-ms at order and gateway")
    goodput = confirmed(figures["five times as many"]) / figures["five times as many"]["seconds"]
    print(f"five times as many: {goodput / figures[BESIDE]['rate']:.0%} of {BESIDE}")
