import contextlib

import bench_overload


def played(capacity: int, asked: list[int | None]):
    """An installation that confirms so many a second and refuses the rest for 0.1 ms each."""
    def place(count: int, rate: int | None) -> dict:
        asked.append(rate)
        seconds = count / (rate or capacity)
        done = min(count, round(capacity * seconds))
        statuses = {"201": done} | ({"503": count - done} if count > done else {})
        return {"rate": count / seconds, "seconds": seconds, "statuses": statuses,
                "by_status": {"201": {"p50_ms": 10, "p99_ms": 20}},
                "cpu_ms": {"order": 2.0 * done, "gateway": 0.1 * (count - done)}}
    return place


def crowded(by: list[int]):
    """Takes nothing from the orders, and notes how many a second come besides."""
    def beside(rate: int):
        by.append(rate)
        return contextlib.nullcontext()
    return beside


def test_the_rates_are_shares_of_the_most_that_can_be_had():
    asked, besides = [], []
    figures = bench_overload.measure(played(100, asked), crowded(besides), 1000)
    assert asked == [None, None, None, 80, 500, 80]
    assert besides == [500]
    assert bench_overload.confirmed(figures["five times as many"]) == 1000
    assert bench_overload.refused(figures["five times as many"]) == 4000


def test_a_refusal_costs_what_the_orders_do_not(capsys):
    figures = bench_overload.measure(played(100, []), crowded([]), 1000)
    peak, much = figures[bench_overload.PEAK], figures["five times as many"]
    assert abs(bench_overload.cpu_of_refusal(peak, much) - 0.1) < 1e-9
    assert bench_overload.cpu_of_refusal(peak, figures["four fifths again"]) is None
    bench_overload.show(figures)
    shown = capsys.readouterr().out
    assert "five times as many" in shown
    assert "a refusal costs 0.100 CPU-ms" in shown
    assert "{'503': 4000}" in shown
    assert "five times as many: 100% of the most beside them" in shown
