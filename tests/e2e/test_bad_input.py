"""Hundreds of bad requests: each is refused with a reason in problem+json, none is a failure."""

import copy
import json
import secrets

import pytest
from system import ADDRESS

# How a value may be wrong, as JSON text. What no string, and what no whole number may be:
NO_TEXT = ["null", "5", "1.5", "true", "[]", "{}", '["a"]', '"\\u0000"', '"\\ud800"', '"a\\u0007b"']
NO_COUNT = ["null", '"1"', "1.0", "1e2", "1.5", "true", "[]", "{}", "-1", "1e400", "-1e400",
            "9223372036854775808", "1" + "0" * 400, '"\\u0661"']
NO_OBJECT = ["null", "5", '"text"', "true", "[]"]
NO_LIST = ["null", "5", '"text"', "true", "{}"]
LONG = json.dumps("x" * 20_000)


class Route:
    """A write that takes a body: how to call it, a good body, and its fields by JSON pointer."""

    def __init__(self, method: str, path: str, body: dict, fields: dict[str, list[str]],
                 required: list[str], who: str = "nobody", **headers: str):
        self.method, self.path, self.body, self.fields = method, path, body, fields
        self.required, self.who, self.headers = required, who, headers


def routes(product: dict, order: dict) -> list[Route]:
    money = {"amount": 100, "currency": "GBP"}
    line = {"product_id": product["id"], "quantity": 1}
    account = {"email": "bad-input@example.com", "password": "a long enough phrase", "name": "Ada"}
    price = {"/price": NO_OBJECT, "/price/amount": NO_COUNT + ["0", "1000000000001"],
             "/price/currency": NO_TEXT + ['""', '"gbp"', '"POUND"', '"G1P"']}
    key = {"Idempotency-Key": "fresh"}
    return [
        Route("POST", "/api/v1/users", account, {
            "/email": NO_TEXT + ['""', '"no address"', '"@"', '"a@b@c"',
                                 '"a\\r\\nb@example.com"', LONG],
            "/password": NO_TEXT[:7] + ['""', '"short"', LONG],
            "/name": NO_TEXT + ['""', LONG]}, ["email", "password", "name"]),
        Route("POST", "/api/v1/sessions", {"email": "a@example.com", "password": "x" * 12}, {
            "/email": NO_TEXT[:7], "/password": NO_TEXT[:7]}, ["email", "password"]),
        Route("POST", "/api/v1/sessions/refresh", {"refresh_token": "x"}, {
            "/refresh_token": NO_TEXT[:7] + ['""', '"\' OR 1=1 --"', LONG]}, ["refresh_token"]),
        Route("POST", "/api/v1/products", {"sku": "BAD-1", "name": "Bad", "price": money}, {
            "/sku": NO_TEXT + ['""', '" a"', '"a/b"', '"a;b"', '"caf\u00e9"', json.dumps("x" * 65)],
            "/name": NO_TEXT + ['""', json.dumps("x" * 201)],
            "/on_hand": NO_COUNT[1:], "/description": NO_TEXT[1:7] + [LONG],
            "/category": NO_TEXT[1:7] + ['"no-such-category"'],
            "/attributes": NO_OBJECT[1:] + ['{"a": 1}', '{"a": null}', '{"a": {}}'],
            **price}, ["sku", "name", "price"], "admin"),
        Route("PATCH", f"/api/v1/products/{product['id']}", {"name": "Still good"}, {
            "/name": NO_TEXT + ['""', json.dumps("x" * 201)], "/sku": ['"OTHER"'], **price,
        }, [], "admin", **{"If-Match": "*"}),
        Route("POST", f"/api/v1/products/{product['id']}/stock-adjustments",
              {"delta": 1, "reason": "found"}, {
                  "/delta": NO_COUNT[:8] + NO_COUNT[9:], "/reason": NO_TEXT + [LONG]},
              ["delta", "reason"], "admin", **key),
        Route("POST", "/api/v1/categories", {"name": "Bad"}, {
            "/name": NO_TEXT + ['""', LONG], "/slug": NO_TEXT[1:7] + ['""', '"A B"'],
            "/parent_id": NO_TEXT[1:7] + ['"no id"', f'"{product["id"]}"']}, ["name"], "admin"),
        Route("POST", "/api/v1/orders", {"lines": [line], "payment_method": "pm_card_visa",
                                         "shipping_address": ADDRESS}, {
            "/lines": NO_LIST + ["[]", "[null]", "[5]", "[[]]", json.dumps([line] * 1001)],
            "/lines/0/product_id": NO_TEXT + ['""', '"no id"', '"\' OR 1=1 --"', LONG],
            "/lines/0/quantity": NO_COUNT + ["0", "10001"],
            "/payment_method": NO_TEXT + ['""', LONG],
            "/shipping_address": NO_OBJECT,
            "/shipping_address/country": NO_TEXT + ['""', '"gb"', '"GBR"', '"00"'],
            "/shipping_address/line1": NO_TEXT + ['""', LONG],
            "/from_cart": ['"yes"', "1", "[]"],
            "/expected_total": NO_OBJECT[1:] + ["{}", '{"amount": "1", "currency": "GBP"}'],
        }, ["lines", "payment_method", "shipping_address"], "buyer", **key),
        Route("POST", f"/api/v1/orders/{order['id']}/refunds", {"reason": "no", "amount": money}, {
            "/reason": NO_TEXT + [LONG], "/restock": ['"yes"', "1", "[]"],
            "/amount": NO_OBJECT[1:], "/amount/amount": NO_COUNT + ["0"],
            "/lines": NO_LIST[1:]}, ["reason"], "admin", **key),
    ]


