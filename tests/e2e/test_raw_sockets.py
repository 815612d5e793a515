"""Attacks on the message itself, at the gateway and at each service, which must be safe alone.

Each is refused with problem+json or is harmless; none is a failure of ours, reaches a handler
twice, or leaves a connection or a worker behind.
"""

import functools
import json
import re
import socket
import time
import urllib.request

import pytest
from raw_socket import Target, await_closed, replies
from system import at_once, await_true

PLACES = ("gateway", "user", "catalog", "order", "payment")
# A route that takes a body from anybody, and one that reads: one of each exists in every service.
OPEN_READ = {"gateway": "/api/v1/categories", "catalog": "/api/v1/categories",
             "user": "/.well-known/jwks.json", "order": "/openapi.yaml", "payment": "/openapi.yaml"}
OPEN_WRITE = {"gateway": "/api/v1/sessions", "user": "/api/v1/sessions",
              "payment": "/api/v1/webhooks/payment-provider",
              "catalog": "/api/v1/products", "order": "/api/v1/orders"}
JSON = "Content-Type: application/json\r\n"
SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def post(path: str, headers: str, body: str = "", version: str = "1.1") -> str:
    return f"POST {path} HTTP/{version}\r\nHost: x\r\n{JSON}{headers}\r\n{body}"


def get(path: str, headers: str = "", host: str = "Host: x\r\n") -> str:
    return f"GET {path} HTTP/1.1\r\n{host}{headers}\r\n"


