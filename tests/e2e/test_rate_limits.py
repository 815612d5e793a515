"""The limits of the gateway, switched on for these tests alone."""

import collections
import json
import time

import pytest
from raw_socket import Target
from system import at_once


@pytest.fixture(scope="module")
def limited(system):
    system.up(RATE_LIMITS="on")
    yield system
    system.up(RATE_LIMITS="off")


def assert_refused(status: int, headers, problem: dict) -> None:
    assert (status, problem["code"]) == (429, "rate_limited")
    assert headers["content-type"] == "application/problem+json"
    assert 1 <= int(headers["retry-after"]) <= 60
    assert headers["ratelimit-policy"]
    assert problem["retryable"] is True


def test_one_address_registers_a_hundred_at_once_and_not_more(limited):
    # The bodies are refused by the service: what counts is how many reach it.
    def register():
        anonymous = limited.anonymous()
        return [anonymous.call("POST", "/api/v1/users", {}) for _ in range(40)]

    began = time.monotonic()
    answers = [answer for batch in at_once([register] * 4) for answer in batch]
    most = 102 + (time.monotonic() - began)
    seen = collections.Counter(answer.status for answer in answers)
    assert 101 <= seen[422] <= most and seen[422] + seen[429] == 160, (seen, most)
    refused = next(answer for answer in answers if answer.status == 429)
    assert_refused(refused.status, refused.headers, refused.json())


def test_one_address_asks_three_hundred_times_a_second_and_not_more(limited):
    # Without waiting for answers, so that no client is too slow to ask too often.
    gateway = Target("gateway", limited.env["GATEWAY_URL"])
    ask = "GET /api/v1/products/no-such-id HTTP/1.1\r\nHost: x\r\n"
    flood = f"{ask}\r\n" * 399 + f"{ask}Connection: close\r\n\r\n"
    began = time.monotonic()
    answers = [answer for batch in at_once([lambda: gateway.ask(flood.encode())] * 8)
               for answer in batch]
    most = 601 + 300 * (time.monotonic() - began)
    seen = collections.Counter(answer.status for answer in answers)
    assert set(seen) == {404, 429} and len(answers) == 3200 and seen[404] <= most, (seen, most)
    refused = next(answer for answer in answers if answer.status == 429)
    assert_refused(refused.status, refused.headers, json.loads(refused.body))
