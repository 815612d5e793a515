"""Brings a database that was set back up to what its neighbours know: ./dev reconcile --repair.

The steps are chosen in repairs.py. Each is taken in one transaction of one database, where its own
constraints hold: what would sell what is not there, or give back more than was taken, is refused by
the database, named, and left alone. The services then finish what the rows say is owed.
"""

import time
from collections import defaultdict

import psycopg2
from databases import rows
from provider_client import Provider
from repair_writes import WRITES, Refused
from repairs import (
    Dispute, Hold, Intent, Line, Order, Payment, Refund, Step, Unrepairable, catalog_steps, differs,
    dispute_steps, order_steps, payment_steps)

REPAIRABLE = ("order", "catalog", "payment")
# A step counts when it is still to be taken so much later: work under way looks like a loss.
PATIENCE_S = 2.0
# What is written down is finished by the services within a moment.
SETTLES_WITHIN_S = 30.0
PASSES = 5

ORDERS = """SELECT o.id::text, o.user_id::text, o.status, o.total, o.currency, o.payment_id::text,
                   o.payment_status, o.refunded, EXISTS (SELECT FROM saga s WHERE s.order_id = o.id)
              FROM orders o"""
ORDER_LINES = """SELECT order_id::text, product_id::text, position, quantity, sku, name, unit_price
                   FROM order_line ORDER BY position"""
ORDER_REFUNDS = """SELECT order_id::text, id::text, amount, reason FROM refund
                    WHERE status = 'succeeded'"""
# Which goods came back, for refunds that were to bring them back.
REFUND_LINES = """SELECT r.id::text, l.product_id::text, l.quantity
                    FROM refund r JOIN refund_line l ON l.refund_id = r.id WHERE r.restock"""
PAYMENTS = """SELECT id::text, order_id::text, user_id::text, amount, currency, status, refunded,
                     void_requested,
                     owes AND NOT is_with_the_bank(payment) OR refund_pending > 0
                       OR refund_waiting > 0
                       OR EXISTS (SELECT FROM dispute WHERE payment_id = payment.id
                                                        AND seen < hints),
                     authorized, captured, charged_back, intent_id
                FROM payment WHERE user_id IS NOT NULL"""
PAYMENT_REFUNDS = """SELECT payment_id::text, id::text, amount, reason FROM refund
                      WHERE status = 'succeeded'"""
# Without a status while they are to be looked at.
PAYMENT_DISPUTES = """SELECT payment_id::text, provider_id, NULL,
                             CASE WHEN seen = hints THEN status END FROM dispute"""
HOLDS = "SELECT order_id::text, status FROM reservation"
HOLD_LINES = """SELECT order_id::text, product_id::text, position, quantity, sku, name, unit_price
                  FROM reservation_line ORDER BY position"""
RESTOCKS = """SELECT order_id::text, ref, product_id::text, delta FROM stock_movement
               WHERE kind = 'restock' AND ref <> 'release'"""


def grouped(found: list[tuple], make) -> dict[str, tuple]:
    """By the first column, what is made of the others."""
    groups = defaultdict(list)
    for key, *rest in found:
        groups[key].append(make(*rest))
    return {key: tuple(values) for key, values in groups.items()}


def read_orders(url: str) -> dict[str, Order]:
    orders, lines, refunds, returned = rows(url, ORDERS, ORDER_LINES, ORDER_REFUNDS, REFUND_LINES)
    goods = grouped(returned, lambda product, quantity: (product, quantity))
    lines = grouped(lines, Line)
    refunds = grouped(refunds, lambda id, *rest: Refund(id, *rest, goods.get(id, ())))
    return {row[0]: Order(*row, lines.get(row[0], ()), refunds.get(row[0], ())) for row in orders}


def read_payments(url: str) -> dict[str, Payment]:
    payments, refunds, disputes = rows(url, PAYMENTS, PAYMENT_REFUNDS, PAYMENT_DISPUTES)
    refunds, disputes = grouped(refunds, Refund), grouped(disputes, Dispute)
    return {row[1]: Payment(*row, refunds.get(row[0], ()), disputes.get(row[0], ()))
            for row in payments}


