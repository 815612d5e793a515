"""What a replay came to: counted, and told."""

import hashlib
import json
import sys
from dataclasses import dataclass, field

from retail_ledger import (
    CANCELLED, FEES_ONLY, NOTHING, SOLD, ZERO_PRICED, Invoice, Ledger, LeftOut, Line)


class NotAccountedFor(Exception):
    """Why an invoice did not end as it should."""


def replay_key(*what) -> str:
    """The same for the same writing of the same thing, so that a second run changes nothing."""
    return "replay-" + hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]


@dataclass
class Outcome:
    left_out: list[LeftOut]
    sold_minor: int = 0
    confirmed: int = 0
    of_earlier_runs: int = 0
    refunds: list[str] = field(default_factory=list)
    refunded_invoices: int = 0  # of which at least one row was
    reported_invoices: int = 0
    refunded_minor: int = 0
    failures: list[str] = field(default_factory=list)

    def count_sale(self, order: dict, earlier_run: bool) -> None:
        self.confirmed += 1
        self.of_earlier_runs += earlier_run
        self.sold_minor += order["total"]["amount"]

    def count_refund(self, invoice: Invoice, line: Line, sku: str, quantity: int,
                     amount: int) -> None:
        self.refunded_minor += amount
        told = line.price_minor * quantity
        differs = "" if amount == told else f" (the ledger says £{told / 100:.2f})"
        self.refunds.append(f"line {line.rows[0]}: {invoice.number} gives back {quantity} x {sku}, "
                            f"£{amount / 100:.2f}{differs}")


class ProgressBar:
    """One line that moves on a terminal; a line at each tenth elsewhere."""

    WIDTH = 40

    def __init__(self, out=None):
        self._out = out or sys.stdout  # none at all where it was closed
        self._tenths = -1

    def __call__(self, done: int, total: int) -> None:
        if self._out is None:
            return
        filled = done * self.WIDTH // max(total, 1)
        text = f"[{'#' * filled}{'.' * (self.WIDTH - filled)}] {done}/{total} invoices"
        if self._out.isatty():
            self._out.write(f"\r{text}" + ("\n" if done == total else ""))
        elif done * 10 // max(total, 1) > self._tenths:
            self._tenths = done * 10 // max(total, 1)
            self._out.write(text + "\n")
        self._out.flush()


def print_summary(ledger: Ledger, outcome: Outcome, seconds: float) -> None:
    print("\nleft out, by line:")
    for row in sorted(outcome.left_out, key=lambda row: row.row):
        print(f"  line {row.row}: {row.invoice} {row.code}: {row.reason}")
    print("\nrefunds:")
    for refund in outcome.refunds:
        print(f"  {refund}")
    print(f"\n{len(ledger.invoices)} invoices in {seconds:.0f} s:")
    print_counts(ledger, outcome)
    for failure in outcome.failures:
        print(f"  NOT ACCOUNTED FOR: {failure}")
    if not outcome.failures:
        print(f"all {len(ledger.invoices)} invoices are accounted for")


def print_counts(ledger: Ledger, outcome: Outcome) -> None:
    count = {kind: len(ledger.of_kind(kind)) for kind in
             (SOLD, CANCELLED, ZERO_PRICED, FEES_ONLY, NOTHING)}
    print(f"  {outcome.confirmed} of {count[SOLD]} sold are confirmed, "
          f"£{outcome.sold_minor / 100:,.2f} to the penny")
    if outcome.of_earlier_runs:
        print(f"  {outcome.of_earlier_runs} of them were there from an earlier run")
    print(f"  {count[CANCELLED]} cancellations: {outcome.refunded_invoices} refunded "
          f"(£{outcome.refunded_minor / 100:,.2f}), "
          f"{outcome.reported_invoices} reported")
    print(f"  {count[ZERO_PRICED]} of zero prices only, {count[FEES_ONLY]} of fees only, "
          f"{count[NOTHING]} with nothing to sell for other reasons")
