#!/usr/bin/python3
"""Compares orders, payments, ledger, stock and events across the four databases.

usage: ./dev reconcile [--repair order|catalog|payment]

Reads only, and prints each broken invariant with the ids concerned; exits 1 if there is any. What
is still in flight is counted apart: its databases may well disagree for a moment. With --repair the
database of the named service, which was set back to an earlier time, is first brought up to what
the others know.
"""

import argparse
import sys
import time

import installation
import psycopg2
from databases import (
    ASKERS, BUYERS, ORDER_VERSIONS, PAYERS, PAYMENT_VERSIONS, PRODUCT_VERSIONS,
    read_catalog, read_orders, read_outboxes, read_payments, rows)
from event_invariants import (
    answer_breaks, contradictions, outbox_breaks, ownership_breaks, version_breaks)
from installation import SERVICES
from invariants import Break, Order, ledger_breaks, order_breaks, still_broken, stock_breaks
from repair import REPAIRABLE, Repair

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
    parser = argparse.ArgumentParser(prog="./dev reconcile")
    parser.add_argument("--repair", choices=REPAIRABLE, metavar="SERVICE",
                        help="whose database was set back: order, catalog or payment")
    service = parser.parse_args().repair
    env = installation.load()
    try:
        if service:
            print(f"{Repair(env, service).run()} steps taken")
        breaks, orders, in_flight = find_breaks(env)
        for pause in PATIENCE_S:
            if not breaks:
                break
            time.sleep(pause)
            again, orders, in_flight = find_breaks(env)
            breaks = still_broken(breaks, again)
    except psycopg2.Error as error:
        print(f"a database cannot be read: {error}".strip(), file=sys.stderr)
        return 1
    except OSError as error:
        print(f"the payment provider cannot be read: {error}", file=sys.stderr)
        return 1
    for found in sorted(breaks, key=str):
        print(found)
    print(f"{len(orders)} orders, {in_flight} in flight, {len(breaks)} broken invariants")
    return 1 if breaks else 0


if __name__ == "__main__":
    sys.exit(main())
