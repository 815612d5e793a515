"""Reads a retail ledger (UCI's "Online Retail") and sorts its rows.

Rows of one code and price within an invoice make one line; whatever cannot be sold is left out with
its line in the file and the reason, so that every row is accounted for. Each invoice ends up of
exactly one kind.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

COLUMNS = ["invoice_no", "stock_code", "description", "quantity", "invoice_date", "unit_price_gbp",
           "customer_id", "country"]
# The same columns as the data set's own two editions spell them, in letters alone.
SPELLINGS = {"invoice": "invoice_no", "unitprice": "unit_price_gbp", "price": "unit_price_gbp",
             **{name.replace("_", ""): name for name in COLUMNS}}

# Codes in the ledger that are no goods, and what they stand for.
FEES = {
    "POST": "postage", "DOT": "postage", "C2": "carriage", "D": "discount", "M": "manual entry",
    "m": "manual entry", "S": "samples", "B": "bad debt", "CRUK": "commission",
    "BANK CHARGES": "bank charges", "AMAZONFEE": "marketplace fee", "PADS": "test entry",
}
# Room is left for the ending of a second price; "." and ".." are no names in a path.
SKU = re.compile(r"(?!\.\.?\Z)[A-Za-z0-9._-](?:[A-Za-z0-9._ -]{0,60}[A-Za-z0-9._-])?")
PRICE = re.compile(r"[+-]?[0-9]{0,15}(?:\.[0-9]{0,10})?")
MOST_QUANTITY = 10_000
MOST_LINES = 1_000
MOST_PRICE_MINOR = 10**12
MOST_TOTAL_MINOR = 2**53 - 1
LONGEST_NAME = 100  # of an invoice or a customer

SOLD, CANCELLED, ZERO_PRICED, FEES_ONLY, NOTHING = (
    "sold", "cancelled", "zero prices only", "fees only", "nothing to sell")


@dataclass
class Line:
    """Goods at one price within one invoice: all rows of a code and price of a sale, or one row of
    a cancellation."""

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
    if not PRICE.fullmatch(text):
        return None
    try:
        pence = Decimal(text) * 100
    except InvalidOperation:  # not one digit
        return None
    return int(pence) if pence == pence.to_integral_value() else None


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
    if not SKU.fullmatch(row["stock_code"]):
        return f"stock code {row['stock_code']!r} cannot be a SKU"
    if max(len(row["invoice_no"]), len(row["customer_id"])) > LONGEST_NAME:
        return f"the invoice's or the customer's number has more than {LONGEST_NAME} characters"
    return None


def add_sold_row(invoice: Invoice, row: dict[str, str], row_number: int,
                 codes: set[str]) -> str | None:
    """Puts a row into its line, or says why an order has no room for it."""
    code, price, quantity = row["stock_code"], minor_units(row["unit_price_gbp"]), int(
        row["quantity"])
    same_code = [line for line in invoice.lines if line.code == code]
    line = next((line for line in same_code if line.price_minor == price), None)
    if line is None and len(invoice.lines) == MOST_LINES:
        return f"the invoice has more than {MOST_LINES} lines"
    if line is not None and line.quantity + quantity > MOST_QUANTITY:
        return f"quantity of the line is more than {MOST_QUANTITY}"
    if invoice.total_minor + price * quantity > MOST_TOTAL_MINOR:
        return f"the invoice's total is more than £{MOST_TOTAL_MINOR / 100:,.2f}"
    if line is None:
        line = Line(sku_of_next_price(code, same_code, codes), code, price, 0, [])
        invoice.lines.append(line)
    line.quantity += quantity
    line.rows.append(row_number)
    return None


def sku_of_next_price(code: str, same_code: list[Line], codes: set[str]) -> str:
    """A code's second price within an invoice gets the SKU CODE-2, and so on; what is a code of
    its own in the ledger is passed over."""
    if not same_code:
        return code
    taken = codes | {line.sku for line in same_code}
    number = 2
    while f"{code}-{number}" in taken:
        number += 1
    return f"{code}-{number}"


def add_cancelled_row(invoice: Invoice, row: dict[str, str], row_number: int) -> None:
    code = row["stock_code"]
    invoice.lines.append(Line(code, code, minor_units(row["unit_price_gbp"]),
                              -int(row["quantity"]), [row_number]))


def clean_text(text: str) -> str:
    """As the services take it: NFC, no control characters, at most 200 characters."""
    text = unicodedata.normalize("NFC", text)
    return "".join(c if c.isprintable() else " " for c in text).strip()[:200].strip()


def columns_of(header: list[str] | None) -> list[str]:
    """The header's names as this module spells them."""
    letters = ["".join(filter(str.isalpha, name)).lower() for name in header or []]
    names = [SPELLINGS.get(name, "") for name in letters]
    if sorted(names) != sorted(COLUMNS):
        raise LedgerError(f"the first line must name the columns {','.join(COLUMNS)}")
    return names


