"""Who gets past the gateway: tokens that no service would take end there."""

import re
import time
import uuid

import documents
import pytest
from checked_gateway import CheckedGateway
from forgery import made_up_token

NOBODY = "0192f0c0-0000-7000-8000-000000000000"


def operations() -> list[tuple[str, str, bool]]:
    """(method, path, whether it asks for a token) of the services' own documents."""
    return [(operation.method, re.sub(r"{[^}]*}", NOBODY, operation.path),
             operation.role != "anonymous")
            for operation in documents.all_operations() if operation.role != "service"]


def passed_on(system, request_id: str) -> bool:
    """Whether the gateway asked a service for it, as its log tells."""
    return system.access_log_line(request_id)["upstream"] != ""


def test_what_a_document_protects_is_protected_at_the_gateway(system):
    anonymous, wrong, asked = system.anonymous(), [], {}
    for method, path, protected in operations():
        # A public answer that another test has just asked for would come from the cache.
        answer = anonymous.call(method, path, None if method == "GET" else {},
                                headers={"Cache-Control": "no-cache"})
        bare_401 = answer.status == 401 and answer.code == "unauthenticated"
        if bare_401 != protected:
            wrong.append(f"{method} {path}: {answer.status}")
        asked[answer.headers["x-request-id"]] = (method, path, protected)
    assert not wrong, "\n".join(wrong)
    assert len(asked) > 40
    for request_id, (method, path, protected) in asked.items():
        assert passed_on(system, request_id) != protected, (method, path)


@pytest.mark.parametrize("sku", ["stock", "stock-adjustments"])
def test_a_product_may_be_called_as_what_is_protected(system, sku):
    """Its SKU is public, though what is called so below a product's id is not."""
    answer = system.anonymous().call("GET", f"/api/v1/products/by-sku/{sku}",
                                     headers={"Cache-Control": "no-cache"})
    assert (answer.status, answer.code) == (404, "not_found")
    assert passed_on(system, answer.headers["x-request-id"])


@pytest.mark.parametrize("header", [
    None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b", "Bearer a.b.c.d", "Bearer ..",
    "Bearer a b.c.d", "Token a.b.c", f"Bearer {'a' * 9000}.b.c"])
def test_a_malformed_token_ends_at_the_gateway(system, header):
    headers = {} if header is None else {"Authorization": header}
    answer = system.anonymous().call("GET", "/api/v1/orders", headers=headers)
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not passed_on(system, answer.headers["x-request-id"])


def test_a_token_that_has_ended_ends_at_the_gateway(system):
    for claims in ({"exp": int(time.time()) - 1}, {"exp": 0}, {"exp": -1}, {"exp": "later"}, {},
                   {"exp": None}, {"exp": [9e9]}):
        answer = system.anonymous().as_user(made_up_token(**claims)).call("GET", "/api/v1/cart")
        assert (answer.status, answer.code) == (401, "unauthenticated"), claims
        assert not passed_on(system, answer.headers["x-request-id"]), claims


def test_with_a_body_only_the_form_of_a_token_counts_at_the_gateway(system):
    ended = made_up_token(exp=int(time.time()) - 1)
    for token, by_service in (("a.b", False), (ended, True)):
        answer = system.anonymous().as_user(token).call("POST", "/api/v1/orders", {})
        assert (answer.status, answer.code) == (401, "unauthenticated"), token
        assert passed_on(system, answer.headers["x-request-id"]) == by_service, token


def test_a_forged_token_that_looks_well_is_refused_by_the_service(system):
    forged = system.anonymous().as_user(made_up_token(exp=int(time.time()) + 600, role="admin"))
    answer = forged.call("GET", "/api/v1/orders")
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert passed_on(system, answer.headers["x-request-id"])


def test_an_import_is_for_admins_which_the_catalog_says_before_it_is_sent(system, buyer):
    line = b'{"sku": "IMPORTED-1", "name": "A thing", "price": {"amount": 1, "currency": "GBP"}}'
    forged = made_up_token(exp=int(time.time()) + 600, role="admin")
    for who, status in ((system.anonymous().as_user(forged), 401), (buyer, 403),
                        (system.admin(), 200)):
        answer = who.call("POST", "/api/v1/products/import", line,
                          headers={"Content-Type": "application/x-ndjson"})
        assert answer.status == status, answer.text()
        asked = system.access_log_line(answer.headers["x-request-id"])["upstream"]
        assert bool(asked) == (status == 200)
    assert answer.json()["failed"] == 0


