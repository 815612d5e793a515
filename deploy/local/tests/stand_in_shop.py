"""A shop that stands in for an installation, for a replay to sell in."""

import itertools
import json
import re
import urllib.parse
from dataclasses import dataclass, field

import replay
from gateway_client import Answer, Gateway
from replay_outcome import Outcome
from retail_accounts import Accounts
from retail_ledger import Ledger, read_ledger

HEADER = ("invoice_no,stock_code,description,quantity,invoice_date,unit_price_gbp,"
          "customer_id,country")
ADMIN = ("admin@mercato.example", "secret")


class Shop:
    """As much of the public API as a replay uses, in memory.

    `away` holds how often each path (a pattern) answers 502 from now on; `unheard` how often it
    does what it is asked and the answer is lost.
    """

    def __init__(self):
        self.users = {ADMIN[0]: ADMIN[1]}
        self.products, self.orders, self.refunds = {}, {}, {}
        self.stored: dict[tuple, tuple[str, Answer]] = {}  # by user and idempotency key
        self.tokens: dict[str, str] = {}
        self.away: dict[str, int] = {}
        self.unheard: dict[str, int] = {}
        self.refund_status = "succeeded"
        self.page = 20
        self._ids = itertools.count(1)

    def answer(self, method: str, path: str, body, headers: dict) -> Answer:
        path, _, query = path.partition("?")
        if self._takes_from(self.away, path):
            return problem(502, "bad_gateway")
        answer = self._stored_or_new(method, path, dict(urllib.parse.parse_qsl(query)), body,
                                     headers)
        if self._takes_from(self.unheard, path):
            raise ConnectionResetError("the answer was lost")
        return answer

    def _takes_from(self, counts: dict[str, int], path: str) -> bool:
        for pattern, left in counts.items():
            if left and re.fullmatch(pattern, path):
                counts[pattern] -= 1
                return True
        return False

    def _stored_or_new(self, method, path, query, body, headers) -> Answer:
        user = self.tokens.get(headers.get("Authorization", "").removeprefix("Bearer "))
        key = headers.get("Idempotency-Key")
        stored = self.stored.get((user, key)) if key else None
        if stored:
            return stored[1] if stored[0] == path + body.decode() else problem(
                422, "idempotency_key_reused")
        answer = self._route(method, path, query, body, headers, user)
        if key and answer.status in (201, 202, 409):
            self.stored[user, key] = path + body.decode(), answer
        return answer

    def _route(self, method, path, query, body, headers, user) -> Answer:
        if path == "/api/v1/users" and method == "POST":
            return self._register(json.loads(body))
        if path == "/api/v1/sessions":
            return self._sign_in(json.loads(body))
        if user is None:
            return problem(401, "unauthenticated")
        if path == "/api/v1/users":
            return self._paged([{"email": email, "id": email} for email in self.users
                                if email.startswith(query["email_prefix"])], query)
        if path == "/api/v1/products/import":
            return self._import(body)
        if path.startswith("/api/v1/products/"):
            return self._product(method, path, body, headers)
        if path == "/api/v1/admin/orders":
            return self._paged([order for order in reversed(self.orders.values())
                                if order["user_id"] == query["user_id"]], query)
        if path == "/api/v1/orders":
            return self._order(user, json.loads(body))
        order_id = path.split("/")[4]
        if path.endswith("/refunds") and method == "POST":
            return self._refund(self.orders[order_id], json.loads(body))
        if path.endswith("/refunds"):
            return self._paged(list(reversed(self.refunds.get(order_id, []))), query)
        return Answer(200, {}, json.dumps(self.orders[order_id]).encode())

    def _register(self, body: dict) -> Answer:
        if body["email"] in self.users:
            return problem(409, "email_taken")
        self.users[body["email"]] = body["password"]
        return Answer(201, {}, b"{}")

    def _sign_in(self, body: dict) -> Answer:
        if self.users.get(body["email"]) != body["password"]:
            return problem(401, "invalid_credentials")
        token = f"token-{next(self._ids)}"
        self.tokens[token] = body["email"]
        return Answer(201, {}, json.dumps({"access_token": token}).encode())

    def _paged(self, items: list, query: dict) -> Answer:
        size = min(int(query.get("limit", 20)), self.page)
        start = int(query.get("cursor", 0))
        following = str(start + size) if start + size < len(items) else None
        return Answer(200, {}, json.dumps(
            {"data": items[start:start + size], "next_cursor": following}).encode())

    def _import(self, body: bytes) -> Answer:
        errors = []
        for number, line in enumerate(body.splitlines(), 1):
            product = json.loads(line)
            if not product["name"]:
                errors.append({"line": number, "code": "validation_failed", "detail": "name"})
                continue
            known = self.products.get(product["sku"], {"id": f"p-{product['sku']}", "version": 0})
            self.products[product["sku"]] = {**known, **product, "version": known["version"] + 1}
        return Answer(200, {}, json.dumps({"created": 0, "updated": 0, "unchanged": 0,
                                           "failed": len(errors), "errors": errors}).encode())

    def _product(self, method, path, body, headers) -> Answer:
        name = urllib.parse.unquote(path.split("/")[-1])
        product = self.products.get(name if "by-sku" in path else name.removeprefix("p-"))
        if product is None:
            return problem(404, "not_found")
        if method == "PATCH" and headers["If-Match"] != f'"{product["version"]}"':
            return problem(412, "precondition_failed")
        if method == "PATCH":
            product |= json.loads(body)
            product["version"] += 1
        return Answer(200, {"etag": f'"{product["version"]}"'}, json.dumps(product).encode())

    def _order(self, user: str, body: dict) -> Answer:
        lines = [(self.products[wanted["product_id"].removeprefix("p-")], wanted["quantity"])
                 for wanted in body["lines"]]
        total = {"amount": sum(p["price"]["amount"] * q for p, q in lines), "currency": "GBP"}
        refusal = ("out_of_stock" if any(p["on_hand"] < q for p, q in lines) else
                   "price_changed" if body["expected_total"] != total else None)
        order = {"id": f"o-{next(self._ids)}", "user_id": user, "refunded": None, "total": total,
                 "status": "rejected" if refusal else "confirmed", "reject_reason": refusal,
                 "shipping_address": body["shipping_address"],
                 "lines": [{"product_id": p["id"], "sku": p["sku"], "quantity": q,
                            "unit_price": p["price"]} for p, q in lines]}
        self.orders[order["id"]] = order
        if refusal:
            return problem(409, refusal)
        for product, quantity in lines:
            product["on_hand"] -= quantity
        return Answer(201, {}, json.dumps(order).encode())

    def _refund(self, order: dict, body: dict) -> Answer:
        line, = body["lines"]
        sold = next(l for l in order["lines"] if l["product_id"] == line["product_id"])
        given = self.refunds.setdefault(order["id"], [])
        if line["quantity"] + sum(r["lines"][0]["quantity"] for r in given
                                  if r["lines"][0]["product_id"] == line["product_id"]) > (
                sold["quantity"]):
            return problem(409, "over_refund")
        amount = {"amount": sold["unit_price"]["amount"] * line["quantity"], "currency": "GBP"}
        refund = {"id": f"r-{next(self._ids)}", "amount": amount, "status": "succeeded", **body}
        given.append(refund)
        self.products[sold["sku"]]["on_hand"] += line["quantity"]
        return Answer(201, {}, json.dumps({**refund, "status": self.refund_status}).encode())

    def refunded(self) -> int:
        return sum(r["amount"]["amount"] for given in self.refunds.values() for r in given)

    def state(self) -> str:
        """All that a second run must leave as it was."""
        return json.dumps([self.users, self.products, self.orders, self.refunds])


def problem(status: int, code: str) -> Answer:
    return Answer(status, {"retry-after": "0"}, json.dumps({"code": code}).encode())


@dataclass
class ShopGateway(Gateway):
    """The client as it is, but for the wire."""

    shop: Shop = field(default_factory=Shop)

    def _once(self, method, path, body, headers) -> Answer:
        return self.shop.answer(method, path, body, headers)


def row(invoice, code="K", quantity=6, price="1.00", customer="17850", description="HEART"):
    return f"{invoice},{code},{description},{quantity},2010-12-01T08:26:00Z,{price},{customer},EIRE"


def ledger_of(*rows: str) -> Ledger:
    return read_ledger([HEADER, *rows])


def replay_of(shop: Shop, *rows: str, patience_s: float = 30) -> replay.Replay:
    gateway = ShopGateway("http://shop", patience_s=patience_s, repeats_all=True, shop=shop)
    return replay.Replay(ledger_of(*rows), gateway.stay_signed_in(*ADMIN),
                         Accounts(gateway, b"secret"))


def run(shop: Shop, *rows: str, **options) -> Outcome:
    return replay_of(shop, *rows, **options).run(lambda done, total: None)
