"""From nothing to a confirmed order, and what can be read of it afterwards."""

import uuid

import pytest
from system import FINAL


def test_up_places_a_first_order_and_shows_its_timeline(system):
    if not system.first_up.count("is ready after"):
        return  # an installation that ran already
    assert "confirmed" in system.first_up
    for step in ("reserve_stock", "authorize_payment", "commit_stock"):
        assert step in system.first_up, f"{step} is missing in the timeline"


def test_a_second_up_starts_and_orders_nothing(system):
    before = system.query("order", "SELECT count(*) FROM orders")
    again = system.up()
    assert "is ready after" not in again
    assert system.env["GATEWAY_URL"] in again
    assert system.query("order", "SELECT count(*) FROM orders") == before


@pytest.fixture
def strange_first_order(system):
    """As after the order database of another installation was restored: it has no such order."""
    kept = system.state / "first" / "order"
    before = kept.read_text()
    kept.write_text(f"{uuid.uuid4()}\n")
    yield
    kept.write_text(before)


@pytest.mark.usefixtures("strange_first_order")
def test_an_up_that_starts_something_asks_nothing_of_the_first_order(system):
    system.kill("psp")
    assert "psp is ready after" in system.up()


def test_one_request_checks_out(system, buyer):
    product = system.product(on_hand=10, price=1999)
    answer = system.place(buyer, system.order_body(product, quantity=3))
    assert answer.status == 201, answer.text()
    order = answer.json()
    assert answer.headers["location"].endswith(f"/api/v1/orders/{order['id']}")
    assert order["status"] == "confirmed"
    assert order["total"] == {"amount": 5997, "currency": "GBP"}
    line, = order["lines"]
    assert (line["sku"], line["quantity"]) == (product["sku"], 3)
    assert line["unit_price"] == product["price"]
    assert system.stock(product) == {"product_id": product["id"], "on_hand": 7, "reserved": 0,
                                     "available": 7}
    payment = system.await_paid(buyer, order["id"], "captured")
    assert payment["captured"] == order["total"]


def test_the_timeline_tells_who_did_what_in_order(system, buyer):
    order = system.place(buyer, system.order_body(system.product())).json()
    system.await_paid(buyer, order["id"], "captured")
    timeline = buyer.call("GET", f"/api/v1/orders/{order['id']}/timeline", expect=(200,))
    entries = timeline.json()["data"]
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    assert {"catalog", "payment", "order"} <= {entry["service"] for entry in entries}
    assert all(entry["outcome"] in ("ok", "failed", "retried", "unknown", "degraded", "undone")
               and len(entry["trace_id"]) == 32 for entry in entries)


def test_an_order_belongs_to_its_buyer(system, buyer, admin):
    order = system.place(buyer, system.order_body(system.product())).json()
    assert system.order(buyer, order["id"])["id"] == order["id"]
    assert system.order(admin, order["id"])["status"] in FINAL
    stranger = system.buyer().call("GET", f"/api/v1/orders/{order['id']}")
    assert (stranger.status, stranger.code) == (404, "not_found")
    nobody = system.anonymous().call("GET", f"/api/v1/orders/{order['id']}")
    assert (nobody.status, nobody.code) == (401, "unauthenticated")
    listed = buyer.call("GET", "/api/v1/orders", expect=(200,)).json()
    assert [entry["id"] for entry in listed["data"]] == [order["id"]]


def test_a_cancelled_order_gives_stock_and_money_back(system, buyer):
    product = system.product(on_hand=5)
    order = system.place(buyer, system.order_body(product, quantity=2)).json()
    answer = buyer.call("POST", f"/api/v1/orders/{order['id']}/cancel")
    assert answer.status in (200, 202), answer.text()
    assert system.await_final(buyer, order["id"], 10)["status"] == "cancelled"
    assert buyer.call("POST", f"/api/v1/orders/{order['id']}/cancel").status == 200
    assert system.stock(product)["available"] == 5


def test_a_refund_gives_back_what_was_asked_for_and_never_more(system, buyer, admin):
    product = system.product(on_hand=5, price=1000)
    order = system.place(buyer, system.order_body(product, quantity=3)).json()
    system.await_paid(buyer, order["id"], "captured")
    path = f"/api/v1/orders/{order['id']}/refunds"
    body = {"reason": "broken", "restock": True,
            "lines": [{"product_id": product["id"], "quantity": 2}]}
    refund = admin.call("POST", path, body, key=f"{order['id']}-1", expect=(201,)).json()
    assert refund["amount"] == {"amount": 2000, "currency": "GBP"}
    again = admin.call("POST", path, body, key=f"{order['id']}-2")
    assert (again.status, again.code) == (409, "over_refund")
    system.await_paid(buyer, order["id"], "partially_refunded")
    assert system.order(buyer, order["id"])["refunded"] == {"amount": 2000, "currency": "GBP"}
    assert system.stock(product)["on_hand"] == 4