@pytest.mark.parametrize("path", ["/API/v1/products/import", "/api/v1/PRODUCTS/import",
                                  "/api/v1/products/import%0A", "/api/v1/products/IMPORT"])
def test_what_is_only_spelt_like_the_import_is_none(system, path):
    sku = f"SPELT-{uuid.uuid4().hex}"
    line = b'{"sku": "%s", "name": "A thing", "price": {"amount": 1, "currency": "GBP"}}' \
        % sku.encode()
    answer = system.admin().call("POST", path, line,
                                 headers={"Content-Type": "application/x-ndjson"})
    assert answer.status in (404, 405), answer.text()
    assert system.anonymous().call("GET", f"/api/v1/products/by-sku/{sku}").status == 404


def test_gateway_and_services_refuse_in_the_same_words(system):
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer a.b"}):
        at_gateway, at_service = (
            CheckedGateway(system.env[url], patience_s=0).call(
                "GET", "/api/v1/orders", headers={**headers, "X-Request-Id": "same-words"})
            for url in ("GATEWAY_URL", "ORDER_URL"))
        assert at_gateway.status == at_service.status == 401
        told = [{key: value for key, value in answer.json().items() if key != "trace_id"}
                for answer in (at_gateway, at_service)]
        assert told[0] == told[1]


def test_the_storefront_tells_a_bad_token_from_an_outage(system):
    ended, forged = (made_up_token(exp=int(time.time()) + more) for more in (-1, 600))
    for bad in ("nonsense", ended, forged):
        answer = system.anonymous().as_user(bad).call("GET", "/api/v1/storefront")
        assert (answer.status, answer.code) == (401, "unauthenticated"), bad
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["detail"].startswith("The token ")
    assert system.anonymous().call("GET", "/api/v1/storefront").status == 200


def test_blanks_before_the_token_do_not_count(system, buyer):
    for url in ("GATEWAY_URL", "ORDER_URL"):
        answer = CheckedGateway(system.env[url], patience_s=0).call(
            "GET", "/api/v1/orders", headers={"Authorization": f"Bearer   {buyer.token}"})
        assert answer.status == 200, url


def test_public_routes_take_no_notice_of_a_bad_token(system):
    for path in ("/api/v1/products", "/api/v1/categories", "/.well-known/jwks.json"):
        assert system.anonymous().as_user("nonsense").call("GET", path).status == 200


def test_every_answer_says_how_it_may_be_used(system, buyer):
    for who, path in ((system.anonymous(), "/api/v1/products"), (buyer, "/api/v1/orders"),
                      (system.anonymous(), "/nowhere"), (system.anonymous(), "/healthz")):
        headers = who.call("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["referrer-policy"] == "no-referrer", path
        assert "/" not in headers["server"], path
        assert "access-control-allow-origin" not in headers, path
        assert "vary" not in headers, path
    assert buyer.call("GET", "/api/v1/orders").headers["cache-control"] == "no-store"


def test_only_listed_origins_may_call_from_a_browser(system):
    ours, strange = "https://shop.example", "https://evil.example"
    preflight = {"Access-Control-Request-Method": "POST",
                 "Access-Control-Request-Headers": "authorization, idempotency-key"}
    system.up(CORS_ORIGINS=f"{ours} http://localhost:3000")
    try:
        anonymous = system.anonymous()
        allowed = anonymous.call("OPTIONS", "/api/v1/orders", headers={"Origin": ours, **preflight})
        assert allowed.status == 204
        assert allowed.headers["access-control-allow-origin"] == ours
        assert "POST" in allowed.headers["access-control-allow-methods"]
        for name in ("Idempotency-Key", "Cache-Control", "Pragma"):
            assert name in allowed.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in allowed.headers
        for path in ("/internal/v1/events", "/nowhere"):
            assert anonymous.call("OPTIONS", path,
                                  headers={"Origin": ours, **preflight}).status == 404, path
        refused = anonymous.call("OPTIONS", "/api/v1/orders",
                                 headers={"Origin": strange, **preflight})
        assert not any(name.startswith("access-control") for name in refused.headers)
        for path in ("/api/v1/products", "/api/v1/orders", "/nowhere"):
            answer = anonymous.call("GET", path, headers={"Origin": ours})
            assert answer.headers["access-control-allow-origin"] == ours, path
            assert answer.headers["vary"] == "Origin", path
            answer = anonymous.call("GET", path, headers={"Origin": strange})
            assert "access-control-allow-origin" not in answer.headers, path
            # A cache must not hand to one origin what it was given for another, or for none.
            assert anonymous.call("GET", path).headers["vary"] == "Origin", path
    finally:
        system.up()
