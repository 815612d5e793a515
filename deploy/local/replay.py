"""Replays a retail ledger as catalog, customers, orders and refunds, through the gateway alone.

Sales are placed in file order; where a code's price differs from the one before, the price is first
set by PATCH. Cancellations become refunds where an earlier sale to that customer is known. Every
invoice, and every row that was left out, is accounted for in the summary.

usage: ./dev replay FILE.csv
Exit code 1 when an invoice could not be accounted for. Running it again repeats nothing: accounts
are found, and every write carries the same idempotency key.
"""

import concurrent.futures
import hashlib
import hmac
import json
import sys
import time
import urllib.parse
from dataclasses import dataclass, field

import installation
import retail_ledger
from gateway_client import (
    REGISTRATION_PACE, ApiError, Gateway, admin_of, gateway_of, run_program, settled_order)
from import_products import import_lines
from retail_ledger import CANCELLED, FEES_ONLY, SOLD, ZERO_PRICED, Invoice, Ledger, LeftOut, Line

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


class NotAccountedFor(Exception):
    """Why an invoice did not end as it should."""


@dataclass
class Sale:
    """What is left to refund of a confirmed order, by SKU."""

    order_id: str
    lines: dict[str, dict]  # the order's own lines
    left: dict[str, int]


@dataclass
class Outcome:
    sold_minor: int = 0
    confirmed: int = 0
    refunds: list[str] = field(default_factory=list)
    refunded_invoices: int = 0
    refunded_minor: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class Accounts:
    """Customers' accounts: registered in file order ahead of need, at the pace that is allowed.

    Passwords are derived from the admin's, so that a second run finds its way in and nobody else
    does.
    """

    def __init__(self, env: dict[str, str], customers: list[str]):
        self._gateway = gateway_of(env)
        self._secret = env["ADMIN_PASSWORD"].encode()
        self._expect_known = False
        self._worker = concurrent.futures.ThreadPoolExecutor(max_workers=1)
        self._opening = {customer: self._worker.submit(self._open, customer)
                         for customer in dict.fromkeys(customers)}

    def of(self, customer: str) -> Gateway:
        return self._opening[customer].result()

    def close(self) -> None:
        self._worker.shutdown(cancel_futures=True)

    def _open(self, customer: str) -> Gateway:
        email = f"customer-{customer.lower()}@example.com" if customer else "walk-in@example.com"
        name = f"Customer {customer}" if customer else "Walk-in customers"
        password = hmac.new(self._secret, email.encode(), hashlib.sha256).hexdigest()
        gateway = self._gateway
        # Where the last account was known already this one will be too: that spares the limits.
        if self._expect_known:
            known = gateway.call("POST", "/api/v1/sessions", {"email": email, "password": password})
            if known.status == 201:
                return gateway.as_user(known.json()["access_token"])
        if installation.rate_limits_on():
            REGISTRATION_PACE.wait()
        registered = gateway.register(email, password, name)
        if registered.status not in (201, 409):
            raise ApiError(registered, "POST", "/api/v1/users")
        self._expect_known = registered.status == 409
        return gateway.sign_in(email, password)


class Goods:
    """The catalog's products as this run knows them: id, and the version of its last own write."""

    def __init__(self, admin: Gateway):
        self._admin = admin
        self._known: dict[str, tuple[str, str]] = {}  # SKU: id, ETag
        self._price: dict[str, int] = {}

    def stock(self, ledger: Ledger) -> list[dict]:
        """Brings every code that is sold, at its first price and with all it will need in stock."""
        wanted: dict[str, int] = {}
        codes: dict[str, Line] = {}
        for invoice in ledger.of_kind(SOLD):
            for line in invoice.lines:
                codes.setdefault(line.sku, line)
                wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        total = import_lines(self._admin, (
            json.dumps({"sku": sku, "name": ledger.names.get(line.code, line.code),
                        "price": {"amount": line.price_minor, "currency": "GBP"},
                        "on_hand": wanted[sku]}).encode() for sku, line in codes.items()))
        self._price = {sku: line.price_minor for sku, line in codes.items()}
        return total["errors"]

    def id_of(self, sku: str) -> str:
        return self._find(sku)[0]

    def set_price(self, sku: str, price_minor: int) -> None:
        if self._price.get(sku) == price_minor:
            return
        product_id, etag = self._find(sku)
        while True:
            answer = self._admin.call(
                "PATCH", f"/api/v1/products/{product_id}",
                {"price": {"amount": price_minor, "currency": "GBP"}},
                headers={"Content-Type": "application/merge-patch+json", "If-Match": etag},
                expect=(200, 412))
            if answer.status == 200:
                break
            # Somebody else changed it meanwhile: look again, then set our price over theirs.
            product_id, etag = self._find(sku, again=True)
        self._known[sku] = product_id, answer.headers["etag"]
        self._price[sku] = price_minor

    def _find(self, sku: str, again: bool = False) -> tuple[str, str]:
        if again or sku not in self._known:
            answer = self._admin.call(
                "GET", f"/api/v1/products/by-sku/{urllib.parse.quote(sku)}", expect=(200,))
            self._known[sku] = answer.json()["id"], answer.headers["etag"]
        return self._known[sku]