def put(body: dict, pointer: str, text: str) -> bytes:
    """The body as JSON, with the value at `pointer` being `text` as it stands."""
    changed, mark = copy.deepcopy(body), "@@here@@"
    target, names = changed, pointer.strip("/").split("/")
    for name in names[:-1]:
        target = target[int(name)] if isinstance(target, list) else target.setdefault(name, {})
    target[int(names[-1]) if isinstance(target, list) else names[-1]] = mark
    return json.dumps(changed).replace(json.dumps(mark), text).encode()


def bad_bodies(route: Route):
    """(what is wrong, the bytes)"""
    good = json.dumps(route.body).encode()
    for pointer, values in route.fields.items():
        for value in values:
            yield f"{pointer} = {value[:40]}", put(route.body, pointer, value)
    for name in route.required:
        yield f"no {name}", json.dumps({k: v for k, v in route.body.items() if k != name}).encode()
    first = next(iter(route.body))
    yield "an unknown field", json.dumps({**route.body, "is_admin": True}).encode()
    yield "a key twice", good[:-1] + f', "{first}": 1}}'.encode()
    yield "deep nesting", put(route.body, f"/{first}", "[" * 100 + "]" * 100)
    yield "very deep nesting", b"[" * 100_000
    yield "no UTF-8", good[:-1] + b', "x": "\xff\xfe"}'
    yield "an overlong form", good[:-1] + b', "x": "\xc0\xaf"}'
    yield "half a body", good[:-2]
    yield "trailing text", good + b"x"
    yield "two values", good + good
    yield "nothing", b""
    yield "a list", b"[" + good + b"]"
    yield "a word", b"nonsense"
    yield "NaN", b'{"' + first.encode() + b'": NaN}'
    yield "a byte order mark", b"\xef\xbb\xbf" + good
    yield "two mebibytes", b'{"x": "' + b"a" * 2 * 1024 * 1024 + b'"}'


@pytest.fixture(scope="module")
def shop(system):
    product = system.product(on_hand=1000)
    buyer = system.buyer()
    order = system.place(buyer, system.order_body(product)).json()
    callers = {"nobody": system.anonymous(), "buyer": buyer, "admin": system.admin()}
    return routes(product, order), callers


@pytest.mark.parametrize("number", range(9))
def test_bad_bodies_are_refused_with_a_reason(shop, number):
    all_routes, callers = shop
    route = all_routes[number]
    wrong = []
    for what, body in bad_bodies(route):
        headers = {"Content-Type": "application/json", **route.headers}
        if "Idempotency-Key" in headers:
            headers["Idempotency-Key"] = secrets.token_hex(16)
        try:
            answer = callers[route.who].call(route.method, route.path, body, headers=headers)
        except OSError as error:  # closed on us while we still sent two mebibytes
            callers[route.who].close()
            if what != "two mebibytes":
                wrong.append(f"{what}: {error}")
            continue
        problem = answer.json() if answer.body.startswith(b"{") else {}
        fits = (400 <= answer.status < 500
                and answer.headers.get("content-type") == "application/problem+json"
                and problem.get("code")
                and (problem["code"] != "validation_failed" or problem.get("errors")))
        if not fits:
            wrong.append(f"{what}: {answer.status} {answer.text()[:200]}")
    assert not wrong, "\n".join([f"{route.method} {route.path}", *wrong])


def test_a_validation_error_says_where(system, buyer):
    body = {"lines": [{"product_id": "no id", "quantity": 0}], "payment_method": 5, "colour": "red"}
    answer = system.place(buyer, body)
    assert (answer.status, answer.code) == (422, "validation_failed")
    found = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert found["/lines/0/quantity"] == "out_of_range"
    assert found["/payment_method"] == "wrong_type"
    assert found["/colour"] == "unknown_field"
    assert "/lines/0/product_id" in found


@pytest.mark.parametrize("headers, status, code", [
    ({"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
    ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415,
     "unsupported_media_type"),
])
def test_a_body_of_another_kind_is_refused(system, headers, status, code):
    answer = system.anonymous().call("POST", "/api/v1/users", b"{}", headers=headers)
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=1.5", "cursor=%00",
                                   "cursor=nonsense", "cursor=" + "a" * 3000, "status=nope"])
def test_bad_queries_are_refused(buyer, query):
    answer = buyer.call("GET", f"/api/v1/orders?{query}")
    assert answer.status == 400, answer.text()
    assert answer.code in ("invalid_query", "invalid_cursor")


@pytest.mark.parametrize("token", [
    "", "x", "a.b.c", "Bearer", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", "x" * 5000])
def test_bad_tokens_are_refused(system, token):
    answer = system.anonymous().as_user(token or " ").call("GET", "/api/v1/orders")
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_ids_that_are_none_lead_nowhere(system, buyer):
    for path in ("/api/v1/orders/1", "/api/v1/orders/' OR 1=1", "/api/v1/orders/%00x",
                 "/api/v1/orders/00000000-0000-0000-0000-000000000000"):
        status = buyer.call("GET", path.replace(" ", "%20")).status
        assert status in (400, 404), path
