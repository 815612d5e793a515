"""The only way in: what it lets through, what it refuses, and in which form."""

import json
import re
import socket
import urllib.parse
import uuid

import pytest

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "trace_id", "retryable"}


def raw(system, request: bytes, place: str = "GATEWAY_URL") -> tuple[int, dict[str, str], bytes]:
    """One request exactly as written, on a connection of its own."""
    url = urllib.parse.urlsplit(system.env[place])
    with socket.create_connection((url.hostname, url.port), timeout=20) as connection:
        try:
            connection.sendall(request)
        except OSError:
            pass  # refused before it was sent whole: the answer tells
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in
               (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def assert_problem(answer, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code), answer.text()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    problem = answer.json()
    assert MEMBERS <= problem.keys()
    assert problem["status"] == status
    assert re.fullmatch("[0-9a-f]{32}", problem["trace_id"])


@pytest.mark.parametrize("path", [
    "/internal/v1/users/0192f0c0-0000-7000-8000-000000000000", "/internal", "/internal/",
    "//internal/v1/reservations", "/%69nternal/v1/reservations", "/INTERNAL/v1/reservations",
    "/api/v1/../../internal/v1/reservations", "/api/v1/orders/../../../internal/v1/reservations",
    "/api/v1/orders/%2e%2e/%2e%2e/%2e%2e/internal/v1/reservations",
    "/api/v1/orders/..%2f..%2f..%2finternal%2fv1%2freservations",
    "/api/v1/orders/..%5c..%5cinternal", "/api/v1/orders/..;/internal",
    "/internal/v1/../../api/v1/products", "/api/internal/v1/reservations",
    "/metrics", "/livez", "/openapi.yaml", "/_problem", "/_ready/user",
    "/api/v1/products/../../metrics",
    "/api/v1/productsx", "/api/v2/products", "/.git/config", "/shop", "/console/",
    "/_session/refresh",
])
def test_what_is_not_public_does_not_exist(system, path):
    for method in ("GET", "POST"):
        request = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        status, headers, body = raw(system, request.encode())
        assert status == 404, (method, path, status)
        assert headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("request_bytes, status, code", [
    (b"nonsense\r\n\r\n", 400, "bad_request"),
    (b"GET /api/v1/products HTTP/1.1\r\n\r\n", 400, "bad_request"),
    (b"GET /api/v1/products HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "bad_request"),
    (b"GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400, "bad_request"),
    (b"GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400, "bad_request"),
    (b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"
     b"\r\n\r\n0\r\n\r\n", 400, "bad_request"),
    (b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6"
     b"\r\n\r\nabcdef", 400, "bad_request"),
    (b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400,
     "bad_request"),
    (b"TRACE /api/v1/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405,
     "method_not_allowed"),
    (b"GET /api/v1/categories HTTP/1.1\r\nHost: x\r\nIf-Match: \"x\"\r\nConnection: close\r\n\r\n",
     412, "precondition_failed"),
    (b"GET /docs HTTP/1.1\r\nHost: x\r\nIf-Unmodified-Since: Mon, 01 Jan 1990 00:00:00 GMT\r\n"
     b"Connection: close\r\n\r\n", 412, "precondition_failed"),
    (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "uri_too_long"),
    (b"GET /api/v1/products HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 17000 + b"\r\n\r\n", 431,
     "headers_too_large"),
    (b"GET /api/v1/products HTTP/1.1\r\nHost: x\r\n"
     + b"".join(b"X-%d: %s\r\n" % (i, b"a" * 1000) for i in range(20)) + b"\r\n", 431,
     "headers_too_large"),
    (b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
     b"Content-Length: 2097152\r\n\r\n" + b"a" * 2097152, 413, "payload_too_large"),
])
def test_its_own_errors_are_problems_too(system, request_bytes, status, code):
    got, headers, body = raw(system, request_bytes)
    assert got == status, body
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-request-id"]
    assert f'"code":"{code}"'.encode() in body
    assert status != 405 or headers["allow"]


def get(target: bytes, headers: bytes = b"") -> bytes:
    return (b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nCache-Control: no-cache\r\n" + headers
            + b"Connection: close\r\n\r\n")


@pytest.mark.parametrize("place", ["GATEWAY_URL", "CATALOG_URL"])
@pytest.mark.parametrize("request_bytes", [
    get("/api/v1/products?q=caf\u00e9".encode()),
    get(b"/api/v1/products?" + b"&".join(b"x%d=1" % i for i in range(500))),
    get(b"/api/v1/products", b"User-Agent: caf\xe9\r\n"),
    get(b"/api/v1/products", b"User-Agent: a%0ab\r\n"),
    get(b"/api/v1/products", b"If-Unmodified-Since: Mon, 01 Jan 1990 00:00:00 GMT\r\n"),
    get(b"/api/v1/products", b"Accept: " + b"a/b, " * 2000 + b"*/*\r\n"),
])
def test_what_clients_send_without_harm_costs_nothing(system, place, request_bytes):
    status, _, body = raw(system, request_bytes, place)
    assert status == 200, body
    assert b'"data"' in body


@pytest.mark.parametrize("place", ["GATEWAY_URL", "CATALOG_URL"])
@pytest.mark.parametrize("path, status, code", [
    (b"/api/v1/products/%ff", 404, "not_found"), (b"/api/v1/products/%01", 404, "not_found"),
    (b"/api/v1/products/%7f", 404, "not_found"), (b"/api/v1/products/%0a", 404, "not_found"),
    ("/api/v1/products/\u00e9".encode(), 404, "not_found"),
    (b"/api/v1/products?q=%ff", 400, "invalid_query"),
    (b"/api/v1/products?q=a%1bb", 400, "invalid_query"),
])
def test_what_is_no_text_names_nothing(system, place, path, status, code):
    got, _, body = raw(system, get(path), place)
    assert (got, json.loads(body)["code"]) == (status, code)
    instance = json.loads(body)["instance"]
    assert instance.isascii() and instance.startswith("/api/v1/products")


@pytest.mark.parametrize("place", ["GATEWAY_URL", "ORDER_URL"])
@pytest.mark.parametrize("lines, code", [
    (b"Idempotency-Key: a%0ax\r\n", "validation_failed"),
    (b"Idempotency-Key: \xe9\r\n", "invalid_idempotency_key"),
    (b"Idempotency-Key: a\x01\r\n", "invalid_idempotency_key"),
    (b"Idempotency-Key: a\r\nIdempotency-Key: b\r\n", "invalid_idempotency_key"),
    (b"Idempotency-Key: a\r\nidempotency-key:\r\n", "invalid_idempotency_key"),
    (b"Idempotency-Key:\r\nIdempotency-Key:\r\n", "invalid_idempotency_key"),
    (b"Idempotency-Key:\r\n", "invalid_idempotency_key"),
    (b"", "idempotency_key_missing"),
])
def test_a_key_is_visible_ascii_and_there_once(system, buyer, place, lines, code):
    request = (b"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
               + buyer.token.encode() + b"\r\nContent-Type: application/json\r\n" + lines
               + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")
    status, _, body = raw(system, request, place)
    assert json.loads(body)["code"] == code
    assert status == (422 if code == "validation_failed" else 400)


def test_several_lines_of_one_header_are_one_list(system, buyer):
    body = json.dumps(system.order_body(system.product(), method="pm_fault_slow")).encode()
    order = (b"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
             + buyer.token.encode() + b"\r\nContent-Type: application/json\r\nIdempotency-Key: "
             + uuid.uuid4().hex.encode() + b"\r\nPrefer: respond-async\r\nPrefer: wait=0\r\n"
             + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert raw(system, order)[0] == 202
    read = (b"GET /api/v1/categories HTTP/1.1\r\nHost: x\r\nCache-Control: max-stale=5\r\n"
            b"Cache-Control: no-cache\r\nConnection: close\r\n\r\n")
    assert [raw(system, read)[1]["cache-status"] for _ in range(2)] == ["gateway; fwd=request"] * 2


@pytest.mark.parametrize("path, methods", [
    ("/api/v1/storefront", "GET, HEAD"), ("/api/v1/admin/overview", "GET, HEAD"),
    ("/web/session", "POST, DELETE"), ("/web/session/refresh", "POST"), ("/healthz", "GET, HEAD")])
def test_what_a_route_takes_is_told_to_whoever_traces_it(system, path, methods):
    request = f"TRACE {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    status, headers, _ = raw(system, request.encode())
    assert (status, headers["allow"]) == (405, methods)


def test_a_request_of_the_old_kind_names_no_host(system):
    status, _, body = raw(system, b"GET /.well-known/jwks.json HTTP/1.0\r\n\r\n")
    assert status == 200 and b'"keys"' in body


def test_a_service_that_is_down_is_a_bad_gateway(system):
    system.kill("payment")
    try:
        answer = system.admin().call("GET", "/api/v1/ledger/balances")
        assert_problem(answer, 502, "bad_gateway")
        assert answer.json()["retryable"] is True
        readiness = system.anonymous().call("GET", "/readyz")
        assert readiness.status == 200
        assert readiness.json() == {"status": "degraded", "services": {
            "user": "ok", "catalog": "ok", "order": "ok", "payment": "down"}}
    finally:
        system.start("payment")


def test_what_did_not_reach_a_service_gets_a_second_chance(system):
    # What did, and was not answered: test_lost_writes.py.
    admin = system.admin()

    def tries(method: str, path: str, **how) -> int:
        """How often the gateway turned to the service, as its log tells."""
        body = None if method == "GET" else {}
        request_id = admin.call(method, path, body, **how).headers["x-request-id"]
        upstream = system.access_log_line(request_id)["upstream"]
        return len(re.findall(r"[0-9.]+:[0-9]+", upstream))

    system.kill("order")
    try:
        assert tries("GET", "/api/v1/orders") >= 2
        # Which would go to another server first, if there were one.
        assert tries("DELETE", "/api/v1/cart") >= 3
        assert tries("POST", "/api/v1/orders", key="a-key") >= 2
        assert tries("POST", "/api/v1/webhook-endpoints", key="a-key") >= 2
    finally:
        system.start("order")


def test_a_frozen_order_service_is_cut_off(system, buyer):
    system.kill("order", "STOP")
    try:
        answer = buyer.call("GET", "/api/v1/orders")
        assert_problem(answer, 504, "gateway_timeout")
    finally:
        system.kill("order", "CONT")


def test_a_problem_of_a_service_passes_untouched(system):
    answer = system.anonymous().call("GET", "/api/v1/products/no-such-id")
    assert_problem(answer, 404, "not_found")
    assert answer.json()["instance"] == "/api/v1/products/no-such-id"


@pytest.mark.parametrize("path", ["/api/v1/products/no-such-id", "/nowhere", "/healthz"])
def test_a_decent_request_id_comes_back_and_another_does_not(system, path):
    anonymous = system.anonymous()
    for decent in ("abc", "A-Z_0.9", "x" * 64):
        answer = anonymous.call("GET", path, headers={"X-Request-Id": decent})
        assert answer.headers["x-request-id"] == decent
    for indecent in ("", "x" * 65, "a b", "a;b", "<x>"):
        answer = anonymous.call("GET", path, headers={"X-Request-Id": indecent})
        assert re.fullmatch("[0-9a-f-]{32,36}", answer.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/api/v1/products/no-such-id", "/nowhere"])
def test_a_trace_goes_on(system, path):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = system.anonymous().call("GET", path, headers={
        "traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert answer.json()["trace_id"] == trace
    for broken in ("00-0000", f"00-{'0' * 32}-00f067aa0ba902b7-01",
                   f"ff-{trace}-00f067aa0ba902b7-01"):
        answer = system.anonymous().call("GET", path, headers={"traceparent": broken})
        assert answer.json()["trace_id"] not in (trace, "0" * 32)


def test_keys_for_tokens_are_public(system):
    answer = system.anonymous().call("GET", "/.well-known/jwks.json", expect=(200,))
    assert all(key["kty"] == "EC" and "d" not in key for key in answer.json()["keys"])


def test_it_tells_how_it_is(system):
    assert system.anonymous().call("GET", "/healthz").status == 200
    readiness = system.anonymous().call("GET", "/readyz", expect=(200,)).json()
    assert readiness == {"status": "ok", "services": {
        "user": "ok", "catalog": "ok", "order": "ok", "payment": "ok"}}
