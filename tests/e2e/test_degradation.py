"""Each service and each database is stopped in turn, and what the others promised still works.

The table is that of docs/reliability.md: what a customer can do while something is away.
"""

import time

import pytest
from system import await_true

EVERYTHING = {"browse", "cart", "history", "sign in", "account", "checkout"}
# What is away, what a customer can do meanwhile, and how a checkout is answered.
TABLE = {
    "user": ({"browse", "cart", "history", "checkout"}, "confirmed"),
    "catalog": (EVERYTHING, "pending"),
    "payment": (EVERYTHING, "pending"),
    "psp": (EVERYTHING, "pending"),
    "order": ({"browse", "sign in", "account"}, None),
    "redis": (EVERYTHING, "confirmed"),
    "user-db": ({"browse", "cart", "history", "checkout"}, "confirmed"),
    "catalog-db": (EVERYTHING, "pending"),
    "order-db": ({"browse", "sign in", "account"}, None),
    "payment-db": (EVERYTHING, "pending"),
}
OF_A_DATABASE = {"user-db": "account", "catalog-db": "search", "order-db": "history",
                 "payment-db": "payments"}


class Customer:
    """Seen active by the order service, with something in the cart, and pages looked at before."""

    def __init__(self, system):
        self._system, self._account = system, system.account()
        self._buyer = system.anonymous().as_user(
            system.anonymous().sign_in(*self._account).token)
        self._product = system.product(on_hand=1000)
        placed = system.place(self._buyer, system.order_body(self._product))
        assert placed.status in (201, 202), placed.text()
        self._first = placed.json()["id"]
        system.await_final(self._buyer, self._first, 10)
        self.do("cart")
        self.do("browse")

    def do(self, what: str):
        """The answer to the call that stands for `what`."""
        buyer = self._buyer
        if what == "browse":
            return self._system.anonymous().call("GET", f"/api/v1/products/{self._product['id']}")
        if what == "sign in":
            return self._system.anonymous().call(
                "POST", "/api/v1/sessions", dict(zip(("email", "password"), self._account)))
        if what == "checkout":
            return self._system.place(buyer, self._system.order_body(self._product), wait_s=2)
        path = {"cart": "/api/v1/cart", "history": "/api/v1/orders",
                "account": "/api/v1/users/me",
                "search": f"/api/v1/products?q=never+asked+{time.monotonic_ns()}",
                "payments": f"/api/v1/payments?order_id={self._first}"}[what]
        return buyer.call("GET", path)

    def confirmed(self, order_id: str) -> bool:
        return self._system.order(self._buyer, order_id)["status"] == "confirmed"


@pytest.fixture
def customer(system):
    return Customer(system)


@pytest.fixture
def away(system, customer, request):
    stopped = system.dev("stop", request.param)
    assert stopped.returncode == 0, stopped.stdout
    yield request.param
    system.start(request.param)


def refusal(customer, what: str) -> tuple[float, object]:
    """How long the quickest of three refusals took, and the last: others work here as well."""
    took = []
    for _ in range(3):
        began = time.monotonic()
        answer = customer.do(what)
        took.append(time.monotonic() - began)
    return min(took), answer


@pytest.mark.parametrize("away", TABLE, indirect=True)
def test_what_is_promised_without_it_works(system, customer, away):
    promised, checkout = TABLE[away]
    if away.startswith("catalog"):
        await_true(lambda: "stale" in customer.do("browse").headers["cache-status"], 5,
                   "the gateway has nothing that is fresh")
    for what in sorted(promised - {"checkout"}):
        answer = customer.do(what)
        assert answer.status in (200, 201), (what, answer.status, answer.text())
    if checkout:
        placed = customer.do("checkout")
        assert placed.status == (201 if checkout == "confirmed" else 202), placed.text()
        assert placed.json()["status"] == checkout
    if away in OF_A_DATABASE:
        took, refused = refusal(customer, OF_A_DATABASE[away])
        assert refused.status == 503, refused.text()
        assert int(refused.headers["retry-after"]) >= 1
        assert took < 1
    system.start(away)
    if away in OF_A_DATABASE:
        await_true(lambda: customer.do(OF_A_DATABASE[away]).status == 200, 3, "it is back")
    if checkout:
        await_true(lambda: customer.confirmed(placed.json()["id"]), 20, "the order is confirmed")
    for what in sorted(EVERYTHING):
        await_true(lambda what=what: customer.do(what).status in (200, 201, 202), 10, what)


def test_nothing_is_broken_after_all_of_that(system):
    done = system.reconcile()
    assert done.returncode == 0, done.stdout
