"""Every pair of requests that move an order, against each other: each order tells one story.

MERCATO_RACE_ROUNDS says how often each pair meets (3 times unless said).
"""

import itertools
import os
import secrets
import threading

import pytest
from system import at_once, await_true

ROUNDS = int(os.environ.get("MERCATO_RACE_ROUNDS", "3"))
QUANTITY, PRICE = 4, 500
TOTAL = QUANTITY * PRICE


class Raced:
    """One order, the requests that may be sent about it, and what they were answered."""

    def __init__(self, system, buyer, shipped: bool):
        self.system, self.buyer, self.admin = system, buyer, system.admin()
        self.product = system.product(on_hand=QUANTITY, price=PRICE)
        self.body, self.key = system.order_body(self.product, QUANTITY), secrets.token_hex(16)
        self.placed = system.place(buyer, self.body, key=self.key)
        assert self.placed.status == 201, self.placed.text()
        self.id = self.placed.json()["id"]
        self.path = f"/api/v1/orders/{self.id}"
        if shipped:
            self.admin.call("POST", f"{self.path}/ship", expect=(200,))

    def cancel(self, caller):
        return caller.call("POST", f"{self.path}/cancel")

    def ship(self, caller):
        return caller.call("POST", f"{self.path}/ship", {"carrier": "DHL"})

    def deliver(self, caller):
        return caller.call("POST", f"{self.path}/deliver")

    def refund_the_rest(self, caller):
        return self.refund(caller, {})

    def refund_a_line(self, caller):
        return self.refund(caller, {"restock": True, "lines": [
            {"product_id": self.product["id"], "quantity": 3}]})

    def refund_an_amount(self, caller):
        return self.refund(caller, {"amount": {"amount": TOTAL - 1, "currency": "GBP"}})

    def refund(self, caller, what):
        return caller.call("POST", f"{self.path}/refunds", {"reason": "A race", **what},
                           key=secrets.token_hex(16))

    def place_again(self, caller):
        return self.system.place(self.buyer_again(), self.body, key=self.key)

    def buyer_again(self):
        return self.system.anonymous().as_user(self.buyer.token)

    # at rest

    def settled(self):
        order = self.system.order(self.admin, self.id)
        refunds = self.admin.call("GET", f"{self.path}/refunds", expect=(200,)).json()["data"]
        # Money that is only authorized is about to be taken, or given back.
        moving = (order["status"] in ("pending", "cancelling")
                  or order["payment"]["status"] == "authorized")
        moving = moving or any(refund["status"] == "pending" for refund in refunds)
        return None if moving else (order, refunds)

    def payment(self) -> dict:
        return self.admin.call("GET", f"/api/v1/payments?order_id={self.id}",
                               expect=(200,)).json()["data"][0]


MOVES = ["cancel", "ship", "deliver", "refund_the_rest", "refund_a_line", "refund_an_amount",
         "place_again"]
PAIRS = list(itertools.combinations_with_replacement(MOVES, 2))


def race(raced: Raced, moves: tuple[str, ...]) -> list[tuple[str, object]]:
    """Sends each of the moves twice, all at one moment."""
    moves = moves * 2
    barrier = threading.Barrier(len(moves))

    def send(move):
        caller = raced.system.anonymous().as_user(raced.admin.token)
        caller.call("GET", "/healthz")  # connected, so that only the request itself is left
        barrier.wait(timeout=30)
        return move, getattr(raced, move)(caller)

    return at_once([lambda move=move: send(move) for move in moves])


def check_story(raced: Raced, answers) -> None:
    order, refunds = await_true(raced.settled, 20, f"order {raced.id} is at rest")
    done = {move for move, answer in answers if answer.status in (200, 201, 202)}
    told = [(move, answer.status, answer.code) for move, answer in answers]
    for move, answer in answers:
        assert answer.status in (200, 201, 202, 409), told
        if move == "place_again":
            assert (answer.status, answer.body) == (201, raced.placed.body), told
    assert not {"cancel", "ship"} <= done, told
    if "cancel" in done:
        assert order["status"] == "cancelled", told
    if "deliver" in done:
        assert order["status"] == "delivered", told
    check_money(raced, order, refunds, told)


def check_money(raced: Raced, order: dict, refunds: list[dict], told) -> None:
    succeeded = sum(refund["amount"]["amount"] for refund in refunds
                    if refund["status"] == "succeeded")
    refunded = (order["refunded"] or {"amount": 0})["amount"]
    if order["status"] == "cancelled":
        assert order["payment"]["status"] in ("voided", "refunded"), told
        assert refunded in (0, TOTAL), told
    else:
        payment = raced.system.await_paid(raced.admin, raced.id, order["payment"]["status"])
        assert refunded == succeeded == payment["refunded"]["amount"], told
    payment = raced.payment()
    assert payment["refunded"]["amount"] <= payment["captured"]["amount"] <= TOTAL, told
    assert refunded == payment["refunded"]["amount"], (told, order, payment)
    entries = raced.admin.call("GET", f"/api/v1/ledger/entries?order_id={raced.id}",
                               expect=(200,)).json()["data"]
    assert sum(entry["amount"]["amount"] for entry in entries) == 0, told


@pytest.mark.parametrize("moves", PAIRS, ids=lambda moves: f"{moves[0]} against {moves[1]}")
def test_requests_that_meet_leave_one_story(system, moves):
    buyer = system.buyer()
    for round_number in range(ROUNDS):
        raced = Raced(system, buyer, shipped="deliver" in moves and round_number % 2 == 0)
        check_story(raced, race(raced, moves))


def test_all_of_them_at_once_leave_one_story(system):
    buyer = system.buyer()
    for _ in range(ROUNDS):
        raced = Raced(system, buyer, shipped=False)
        check_story(raced, race(raced, tuple(MOVES)))


def test_concurrent_refunds_never_exceed_what_was_captured(system, buyer):
    raced = Raced(system, buyer, shipped=False)
    part = {"amount": {"amount": 300, "currency": "GBP"}}

    def refund():
        return raced.refund(system.anonymous().as_user(raced.admin.token), part)

    answers = at_once([refund] * 40)
    assert {answer.status for answer in answers} == {201, 409}
    assert {answer.code for answer in answers if answer.status == 409} == {"over_refund"}
    assert sum(answer.status == 201 for answer in answers) == TOTAL // 300
    check_story(raced, [])


def test_the_databases_agree_after_the_races(system):
    done = system.reconcile_at_rest()
    assert done.returncode == 0, done.stdout
