"""Clients of a shop in a storm: they order, cancel, refund and ask again, and write down every
answer that was an acknowledgement."""

import collections
import http.client
import json
import random
import secrets
import threading
import time
from dataclasses import dataclass, field

from promises import Said
from gateway_client import Answer, Gateway
from system import ADDRESS, System

METHODS = (("pm_card_visa",) * 12 + ("pm_card_mastercard",) * 4 + (
    "pm_card_chargeDeclined", "pm_fault_error_then_ok", "pm_fault_timeout",
    "pm_fault_webhook_only"))
# An answer to a request of ours that no fault excuses.
NEVER = (400, 401, 403, 404, 405, 412, 413, 415, 422, 428, 429, 500)
PATIENCE_S = 30
ANSWER_WITHIN_S = 20


@dataclass
class Log:
    """What all clients were told. From any thread."""

    said: list[Said] = field(default_factory=list)
    breaks: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)  # paths asked for without a final answer
    statuses: collections.Counter = field(default_factory=collections.Counter)
    excused: set[int] = field(default_factory=set)  # of NEVER, while a fault brings them about
    last_sale: float = 0.0  # when an order was last answered 201, by the monotonic clock
    slowest_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answered(self, status: int | str, took_s: float) -> None:
        with self._lock:
            self.statuses[status] += 1
            self.slowest_s = max(self.slowest_s, took_s)

    def wants_again(self, answer: Answer | None) -> bool:
        """Whether it is no answer to keep."""
        return (answer is None or answer.status in self.excused
                or answer.status >= 500 and answer.status not in NEVER)

    def say(self, said: Said) -> None:
        with self._lock:
            self.said.append(said)
            if said.placed and said.status == 201:
                self.last_sale = time.monotonic()

    def broken(self, what: str) -> None:
        with self._lock:
            self.breaks.add(what)

    def gave_up(self, path: str) -> None:
        with self._lock:
            self.given_up.add(path)

    def placed(self) -> int:
        with self._lock:
            return sum(each.placed for each in self.said)


def order_id_of(path: str, answer: Answer) -> str | None:
    """Whose order an answer speaks of."""
    if path != "/api/v1/orders":
        return path.split("/")[4]
    told = answer.json()
    return told.get("order_id") or told.get("id")


@dataclass
class Shopper:
    """One client with one account. Runs in a thread of its own."""

    number: int
    dice: random.Random
    own: Gateway
    admin: Gateway
    products: list[dict]
    log: Log

    def keep_shopping(self, enough) -> None:
        while not enough():
            said = self._order()
            if said is not None:
                self._afterwards(said)

    def _order(self) -> Said | None:
        chosen = self.dice.sample(self.products, self.dice.randint(1, min(3, len(self.products))))
        body = {"lines": [{"product_id": product["id"], "quantity": self.dice.randint(1, 3)}
                          for product in chosen],
                "payment_method": self.dice.choice(METHODS), "shipping_address": ADDRESS}
        return self._insist(self.own, "/api/v1/orders", body)

    def _afterwards(self, said: Said) -> None:
        path, luck = f"/api/v1/orders/{said.order_id}", self.dice.random()
        if luck < 0.10:
            self._insist(self.own, f"{path}/cancel", None)
        elif luck < 0.18:
            self._insist(self.admin, f"{path}/refunds", {
                "reason": "changed their mind", "restock": self.dice.random() < 0.5,
                **({} if self.dice.random() < 0.5 else
                   {"amount": {"amount": self.dice.randint(1, 500), "currency": "GBP"}})})
        elif luck < 0.26 and self._insist(self.admin, f"{path}/ship", {}):
            self._insist(self.admin, f"{path}/deliver", None)
        elif luck < 0.36:
            self.ask_again(said)

    def _insist(self, who: Gateway, path: str, body: dict | None) -> Said | None:
        """Asks with one key until there is an answer to keep; some give up before."""
        key = secrets.token_hex(12)
        sent = json.dumps(body).encode() if body is not None else b""
        give_up = time.monotonic() + self.dice.choice((0, PATIENCE_S, PATIENCE_S))
        while True:
            answer = self._ask(who, path, sent, key)
            again = self.log.wants_again(answer)
            if not again and answer.status in NEVER:
                self.log.broken(f"A1  POST {path} key {key} answered {answer.status}: "
                                f"{answer.text()[:300]}")
                return None
            if not again and answer.code != "request_in_progress":
                said = Said(self.number if who is self.own else -1, "POST", path, key, sent,
                            answer.status, answer.body, answer.code, order_id_of(path, answer))
                self.log.say(said)
                return said if answer.status in (200, 201, 202) else None
            if time.monotonic() > give_up:
                self.log.gave_up(path)
                return None
            time.sleep(self.dice.uniform(0.05, 0.5))

    def _ask(self, who: Gateway, path: str, sent: bytes, key: str | None) -> Answer | None:
        headers = {"Content-Type": "application/json"} if sent else {}
        if path == "/api/v1/orders" and self.dice.random() < 0.5:
            headers["Prefer"] = f"wait={self.dice.choice((0, 1, 2))}"
        began = time.monotonic()
        try:
            answer = who.call("POST", path, sent, key=key, headers=headers)
        except (OSError, http.client.HTTPException):
            who.close()
            self.log.answered("no answer", time.monotonic() - began)
            return None
        except AssertionError as undocumented:
            self.log.broken(f"A1  {undocumented}")
            return None
        self.log.answered(answer.status, time.monotonic() - began)
        return answer

    def ask_again(self, said: Said, patience_s: float = 0) -> None:
        """I7: the same request again has the same answer. No answer proves nothing."""
        who = self.own if said.client >= 0 else self.admin
        give_up = time.monotonic() + patience_s
        while True:
            answer = self._ask(who, said.path, said.sent, said.key)
            if not self.log.wants_again(answer):
                break
            if time.monotonic() > give_up:
                return
            time.sleep(0.1)
        if answer.code == "request_in_progress":
            self.log.broken(f"I7  {said}; again: request_in_progress")
        elif (answer.status, answer.body) != (said.status, said.body):
            self.log.broken(f"I7  order {said.order_id}: {said} {said.body[:200]!r}; again: "
                            f"{answer.status} {answer.body[:200]!r}")


def shoppers(system: System, count: int, seed: int, products: list[dict], log: Log,
             ) -> list[Shopper]:
    made = []
    for number, own in enumerate(system.buyers(count)):
        own.timeout_s = ANSWER_WITHIN_S
        admin = system.admin()
        admin.timeout_s = ANSWER_WITHIN_S
        made.append(Shopper(number, random.Random(f"shopper {seed} {number}"), own, admin,
                            products, log))
    return made
