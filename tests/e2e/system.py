"""The system under test as its users see it: ./dev, the gateway, and each process by its name."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import secrets
import subprocess
import time

import installation
import psycopg2
from checked_gateway import CheckedGateway
from gateway_client import Answer, Gateway
from provider_client import Provider

ADDRESS = {"name": "Ada Lovelace", "line1": "12 St James's Square", "city": "London",
           "postal_code": "SW1Y 4JH", "country": "GB"}
FINAL = ("confirmed", "shipped", "delivered", "rejected", "cancelled")
# Passwords get what other work leaves of the machine: who brings one may be told to ask again.
PASSWORD_PATIENCE_S = 60


def await_true(condition, seconds: float, what: str):
    """What `condition` answers once that is true; fails with `what` when it stays false."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def at_once(actions: list) -> list:
    """The results of all actions, each begun in a thread of its own."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(actions)) as pool:
        return [future.result() for future in [pool.submit(action) for action in actions]]


class System:
    def __init__(self, root: pathlib.Path, state: pathlib.Path):
        self.root, self.state = root, state
        self.env: dict[str, str] = {}
        self.first_up = ""
        self._admin_token: str | None = None
        self._admin_until = 0.0

    def dev(self, *words: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.root / "dev", *words], text=True, timeout=900,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "MERCATO_STATE": str(self.state), **environment})

    def up(self, *words: str, **environment: str) -> str:
        """Starts what is down; what ./dev up printed."""
        done = self.dev("up", *words, **{"TRACES_SHARE": "1", **environment})
        assert done.returncode == 0, done.stdout
        self.env = installation.read_env(self.state / "env")
        self.first_up = self.first_up or done.stdout
        return done.stdout

    def start(self, name: str) -> None:
        done = self.dev("start", name)
        assert done.returncode == 0, done.stdout

    def kill(self, name: str, signal: str = "KILL") -> None:
        done = self.dev("kill", name, signal)
        assert done.returncode == 0, done.stdout

    def reconcile(self) -> subprocess.CompletedProcess:
        return self.dev("reconcile")

    def reconcile_at_rest(self, within_s: float = 15) -> subprocess.CompletedProcess:
        """What it says as soon as nothing is in flight any more."""
        def settled():
            done = self.reconcile()
            return done if " orders, 0 in flight," in done.stdout else None
        return await_true(settled, within_s, "nothing is in flight any more")

    @contextlib.contextmanager
    def user_service_with(self, **settings):
        """Restarts the user service with other settings, and afterwards as it was."""
        file = self.state / "run" / "user.environment"
        before = file.read_text()
        try:
            file.write_text(before + "".join(f"{name}={value}\n"
                                             for name, value in settings.items()))
            self.restart("user")
            yield
        finally:
            file.write_text(before)
            self.restart("user")

    def restart(self, name: str) -> None:
        done = self.dev("restart", name)
        assert done.returncode == 0, done.stdout

    def access_log_line(self, request_id: str) -> dict:
        """What the gateway wrote down about this request, once it has."""
        log = self.state / "log" / "gateway-access.log"

        def line():
            return next((line for line in log.read_text(encoding="utf-8").splitlines()
                         if f'"request_id":"{request_id}"' in line), None)
        return json.loads(await_true(line, 10, "the gateway wrote its log"))

    # people

    def anonymous(self) -> Gateway:
        """Asks once and takes the first answer, as a test wants to see it."""
        return self._gateway(patience_s=0)

    def _gateway(self, patience_s: float) -> Gateway:
        return CheckedGateway(self.env["GATEWAY_URL"], patience_s=patience_s,
                              authority=self.env.get("GATEWAY_AUTHORITY"))

    def admin(self) -> Gateway:
        """Signed in anew before the access token runs out, at half of its 15 minutes."""
        if time.monotonic() > self._admin_until:
            signed_in = self._gateway(PASSWORD_PATIENCE_S).sign_in(self.env["ADMIN_EMAIL"],
                                                                   self.env["ADMIN_PASSWORD"])
            self._admin_token, self._admin_until = signed_in.token, time.monotonic() + 450
        return self.anonymous().as_user(self._admin_token)

    def account(self) -> tuple[str, str]:
        """E-mail and password of a new customer."""
        email, password = f"buyer-{secrets.token_hex(8)}@example.com", secrets.token_urlsafe(16)
        registered = self._gateway(PASSWORD_PATIENCE_S).register(email, password, "Ada Lovelace")
        assert registered.status == 201, registered.text()
        return email, password

    def buyer(self) -> Gateway:
        signed_in = self._gateway(PASSWORD_PATIENCE_S).sign_in(*self.account())
        return self.anonymous().as_user(signed_in.token)

    def buyers(self, count: int) -> list[Gateway]:
        with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
            return list(pool.map(lambda _: self.buyer(), range(count)))

    # goods and orders

    def product(self, on_hand: int = 1000, price: int = 1999, **fields) -> dict:
        return self.admin().call("POST", "/api/v1/products", {
            "sku": f"T-{secrets.token_hex(8)}", "name": "A thing for a test",
            "price": {"amount": price, "currency": "GBP"}, "on_hand": on_hand, **fields},
            expect=(201,)).json()

    def stock(self, product: dict) -> dict:
        return self.admin().call("GET", f"/api/v1/products/{product['id']}/stock",
                                 expect=(200,)).json()

    def order_body(self, product: dict, quantity: int = 1, method: str = "pm_card_visa") -> dict:
        return {"lines": [{"product_id": product["id"], "quantity": quantity}],
                "payment_method": method, "shipping_address": ADDRESS}

    def place(self, buyer: Gateway, body: dict, key: str | None = None,
              wait_s: int | None = None) -> Answer:
        headers = {} if wait_s is None else {"Prefer": f"wait={wait_s}"}
        return buyer.call("POST", "/api/v1/orders", body, key=key or secrets.token_hex(16),
                          headers=headers)

    def order(self, reader: Gateway, order_id: str) -> dict:
        return reader.call("GET", f"/api/v1/orders/{order_id}", expect=(200,)).json()

    def await_final(self, reader: Gateway, order_id: str, seconds: float) -> dict:
        """The order once nothing is going to move it by itself."""
        def final():
            order = self.order(reader, order_id)
            return order if order["status"] in FINAL else None
        return await_true(final, seconds, f"order {order_id} is settled")

    def await_paid(self, reader: Gateway, order_id: str, status: str, seconds: float = 10) -> dict:
        def paid():
            payments = reader.call("GET", f"/api/v1/payments?order_id={order_id}",
                                   expect=(200,)).json()["data"]
            return payments[0] if payments and payments[0]["status"] == status else None
        return await_true(paid, seconds, f"the payment of order {order_id} is {status}")

    # behind the gateway

    def intents(self, order_id: str) -> list[dict]:
        """What the payment provider holds for an order, asked of the provider itself."""
        return Provider(self.env).intents(order_id)

    def query(self, service: str, sql: str, *parameters) -> list[tuple]:
        """Rows of a service's own database: for what no API tells."""
        connection = psycopg2.connect(self.env[f"{service.upper()}_DATABASE_URL"])
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()
