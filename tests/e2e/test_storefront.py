"""GET /api/v1/storefront: several services in one answer, and what is left of it when one of them
is away.
"""

import time

import pytest
from system import await_true

PUBLIC, PERSONAL = ("categories", "newest", "bestselling"), ("me", "cart", "orders")


def storefront(who) -> dict:
    answer = who.call("GET", "/api/v1/storefront", expect=(200,))
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert set(body) == {*PUBLIC, *PERSONAL, "degraded"}
    return body


def test_a_stranger_sees_the_shop(system):
    body = storefront(system.anonymous())
    assert body["degraded"] == []
    assert all(isinstance(body[name], list) and body[name] for name in PUBLIC)
    assert all(body[name] is None for name in PERSONAL)
    assert {"id", "sku", "name", "price"} <= body["newest"][0].keys()


def test_a_customer_sees_the_shop_and_what_is_theirs(system, buyer):
    order = system.place(buyer, system.order_body(system.product())).json()
    body = storefront(buyer)
    assert body["degraded"] == []
    assert body["me"]["role"] == "customer"
    assert body["cart"]["lines"] == []
    assert [one["id"] for one in body["orders"]] == [order["id"]]
    assert body["newest"]


def test_a_body_that_nobody_asked_for_costs_nothing(system, buyer):
    answer = buyer.call("GET", "/api/v1/storefront", {"q": "mug"}, expect=(200,))
    assert answer.json()["degraded"] == []
    overview = system.admin().call("GET", "/api/v1/admin/overview", {"q": 1}, expect=(200,))
    assert overview.json()["degraded"] == []


def test_parts_of_more_than_a_mebibyte_are_served(system, buyer):
    attributes = {f"{number:02}{'日' * 98}":
                  "本" * 500 for number in range(50)}
    products = [system.product(description="語" * 10_000,
                               attributes=attributes) for _ in range(12)]
    try:
        # Past the cache, which may hold the list as it was.
        listed = system.anonymous().call("GET", "/api/v1/products?sort=newest&limit=12",
                                         headers={"Cache-Control": "no-cache"}, expect=(200,))
        assert len(listed.body) > 1 << 20
        assert {one["id"] for one in products} == {one["id"] for one in listed.json()["data"]}

        def seen():
            body = storefront(buyer)
            assert body["degraded"] == []
            shown = {one["id"] for one in body["newest"]}
            return {one["id"] for one in products} == shown
        await_true(seen, 5, "the storefront shows what is new")
    finally:
        for one in products:
            system.admin().call("DELETE", f"/api/v1/products/{one['id']}",
                                headers={"If-Match": "*"}, expect=(204,))


@pytest.mark.parametrize("name, lost", [
    ("user", {"me"}), ("order", {"cart", "orders"}), ("payment", set())])
def test_a_dead_service_costs_its_own_parts_only(system, buyer, name, lost):
    system.kill(name)
    try:
        body = storefront(buyer)
        assert set(body["degraded"]) == lost
        assert all(body[part] is None for part in lost)
        assert all(body[part] is not None for part in {*PUBLIC, *PERSONAL} - lost)
    finally:
        system.start(name)


def test_a_frozen_service_holds_it_up_for_two_seconds_at_most(system, buyer):
    system.kill("order", "STOP")
    try:
        began = time.monotonic()
        body = storefront(buyer)
        assert time.monotonic() - began < 4
        assert set(body["degraded"]) == {"cart", "orders"} and body["me"]
    finally:
        system.kill("order", "CONT")


def test_it_is_only_read(system):
    for path in ("/api/v1/storefront", "/readyz", "/healthz"):
        answer = system.anonymous().call("POST", path, {})
        assert (answer.status, answer.code) == (405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD"
        assert system.anonymous().call("HEAD", path).status == 200
