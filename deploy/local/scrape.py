"""What a service says of itself on /metrics, as numbers to compute with."""

import math
import re
import ssl
import urllib.request
from dataclasses import dataclass

LINE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
OPERATIONS = ("/livez", "/readyz", "/metrics", "/openapi.yaml")


@dataclass(frozen=True)
class Sample:
    name: str
    labels: dict[str, str]
    value: float


def parse(text: str) -> list[Sample]:
    """Prometheus' text format 0.0.4, as far as we write it."""
    samples = []
    for line in text.splitlines():
        match = LINE.match(line)
        if match and not line.startswith("#"):
            name, labels, value = match.groups()
            samples.append(Sample(name, dict(LABEL.findall(labels or "")), float(value)))
    return samples


def scrape(url: str, timeout_s: float = 1.0, authority: str | None = None) -> list[Sample]:
    """`authority` is a file of whom to believe by https; None: the system's."""
    context = ssl.create_default_context(cafile=authority) if url.startswith("https:") else None
    with urllib.request.urlopen(f"{url}/metrics", timeout=timeout_s, context=context) as answer:
        return parse(answer.read().decode())


def total(samples: list[Sample], name: str, **labels: str) -> float:
    return sum(sample.value for sample in samples if sample.name == name
               and all(sample.labels.get(key) == value for key, value in labels.items()))


def by_label(samples: list[Sample], name: str, label: str) -> dict[str, float]:
    sums: dict[str, float] = {}
    for sample in samples:
        if sample.name == name:
            key = sample.labels.get(label, "")
            sums[key] = sums.get(key, 0.0) + sample.value
    return sums


def requests(samples: list[Sample]) -> tuple[float, float]:
    """Requests answered so far, and those of them that failed; probes and scrapes left out."""
    mine = [sample for sample in samples if sample.name == "http_server_requests_total"
            and sample.labels.get("route") not in OPERATIONS]
    failed = sum(sample.value for sample in mine if sample.labels["status"].startswith("5"))
    return sum(sample.value for sample in mine), failed


def buckets(samples: list[Sample]) -> dict[float, float]:
    """Cumulative counts of request durations by upper bound in seconds, over all routes."""
    counts: dict[float, float] = {}
    for sample in samples:
        if (sample.name == "http_server_request_duration_seconds_bucket"
                and sample.labels.get("route") not in OPERATIONS):
            bound = float(sample.labels["le"].replace("+Inf", "inf"))
            counts[bound] = counts.get(bound, 0.0) + sample.value
    return counts


def quantile(q: float, before: dict[float, float], now: dict[float, float]) -> float | None:
    """The q-quantile of what happened between two readings, interpolated inside its bucket as
    Prometheus does; nothing if nothing happened."""
    grown = [(bound, now[bound] - before.get(bound, 0.0)) for bound in sorted(now)]
    if not grown or grown[-1][1] <= 0:
        return None
    rank = q * grown[-1][1]
    lower, below = 0.0, 0.0
    for bound, count in grown:
        if count >= rank:
            if math.isinf(bound):
                return lower
            inside = count - below
            return lower + (bound - lower) * ((rank - below) / inside if inside else 1.0)
        lower, below = bound, count
    return lower
