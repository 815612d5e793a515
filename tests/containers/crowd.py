"""Customers who read and buy again and again while containers are replaced beneath them.

Each has a pace: the crowd as a whole asks for a share of what the same crowd got through when it
asked as fast as it could. Every answer that is not what it should be is kept.
"""

import http.client
import pathlib
import secrets
import sys
import threading
import time

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "local"))

from gateway_client import Answer, Gateway, Pace, settled_order  # noqa: E402  (found above)

ADDRESS = {"name": "Grace Hopper", "line1": "1 Harbour Street", "city": "Arlington",
           "postal_code": "22201", "country": "US"}
SHOPPERS = 4
STOCK = 1_000_000
# A password is made to be dear to check: signing in each round would be most of the load.
ROUNDS_PER_SIGN_IN = 10


class Shopper(threading.Thread):
    """One customer. Signs in, looks at the goods, buys one and looks at the payment, in rounds."""

    def __init__(self, url: str, product: dict, pace: Pace | None):
        super().__init__(daemon=True)
        self._anonymous = Gateway(url, patience_s=0)
        self._product, self._pace = product, pace
        self._account = (f"grace-{secrets.token_hex(6)}@example.com", secrets.token_urlsafe(18))
        registered = Gateway(url).register(*self._account, "Grace Hopper")
        assert registered.status == 201, registered.text()
        self._buyer = self._anonymous.as_user(Gateway(url).sign_in(*self._account).token)
        self._leaving = threading.Event()
        self.rounds, self.orders, self.failures = 0, [], []

    def run(self) -> None:
        while not self._leaving.is_set():
            if self._pace:
                self._pace.wait()
            self._round()
            self.rounds += 1

    def leave(self) -> None:
        self._leaving.set()
        self.join(60)

    def statuses(self) -> set[str]:
        """What became of the orders, once nothing is going to move them by itself."""
        patient = Gateway(self._buyer.base_url, token=self._sign_in_again())
        return {settled_order(patient, order)["status"] for order in self.orders}

    def _round(self) -> None:
        if self.rounds % ROUNDS_PER_SIGN_IN == 0:
            self._ask("sign in", self._anonymous, "POST", "/api/v1/sessions", (201,),
                      dict(zip(("email", "password"), self._account)))
        self._ask("account", self._buyer, "GET", "/api/v1/users/me", (200,))
        self._ask("product", self._buyer, "GET", f"/api/v1/products/{self._product['id']}",
                  (200,), headers={"Cache-Control": "no-cache"})
        placed = self._ask(
            "order", self._buyer, "POST", "/api/v1/orders", (201, 202),
            {"lines": [{"product_id": self._product["id"], "quantity": 1}],
             "payment_method": "pm_card_visa", "shipping_address": ADDRESS},
            key=secrets.token_hex(16))
        if placed is None:
            return
        self.orders.append(placed.json()["id"])
        self._ask("payments", self._buyer, "GET",
                  f"/api/v1/payments?order_id={self.orders[-1]}", (200,))

    def _ask(self, what: str, gateway: Gateway, method: str, path: str, expected: tuple[int, ...],
             body: dict | None = None, **more) -> Answer | None:
        """The answer, or None when it is not one of those expected: that is kept."""
        try:
            answer = gateway.call(method, path, body, **more)
        except (OSError, http.client.HTTPException) as error:
            gateway.close()
            self.failures.append(f"{time.strftime('%X')} {what}: {error!r}")
            return None
        if answer.status in expected:
            return answer
        self.failures.append(
            f"{time.strftime('%X')} {what}: {answer.status} {answer.text()[:200]}")
        return None

    def _sign_in_again(self) -> str:
        return Gateway(self._buyer.base_url).sign_in(*self._account).token


class Crowd:
    """Four shoppers of one product of their own; a context, at whose end they have left."""

    def __init__(self, url: str, admin: tuple[str, str], rounds_per_second: float | None = None):
        self._admin = Gateway(url).sign_in(*admin)
        self.product = self._admin.call(
            "POST", "/api/v1/products",
            {"sku": f"T-{secrets.token_hex(8)}", "name": "A thing for a crowd",
             "price": {"amount": 1999, "currency": "GBP"}, "on_hand": STOCK}, expect=(201,)).json()
        pace = Pace(rounds_per_second, 1) if rounds_per_second else None
        self._shoppers = [Shopper(url, self.product, pace) for _ in range(SHOPPERS)]
        self._url, self._account = url, admin

    def __enter__(self) -> "Crowd":
        for shopper in self._shoppers:
            shopper.start()
        return self

    def __exit__(self, *_) -> None:
        for shopper in self._shoppers:
            shopper.leave()

    @property
    def rounds(self) -> int:
        return sum(shopper.rounds for shopper in self._shoppers)

    @property
    def failures(self) -> list[str]:
        return [failure for shopper in self._shoppers for failure in shopper.failures]

    def orders(self) -> int:
        return sum(len(shopper.orders) for shopper in self._shoppers)

    def statuses(self) -> set[str]:
        return {status for shopper in self._shoppers for status in shopper.statuses()}

    def sold(self) -> int:
        """By how much the shelf is emptier than it was: each order took one."""
        admin = Gateway(self._url).sign_in(*self._account)
        stock = admin.call("GET", f"/api/v1/products/{self.product['id']}/stock",
                           expect=(200,)).json()
        return STOCK - stock["on_hand"]


def most_rounds_per_second(url: str, admin: tuple[str, str], seconds: float = 10) -> float:
    """How many rounds a crowd gets through when nobody waits."""
    with Crowd(url, admin) as crowd:
        began = time.monotonic()
        threading.Event().wait(seconds)
        rounds, took = crowd.rounds, time.monotonic() - began
    assert crowd.failures == [], crowd.failures[:5]
    return rounds / took


def assert_nothing_was_lost(crowd: Crowd) -> None:
    """After the crowd has left: no answer was bad, and every order it was told of is there."""
    assert crowd.failures == [], f"{len(crowd.failures)} failed: {crowd.failures[:8]}"
    assert crowd.orders() > 0
    assert crowd.statuses() == {"confirmed"}
    assert crowd.sold() == crowd.orders()
