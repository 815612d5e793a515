#!/usr/bin/python3
"""Compares orders, payments, ledger, stock and events across the four databases.

Reads only. Prints each broken invariant with the ids concerned and exits 1 if there is any. What is
still in flight is counted apart: its databases may well disagree for a moment.
"""

import sys
import time

import installation
import psycopg2
from databases import (
    ASKERS, BUYERS, ORDER_VERSIONS, PAYERS, PAYMENT_VERSIONS, PRODUCT_VERSIONS, SERVICES,
    read_catalog, read_orders, read_outboxes, read_payments, rows)
from event_invariants import (
    answer_breaks, contradictions, outbox_breaks, ownership_breaks, version_breaks)
from invariants import Break, Order, ledger_breaks, order_breaks, stock_breaks

# A break must be seen each time, so many seconds apart: the four databases are not read at one
# instant, and an event takes its time to be heard.
PATIENCE_S = (0.5, 1.0, 2.0, 4.0)


def event_breaks(urls: dict[str, str], orders: dict[str, Order]) -> list[Break]:
    """What is wrong with what the services told each other, and with whose things are whose."""
    outboxes = read_outboxes(urls)
    breaks = [found for outbox in outboxes.values() for found in outbox_breaks(outbox)]
    versions, buyers, askers = rows(urls["order"], ORDER_VERSIONS, BUYERS, ASKERS)
    breaks += version_breaks(outboxes["order"], dict(versions))
    paid, payers = rows(urls["payment"], PAYMENT_VERSIONS, PAYERS)
    breaks += version_breaks(outboxes["payment"], dict(paid))
    breaks += version_breaks(outboxes["catalog"], dict(rows(urls["catalog"], PRODUCT_VERSIONS)[0]))
    breaks += ownership_breaks(dict(buyers), dict(payers), askers)
    breaks += answer_breaks({id for id, _ in askers}, dict(buyers))
    statuses = {id: order.status for id, order in orders.items()}
    return breaks + contradictions(outboxes["order"], statuses)


def find_breaks(env: dict[str, str]) -> tuple[set[Break], dict[str, Order], int]:
    urls = {service: env[f"{service.upper()}_DATABASE_URL"] for service in SERVICES}
    # Orders first and last of all what they call for: what an order says is true by then.
    orders = read_orders(urls["order"])
    stocks, reservations = read_catalog(urls["catalog"])
    payments, owed, journals = read_payments(urls["payment"])
    for order_id in owed & orders.keys():
        orders[order_id].owed |= {"payment"}
    breaks = stock_breaks(stocks) + ledger_breaks(journals)
    breaks += order_breaks(orders, reservations, payments)
    breaks += event_breaks(urls, orders)
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
