"""The gateway's way to what it puts together itself: nothing of a request is lost on it."""

import collections
import contextlib
import json
import signal
import threading

import pytest
from lone_gateway import LoneGateway, StandIn, open_files
from raw_socket import read_all, replies
from system import await_true

# Nginx takes 512 events at a time, and has 511 wait at a socket of which nobody says more.
CROWD = 1100
JSON = {"Content-Type": "application/json"}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SAID = {"X-Request-Id": "the-one", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
        "Authorization": "Bearer a.eyJleHAiOjk5OTk5OTk5OTl9.c", "Host": "shop.example",
        "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Made-Up": "1"}


def nothing_yet(_):
    return 200, JSON, json.dumps({"data": [], "lines": []}).encode()


def refusing(_):
    return 401, {"Content-Type": "application/problem+json"}, b'{"code":"unauthenticated"}'


@pytest.mark.parametrize("path", ["/api/v1/storefront", "/api/v1/admin/overview"])
def test_services_hear_who_asks_and_how(path):
    with StandIn(nothing_yet) as service, \
            LoneGateway(CATALOG_ADDRESS=service.address, ORDER_ADDRESS=service.address,
                        GATEWAY_TRUSTED_PROXIES="127.0.0.1") as gateway:
        status, headers, _ = gateway.call("GET", path, headers=SAID)
    assert status == 200 and headers["x-request-id"] == "the-one"
    assert service.asked
    for request in service.asked:
        expected = {name.lower(): value for name, value in SAID.items() if name != "X-Made-Up"}
        if request.path.startswith(("/api/v1/categories", "/api/v1/products")):
            del expected["authorization"]  # the same for everybody
        got = {name: request.headers.get(name) for name in expected}
        assert got == expected, request
        assert "authorization" in expected or "authorization" not in request.headers
        assert "x-made-up" not in request.headers


def test_of_whom_nobody_is_trusted_nothing_is_believed():
    with StandIn(nothing_yet) as service, LoneGateway(CATALOG_ADDRESS=service.address) as gateway:
        assert gateway.call("GET", "/api/v1/storefront", headers=SAID)[0] == 200
    for request in service.asked:
        assert request.headers["x-forwarded-for"] == "127.0.0.1"
        assert request.headers["x-forwarded-proto"] == "http"


def test_a_refusal_reads_as_all_others_do():
    with StandIn(refusing) as service, LoneGateway(USER_ADDRESS=service.address) as gateway:
        status, headers, body = gateway.call("GET", "/api/v1/storefront", headers=SAID)
    problem = json.loads(body)
    assert (status, problem["code"], problem["trace_id"]) == (401, "unauthenticated", TRACE)
    assert problem["instance"] == "/api/v1/storefront"
    assert headers["www-authenticate"] == "Bearer" and headers["cache-control"] == "no-store"


def test_what_is_put_together_when_the_gateway_is_to_stop_still_arrives():
    asked, go_on = threading.Event(), threading.Event()

    def hesitating(request):
        asked.set()
        go_on.wait(10)
        return nothing_yet(request)

    with StandIn(hesitating) as service, LoneGateway(CATALOG_ADDRESS=service.address) as gateway:
        answers = []
        client = threading.Thread(
            target=lambda: answers.append(gateway.call("GET", "/api/v1/storefront")))
        client.start()
        assert asked.wait(10)
        gateway.tell(signal.SIGQUIT)
        await_true(gateway.is_closed, 10, "nobody else is let in")
        go_on.set()
        client.join(20)
    assert answers and answers[0][0] == 200


@pytest.mark.parametrize("path", ["/api/v1/storefront", "/api/v1/admin/overview"])
def test_who_was_let_in_before_the_gateway_is_to_stop_is_still_answered(path):
    lines = "".join(f"{name}: {value}\r\n" for name, value in SAID.items())
    with StandIn(nothing_yet) as service, LoneGateway(CATALOG_ADDRESS=service.address) as gateway, \
            gateway.target.connect() as client:
        client.sendall(f"GET {path} HTTP/1.1\r\n".encode())
        assert gateway.call("GET", "/healthz")[0] == 200  # and so has the other been let in
        gateway.tell(signal.SIGQUIT)
        await_true(gateway.is_closed, 10, "nobody else is let in")
        client.sendall(f"{lines}Connection: close\r\n\r\n".encode())
        answer, = replies(read_all(client))
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert "degraded" in json.loads(answer.body)


def test_a_crowd_that_comes_at_once_is_answered():
    request = b"GET /api/v1/storefront HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with open_files(4 * CROWD), LoneGateway(RATE_LIMITS="off") as gateway, \
            contextlib.ExitStack() as stack:
        clients = [stack.enter_context(gateway.target.connect(60)) for _ in range(CROWD)]
        with gateway.held_up():
            for client in clients:
                client.sendall(request)
        statuses = collections.Counter(client.recv(12) for client in clients)
    assert statuses == {b"HTTP/1.1 200": CROWD}


def test_at_each_of_its_own_sockets_as_many_may_wait_as_at_its_door():
    with LoneGateway() as gateway:
        listening = [line for line in gateway.configuration() if line.startswith("listen ")]
    assert len(listening) > 2
    assert all(line.endswith(" backlog=4096;") for line in listening), listening