# What two parsers might cut in two places: refused, and the connection with it. {r} and {w} are the
# paths to read and to write.
SMUGGLING = {
    "length and chunks": post("{w}", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
                              "0\r\n\r\nX"),
    "chunks and length": post("{w}", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
                              "0\r\n\r\nX"),
    "two lengths": post("{w}", "Content-Length: 2\r\nContent-Length: 40\r\n", "{}"),
    "a list of lengths": post("{w}", "Content-Length: 2, 2\r\n", "{}"),
    "a signed length": post("{w}", "Content-Length: +2\r\n", "{}"),
    "a negative length": post("{w}", "Content-Length: -2\r\n", "{}"),
    "a hexadecimal length": post("{w}", "Content-Length: 0x2\r\n", "{}"),
    "a length with a blank in it": post("{w}", "Content-Length: 1 2\r\n", "{}"),
    "an endless length": post("{w}", "Content-Length: 99999999999999999999\r\n", "{}"),
    "x chunks": post("{w}", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
    "chunks and identity": post("{w}", "Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
    "chunks twice": post("{w}", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                         "0\r\n\r\n"),
    "chunks after a blank": post("{w}", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
    "gzip, chunks": post("{w}", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
    "chunks in HTTP/1.0": post("{w}", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "1.0"),
    "a chunk of nonsense": post("{w}", "Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"),
    "a chunk of overflow": post("{w}", "Transfer-Encoding: chunked\r\n",
                                "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
    "a blank before the colon": post("{w}", "Content-Length : 2\r\n", "{}"),
    "two hosts": get("{r}", "Host: y\r\n"),
    "no host": get("{r}", host=""),
    "a host with a path": get("{r}", host="Host: a/b\r\n"),
    "a version of the future": get("{r}").replace("HTTP/1.1", "HTTP/3.0"),
    "no version": "GET {r}\r\nHost: x\r\n\r\n",
    "two blanks": "GET  {r} HTTP/9\r\nHost: x\r\n\r\n",
    "a NUL in a header": get("{r}", "X-A: a\0b\r\n"),
    "the preface of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an authority": "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
}
# What a forgiving server may read, as long as it reads it once and as one request.
ODDITIES = {
    "lines of LF alone": get("{r}").replace("\r\n", "\n"),
    "a folded header": get("{r}", "X-A: b\r\n c: d\r\n"),
    "a header without a colon": get("{r}", "nonsense\r\n"),
    "a header without a name": get("{r}", ": nonsense\r\n"),
    "an encoded line break in a header": get("{r}", "X-A: a%0d%0aX-B: b\r\n"),
    "an encoded line break in the agent": get("{r}", "User-Agent: a%0d%0aX-B: b\r\n"),
    "a bare CR in a header": get("{r}", "X-A: a\rX-B: b\r\n"),
    "headers that are no UTF-8": get("{r}", "User-Agent: \udcff\udcfe\r\n"),
    "the absolute form": get("http://elsewhere.example{r}"),
    "a range": get("{r}", "Range: bytes=0-3\r\n"),
    "a range of nonsense": get("{r}", "Range: bytes=9-1,x\r\n"),
    "a body for a read": get("{r}", "Content-Length: 2\r\n") + "{}",
    "an unknown method": get("{r}").replace("GET", "BREW"),
    "a method in small letters": get("{r}").replace("GET", "get"),
    "TRACE": get("{r}").replace("GET", "TRACE"),
    "TRACK": get("{r}").replace("GET", "TRACK"),
    "OPTIONS": get("{r}").replace("GET", "OPTIONS"),
    "OPTIONS of all": "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "an upgrade": get("{r}", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
    "a web socket": get("{r}", "Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n"),
    "an override of the method": post("{w}", "X-HTTP-Method-Override: DELETE\r\n"
                                      "Content-Length: 2\r\n", "{}"),
    "multipart": post("{w}", "Content-Length: 2\r\n", "{}").replace(
        JSON, "Content-Type: multipart/form-data; boundary=x\r\n"),
    "a gzip body": post("{w}", "Content-Encoding: gzip\r\nContent-Length: 2\r\n", "{}"),
    "chunks": post("{w}", "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
    "chunks with an extension": post("{w}", "Transfer-Encoding: chunked\r\n",
                                     "2;a=b\r\n{}\r\n0\r\n\r\n"),
    "chunks with a trailer": post("{w}", "Transfer-Encoding: chunked\r\n",
                                  "2\r\n{}\r\n0\r\nX-User: admin\r\n\r\n"),
    "an expectation": post("{w}", "Expect: 100-continue\r\nContent-Length: 2\r\n", "{}"),
    "a miraculous expectation": post("{w}", "Expect: a-miracle\r\nContent-Length: 2\r\n", "{}"),
    "HTTP/1.0": get("{r}").replace("HTTP/1.1", "HTTP/1.0"),
    "HTTP/1.0 without a host": get("{r}", host="").replace("HTTP/1.1", "HTTP/1.0"),
    "NUL in the path": get("{r}%00"),
    "dots in the path": get("/api/v1/../../internal/v1/x"),
    "encoded dots": get("/api/v1/%2e%2e/%2E%2E/internal/v1/x"),
    "a backslash": get("/api/v1\\..\\internal"),
    "a malformed escape": get("{r}/%zz"),
    "an overlong escape": get("{r}/%c0%ae%c0%ae/x"),
    "an encoded line break in the path": get("{r}%0d%0aX-A:%20b"),
    "two empty lines first": "\r\n\r\n" + get("{r}", "Connection: close\r\n"),
}


def target_of(system, name: str) -> Target:
    return Target(name, system.env[f"{name.upper()}_URL"])


@pytest.fixture(params=PLACES)
def place(system, request) -> Target:
    return target_of(system, request.param)


def message(place: Target, text: str) -> bytes:
    """For a connection that the server is asked to close, so that its silence has an end."""
    text = text.replace("{r}", OPEN_READ[place.name]).replace("{w}", OPEN_WRITE[place.name])
    if "Connection:" not in text:
        text = re.sub("(\r?\n)", r"\1Connection: close\1", text, count=1)
    return text.encode("utf-8", "surrogateescape")


def assert_refused(answers: list, what: str) -> None:
    assert len(answers) == 1, (what, answers)
    reply = answers[0]
    assert 400 <= reply.status < 500, (what, reply)
    assert reply.headers["content-type"] == "application/problem+json", (what, reply)
    assert reply.headers["x-request-id"], what
    assert {"code", "trace_id", "status"} <= json.loads(reply.body).keys(), (what, reply)


def is_alive(place: Target) -> bool:
    return place.ask(message(place, get("{r}")))[0].status == 200


@pytest.mark.parametrize("what", SMUGGLING)
def test_a_message_that_two_parsers_read_differently_is_refused(place, what):
    # With a second request behind it: whoever cuts the first one wrongly would answer that too.
    text = SMUGGLING[what] + SMUGGLED
    if place.name == "gateway" and what == "no version":
        return  # HTTP/0.9: answered without a head, and closed
    answers = place.ask(message(place, text))
    assert_refused(answers, what)
    assert is_alive(place)


@pytest.mark.parametrize("what", ODDITIES)
def test_what_is_merely_odd_is_one_request_or_none(place, what):
    answers = replies(place.say(message(place, ODDITIES[what])))
    assert len(answers) == 1, answers
    assert answers[0].status < 500, answers
    if answers[0].status >= 400:
        assert_refused(answers, what)
    assert "x-b" not in answers[0].headers
    assert is_alive(place)


@pytest.mark.parametrize("garbage", [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0" * 64, b"SSH-2.0-OpenSSH_9.2\r\n",
    b"\xff" * 4096, b"GET", b"\r\n" * 5000, b"A" * 100_000, b"*1\r\n$4\r\nPING\r\n",
    b"EHLO example.com\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000])
def test_garbage_ends_the_connection_and_nothing_else(place, garbage):
    for answer in replies(place.say(garbage, half_close=True)):
        assert 400 <= answer.status < 500, answer
    assert is_alive(place)


def test_sizes_are_bounded(place):
    path = OPEN_READ[place.name]
    for what, text, status in (
            ("a long address", get(path + "?q=" + "a" * 17_000), 414),
            ("an endless address", "GET /" + "a" * 200_000, 414),
            ("a long header", get(path, "X-A: " + "a" * 17_000 + "\r\n"), 431),
            ("many headers", get(path, "".join(f"X-{i}: {'a' * 100}\r\n" for i in range(400))),
             431),
            ("a large body", post(OPEN_WRITE[place.name], f"Content-Length: {2 << 20}\r\n",
                                  "x" * (2 << 20)), 413),
            ("a claimed body", post(OPEN_WRITE[place.name], "Content-Length: 1073741824\r\n"),
             413)):
        answers = place.ask(message(place, text))
        assert_refused(answers, what)
        assert answers[0].status == status, (what, answers)


def test_requests_in_a_row_are_answered_in_a_row(place):
    path = OPEN_READ[place.name]
    last = get(path + "?last", "Connection: close\r\n")
    answers = place.ask((get(path) * 20 + get("/nowhere") + get(path) * 20 + last).encode())
    assert [reply.status for reply in answers] == [200] * 20 + [404] + [200] * 21


def test_many_requests_sent_at_once_are_all_answered(place):
    path = OPEN_READ[place.name]
    last = get(path, "Connection: close\r\n")
    small = place.ask((get("/readyz") * 400 + last).encode())
    assert len(small) == 401
    heavy = get(path, "X-Much: " + "a" * 7000 + "\r\n")
    assert [reply.status for reply in place.ask((heavy * 3 + last).encode())] == [200] * 4


def test_head_has_no_body(place):
    request = f"HEAD {OPEN_READ[place.name]} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    received = place.say(request.encode())
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200") and body == b""


def assert_lets_go_of_who_stops(place: Target) -> None:
    began = time.monotonic()
    waiting = []
    for text in (get(OPEN_READ[place.name])[:-2],
                 post(OPEN_WRITE[place.name], "Content-Length: 10\r\n", "{")):
        connection = place.connect()
        connection.sendall(text.encode())
        waiting.append(connection)
    # A half-closed connection gets its answer; Nginx takes it for one that nobody reads.
    answers = replies(place.say(get(OPEN_READ[place.name], "Connection: close\r\n").encode(),
                                half_close=True))
    assert [reply.status for reply in answers] == [200] or place.name == "gateway", place.name
    for connection in waiting:
        assert await_closed(connection, 20 - (time.monotonic() - began)), place.name
        connection.close()


def test_a_client_that_stops_half_way_is_let_go(system):
    # Each place takes its ten seconds: all at once.
    at_once([functools.partial(assert_lets_go_of_who_stops, target_of(system, name))
             for name in PLACES])


def test_dripping_clients_keep_nobody_waiting(place):
    drippers = [place.connect() for _ in range(100)]
    try:
        for connection in drippers:
            connection.sendall(b"GET / HTTP/1.1\r\nX-A: ")
        for _ in range(3):
            for connection in drippers:
                try:
                    connection.sendall(b"a")
                except OSError:
                    pass  # cut off already
            assert is_alive(place)
    finally:
        for connection in drippers:
            connection.close()


def open_connections(system, name: str) -> int:
    url = system.env[f"{name.upper()}_URL"] + "/metrics"
    with urllib.request.urlopen(url, timeout=5) as answer:
        text = answer.read().decode()
    return int(float(re.search(r"^http_server_connections(?:{[^}]*})? (\S+)$", text, re.M)[1]))


def test_no_connection_is_left_behind(system):
    for name in PLACES[1:]:
        before = open_connections(system, name)
        target = target_of(system, name)
        abandoned = []
        for number in range(100):
            connection = target.connect()
            connection.sendall((get("/livez") if number % 2 else "GET /li").encode())
            abandoned.append(connection)
        for number, connection in enumerate(abandoned):
            if number % 3 == 0:  # a reset, not an end
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()
        await_true(lambda n=name, b=before: open_connections(system, n) <= b + 2, 10,
                   f"{name} closed what was abandoned")


def requests_seen(system, name: str) -> int:
    url = system.env[f"{name.upper()}_URL"] + "/metrics"
    with urllib.request.urlopen(url, timeout=5) as answer:
        text = answer.read().decode()
    counts = re.findall(r"^http_server_requests_total{([^}]*)} (\S+)$", text, re.M)
    return sum(int(float(count)) for labels, count in counts if "/metrics" not in labels)


def requests_caused(system, gateway: Target, text: str) -> int:
    before = requests_seen(system, "user")
    gateway.say(message(gateway, text))
    # The services count when they have answered, which was before the gateway did.
    return requests_seen(system, "user") - before


def test_behind_the_gateway_one_request_is_one_request(system):
    gateway = target_of(system, "gateway")
    hidden = "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\n" + JSON + "Content-Length: 2\r\n\r\n{}"
    chunked = f"{len(hidden):x}\r\n{hidden}\r\n0\r\n\r\n"
    length = f"Content-Length: {len(hidden)}\r\n"
    for what, text, most in (
            ("a request inside a body", post("{w}", length, hidden), 1),
            ("a request inside a chunk",
             post("{w}", "Transfer-Encoding: chunked\r\n", chunked), 1),
            ("a length that is too short", post("{w}", "Content-Length: 2\r\n", "{}" + SMUGGLED),
             1),
            ("length and chunks", post("{w}", "Content-Length: 5\r\n"
                                       "Transfer-Encoding: chunked\r\n", chunked), 0),
            ("a read with a body", get("/.well-known/jwks.json", length) + hidden, 1)):
        # Its neighbours ask the service for its keys now and then; what is hidden comes each time.
        counts = [requests_caused(system, gateway, text) for _ in range(3)]
        assert min(counts) <= most, (what, counts)