def read_holds(url: str) -> dict[str, Hold]:
    holds, lines, restocks = rows(url, HOLDS, HOLD_LINES, RESTOCKS)
    lines, back = grouped(lines, Line), defaultdict(lambda: defaultdict(tuple))
    for order_id, refund_id, product_id, quantity in restocks:
        back[order_id][refund_id] += ((product_id, quantity),)
    return {id: Hold(id, status, lines.get(id, ()), dict(back[id])) for id, status in holds}


def intents_of(provider: Provider, order_id: str) -> list[Intent]:
    return [Intent(each["id"], order_id, each["status"], each["amount"],
                   each["payment_method"] or "",
                   tuple(Refund(refund["metadata"]["refund_id"], refund["amount"])
                         for refund in provider.paid_refunds(each)
                         if "refund_id" in refund.get("metadata", {})))
            for each in provider.intents(order_id)]


def disputes_of(provider: Provider) -> list[Dispute]:
    return [Dispute(each["id"], each["payment_intent"], each["status"])
            for each in provider.disputes()]


class Repair:
    """The repair of one service's database. Reads all, writes by the steps alone."""

    def __init__(self, env: dict[str, str], service: str):
        self._service, self._provider = service, Provider(env)
        self._urls = {name: env[f"{name.upper()}_DATABASE_URL"] for name in REPAIRABLE}

    def run(self) -> int:
        """How many steps were taken; says which, and what could not be done."""
        taken, refused = 0, set()
        for _ in range(PASSES):
            steps = [step for step in self.sure_steps() if str(step) not in refused]
            if not steps:
                break
            for step in steps:
                outcome = self._take(step)
                print(f"{'repaired' if outcome is None else 'NOT REPAIRED'}  {step}"
                      f"{'' if outcome is None else ': ' + outcome}", flush=True)
                taken += outcome is None
                refused |= set() if outcome is None else {str(step)}
            self._settle({step.order_id for step in steps})
        return taken

    def sure_steps(self) -> list[Step]:
        """Those that are to be taken now and a moment later."""
        steps = self._steps()
        if steps:
            time.sleep(PATIENCE_S)
            later = self._steps()
            steps = [step for step in steps if step in later]
        return steps

    def _steps(self) -> list[Step]:
        # What comes first in a checkout is read last: what is not there then never was.
        if self._service == "order":
            payments, holds = self._payments(), self._holds()
            return order_steps(self._orders(), payments.values(), holds)
        orders = self._orders()
        if self._service == "catalog":
            return catalog_steps(orders, self._holds())
        payments = self._payments()
        disputed = dispute_steps(payments.values(), disputes_of(self._provider))
        # What a bank took explains what is missing: first it has to be known.
        later = {step.order_id for step in disputed}
        intents = {id: intents_of(self._provider, id) for id, order in orders.items()
                   if id not in later and differs(order, payments.get(id))}
        return disputed + payment_steps(orders, payments, intents)

    def _orders(self) -> dict[str, Order]:
        return read_orders(self._urls["order"])

    def _payments(self) -> dict[str, Payment]:
        return read_payments(self._urls["payment"])

    def _holds(self) -> dict[str, Hold]:
        return read_holds(self._urls["catalog"])

    def _settle(self, ids: set[str]) -> None:
        """Until the services have finished what is owed to these orders."""
        ends_at = time.monotonic() + SETTLES_WITHIN_S
        while time.monotonic() < ends_at:
            owed = [order for id, order in self._orders().items() if id in ids and order.busy]
            owed += [each for id, each in self._payments().items() if id in ids and each.busy]
            if not owed:
                return
            time.sleep(0.2)

    def _take(self, step: Step) -> str | None:
        """What was wrong with it, if anything was."""
        if isinstance(step, Unrepairable):
            return "somebody has to look at it"
        service, write = WRITES[type(step)]
        connection = psycopg2.connect(self._urls[service], connect_timeout=5)
        try:
            with connection, connection.cursor() as cursor:
                write(cursor, step)
        except (psycopg2.Error, Refused) as error:
            return str(error).splitlines()[0]
        finally:
            connection.close()
        return None
