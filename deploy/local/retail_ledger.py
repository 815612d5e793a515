"""Reads a retail ledger as sales and cancellations.

Its columns are those of the UCI "Online Retail" data set. Every row ends either in exactly one line
of a sale or a cancellation, or among the rows left out, with the reason; every invoice is of
exactly one kind.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

COLUMNS = ["invoice_no", "stock_code", "description", "quantity", "invoice_date", "unit_price_gbp",
           "customer_id", "country"]

# Codes in the ledger that are no goods, and what they stand for.
FEES = {
    "POST": "postage", "DOT": "postage", "C2": "carriage", "D": "discount", "M": "manual entry",
    "m": "manual entry", "S": "samples", "B": "bad debt", "CRUK": "commission",
    "BANK CHARGES": "bank charges", "AMAZONFEE": "marketplace fee", "PADS": "test entry",
}
SKU = re.compile(r"[A-Za-z0-9._-](?:[A-Za-z0-9._ -]{0,60}[A-Za-z0-9._-])?")
MOST_QUANTITY = 10_000
MOST_LINES = 1_000
MOST_PRICE_MINOR = 10**12

SOLD, CANCELLED, ZERO_PRICED, FEES_ONLY, NOTHING = (
    "sold", "cancelled", "zero prices only", "fees only", "nothing to sell")


@dataclass
class Line:
    """Goods at one price within one invoice; several rows of one code and price make one line."""

    sku: str
    code: str
    price_minor: int
    quantity: int
    rows: list[int]


@dataclass
class Invoice:
    number: str
    customer: str  # empty: unknown
    country: str
    kind: str = NOTHING
    lines: list[Line] = field(default_factory=list)

    @property
    def total_minor(self) -> int:
        return sum(line.price_minor * line.quantity for line in self.lines)


@dataclass(frozen=True)
class LeftOut:
    row: int  # line in the file, the header being line 1
    invoice: str
    code: str
    reason: str


@dataclass
class Ledger:
    invoices: list[Invoice]  # in file order
    left_out: list[LeftOut]
    names: dict[str, str]  # by stock code: the first description that is not empty

    def of_kind(self, kind: str) -> list[Invoice]:
        return [invoice for invoice in self.invoices if invoice.kind == kind]


class LedgerError(Exception):
    """The file is no such ledger at all."""


def minor_units(text: str) -> int | None:
    """Pounds as pence; None when it is no whole number of pence."""
    try:
        pence = Decimal(text) * 100
        return int(pence) if pence == pence.to_integral_value() else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


def whole_number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,12}", text) else None


def reason_to_leave_out(row: dict[str, str], cancels: bool) -> str | None:
    """Why a row can be no line of an order or a refund, if so."""
    price, quantity = minor_units(row["unit_price_gbp"]), whole_number(row["quantity"])
    if row["stock_code"] in FEES:
        return f"fee: {FEES[row['stock_code']]}"
    if price is None:
        return f"price {row['unit_price_gbp']!r} is no whole number of pence"
    if quantity is None:
        return f"quantity {row['quantity']!r} is no whole number"
    if price == 0:
        return "zero price"
    if not 0 < price <= MOST_PRICE_MINOR:
        return f"price {row['unit_price_gbp']} cannot be asked"
    if cancels and quantity >= 0:
        return f"quantity {quantity} in a cancellation"
    if not cancels and quantity <= 0:
        return f"quantity {quantity} in a sale"
    if abs(quantity) > MOST_QUANTITY and not cancels:
        return f"quantity {quantity} is more than {MOST_QUANTITY}"
    # Room is left for the ending of a second price.
    if not SKU.fullmatch(row["stock_code"]):
        return f"stock code {row['stock_code']!r} cannot be a SKU"
    return None


def add_row(invoice: Invoice, row: dict[str, str], row_number: int) -> str | None:
    """Puts a sellable row into its line; a code's second price gets the SKU CODE-2, and so on."""
    code, price = row["stock_code"], minor_units(row["unit_price_gbp"])
    quantity = abs(int(row["quantity"]))
    same_code = [line for line in invoice.lines if line.code == code]
    line = next((line for line in same_code if line.price_minor == price), None)
    if line is None:
        if len(invoice.lines) == MOST_LINES:
            return f"the invoice has more than {MOST_LINES} lines"
        sku = code if not same_code else f"{code}-{len(same_code) + 1}"
        line = Line(sku, code, price, 0, [])
        invoice.lines.append(line)
    elif line.quantity + quantity > MOST_QUANTITY and invoice.kind != CANCELLED:
        return f"quantity of the line is more than {MOST_QUANTITY}"
    line.quantity += quantity
    line.rows.append(row_number)
    return None


def clean_text(text: str) -> str:
    """As the catalog takes it: NFC, no control characters, at most 200 characters."""
    text = unicodedata.normalize("NFC", text)
    return "".join(c if c.isprintable() else " " for c in text).strip()[:200]


def read_rows(lines: Iterable[str]) -> list[tuple[int, dict[str, str] | None]]:
    reader = csv.reader(lines)
    header = next(reader, None)
    if header is None or [name.strip() for name in header] != COLUMNS:
        raise LedgerError(f"the first line must name the columns {','.join(COLUMNS)}")
    rows = []
    for cells in reader:
        fits = len(cells) == len(COLUMNS)
        if cells:
            rows.append((reader.line_num,
                         dict(zip(COLUMNS, map(str.strip, cells))) if fits else None))
    return rows


def kind_of(rows: list[dict[str, str]], invoice: Invoice) -> str:
    if invoice.number.startswith("C"):
        return CANCELLED
    if invoice.lines:
        return SOLD
    if all(minor_units(row["unit_price_gbp"]) == 0 for row in rows):
        return ZERO_PRICED
    if all(row["stock_code"] in FEES or minor_units(row["unit_price_gbp"]) == 0 for row in rows):
        return FEES_ONLY
    return NOTHING


def read_ledger(lines: Iterable[str]) -> Ledger:
    """Raises LedgerError when the columns are others; a bad row is only left out."""
    ledger = Ledger([], [], {})
    invoices: dict[str, Invoice] = {}
    rows_of: dict[str, list[dict[str, str]]] = {}
    for number, row in read_rows(lines):
        if row is None or not row["invoice_no"]:
            ledger.left_out.append(LeftOut(number, "", "", "the row is not readable"))
            continue
        name = row["invoice_no"]
        if name not in invoices:
            invoices[name] = Invoice(name, row["customer_id"], row["country"],
                                     CANCELLED if name.startswith("C") else SOLD)
            ledger.invoices.append(invoices[name])
        invoice = invoices[name]
        rows_of.setdefault(name, []).append(row)
        reason = (reason_to_leave_out(row, invoice.kind == CANCELLED)
                  or add_row(invoice, row, number))
        if reason:
            ledger.left_out.append(LeftOut(number, name, row["stock_code"], reason))
        elif row["description"] and row["stock_code"] not in ledger.names:
            ledger.names[row["stock_code"]] = clean_text(row["description"])
    for name, invoice in invoices.items():
        invoice.kind = kind_of(rows_of[name], invoice)
    return ledger
