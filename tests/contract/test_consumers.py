"""Every consumer's real binary gets along with what its contracts promise it, and no more."""

import json
import secrets
import urllib.error
import urllib.request

import pytest
from consumer import Consumer
from expectations import load
from forgery import service_token
from gateway_client import Gateway
from provider import uuid7
from stand_in import StandIn
from system import ADDRESS, await_true

CHECK = ("check_buyer", "check_buyer_and_address")
STOCK = ("reserve", "commit", "release", "restock")
MONEY = ("authorize", "capture", "void", "refund")


class Order:
    """The order service among stand-ins for its three neighbours."""

    def __init__(self, system, users=CHECK, stock=STOCK, money=MONEY):
        values = system.contract_values
        self.values = values
        self.neighbours = [StandIn(load("order", "user"), values, "follow_events", *users),
                           StandIn(load("order", "catalog"), values, "follow_events", *stock),
                           StandIn(load("order", "payment"), values, *money)]
        user, catalog, payment = self.neighbours
        self.service = Consumer(system, "order", USER_URL=user.url, CATALOG_URL=catalog.url,
                                PAYMENT_URL=payment.url)
        self.buyer = Gateway(self.service.url, system.contract_buyer.token, patience_s=0)
        self.admin = Gateway(self.service.url, system.admin().token, patience_s=0)

    def place(self, **fields):
        body = {"lines": [{"product_id": self.values["product"], "quantity": 2}],
                "payment_method": "pm_card_visa", "shipping_address": ADDRESS, **fields}
        return self.buyer.call("POST", "/api/v1/orders", body, key=secrets.token_hex(16))

    def await_called(self, name: str) -> None:
        await_true(lambda: any(name in each.called for each in self.neighbours), 10,
                   f"{name} is called")

    def stop(self) -> None:
        self.service.stop()
        for each in self.neighbours:
            each.stop()

    def strangers(self) -> list[str]:
        # Events are asked for all the time, and the stand-ins have none.
        return [call for each in self.neighbours for call in each.strangers
                if "/internal/v1/events" not in call]


@pytest.fixture
def orders(system):
    """Makes the order service with its neighbours; checks that it asked nothing else of them."""
    made = []

    def make(**plays) -> Order:
        made.append(Order(system, **plays))
        return made[-1]
    yield make
    for each in made:
        each.stop()
        assert each.strangers() == []


def test_an_order_is_confirmed_and_paid_with_what_the_contracts_promise(orders):
    order = orders()
    placed = order.place()
    assert placed.status == 201, placed.text()
    line = placed.json()["lines"][0]
    assert (line["sku"], line["name"], line["unit_price"]["amount"]) == ("a text", "a text", 1999)
    order.await_called("capture")


def test_an_address_of_the_address_book_is_copied_into_the_order(orders):
    order = orders()
    body = {"lines": [{"product_id": order.values["product"], "quantity": 2}],
            "payment_method": "pm_card_visa", "shipping_address_id": order.values["address"]}
    placed = order.buyer.call("POST", "/api/v1/orders", body, key=secrets.token_hex(16))
    assert placed.status == 201, placed.text()
    assert placed.json()["shipping_address"]["city"] == "a text"
    order.await_called("capture")


def test_a_shortage_is_told_to_the_buyer_line_by_line(orders):
    order = orders(stock=("reserve_too_many", "release"), money=("void",))
    placed = order.place(lines=[{"product_id": order.values["product"], "quantity": 10000}])
    assert (placed.status, placed.code) == (409, "out_of_stock"), placed.text()
    assert placed.json()["lines"][0]["requested"] == 10000


def test_goods_that_do_not_exist_are_told_to_the_buyer(orders):
    order = orders(stock=("reserve_unknown_product", "release"), money=("void",))
    placed = order.place(lines=[{"product_id": uuid7(), "quantity": 1}])
    assert (placed.status, placed.code) == (409, "not_orderable"), placed.text()


def test_a_declined_card_rejects_the_order(orders):
    order = orders(money=("authorize_declined", "void"))
    placed = order.place(payment_method="pm_card_chargeDeclined")
    assert (placed.status, placed.code) == (402, "payment_declined"), placed.text()
    order.await_called("release")


def test_a_cancelled_order_gives_goods_and_money_back(orders):
    order = orders()
    placed = order.place()
    assert placed.status == 201, placed.text()
    order.buyer.call("POST", f"/api/v1/orders/{placed.json()['id']}/cancel", expect=(200, 202))
    order.await_called("void")
    order.await_called("release")


def test_a_refund_goes_to_payment_and_the_goods_to_the_catalog(orders):
    order = orders()
    placed = order.place()
    assert placed.status == 201, placed.text()
    order.await_called("capture")
    order.admin.call("POST", f"/api/v1/orders/{placed.json()['id']}/refunds",
                     {"reason": "returned", "restock": True,
                      "lines": [{"product_id": order.values["product"], "quantity": 2}]},
                     key=secrets.token_hex(16), expect=(201,))
    order.await_called("refund")
    order.await_called("restock")


class Payment:
    """The payment service with a stand-in for its provider."""

    def __init__(self, system, *plays: str):
        ids = {"intent": f"pi_{uuid7()}", "provider_refund": f"re_{uuid7()}"}
        self.provider = StandIn(load("payment", "psp"), ids, *plays)
        self.service = Consumer(system, "payment", PROVIDER_URL=self.provider.url)
        self.system, self.order = system, uuid7()

    def ask(self, path: str, body: dict | None = None) -> tuple[int, dict]:
        token = service_token(self.system.state, "order", "payment")
        request = urllib.request.Request(
            f"{self.service.url}/internal/v1/payments{path}",
            b"" if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def authorize(self, payment_method: str = "pm_card_visa") -> tuple[int, dict]:
        return self.ask("", {"order_id": self.order, "user_id": uuid7(),
                             "amount": {"amount": 3998, "currency": "GBP"},
                             "payment_method": payment_method})

    def stop(self) -> None:
        self.service.stop()
        self.provider.stop()
        assert self.provider.strangers == []


@pytest.fixture
def payments(system):
    made = []

    def make(*plays) -> Payment:
        made.append(Payment(system, *plays))
        return made[-1]
    yield make
    for each in made:
        each.stop()


def test_a_payment_is_captured_and_refunded_with_what_the_provider_promises(payments):
    payment = payments("create", "confirm", "read", "capture", "refund", "find_refund")
    status, said = payment.authorize()
    assert (status, said["status"]) == (201, "authorized"), said
    assert said["card"]["brand"] == "visa"
    assert payment.ask(f"/{payment.order}/capture")[0] == 200
    status, said = payment.ask(f"/{payment.order}/refunds", {
        "refund_id": uuid7(), "amount": {"amount": 3998, "currency": "GBP"}, "reason": "returned"})
    assert status in (200, 201), said


def test_a_payment_is_voided_with_what_the_provider_promises(payments):
    payment = payments("create", "confirm", "read", "cancel")
    assert payment.authorize()[0] == 201
    status, said = payment.ask(f"/{payment.order}/void")
    assert (status, said["status"]) == (200, "voided"), said


def test_a_declined_card_is_final_with_what_the_provider_promises(payments):
    payment = payments("create_with_a_bad_card", "confirm_declined", "read")
    status, said = payment.authorize("pm_card_chargeDeclined")
    assert (status, said["code"]) == (402, "payment_declined"), said
