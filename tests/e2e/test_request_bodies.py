"""What a stranger can make the gateway keep: no more of a body than is bounded, and of an import
nothing. Those that are refused are never sent whole: whoever waited for one would wait for ever.
"""

import json
import time

import pytest
from forgery import made_up_token
from lone_gateway import LoneGateway, StandIn
from raw_socket import Reply, Target, replies
from system import await_true

IMPORT = "/api/v1/products/import"
HUGE = 50 * 1024 * 1024


def begin(method: str, path: str, *lines: str) -> bytes:
    """A request that says it has a body, without it."""
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: x", *lines, "", "")).encode()


def begin_import(*lines: str) -> bytes:
    token = made_up_token(exp=time.time() + 600)
    return begin("POST", IMPORT, f"Authorization: Bearer {token}",
                 "Content-Type: application/x-ndjson", f"Content-Length: {HUGE}", *lines)


def begin_sign_in(*lines: str) -> bytes:
    return begin("POST", "/api/v1/sessions", "Content-Type: application/json", *lines)


def first_answer(connection) -> Reply:
    """What is said while the body is still awaited."""
    received = b""
    while not (b"\r\n\r\n" in received and received.endswith(b"}")):
        said = connection.recv(65536)
        assert said, f"closed after {received}"
        received += said
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


def catalog_says(status: int):
    """A catalog that answers so when it is asked for its figures."""
    headers = {"Content-Type": "application/problem+json", "WWW-Authenticate": "Bearer"}

    def play(request):
        if request.path == "/figures":
            return status, headers if status == 401 else {}, b"{}"
        return 200, {"Content-Type": "application/json"}, str(len(request.body)).encode()
    return StandIn(play)


@pytest.mark.parametrize(("said", "status", "code"), [
    (401, 401, "unauthenticated"), (403, 403, "forbidden"), (429, 429, "rate_limited"),
    (500, 503, "unavailable"), (503, 503, "unavailable")])
def test_an_import_is_refused_before_its_body(said, status, code):
    with catalog_says(said) as catalog, LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway:
        answer = asked_at_once(gateway, begin_import("Expect: 100-continue"))
    assert_problem(answer, status, code)
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    assert [each.path for each in catalog.asked] == ["/figures"]
    assert "authorization" in catalog.asked[0].headers


def test_without_the_catalog_an_import_is_unavailable():
    with LoneGateway() as gateway:
        assert_problem(asked_at_once(gateway, begin_import()), 503, "unavailable")


def test_an_import_without_a_token_is_not_too_large_but_refused():
    with LoneGateway() as gateway:
        answer = asked_at_once(gateway, begin("POST", IMPORT, f"Content-Length: {HUGE}"))
    assert_problem(answer, 401, "unauthenticated")


def test_an_import_of_an_admin_arrives_whole():
    body = b"x" * (3 * 1024 * 1024)
    with catalog_says(200) as catalog, LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway:
        status, _, said = gateway.call("POST", IMPORT, body, {
            "Authorization": f"Bearer {made_up_token(exp=time.time() + 600)}"})
    assert (status, said) == (200, str(len(body)).encode())
    assert [each.path for each in catalog.asked] == ["/figures", IMPORT]


def test_of_the_imports_of_one_token_two_are_taken_at_once():
    with catalog_says(200) as catalog, LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway, \
            gateway.target.connect() as one, gateway.target.connect() as two:
        for number, connection in enumerate((one, two), 1):
            connection.sendall(begin_import())
            await_true(lambda n=number: len(catalog.asked) == n, 10, "it was asked about")
        assert_problem(asked_at_once(gateway, begin_import()), 429, "rate_limited")


def test_the_path_of_imports_takes_other_methods_to_the_catalog():
    with catalog_says(401) as catalog, LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway:
        assert gateway.call("GET", IMPORT)[0] == 200
    assert [each.path for each in catalog.asked] == [IMPORT]


LARGE = ("Content-Length: 16000", "Content-Length: 1000000", "Transfer-Encoding: chunked")


@pytest.mark.parametrize("length", LARGE)
def test_one_address_sends_so_many_large_bodies_at_once_and_not_more(length):
    with LoneGateway(BODIES_AT_ONCE="2") as gateway, \
            gateway.target.connect() as one, gateway.target.connect() as two:
        for connection in (one, two):
            connection.sendall(begin_sign_in(length, "Expect: 100-continue"))
            assert connection.recv(1024).startswith(b"HTTP/1.1 100 ")
        assert_problem(asked_at_once(gateway, begin_sign_in(length)), 429, "rate_limited")
        # Small ones are no part of it: this one finds that there is no service.
        assert gateway.call("POST", "/api/v1/sessions", b"x" * 15999)[0] == 502
        assert gateway.call("GET", "/api/v1/users/me/addresses")[0] == 401
        one.close()
        await_true(lambda: gateway.call("POST", "/api/v1/sessions", b"x" * 16000)[0] == 502, 10,
                   "there is room again")


def test_all_addresses_together_send_so_many_large_bodies_and_not_more():
    with LoneGateway(BODIES_IN_ALL="2", RATE_LIMITS="off",
                     GATEWAY_TRUSTED_PROXIES="127.0.0.1") as gateway, \
            gateway.target.connect() as one, gateway.target.connect() as two:
        for number, connection in enumerate((one, two), 1):
            connection.sendall(begin_sign_in("Content-Length: 1000000", "Expect: 100-continue",
                                             f"X-Forwarded-For: 192.0.2.{number}"))
            assert connection.recv(1024).startswith(b"HTTP/1.1 100 ")
        refused = asked_at_once(gateway, begin_sign_in("Content-Length: 1000000",
                                                       "X-Forwarded-For: 192.0.2.3"))
        assert_problem(refused, 429, "rate_limited")


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


def test_an_import_while_another_one_runs_hears_so_however_large_it_is(system, admin):
    catalog = Target("catalog", system.env["CATALOG_URL"])
    with catalog.connect() as first:
        first.sendall(begin("POST", IMPORT, f"Authorization: Bearer {admin.token}",
                            "Content-Type: application/x-ndjson", "Content-Length: 100",
                            "Expect: 100-continue"))
        assert first.recv(1024).startswith(b"HTTP/1.1 100 ")
        for _ in range(12):
            first.sendall(b"\n")  # it must not stand still for long
            answer = admin.call("POST", IMPORT, b"\n" * (2 * 1024 * 1024),
                                headers={"Content-Type": "application/x-ndjson"})
            assert (answer.status, answer.code) == (503, "unavailable"), answer.text()