def read_rows(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Each row with the number of its last line; for one that is not readable each of its lines,
    with None: a quotation mark too many may have swallowed rows."""
    reader = csv.reader(lines, strict=True)
    columns = columns_of(readable(reader))
    while True:
        first = reader.line_num + 1
        cells = readable(reader)
        if reader.line_num < first:
            return
        if cells and len(cells) == len(columns):
            yield reader.line_num, dict(zip(columns, map(str.strip, cells)))
        elif cells != []:
            yield from ((number, None) for number in range(first, reader.line_num + 1))


def readable(reader) -> list[str] | None:
    """The next row's cells, none for an empty line; None when it is no CSV, or at the end."""
    try:
        return next(reader, None)
    except csv.Error:
        return None


def with_names_cleaned(row: dict[str, str]) -> dict[str, str]:
    """Spreadsheets write a customer's number as 17850.0."""
    customer = clean_text(row["customer_id"])
    if re.fullmatch(r"[0-9]+\.0", customer):
        customer = customer.removesuffix(".0")
    return {**row, "invoice_no": clean_text(row["invoice_no"]), "customer_id": customer,
            "country": clean_text(row["country"])}


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


class Sorter:
    """Puts row after row into its invoice, or among those that are left out."""

    def __init__(self, codes: set[str]):
        self.ledger = Ledger([], [], {})
        self._codes = codes
        self._invoices: dict[str, Invoice] = {}
        self._rows_of: dict[str, list[dict[str, str]]] = {}

    def add(self, number: int, row: dict[str, str] | None) -> None:
        if row is None or not row["invoice_no"]:
            self.ledger.left_out.append(LeftOut(number, "", "", "the row is not readable"))
            return
        invoice = self._invoice_of(row)
        cancels = invoice.number.startswith("C")
        reason = reason_to_leave_out(row, cancels)
        if not reason and cancels:
            add_cancelled_row(invoice, row, number)
        elif not reason:
            reason = add_sold_row(invoice, row, number, self._codes)
        if reason:
            left_out = LeftOut(number, invoice.number, row["stock_code"], reason)
            self.ledger.left_out.append(left_out)
        elif name := clean_text(row["description"]):
            self.ledger.names.setdefault(row["stock_code"], name)

    def finish(self) -> Ledger:
        for invoice in self.ledger.invoices:
            invoice.kind = kind_of(self._rows_of[invoice.number], invoice)
        return self.ledger

    def _invoice_of(self, row: dict[str, str]) -> Invoice:
        name = row["invoice_no"]
        if name not in self._invoices:
            self._invoices[name] = Invoice(name, row["customer_id"], row["country"])
            self.ledger.invoices.append(self._invoices[name])
        self._rows_of.setdefault(name, []).append(row)
        return self._invoices[name]


def read_ledger(lines: Iterable[str]) -> Ledger:
    """Raises LedgerError when the columns are others; a bad row is only left out."""
    rows = [(number, row and with_names_cleaned(row)) for number, row in read_rows(lines)]
    sorter = Sorter({row["stock_code"] for _, row in rows if row})
    for number, row in rows:
        sorter.add(number, row)
    return sorter.finish()


def read_ledger_file(path: str) -> Ledger:
    """UTF-8, or else Windows-1252, as the data set's own files are."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return read_ledger(io.StringIO(text, newline=""))
