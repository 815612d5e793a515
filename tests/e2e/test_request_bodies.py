"""What the gateway keeps of a body that it refuses: nothing. These are never sent whole, so that
whoever waited for one would wait for ever.
"""

import json

import pytest
from lone_gateway import LoneGateway
from raw_socket import Reply, replies


def begin(method: str, path: str, *lines: str) -> bytes:
    """A request that says it has a body, without it."""
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: x", *lines, "", "")).encode()


def begin_sign_in(*lines: str) -> bytes:
    return begin("POST", "/api/v1/sessions", "Content-Type: application/json", *lines)


def first_answer(connection) -> Reply:
    """What is said while the body is still awaited."""
    received = b""
    while not (b"\r\n\r\n" in received and received.endswith(b"}")):
        received += connection.recv(65536)
    return replies(received)[0]


def asked_at_once(gateway: LoneGateway, head: bytes) -> Reply:
    with gateway.target.connect() as connection:
        connection.sendall(head)
        return first_answer(connection)


def assert_problem(answer: Reply, status: int, code: str) -> None:
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    problem = json.loads(answer.body)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["instance"].startswith("/api/v1/")


def test_who_is_refused_for_asking_too_often_is_told_before_the_body():
    with LoneGateway(REQUESTS_AT_ONCE="2") as gateway, \
            gateway.target.connect() as one, gateway.target.connect() as two:
        for connection in (one, two):
            connection.sendall(begin_sign_in("Content-Length: 10", "Expect: 100-continue"))
            assert connection.recv(1024).startswith(b"HTTP/1.1 100 ")
        answer = asked_at_once(gateway, begin_sign_in("Content-Length: 10"))
        assert_problem(answer, 429, "rate_limited")


@pytest.mark.parametrize(("path", "status"), [("/api/v1/nowhere", 404), ("/api/v1/orders", 401)])
def test_what_is_refused_is_refused_before_the_body(path, status):
    with LoneGateway() as gateway:
        answer = asked_at_once(gateway, begin("POST", path, "Content-Length: 1000000"))
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
