"""Reading the four databases of an installation: plain queries to the records of the checkers."""

from collections import defaultdict

import psycopg2
from event_invariants import Outbox, Told
from invariants import Order, Payment, Reservation, Stock

ORDERS = """SELECT id::text, status, total, currency, refunded,
                   CASE WHEN payment_status <> 'declined' THEN payment_id::text END FROM orders"""
ORDER_LINES = "SELECT order_id::text, product_id::text, quantity, unit_price FROM order_line"
SAGAS = "SELECT order_id::text, kind, parked_reason FROM saga"
ORDER_VERSIONS = "SELECT id::text, event_version FROM orders"
BUYERS = "SELECT id::text, user_id::text FROM orders"
# Only requests for a new order: admins have keys for the refunds of others.
ASKERS = """SELECT order_id::text, subject::text FROM idempotency_key
             WHERE order_id IS NOT NULL AND refund_id IS NULL AND status IN (201, 202, 402)"""
PAYMENTS = """SELECT id::text, order_id::text, status, amount, currency, captured, refunded,
                     charged_back
                FROM payment WHERE user_id IS NOT NULL"""
PAYERS = "SELECT order_id::text, user_id::text FROM payment WHERE user_id IS NOT NULL"
PAYMENT_VERSIONS = "SELECT id::text, event_version FROM payment"
OWED_PAYMENTS = """SELECT order_id::text FROM payment
                    WHERE owes AND NOT is_with_the_bank(payment)
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
PRODUCT_VERSIONS = "SELECT id::text, version FROM product"

TOLD = """SELECT aggregate_id, count(*), min(version), max(version),
                 (array_agg(type ORDER BY version DESC))[1] FROM outbox GROUP BY aggregate_id"""
# A relay that works has numbered an event within a second or two.
NUMBERED = """SELECT count(*) FILTER (WHERE published_seq IS NULL
                                        AND occurred_at < now() - interval '10 s'),
                     count(published_seq), min(published_seq), max(published_seq) FROM outbox"""
CONSUMES = "SELECT to_regclass('event_cursor') IS NOT NULL"
CURSORS = "SELECT source, sequence FROM event_cursor"
DEAD_LETTERS = "SELECT source, count(*) FROM dead_letter GROUP BY source"


def rows(url: str, *queries: str) -> list[list[tuple]]:
    """The answers to several queries, all as of one moment of one database."""
    connection = psycopg2.connect(url, connect_timeout=5)
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection, connection.cursor() as cursor:
            answers = []
            for query in queries:
                cursor.execute(query)
                answers.append(cursor.fetchall())
        return answers
    finally:
        connection.close()


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
                      parked.get(id), payment_id)
            for id, status, total, currency, refunded, payment_id in orders}


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


def read_outboxes(urls: dict[str, str]) -> dict[str, Outbox]:
    """What each service told, and how far the others have listened. Listeners are read first:
    what they have heard was told before."""
    heard: dict[str, dict[str, int]] = defaultdict(dict)
    dead: dict[str, dict[str, int]] = defaultdict(dict)
    for consumer, url in urls.items():
        if not rows(url, CONSUMES)[0][0][0]:
            continue
        cursors, letters = rows(url, CURSORS, DEAD_LETTERS)
        for source, sequence in cursors:
            heard[source][consumer] = sequence
        for source, count in letters:
            dead[source][consumer] = count
    outboxes = {}
    for service, url in urls.items():
        told, ((waiting, numbered, first, last),) = rows(url, TOLD, NUMBERED)
        outboxes[service] = Outbox(service, [Told(*row) for row in told], waiting, numbered, first,
                                   last, heard[service], dead[service])
    return outboxes
