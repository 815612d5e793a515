"""Replays a retail ledger as catalog, customers, orders and refunds, through the gateway alone.

Sales are placed in file order; where a code's price differs from the one before, the price is first
set by PATCH. Cancellations become refunds where an earlier sale to that customer is known. Every
invoice, and every row that was left out, is accounted for in the summary.

usage: ./dev replay FILE.csv
Exit code 1 when an invoice could not be accounted for. Running it again changes nothing but goes on
where something was missing: orders of earlier runs are found, and every write carries the same
idempotency key.
"""

import http.client
import sys
import time
from dataclasses import replace

import installation
import retail_ledger
from gateway_client import (
    REGISTRATION_PACE, ApiError, Gateway, admin_of, gateway_of, run_program, settled_order)
from replay_history import SOLD_STATUSES, EarlierRuns, first_address_line
from replay_outcome import NotAccountedFor, Outcome, ProgressBar, print_summary, replay_key
from retail_accounts import Accounts, name_of
from retail_goods import Goods, pounds_of
from retail_ledger import CANCELLED, SOLD, Invoice, Ledger, LeftOut, Line
from retail_refunds import NothingLeft, Refunds, Sales

COUNTRIES = {
    "Australia": "AU", "Austria": "AT", "Bahrain": "BH", "Belgium": "BE", "Brazil": "BR",
    "Canada": "CA", "Channel Islands": "JE", "Cyprus": "CY", "Czech Republic": "CZ",
    "Denmark": "DK", "EIRE": "IE", "Finland": "FI", "France": "FR", "Germany": "DE",
    "Greece": "GR", "Hong Kong": "HK", "Iceland": "IS", "Israel": "IL", "Italy": "IT",
    "Japan": "JP", "Lebanon": "LB", "Lithuania": "LT", "Malta": "MT", "Netherlands": "NL",
    "Norway": "NO", "Poland": "PL", "Portugal": "PT", "RSA": "ZA", "Saudi Arabia": "SA",
    "Singapore": "SG", "Spain": "ES", "Sweden": "SE", "Switzerland": "CH", "USA": "US",
    "United Arab Emirates": "AE", "United Kingdom": "GB",
}
# What the gateway answers for a service that is away.
AWAY = (502, 503, 504)
# So many orders in a row without an end, each waited for, and what they wait for is away too.
MOST_UNSETTLED = 3