class Replay:
    def __init__(self, ledger: Ledger, env: dict[str, str]):
        self._ledger = ledger
        self._admin = admin_of(env)
        self._goods = Goods(self._admin)
        self._accounts = Accounts(env, [i.customer for i in ledger.of_kind(SOLD)])
        self._sales: dict[str, list[Sale]] = {}
        self.outcome = Outcome(left_out=list(ledger.left_out))

    def run(self, on_progress) -> Outcome:
        for error in self._goods.stock(self._ledger):
            self.outcome.failures.append(f"catalog, line {error['line']}: {error['detail']}")
        try:
            for done, invoice in enumerate(self._ledger.invoices):
                on_progress(done, len(self._ledger.invoices))
                self._account_for(invoice)
        finally:
            self._accounts.close()
        on_progress(len(self._ledger.invoices), len(self._ledger.invoices))
        return self.outcome

    def _account_for(self, invoice: Invoice) -> None:
        try:
            if invoice.kind == SOLD:
                self._sell(invoice)
            elif invoice.kind == CANCELLED:
                self._cancel(invoice)
        except (NotAccountedFor, ApiError, OSError) as reason:
            self.outcome.failures.append(f"invoice {invoice.number}: {reason}")

    def _sell(self, invoice: Invoice) -> None:
        buyer = self._accounts.of(invoice.customer)
        for line in invoice.lines:
            self._goods.set_price(line.sku, line.price_minor)
        body = {
            "lines": [{"product_id": self._goods.id_of(line.sku), "quantity": line.quantity}
                      for line in invoice.lines],
            "payment_method": "pm_card_visa",
            "shipping_address": {
                "name": f"Customer {invoice.customer}" if invoice.customer else "Walk-in customer",
                "line1": f"Invoice {invoice.number}", "city": invoice.country or "unknown",
                "postal_code": "unknown", "country": COUNTRIES.get(invoice.country, "GB")},
        }
        answer = buyer.call("POST", "/api/v1/orders", body, key=replay_key(invoice, body),
                            headers={"Prefer": "wait=10"}, expect=(201, 202))
        order = settled_order(buyer, answer.json()["id"])
        if order["status"] != "confirmed":
            raise NotAccountedFor(f"the order is {order['status']} ({order['reject_reason']})")
        if order["total"] != {"amount": invoice.total_minor, "currency": "GBP"}:
            raise NotAccountedFor(
                f"total {order['total']}, but the rows sum to {invoice.total_minor}")
        self._sales.setdefault(invoice.customer, []).append(
            Sale(order["id"], {line["sku"]: line for line in order["lines"]},
                 {line["sku"]: line["quantity"] for line in order["lines"]}))
        self.outcome.confirmed += 1
        self.outcome.sold_minor += order["total"]["amount"]

    def _cancel(self, invoice: Invoice) -> None:
        refunded = False
        for line in invoice.lines:
            found = self._sale_of(invoice, line)
            if found is None:
                reason = "cancelled, but no earlier sale of it to this customer is known"
                self.outcome.left_out += [LeftOut(row, invoice.number, line.code, reason)
                                          for row in line.rows]
                continue
            self._refund(invoice, line, *found)
            refunded = True
        self.outcome.refunded_invoices += refunded

    def _sale_of(self, invoice: Invoice, line: Line) -> tuple[Sale, str] | None:
        """The latest sale to that customer with enough left, at the same price if there is one."""
        found = [(sale.lines[sku]["unit_price"]["amount"] == line.price_minor, number, sku, sale)
                 for number, sale in enumerate(self._sales.get(invoice.customer, []))
                 for sku, left in sale.left.items()
                 if (sku == line.code or sku.startswith(f"{line.code}-")) and left >= line.quantity]
        if not invoice.customer or not found:
            return None
        _, _, sku, sale = max(found, key=lambda candidate: candidate[:3])
        return sale, sku

    def _refund(self, invoice: Invoice, line: Line, sale: Sale, sku: str) -> None:
        body = {"reason": f"Cancellation {invoice.number}", "restock": True,
                "lines": [{"product_id": sale.lines[sku]["product_id"], "quantity": line.quantity}]}
        path = f"/api/v1/orders/{sale.order_id}/refunds"
        refund = self._admin.call("POST", path, body, key=replay_key(invoice, body),
                                  expect=(201, 202)).json()
        self._await_refund(path, refund["id"])
        amount = refund["amount"]["amount"]
        if amount != sale.lines[sku]["unit_price"]["amount"] * line.quantity:
            raise NotAccountedFor(f"refund of {amount} for {line.quantity} x {sku}")
        sale.left[sku] -= line.quantity
        self.outcome.refunded_minor += amount
        differs = "" if amount == line.price_minor * line.quantity else (
            f" (the ledger says £{line.price_minor * line.quantity / 100:.2f})")
        rows = ", ".join(map(str, line.rows))
        self.outcome.refunds.append(f"line {rows}: {invoice.number} gives back {line.quantity} x "
                                    f"{sku}, £{amount / 100:.2f}{differs}")

    def _await_refund(self, path: str, refund_id: str) -> None:
        """A refund asked for before the capture waits for it."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            refunds = self._admin.call("GET", path, expect=(200,)).json()["data"]
            if any(r["id"] == refund_id and r["status"] == "succeeded" for r in refunds):
                return
            time.sleep(0.1)
        raise NotAccountedFor("the refund is still pending")


def replay_key(invoice: Invoice, body: dict) -> str:
    """The same for the same invoice with the same rows, so that a second run changes nothing."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return f"replay-{invoice.number}-{digest[:16]}"


