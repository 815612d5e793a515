"""One database goes back in time; --repair brings it up to what its neighbours know, and then the
four agree again, with no money and no stock that was not there before."""

import collections
import contextlib
import json
import urllib.parse
import urllib.request

import pytest
from provider_client import Provider
from system import await_true


@pytest.fixture
def shop(system, buyer, admin, tmp_path):
    yield Shop(system, buyer, admin, tmp_path)
    system.start("gateway")


class Shop:
    """What happens in it before and after a backup."""

    def __init__(self, system, buyer, admin, folder):
        self.system, self.buyer, self.admin, self.folder = system, buyer, admin, folder
        self.product = system.product(on_hand=20, price=700)

    def order(self, quantity: int = 2) -> str:
        answer = self.system.place(self.buyer, self.system.order_body(self.product, quantity))
        assert answer.status == 201, answer.text()
        self.system.await_paid(self.buyer, answer.json()["id"], "captured")
        return answer.json()["id"]

    def declined(self) -> str:
        answer = self.system.place(self.buyer, self.system.order_body(
            self.product, method="pm_card_chargeDeclined"))
        assert answer.status == 402, answer.text()
        return answer.json()["order_id"]

    def request_cancel(self, order_id: str) -> None:
        answer = self.buyer.call("POST", f"/api/v1/orders/{order_id}/cancel", key=f"c-{order_id}")
        assert answer.status in (200, 202), answer.text()

    def cancel(self, order_id: str) -> None:
        self.request_cancel(order_id)
        assert self.system.await_final(self.buyer, order_id, 10)["status"] == "cancelled"

    def refund_one_piece(self, order_id: str) -> None:
        answer = self.admin.call("POST", f"/api/v1/orders/{order_id}/refunds", {
            "reason": "broken", "restock": True,
            "lines": [{"product_id": self.product["id"], "quantity": 1}]}, key=f"r-{order_id}")
        assert answer.status == 201, answer.text()

    def _bank(self, path: str, **form) -> dict:
        """What a customer's bank does, by the provider's stand-in."""
        request = urllib.request.Request(
            self.system.env["PSP_URL"] + path, urllib.parse.urlencode(form).encode(),
            {"Authorization": f"Bearer {self.system.env['PSP_API_KEY']}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def dispute(self, order_id: str, amount: int = 1400) -> str:
        """The bank takes so much of it back."""
        intent, = self.system.intents(order_id)
        return self._bank("/v1/test_helpers/disputes", payment_intent=intent["id"],
                          amount=amount)["id"]

    def lose(self, dispute_id: str) -> None:
        self._bank(f"/v1/disputes/{dispute_id}/close")

    def disputes(self) -> dict[str, str]:
        """Where the money is of each that the payment service knows."""
        return dict(self.system.query("payment", "SELECT provider_id, money FROM dispute"))

    def await_lost(self, *dispute_ids: str) -> None:
        await_true(lambda: all(self.disputes().get(id) == "lost" for id in dispute_ids), 10,
                   "the payment service knows what the bank has decided")

    def parked_events(self, order_id: str) -> int:
        """Of its disputes, without a payment that they could be for."""
        intent, = self.system.intents(order_id)
        return self.system.query("payment", """SELECT count(*) FROM provider_event
                                                WHERE intent_id = %s
                                                  AND type LIKE 'charge.dispute.%%'""",
                                 intent["id"])[0][0]

    def rest(self) -> None:
        await_true(lambda: self.system.reconcile_at_rest(within_s=30).returncode == 0, 30,
                   "everything is at rest")

    @contextlib.contextmanager
    def backup(self):
        assert self.system.dev("backup", str(self.folder / "before")).returncode == 0
        yield
        self.rest()

    def set_back(self, service: str) -> None:
        done = self.system.dev("restore", str(self.folder / "before"), service)
        assert done.returncode == 0, done.stdout

    def repair(self, service: str) -> str:
        done = self.system.dev("reconcile", "--repair", service)
        assert done.returncode == 0, done.stdout
        assert "NOT REPAIRED" not in done.stdout and "0 broken invariants" in done.stdout
        self.system.start("gateway")
        for caller in (self.buyer, self.admin):
            caller.close()  # the connection ended with the gateway before
        return done.stdout

    def on_hand(self) -> int:
        """Also while the gateway is closed."""
        return self.system.query("catalog", "SELECT on_hand FROM stock WHERE product_id = %s",
                                 self.product["id"])[0][0]

    def money(self) -> dict:
        """What the provider took and gave back for each order of ours."""
        return {order: sorted((intent["status"], intent["amount_received"])
                              for intent in self.system.intents(order))
                for order, in self.system.query("payment", "SELECT order_id::text FROM payment")}

    def undone(self) -> set[str]:
        """Also while the gateway is closed."""
        return {id for id, in self.system.query(
            "order", "SELECT id::text FROM orders WHERE status = 'cancelled'")}

    def given_back(self, order_id: str) -> int:
        """By the provider's own books."""
        provider = Provider(self.system.env)
        return sum(refund["amount"] for intent in provider.intents(order_id)
                   for refund in provider.paid_refunds(intent))

    def balances(self) -> dict:
        sums = collections.Counter()
        data = self.admin.call("GET", "/api/v1/ledger/balances", expect=(200,)).json()["data"]
        for each in data:
            sums[each["account"], each["currency"]] += each["balance"]
        return dict(sums)


def test_lost_orders_come_back_as_payment_and_catalog_know_them(shop):
    cancelled, refunded = shop.order(), shop.order()
    with shop.backup():
        sold, declined, undone = shop.order(3), shop.declined(), shop.order()
        shop.cancel(undone)
        shop.cancel(cancelled)
        shop.refund_one_piece(refunded)
    stock, money, balances = shop.system.stock(shop.product), shop.money(), shop.balances()
    before = {id: shop.system.order(shop.buyer, id) for id in (sold, refunded)}

    shop.set_back("order")
    found = shop.system.reconcile()
    assert found.returncode == 1, found.stdout
    assert all(order in found.stdout for order in (sold, cancelled, refunded)), found.stdout
    shop.repair("order")

    def status(order_id):
        return shop.system.order(shop.buyer, order_id)["status"]
    assert status(sold) == "confirmed"
    assert status(declined) == "rejected"
    assert status(undone) == status(cancelled) == "cancelled"
    for id, known in before.items():
        again = shop.system.order(shop.buyer, id)
        for what in ("total", "refunded", "lines", "payment"):
            assert again.get(what) == known.get(what), what
    assert shop.system.order(shop.buyer, sold)["shipping_address"]["line1"] == "unknown"
    assert (shop.system.stock(shop.product), shop.money(), shop.balances()) == (
        stock, money, balances)
    assert "0 steps taken" in shop.repair("order")


def test_lost_payments_come_back_as_the_provider_has_them(shop):
    cancelled, refunded = shop.order(), shop.order()
    with shop.backup():
        sold, undone = shop.order(3), shop.order()
        shop.cancel(undone)
        shop.cancel(cancelled)
        shop.refund_one_piece(refunded)
    stock, money, balances = shop.system.stock(shop.product), shop.money(), shop.balances()

    shop.set_back("payment")
    assert sold in shop.repair("payment")

    for order_id, status in ((sold, "captured"), (undone, "refunded"), (cancelled, "refunded"),
                             (refunded, "partially_refunded")):
        shop.system.await_paid(shop.buyer, order_id, status)
    assert (shop.system.stock(shop.product), shop.money(), shop.balances()) == (
        stock, money, balances)
    assert "0 steps taken" in shop.repair("payment")


def test_a_lost_payment_comes_back_while_its_capture_is_owed(shop):
    with shop.backup():
        sold = shop.order()
    money, balances = shop.money(), shop.balances()

    shop.set_back("payment")
    # As it is where the database was lost between the order's confirmation and its capture.
    shop.system.query("order", "UPDATE orders SET payment_status = 'authorized' WHERE id = %s",
                      sold)
    shop.system.query("order", """INSERT INTO saga (id, order_id, kind, trace_id)
                                  VALUES (%s, %s, 'capture', %s)""", sold, sold, "0" * 32)
    found = shop.system.reconcile()
    assert found.returncode == 1 and sold in found.stdout, found.stdout
    assert sold in shop.repair("payment")

    shop.system.await_paid(shop.buyer, sold, "captured")
    assert (shop.money(), shop.balances()) == (money, balances)
    assert "0 steps taken" in shop.repair("payment")


def test_a_payment_whose_intent_was_lost_comes_back_also_where_it_was_given_up(shop):
    with shop.backup():
        given_up, voided = shop.order(), shop.order()
    money, balances = shop.money(), shop.balances()
    payment_id, *payment = shop.system.query(
        "order", """SELECT payment_id::text, user_id::text, total, currency FROM orders
                     WHERE id = %s""", given_up)[0]

    shop.set_back("payment")
    # As they are where the backup is older than the kept intent, and where a void came first.
    shop.system.query("payment", """
        INSERT INTO payment (id, order_id, user_id, amount, currency, payment_method, status,
                             created_at)
        VALUES (%s, %s, %s, %s, %s, 'pm_card_visa', 'pending', now() - interval '1 hour')""",
        payment_id, given_up, *payment)
    shop.system.query("payment", """INSERT INTO payment (id, order_id, status, void_requested)
                                    VALUES (make_id(), %s, 'voided', true)""", voided)
    await_true(lambda: shop.system.query(
        "payment", "SELECT id FROM payment WHERE status = 'voided' AND id = %s", payment_id), 10,
        "the payment is given up")
    repaired = shop.repair("payment")
    assert given_up in repaired and voided in repaired

    for order_id in (given_up, voided):
        shop.system.await_paid(shop.buyer, order_id, "captured")
    assert (shop.money(), shop.balances()) == (money, balances)
    assert "0 steps taken" in shop.repair("payment")


def test_what_was_cancelled_without_its_payment_is_refunded_once_that_is_back(shop):
    with shop.backup():
        whole, rest = shop.order(), shop.order()
        shop.refund_one_piece(rest)
    shop.system.kill("payment")
    for order_id in (whole, rest):
        shop.request_cancel(order_id)

    # The void finds no payment, and nothing to give back.
    shop.set_back("payment")
    await_true(lambda: shop.undone() >= {whole, rest}, 30, "both are cancelled")
    found = shop.system.reconcile()
    assert found.returncode == 1, found.stdout
    assert whole in found.stdout and rest in found.stdout, found.stdout
    shop.repair("payment")

    for order_id in (whole, rest):
        shop.system.await_paid(shop.buyer, order_id, "refunded")
        order = shop.system.order(shop.buyer, order_id)
        assert order["refunded"] == order["total"] and shop.given_back(order_id) == 1400
    assert "0 steps taken" in shop.repair("payment")


def test_lost_disputes_come_back_as_the_provider_has_them(shop):
    whole, part, kept, open_before = (shop.order() for _ in range(4))
    undecided = shop.dispute(open_before)
    await_true(lambda: shop.disputes().get(undecided) == "withdrawn", 10, "it is known")
    with shop.backup():
        later = shop.order()
        lost = [shop.dispute(whole), shop.dispute(part, 500), shop.dispute(kept), undecided]
        for dispute_id in lost:
            shop.lose(dispute_id)
        shop.await_lost(*lost)
        shop.cancel(whole)
        shop.cancel(part)
    stock, money, balances = shop.system.stock(shop.product), shop.money(), shop.balances()

    shop.set_back("payment")
    found = shop.system.reconcile()
    assert found.returncode == 1 and whole in found.stdout and part in found.stdout, found.stdout
    # Its webhooks are taken before the payment is known, and do not come again.
    lost.append(shop.dispute(later))
    shop.lose(lost[-1])
    await_true(lambda: shop.parked_events(later) == 3, 10, "its events have come")
    repaired = shop.repair("payment")
    assert all(dispute_id in repaired for dispute_id in lost), repaired

    shop.await_lost(*lost)
    balances["provider_receivable", "GBP"] -= 1400
    balances["dispute_losses", "GBP"] += 1400
    assert (shop.system.stock(shop.product), shop.money(), shop.balances()) == (
        stock, money, balances)
    assert shop.given_back(part) == 900 and shop.given_back(whole) == 0
    for order_id in (kept, open_before, later):
        shop.cancel(order_id)
    shop.rest()
    assert "0 steps taken" in shop.repair("payment")


def test_what_a_bank_took_is_not_refunded_when_its_payment_comes_back_cancelled(shop):
    with shop.backup():
        whole, part = shop.order(), shop.order()
        lost = [shop.dispute(whole), shop.dispute(part, 500)]
        for dispute_id in lost:
            shop.lose(dispute_id)
        shop.await_lost(*lost)
    shop.system.kill("payment")
    for order_id in (whole, part):
        shop.request_cancel(order_id)

    shop.set_back("payment")
    await_true(lambda: shop.undone() >= {whole, part}, 30, "both are cancelled")
    shop.repair("payment")

    for order_id, refunded in ((whole, 0), (part, 900)):
        order = shop.system.order(shop.buyer, order_id)
        assert order["refunded"] == order["total"] and shop.given_back(order_id) == refunded
    assert "0 steps taken" in shop.repair("payment")


def test_lost_sales_and_returns_are_counted_again(shop):
    cancelled, refunded = shop.order(), shop.order()
    with shop.backup():
        sold = shop.order(3)
        shop.cancel(cancelled)
        shop.refund_one_piece(refunded)
    stock, money = shop.system.stock(shop.product), shop.money()

    shop.set_back("catalog")
    repaired = shop.repair("catalog")
    assert sold in repaired and cancelled in repaired

    assert (shop.system.stock(shop.product), shop.money()) == (stock, money)
    assert "0 steps taken" in shop.repair("catalog")


def test_what_would_be_oversold_is_named_and_left_to_a_person(shop):
    with shop.backup():
        sold = shop.order(3)
    shop.set_back("catalog")
    shop.system.query("catalog", "UPDATE stock SET on_hand = 2 WHERE product_id = %s",
                      shop.product["id"])
    shop.system.query("catalog", """INSERT INTO stock_movement (product_id, kind, delta, reason)
                                    VALUES (%s, 'adjustment', -18, 'stolen')""",
                      shop.product["id"])
    done = shop.system.dev("reconcile", "--repair", "catalog")
    assert done.returncode == 1
    assert any(line.startswith("NOT REPAIRED") and sold in line and "never_oversold" in line
               for line in done.stdout.splitlines()), done.stdout
    assert shop.on_hand() == 2

    shop.system.query("catalog", "UPDATE stock SET on_hand = 20 WHERE product_id = %s",
                      shop.product["id"])
    shop.system.query("catalog", """INSERT INTO stock_movement (product_id, kind, delta, reason)
                                    VALUES (%s, 'adjustment', 18, 'found')""", shop.product["id"])
    shop.repair("catalog")
    assert shop.system.stock(shop.product)["on_hand"] == 17