class Replay:
    """`admin` and `accounts` should repeat all their calls: each may be done twice here."""

    def __init__(self, ledger: Ledger, admin: Gateway, accounts: Accounts):
        self._ledger = ledger
        self._admin = admin
        self._accounts = accounts
        self._goods = Goods(admin)
        self._sales = Sales()
        self._refunds = Refunds(admin)
        self._missing_a_sale: set[str] = set()  # customers
        self._unsettled = 0  # orders in a row
        self._outcome = Outcome(list(ledger.left_out))

    def run(self, on_progress) -> Outcome:
        try:
            self._prepare()
            self._account_for_all(on_progress)
        finally:
            self._accounts.close()
        return self._outcome

    def _prepare(self) -> None:
        """Accounts, products and stock for what no earlier run has sold."""
        sold = self._ledger.of_kind(SOLD)
        self._earlier = EarlierRuns(self._admin, {invoice.customer for invoice in sold})
        to_sell = [invoice for invoice in sold if not self._earlier.order_of(invoice)]
        self._accounts.open(dict.fromkeys(invoice.customer for invoice in to_sell),
                            self._earlier.emails)
        self._outcome.failures += self._goods.stock(to_sell, self._ledger.names)

    def _account_for_all(self, on_progress) -> None:
        total = len(self._ledger.invoices)
        for done, invoice in enumerate(self._ledger.invoices):
            on_progress(done, total)
            try:
                self._account_for(invoice)
            except (ApiError, OSError, http.client.HTTPException) as error:
                self._fail(f"invoice {invoice.number}: {error}")
                self._fail(f"the {total - done - 1} invoices after it: given up, since a service "
                           "stays away; the same command goes on from here")
                return
        on_progress(total, total)

    def _account_for(self, invoice: Invoice) -> None:
        """Raises when a service stays away for longer than is waited for it."""
        if invoice.kind == SOLD:
            if not self._try(f"invoice {invoice.number}", self._sell, invoice):
                self._missing_a_sale.add(invoice.customer)
        elif invoice.kind == CANCELLED:
            self._take_back(invoice)

    def _take_back(self, invoice: Invoice) -> None:
        failures = len(self._outcome.failures)
        given_back = [self._try(f"invoice {invoice.number}, line {line.rows[0]}",
                                self._cancel, invoice, line) for line in invoice.lines]
        if any(given_back):
            self._outcome.refunded_invoices += 1
        elif len(self._outcome.failures) == failures:
            self._outcome.reported_invoices += 1

    def _try(self, what: str, step, *arguments) -> bool:
        try:
            return step(*arguments)
        except NotAccountedFor as reason:
            self._fail(f"{what}: {reason}")
        except ApiError as error:
            if error.answer.status in AWAY:
                raise
            self._fail(f"{what}: {error}")
        return False

    def _fail(self, what: str) -> None:
        self._outcome.failures.append(what)

    def _sell(self, invoice: Invoice) -> bool:
        found = self._earlier.order_of(invoice)
        order = found or self._place(invoice)
        self._unsettled = self._unsettled + 1 if order["status"] == "pending" else 0
        if self._unsettled == MOST_UNSETTLED:
            raise TimeoutError(f"{MOST_UNSETTLED} orders in a row stay pending")
        if order["status"] not in SOLD_STATUSES:
            raise NotAccountedFor(f"the order is {order['status']} ({order['reject_reason']})")
        if order["total"] != pounds_of(invoice.total_minor):
            raise NotAccountedFor(
                f"total {order['total']}, but the rows sum to {invoice.total_minor}")
        self._sales.add(invoice, order, earlier_run=bool(found))
        self._outcome.count_sale(order, earlier_run=bool(found))
        return True

    def _place(self, invoice: Invoice) -> dict:
        buyer = self._accounts.of(invoice.customer)
        for line in invoice.lines:
            self._goods.set_price(line.sku, line.price_minor)
        body = {
            "lines": [{"product_id": self._goods.id_of(line.sku), "quantity": line.quantity}
                      for line in invoice.lines],
            "payment_method": "pm_card_visa",
            "expected_total": pounds_of(invoice.total_minor),
            "shipping_address": {
                "name": name_of(invoice.customer), "line1": first_address_line(invoice),
                "city": invoice.country or "unknown", "postal_code": "unknown",
                "country": COUNTRIES.get(invoice.country, "GB")},
        }
        # A refusal is stored under its key: after one, only another key sells.
        key = replay_key(invoice.number, body, self._earlier.refusals_of(invoice))
        answer = buyer.call("POST", "/api/v1/orders", body, key=key,
                            headers={"Prefer": "wait=10"}, expect=(201, 202))
        return settled_order(buyer, answer.json()["id"])

    def _cancel(self, invoice: Invoice, line: Line) -> bool:
        """Returns whether goods were given back, rather than the row reported."""
        if invoice.customer and invoice.customer in self._missing_a_sale:
            # The older sales must not stand in for it: the next run would give back once more.
            raise NotAccountedFor("an earlier sale to this customer is not accounted for")
        try:
            shares = self._sales.share_out(invoice.customer, line)
        except NothingLeft as reason:
            row, = line.rows
            self._outcome.left_out.append(LeftOut(row, invoice.number, line.code, str(reason)))
            return False
        for sale, quantity in shares:
            amount = self._refunds.give_back(invoice, line, sale, quantity)
            self._outcome.count_refund(invoice, line, sale.sku, quantity, amount)
        return True


def replay_of(ledger: Ledger, env: dict[str, str]) -> Replay:
    """Against an installation, as patient as it has to be with a service that starts again."""
    buyers = replace(gateway_of(env), repeats_all=True)
    accounts = Accounts(buyers, env["ADMIN_PASSWORD"].encode(),
                        REGISTRATION_PACE if installation.rate_limits_on() else None)
    return Replay(ledger, replace(admin_of(env), repeats_all=True), accounts)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: ./dev replay FILE.csv")
    try:
        ledger = retail_ledger.read_ledger_file(sys.argv[1])
    except OSError as error:
        sys.exit(f"{sys.argv[1]}: {error.strerror or error}")
    except retail_ledger.LedgerError as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    began = time.monotonic()
    outcome = replay_of(ledger, installation.load()).run(ProgressBar())
    print_summary(ledger, outcome, time.monotonic() - began)
    sys.exit(1 if outcome.failures else 0)


if __name__ == "__main__":
    run_program(main)
