"""The client's pace and patience, against a small HTTP server."""

import http.server
import json

import gateway_client
import pytest
from gateway_client import ApiError, Gateway, Pace, listed
from local_server import serving


class Scripted(http.server.BaseHTTPRequestHandler):
    """Answers with the next of the server's `script`: a status, a status and a body, or None to
    hang up."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status = self.server.script.pop(0)
        if status is None:
            self.close_connection = True
            return
        status, body = status if isinstance(status, tuple) else (status, {})
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = answer

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with serving(Scripted) as server:
        server.seen, server.script = [], []
        yield server


@pytest.fixture
def gateway(server):
    client = Gateway(f"http://127.0.0.1:{server.server_port}")
    yield client
    client.close()


def test_a_busy_gateway_is_asked_again(server, gateway):
    server.script = [429, 503, 200]
    assert gateway.call("POST", "/x", {}).status == 200
    assert len(server.seen) == 3


def test_a_lost_answer_is_asked_for_again_only_with_a_key(server, gateway):
    server.script = [None, 201]
    assert gateway.call("POST", "/x", {}, key="k").status == 201
    assert [headers["Idempotency-Key"] for _, _, headers in server.seen] == ["k", "k"]

    server.script = [None, 201]
    with pytest.raises(OSError):
        gateway.call("POST", "/x", {})
    assert server.script == [201]


def test_whoever_says_so_has_every_write_repeated(server, gateway):
    gateway.repeats_all = True
    server.script = [None, 502, 504, 201, None, 200]
    assert gateway.call("POST", "/x", {}).status == 201
    assert gateway.call("PATCH", "/x", {}).status == 200
    assert server.script == []


def test_a_service_that_is_away_fails_a_write_without_a_key(server, gateway):
    server.script = [502, 201]
    assert gateway.call("POST", "/x", {}).status == 502


def test_who_stays_signed_in_signs_in_again_when_the_token_ran_out(server, gateway):
    server.script = [(201, {"access_token": "a"}), 401, (201, {"access_token": "b"}), 200, 200]
    user = gateway.stay_signed_in("ada@example.com", "secret")
    assert user.call("GET", "/x").status == 200
    assert user.call("GET", "/x").status == 200
    assert [(path, headers.get("Authorization")) for _, path, headers in server.seen] == [
        ("/api/v1/sessions", None), ("/x", "Bearer a"), ("/api/v1/sessions", None),
        ("/x", "Bearer b"), ("/x", "Bearer b")]
    user.close()


def test_signing_in_again_is_tried_once_a_call(server, gateway):
    server.script = [(201, {"access_token": "a"}), 401, (201, {"access_token": "b"}), 401]
    user = gateway.stay_signed_in("ada@example.com", "secret")
    assert user.call("GET", "/x").status == 401
    user.close()


def test_another_token_signs_nobody_in(server, gateway):
    server.script = [(201, {"access_token": "a"}), 401]
    user = gateway.stay_signed_in("ada@example.com", "secret").as_user("other")
    assert user.call("GET", "/x").status == 401
    user.close()


def test_a_list_is_read_to_its_last_page(server, gateway):
    server.script = [(200, {"data": [1, 2], "next_cursor": "c=1"}),
                     (200, {"data": [3], "next_cursor": None})]
    assert list(listed(gateway, "/x", user_id="u")) == [1, 2, 3]
    assert [path for _, path, _ in server.seen] == [
        "/x?user_id=u&limit=100", "/x?user_id=u&limit=100&cursor=c%3D1"]


def test_without_patience_the_first_answer_counts(server, gateway):
    gateway.patience_s = 0
    server.script = [503]
    assert gateway.call("GET", "/x").status == 503


def test_another_status_than_expected_is_an_error(server, gateway):
    server.script = [404]
    with pytest.raises(ApiError, match="GET /x answered 404"):
        gateway.call("GET", "/x", expect=(200,))


def test_a_token_is_sent_by_its_user_alone(server, gateway):
    server.script = [200, 200]
    gateway.as_user("abc").call("GET", "/x")
    gateway.call("GET", "/x")
    assert [headers.get("Authorization") for _, _, headers in server.seen] == ["Bearer abc", None]


class Clock:
    """In the place of the module time: it goes on by what is slept."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_pace_lets_a_burst_through_and_then_its_rate(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(gateway_client, "time", clock)
    pace = Pace(rate=200, burst=5)
    for _ in range(5):
        pace.wait()
    assert clock.now == 0
    for _ in range(10):
        pace.wait()
    assert clock.now == pytest.approx(10 / 200)
