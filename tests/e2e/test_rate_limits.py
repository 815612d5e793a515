"""The limits of the gateway, switched on for these tests alone."""

import collections

import pytest
from system import at_once


@pytest.fixture(scope="module")
def limited(system):
    system.up(RATE_LIMITS="on")
    yield system
    system.up(RATE_LIMITS="off")


def assert_refused(answer) -> None:
    assert (answer.status, answer.code) == (429, "rate_limited")
    assert answer.headers["content-type"] == "application/problem+json"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.headers["ratelimit-policy"]
    assert answer.json()["retryable"] is True


def test_one_address_registers_a_hundred_at_once_and_not_more(limited):
    # The bodies are refused by the service: what counts is how many reach it.
    def register():
        anonymous = limited.anonymous()
        return [anonymous.call("POST", "/api/v1/users", {}) for _ in range(40)]

    answers = [answer for batch in at_once([register] * 4) for answer in batch]
    seen = collections.Counter(answer.status for answer in answers)
    assert 101 <= seen[422] <= 110 and seen[422] + seen[429] == 160, seen
    assert_refused(next(answer for answer in answers if answer.status == 429))


def test_one_address_asks_three_hundred_times_a_second_and_not_more(limited):
    def ask():
        anonymous = limited.anonymous()
        return [anonymous.call("GET", "/api/v1/products/no-such-id") for _ in range(400)]

    answers = [answer for batch in at_once([ask] * 4) for answer in batch]
    seen = collections.Counter(answer.status for answer in answers)
    assert set(seen) == {404, 429}, seen
    assert_refused(next(answer for answer in answers if answer.status == 429))
