"""What ./dev top computes from /metrics."""

import math

import scrape

TEXT = """# HELP http_server_requests_total Requests answered.
# TYPE http_server_requests_total counter
http_server_requests_total{method="GET",route="/api/v1/cart",status="200"} 90
http_server_requests_total{method="GET",route="/api/v1/cart",status="503"} 10
http_server_requests_total{method="GET",route="/metrics",status="200"} 1000
circuit_breaker_open{name="a \\"quoted\\" one"} 1
redis_up 1
"""


def test_labels_and_values_are_read():
    samples = scrape.parse(TEXT)
    assert len(samples) == 5
    assert samples[0].labels == {"method": "GET", "route": "/api/v1/cart", "status": "200"}
    assert samples[4] == scrape.Sample("redis_up", {}, 1.0)


def test_probes_are_no_requests():
    assert scrape.requests(scrape.parse(TEXT)) == (100, 10)


def test_sums_are_taken_over_what_is_not_named():
    samples = scrape.parse(TEXT)
    assert scrape.total(samples, "http_server_requests_total", route="/api/v1/cart") == 100
    assert scrape.by_label(samples, "http_server_requests_total", "status") == {
        "200": 1090, "503": 10}


def test_a_quantile_is_of_what_happened_between_two_readings():
    before = {0.01: 100.0, 0.1: 100.0, math.inf: 100.0}
    now = {0.01: 150.0, 0.1: 200.0, math.inf: 200.0}
    assert scrape.quantile(0.5, before, now) == 0.01
    assert abs(scrape.quantile(0.75, before, now) - 0.055) < 1e-9
    assert scrape.quantile(0.99, before, before) is None


def test_what_is_beyond_the_last_bound_counts_as_the_last_bound():
    assert scrape.quantile(0.99, {}, {0.1: 1.0, math.inf: 100.0}) == 0.1
