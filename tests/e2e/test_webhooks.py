"""A merchant's system is told what happens to orders, as Standard Webhooks says."""

import base64
import hashlib
import hmac
import time

import pytest
from merchant import Merchant
from system import await_true


@pytest.fixture
def merchant():
    merchant = Merchant()
    yield merchant
    merchant.close()


@pytest.fixture
def endpoint(admin, merchant):
    made = admin.call("POST", "/api/v1/webhook-endpoints", {
        "url": merchant.url, "events": ["order.created", "order.confirmed", "order.cancelled",
                                        "order.refunded", "order.shipped", "order.delivered"]},
        expect=(201,))
    yield made.json()
    admin.call("DELETE", made.headers["location"], expect=(204,))


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{signature}" in headers["webhook-signature"].split(" ")


def deliveries(admin, endpoint) -> list[dict]:
    return admin.call("GET", f"/api/v1/webhook-endpoints/{endpoint['id']}/deliveries",
                      expect=(200,)).json()["data"]


def test_a_merchant_hears_the_story_of_an_order(system, admin, buyer, merchant, endpoint):
    order = system.place(buyer, system.order_body(system.product())).json()
    admin.call("POST", f"/api/v1/orders/{order['id']}/ship", expect=(200,))
    admin.call("POST", f"/api/v1/orders/{order['id']}/deliver", expect=(200,))
    story = {"order.created", "order.confirmed", "order.shipped", "order.delivered"}
    await_true(lambda: set(merchant.told(order["id"])) == story, 15, "every event was told")
    assert all(is_signed(endpoint["secret"], *message) for message in merchant.heard)
    assert all(abs(int(headers["webhook-timestamp"]) - time.time()) < 60
               for headers, _ in merchant.heard)
    await_true(lambda: all(delivery["status"] == "succeeded"
                           for delivery in deliveries(admin, endpoint)), 5, "all is delivered")


def test_what_failed_is_told_again_also_by_hand(system, admin, buyer, merchant, endpoint):
    merchant.status = 503
    order = system.place(buyer, system.order_body(system.product())).json()
    await_true(lambda: merchant.told(order["id"]), 15, "an attempt was made")
    merchant.status = 204
    await_true(lambda: all(delivery["status"] == "succeeded"
                           for delivery in deliveries(admin, endpoint)), 30, "it was told again")
    ids = {headers["webhook-id"] for headers, _ in merchant.heard}
    delivery = deliveries(admin, endpoint)[0]
    before = len(merchant.heard)
    asked = admin.call("POST", f"/api/v1/webhook-endpoints/{endpoint['id']}/deliveries/"
                               f"{delivery['id']}/redeliver", expect=(200,)).json()
    assert asked["status"] == "pending"
    await_true(lambda: len(merchant.heard) > before, 10, "it was told by hand")
    assert {headers["webhook-id"] for headers, _ in merchant.heard} == ids


def test_nothing_is_lost_while_redis_is_away_and_order_dies(system, buyer, merchant, endpoint):
    system.kill("redis")
    try:
        order = system.place(buyer, system.order_body(system.product())).json()
        system.kill("order")
        system.start("order")
        await_true(lambda: set(merchant.told(order["id"])) == {"order.created", "order.confirmed"},
                   45, "both events were told")
    finally:
        system.start("redis")


@pytest.mark.parametrize("url", [
    "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://192.168.0.1:8080/",
    "http://[fd00::1]/", "http://[::ffff:10.0.0.1]/", "http://0.0.0.0/", "http://[::]/"])
def test_addresses_of_our_own_network_are_not_called(admin, url):
    answer = admin.call("POST", "/api/v1/webhook-endpoints",
                        {"url": url, "events": ["order.confirmed"]})
    assert (answer.status, answer.code) == (422, "validation_failed")
    assert answer.json()["errors"][0] == {"pointer": "/url", "code": "url_not_allowed",
                                          "detail": "Must lead to an address on the internet."}
