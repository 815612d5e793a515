"""Thousands of bad requests, made from the OpenAPI documents: each is refused, none does anything.

tests/openapi/bad_requests.py makes them. Whoever asks would be allowed to do what the route does.
"""

import concurrent.futures
import dataclasses
import hashlib
import hmac
import json
import time
import uuid

import answers
import bad_requests
import documents
import forgery
import pytest
from raw_socket import KeptConnection, Reply, Target
from system import ADDRESS, await_true

CONNECTIONS = 6
# What changes by itself: who is alive, who was seen, how far events and deliveries came.
MOVING = {"instance", "seen_active", "webhook_progress", "webhook_delivery", "event_cursor",
          "inbox", "outbox", "schema_migration", "signing_key", "trusted_key_set",
          "sales_generation", "sales_rank", "sales_change", "saga", "order_step"}
MOVING_COLUMNS = ["failures", "rest_until"]  # of an endpoint that does not answer


@dataclasses.dataclass
class Scene:
    """One of everything that a path may name, and the tokens of those who may do something."""

    things: dict[str, str]
    tokens: dict[tuple[str, str], str | None]  # by role and service
    webhook_secret: str


@pytest.fixture(scope="module")
def scene(system) -> Scene:
    product, buyer, admin = system.product(), system.buyer(), system.admin()
    order = system.place(buyer, system.order_body(product))
    assert order.status == 201, order.text()
    order_id = order.json()["id"]
    system.await_paid(buyer, order_id, "captured")
    endpoint = admin.call("POST", "/api/v1/webhook-endpoints", {
        "url": "http://127.0.0.1:9/nobody", "events": ["order.delivered"]}, expect=(201,)).json()
    me = buyer.call("GET", "/api/v1/users/me", expect=(200,)).json()
    things = {
        "users": me["id"],
        "addresses": buyer.call("POST", "/api/v1/users/me/addresses", ADDRESS,
                                expect=(201,)).json()["id"],
        "sessions": buyer.call("GET", "/api/v1/sessions", expect=(200,)).json()["data"][0]["id"],
        "products": product["id"], "items": product["id"], "orders": order_id,
        "reservations": order_id, "payments": order_id, "webhook-endpoints": endpoint["id"],
    }
    tokens = {}
    for service in documents.SERVICES:
        caller = "user" if service == "order" else "order"
        tokens |= {("anonymous", service): None, ("customer", service): buyer.token,
                   ("admin", service): admin.token,
                   ("service", service): forgery.service_token(system.state, caller, service,
                                                               exp=int(time.time()) + 600)}
    return Scene(things, tokens, system.env["PSP_WEBHOOK_SECRET"])


def path_of(request: bad_requests.BadRequest, scene: Scene) -> str:
    """A parameter is filled with the thing that the segment before it names: /orders/{id}."""
    segments = request.operation.path.split("/")
    for number, segment in enumerate(segments):
        if segment.startswith("{"):
            kind = segments[number - 1]
            segments[number] = request.path.get(segment[1:-1]) or scene.things.get(
                kind, str(uuid.uuid4()))
    return "/".join(segments) + ("?" + request.query if request.query else "")


def headers_of(request: bad_requests.BadRequest, scene: Scene) -> dict[str, str]:
    operation, body = request.operation, request.body or b""
    now = str(int(time.time()))
    signature = hmac.new(scene.webhook_secret.encode(), now.encode() + b"." + body,
                         hashlib.sha256).hexdigest()
    good = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": "*",
            "Stripe-Signature": f"t={now},v1={signature}"}
    headers = {name: good[name] for name in
               [parameter["name"] for parameter in operation.parameters_in("header")]
               if name in good}
    token = scene.tokens[operation.role, operation.service]
    if token:
        headers["Authorization"] = f"Bearer {token}"
    headers |= request.headers
    return {name: value for name, value in headers.items() if name not in request.without}


def bytes_of(request: bad_requests.BadRequest, scene: Scene) -> bytes:
    body = request.body or b""
    length = len(body) if request.content_length is None else request.content_length
    headers = {"Host": "localhost", **headers_of(request, scene)}
    if request.body is not None or request.content_length or request.operation.method != "GET":
        headers["Content-Length"] = str(length)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    line = f"{request.operation.method} {path_of(request, scene)} HTTP/1.1\r\n"
    return f"{line}{head}\r\n".encode() + body


def complaint(request: bad_requests.BadRequest, reply: Reply) -> str | None:
    """What is wrong with how a bad request was refused."""
    if not str(reply.status).startswith(request.expected):
        return f"{reply.status} where {request.expected} is expected: {reply.body[:300]!r}"
    if reply.headers.get("content-type") != "application/problem+json":
        return f"{reply.status} with {reply.headers.get('content-type')}"
    problem = json.loads(reply.body)
    if problem["status"] != reply.status or not problem["code"]:
        return f"{reply.status} with {problem}"
    if problem["code"] == "validation_failed" and not problem.get("errors"):
        return f"no reason is given: {problem}"
    return None


def ask_all(system, scene: Scene, requests: list) -> list[str]:
    """Asks them one after the other; what was wrong."""
    doors = {"": KeptConnection(Target("gateway", system.env["GATEWAY_URL"]))}
    for service in documents.SERVICES:
        doors[service] = KeptConnection(Target(service, system.env[f"{service.upper()}_URL"]))
    wrong = []
    for request in requests:
        door = doors[request.operation.service if request.operation.role == "service" else ""]
        try:
            reply = door.ask(bytes_of(request, scene))
            found = complaint(request, reply) or "; ".join(answers.complaints(
                request.operation.method, path_of(request, scene), reply.status, reply.headers,
                reply.body))
        except (OSError, ValueError, KeyError) as error:
            found = f"{type(error).__name__}: {error}"
            door.close()
        if found:
            wrong.append(f"{request}: {found}")
    for door in doors.values():
        door.close()
    return wrong


def contents(system) -> set[tuple[str, str]]:
    """Every row of every table that only requests change: the table, and the row as JSON."""
    found = set()
    for service in documents.SERVICES:
        tables = {name for name, in system.query(
            service, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
        for table in tables - MOVING:
            found |= {(f"{service}.{table}", row) for row, in system.query(
                service, f'SELECT (to_jsonb(t) - %s)::text FROM "{table}" t', MOVING_COLUMNS)}
    return found


def at_rest(system) -> set[tuple[str, str]]:
    """The contents once nothing moves by itself any more."""
    def unmoved():
        if system.query("order", "SELECT FROM saga WHERE parked_reason IS NULL LIMIT 1"):
            return None
        before = contents(system)
        time.sleep(0.5)
        return before if before == contents(system) else None
    return await_true(unmoved, 30, "what other tests began has ended")


def test_thousands_of_bad_requests_are_refused_and_change_nothing(system, scene):
    requests = list(bad_requests.bad_requests())
    writes = [each for each in requests if each.operation.method in documents.WRITES]
    assert len(writes) >= 2000
    before = at_rest(system)
    parts = [requests[number::CONNECTIONS] for number in range(CONNECTIONS)]
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        wrong = [each for part in pool.map(lambda part: ask_all(system, scene, part), parts)
                 for each in part]
    assert not wrong, f"{len(wrong)} of {len(requests)}:\n" + "\n".join(sorted(wrong))
    after = at_rest(system)
    assert (sorted(before - after), sorted(after - before)) == ([], [])
