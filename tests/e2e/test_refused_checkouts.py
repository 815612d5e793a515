"""What the gateway makes of an order service that refuses checkouts (docs/adr/0020)."""

import json
import time

import pytest
from forgery import made_up_token
from lone_gateway import LoneGateway, StandIn, address_of, frozen_server
from system import await_true

ORDERS = "/api/v1/orders"
REFUSAL = 503, {"X-Accel-Expires": "1", "Retry-After": "1"}, b""
DONE = 201, {"Cache-Control": "max-age=60"}, b'{"status":"confirmed"}'


def bearer() -> dict[str, str]:
    """As far as the gateway looks."""
    return {"Authorization": f"Bearer {made_up_token(exp=int(time.time()) + 600)}"}


def order(gateway: LoneGateway, path: str = ORDERS, body: bytes = b"{}"):
    return gateway.call("POST", path, body, bearer() | {"Content-Type": "application/json"})


def checked_refusal(answer) -> str:
    """Its trace id."""
    status, headers, body = answer
    said = json.loads(body)
    assert (status, said["status"], said["code"]) == (503, 503, "unavailable")
    assert said["retryable"] is True
    assert said["instance"] == ORDERS
    assert (headers["retry-after"], headers["cache-control"]) == ("1", "no-store")
    assert "x-accel-expires" not in headers
    return said["trace_id"]


def test_refusals_speak_for_others_as_long_as_the_service_refuses():
    answer = [REFUSAL]
    with StandIn(lambda _: answer[0]) as service, \
            LoneGateway(ORDER_ADDRESS=service.address, RATE_LIMITS="off") as gateway:
        traces = {checked_refusal(order(gateway)) for _ in range(600)}
        assert len(traces) == 600
        # There are 1,024 parts, and each is closed for a second at least: of so many, some meet.
        assert 100 < len(service.asked) < 600
        answer[0] = DONE
        await_true(lambda: all(order(gateway)[0] == 201 for _ in range(50)), 10, "all come in")


@pytest.mark.parametrize("answer", [
    (503, {}, b'{"code":"unavailable"}'), (503, {"Cache-Control": "max-age=60"}, b""), DONE])
def test_nothing_else_is_repeated(answer):
    with StandIn(lambda _: answer) as service, \
            LoneGateway(ORDER_ADDRESS=service.address, RATE_LIMITS="off") as gateway:
        for _ in range(300):
            assert order(gateway)[0] == answer[0]
        assert len(service.asked) == 300


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 415, 422, 428, 429])
def test_what_else_the_service_says_passes(status):
    said = {"Content-Type": "application/problem+json", "Retry-After": "7", "RateLimit-Policy": "x"}
    with StandIn(lambda _: (status, said, b'{"code":"so"}')) as service, \
            LoneGateway(ORDER_ADDRESS=service.address) as gateway:
        answer = order(gateway)
        assert (answer[0], answer[2]) == (status, b'{"code":"so"}')
        assert said.items() <= {name: answer[1].get(name.lower()) for name in said}.items()


def test_only_who_can_be_told_in_our_words_is_refused_without_any():
    with StandIn(lambda _: DONE) as service, \
            LoneGateway(ORDER_ADDRESS=service.address) as gateway:
        order(gateway, f"{ORDERS}?x=%41", b"body")
        asked = service.asked[-1]
        assert (asked.path, asked.body) == (f"{ORDERS}?x=%41", b"body")
        assert asked.headers["x-repeats-refusals"] == "1"
        for method, path, headers in (("GET", ORDERS, {}), ("POST", f"{ORDERS}/1/cancel", {}),
                                      ("POST", ORDERS, {"Transfer-Encoding": "chunked"})):
            body = b"0\r\n\r\n" if headers else None
            said = headers | bearer() | {"X-Repeats-Refusals": "1"}
            assert gateway.call(method, path, body, said)[0] == 201
            assert "x-repeats-refusals" not in service.asked[-1].headers, (method, path)


def test_a_checkout_that_got_lost_is_sent_again():
    answers = iter([None, DONE])
    with StandIn(lambda _: next(answers)) as service, \
            LoneGateway(ORDER_ADDRESS=service.address) as gateway:
        assert order(gateway, f"{ORDERS}?x=%41")[0] == 201
        assert [each.path for each in service.asked] == [f"{ORDERS}?x=%41"] * 2


def test_a_checkout_whose_client_has_gone_takes_nobodys_place():
    head = (f"POST {ORDERS} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            f"Content-Length: 2\r\nAuthorization: {bearer()['Authorization']}\r\n\r\n{{}}")
    with frozen_server() as service, \
            LoneGateway(ORDER_ADDRESS=address_of(service), REQUESTS_AT_ONCE="4") as gateway:
        for _ in range(4):
            with gateway.target.connect() as client:
                client.sendall(head.encode())
                passed_on, _ = service.accept()
                passed_on.settimeout(6)  # half of what an answer may take
                assert passed_on.recv(65536)
            assert passed_on.recv(65536) == b""
            passed_on.close()


def test_an_outage_leaves_connections_as_they_are():
    with StandIn(lambda _: (503, {}, b"")) as service, \
            LoneGateway(ORDER_ADDRESS=service.address, RATE_LIMITS="off") as gateway:
        for _ in range(20):
            checked_refusal(order(gateway))
        assert len(service.asked) == 20
        assert service.connections == 1


def test_nobody_asks_for_our_own_locations():
    with LoneGateway() as gateway:
        for path in ("/@checkout", "/_checkout", "/@refused_checkout"):
            for method in ("GET", "POST"):
                status, headers, _ = gateway.call(method, path)
                assert (status, headers["content-type"]) == (404, "application/problem+json")


def test_who_orders_too_often_is_told_so():
    with StandIn(lambda _: DONE) as service, \
            LoneGateway(ORDER_ADDRESS=service.address, RATE_PER_SECOND="1",
                        RATE_BURST="1") as gateway:
        await_true(lambda: order(gateway)[0] == 429, 5, "it is too much")
        status, headers, body = order(gateway)
        assert (status, json.loads(body)["code"]) == (429, "rate_limited")
        assert headers["ratelimit-policy"].startswith('"address";q=1;')
        assert headers["retry-after"] == "1"