class ProgressBar:
    """One line that moves on a terminal; a line at each tenth elsewhere."""

    WIDTH = 40

    def __init__(self, out=sys.stdout):
        self._out, self._tenths = out, -1

    def __call__(self, done: int, total: int) -> None:
        filled = done * self.WIDTH // max(total, 1)
        text = f"[{'#' * filled}{'.' * (self.WIDTH - filled)}] {done}/{total} invoices"
        if self._out.isatty():
            self._out.write(f"\r{text}" + ("\n" if done == total else ""))
        elif done * 10 // max(total, 1) > self._tenths:
            self._tenths = done * 10 // max(total, 1)
            self._out.write(text + "\n")
        self._out.flush()


def print_summary(ledger: Ledger, outcome: Outcome, seconds: float) -> bool:
    """Returns whether every invoice is accounted for."""
    count = {kind: len(ledger.of_kind(kind)) for kind in
             (SOLD, CANCELLED, ZERO_PRICED, FEES_ONLY, retail_ledger.NOTHING)}
    print("\nleft out, by line:")
    for row in sorted(outcome.left_out, key=lambda row: row.row):
        print(f"  line {row.row}: {row.invoice} {row.code}: {row.reason}")
    print("\nrefunds:")
    for refund in outcome.refunds:
        print(f"  {refund}")
    print(f"\n{len(ledger.invoices)} invoices in {seconds:.0f} s:")
    print(f"  {outcome.confirmed} of {count[SOLD]} sold are confirmed, "
          f"£{outcome.sold_minor / 100:,.2f} to the penny")
    print(f"  {count[CANCELLED]} cancellations: {outcome.refunded_invoices} refunded "
          f"(£{outcome.refunded_minor / 100:,.2f}), "
          f"{count[CANCELLED] - outcome.refunded_invoices} reported")
    print(f"  {count[ZERO_PRICED]} of zero prices only, {count[FEES_ONLY]} of fees only, "
          f"{count[retail_ledger.NOTHING]} with nothing to sell for other reasons")
    for failure in outcome.failures:
        print(f"  NOT ACCOUNTED FOR: {failure}")
    if not outcome.failures:
        print(f"all {len(ledger.invoices)} invoices are accounted for")
    return not outcome.failures


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: ./dev replay FILE.csv")
    try:
        with open(sys.argv[1], newline="", encoding="utf-8-sig") as file:
            ledger = retail_ledger.read_ledger(file)
    except (OSError, UnicodeDecodeError, retail_ledger.LedgerError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    began = time.monotonic()
    outcome = Replay(ledger, installation.load()).run(ProgressBar())
    sys.exit(0 if print_summary(ledger, outcome, time.monotonic() - began) else 1)


if __name__ == "__main__":
    run_program(main)
