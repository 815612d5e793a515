#!/usr/bin/python3
"""Compares orders, payments, ledger and stock across the four databases.

Reads only. Prints each broken invariant with the ids concerned and exits 1 if there is any. What is
still in flight is counted apart: its databases may well disagree for a moment.
"""

import sys
import time
from collections import defaultdict

import installation
import psycopg2
from invariants import (
    Break, Order, Payment, Reservation, Stock, ledger_breaks, order_breaks, stock_breaks)

# A break must be seen twice, this many seconds apart: the four databases are not read at one
# instant.
PATIENCE_S = (0.5, 1.0, 2.0)

ORDERS = "SELECT id::text, status, total, currency, refunded FROM orders"
ORDER_LINES = "SELECT order_id::text, product_id::text, quantity, unit_price FROM order_line"
SAGAS = "SELECT order_id::text, kind, parked_reason FROM saga"
PAYMENTS = """SELECT id::text, order_id::text, status, amount, currency, captured, refunded
                FROM payment WHERE user_id IS NOT NULL"""
OWED_PAYMENTS = """SELECT order_id::text FROM payment WHERE owes
                   UNION SELECT p.order_id::text FROM refund r JOIN payment p ON p.id = r.payment_id
                          WHERE r.status = 'pending'"""
JOURNALS = "SELECT journal_id::text, currency, sum(amount) FROM ledger_line GROUP BY 1, 2"
STOCK = """
  SELECT s.product_id::text, s.on_hand, s.reserved,
         coalesce((SELECT sum(delta) FROM stock_movement m WHERE m.product_id = s.product_id), 0),
         coalesce((SELECT sum(l.quantity)
                     FROM reservation_line l JOIN reservation r USING (order_id)
                    WHERE l.product_id = s.product_id AND r.status = 'held'), 0)
    FROM stock s"""
RESERVATIONS = "SELECT order_id::text, status FROM reservation"
RESERVATION_LINES = """SELECT order_id::text, product_id::text, quantity, restocked, unit_price
                         FROM reservation_line"""


def rows(url: str, *queries: str) -> list[list[tuple]]:
    """The answers to several queries, all as of one moment of one database."""
    with psycopg2.connect(url, connect_timeout=5) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            answers = []
            for query in queries:
                cursor.execute(query)
                answers.append(cursor.fetchall())
    connection.close()
    return answers


def read_orders(url: str) -> dict[str, Order]:
    orders, order_lines, sagas = rows(url, ORDERS, ORDER_LINES, SAGAS)
    lines: dict[str, dict] = defaultdict(dict)
    for order_id, product_id, quantity, price in order_lines:
        lines[order_id][product_id] = (quantity, price)
    owed, parked = defaultdict(set), {}
    for order_id, kind, reason in sagas:
        owed[order_id].add(kind)
        if reason is not None:
            parked[order_id] = reason
    return {id: Order(id, status, total, currency, refunded, lines[id], frozenset(owed[id]),
                      parked.get(id))
            for id, status, total, currency, refunded in orders}


def read_payments(url: str) -> tuple[list[Payment], set[str], list[tuple]]:
    payments, owed, journals = rows(url, PAYMENTS, OWED_PAYMENTS, JOURNALS)
    return [Payment(*row) for row in payments], {id for (id,) in owed}, journals


def read_catalog(url: str) -> tuple[list[Stock], dict[str, Reservation]]:
    stocks, states, lines = rows(url, STOCK, RESERVATIONS, RESERVATION_LINES)
    reservations = {id: Reservation(id, status) for id, status in states}
    for order_id, product_id, quantity, restocked, price in lines:
        reservations[order_id].lines[product_id] = (quantity, restocked)
        reservations[order_id].prices[product_id] = price
    for reservation in reservations.values():
        # A hold that ran out has been given back: for everybody else that is a release.
        if reservation.status == "expired":
            reservation.status = "released"
    return [Stock(id, *map(int, rest)) for id, *rest in stocks], reservations


def find_breaks(env: dict[str, str]) -> tuple[set[Break], dict[str, Order], int]:
    # Orders first and last of all what they call for: what an order says is true by then.
    orders = read_orders(env["ORDER_DATABASE_URL"])
    stocks, reservations = read_catalog(env["CATALOG_DATABASE_URL"])
    payments, owed, journals = read_payments(env["PAYMENT_DATABASE_URL"])
    for order_id in owed & orders.keys():
        orders[order_id].owed |= {"payment"}
    breaks = stock_breaks(stocks) + ledger_breaks(journals)
    breaks += order_breaks(orders, reservations, payments)
    return set(breaks), orders, sum(order.in_flight for order in orders.values())


def main() -> int:
    env = installation.load()
    try:
        breaks, orders, in_flight = find_breaks(env)
        for pause in PATIENCE_S:
            if not breaks:
                break
            time.sleep(pause)
            again, orders, in_flight = find_breaks(env)
            breaks &= again
    except psycopg2.Error as error:
        print(f"a database cannot be read: {error}".strip(), file=sys.stderr)
        return 1
    for found in sorted(breaks, key=str):
        print(found)
    print(f"{len(orders)} orders, {in_flight} in flight, {len(breaks)} broken invariants")
    return 1 if breaks else 0


if __name__ == "__main__":
    sys.exit(main())
