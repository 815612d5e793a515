"""What a retail ledger's rows become."""

import pathlib

import pytest
import retail_ledger
from retail_ledger import CANCELLED, FEES_ONLY, NOTHING, SOLD, ZERO_PRICED

HEADER = ("invoice_no,stock_code,description,quantity,invoice_date,unit_price_gbp,"
          "customer_id,country")


def ledger_of(*rows: str) -> retail_ledger.Ledger:
    return retail_ledger.read_ledger([HEADER, *rows])


def row(invoice="536365", code="85123A", quantity="6", price="2.55", customer="17850",
        description="HEART", country="United Kingdom") -> str:
    return (f"{invoice},{code},{description},{quantity},2010-12-01T08:26:00Z,{price},"
            f"{customer},{country}")


def test_rows_of_one_code_and_price_make_one_line():
    invoice, = ledger_of(row(quantity="6"), row(quantity="2")).invoices
    line, = invoice.lines
    assert (line.sku, line.quantity, line.rows) == ("85123A", 8, [2, 3])
    assert invoice.total_minor == 8 * 255


def test_a_second_price_in_one_invoice_gets_a_sku_of_its_own():
    invoice, = ledger_of(row(price="2.55"), row(price="5.1"), row(price="2.55")).invoices
    assert [(line.sku, line.price_minor, line.quantity) for line in invoice.lines] == [
        ("85123A", 255, 12), ("85123A-2", 510, 6)]


def test_a_second_price_passes_over_what_is_a_code_of_its_own():
    rows = (row(code="X", price="1"), row(code="X", price="2"), row(code="X", price="3"),
            row(invoice="536366", code="X-2", price="4"))
    assert [line.sku for line in ledger_of(*rows).invoices[0].lines] == ["X", "X-3", "X-4"]


def test_each_row_of_a_cancellation_is_a_line():
    cancelled = row(invoice="C1", quantity="-6")
    invoice, = ledger_of(cancelled, cancelled).invoices
    assert [(line.quantity, line.rows) for line in invoice.lines] == [(6, [2]), (6, [3])]


def test_a_fee_beside_goods_is_left_out_with_its_line_and_reason():
    ledger = ledger_of(row(), row(code="POST", price="18"))
    assert ledger.invoices[0].kind == SOLD
    assert [(o.row, o.code, o.reason) for o in ledger.left_out] == [(3, "POST", "fee: postage")]


@pytest.mark.parametrize("rows, kind", [
    ([row()], SOLD),
    ([row(invoice="C536379", quantity="-1")], CANCELLED),
    ([row(price="0")], ZERO_PRICED),
    ([row(price="0", quantity="-10")], ZERO_PRICED),
    ([row(code="BANK CHARGES", price="15")], FEES_ONLY),
    ([row(code="POST", price="18"), row(price="0")], FEES_ONLY),
    ([row(quantity="many")], NOTHING),
])
def test_every_invoice_is_of_one_kind(rows, kind):
    assert [invoice.kind for invoice in ledger_of(*rows).invoices] == [kind]


@pytest.mark.parametrize("bad", [
    *(row(price=price) for price in (
        "1.005", "NaN", "Infinity", "-3", "", ".", "-", "1_0", "1e400", "1e999999", "9" * 40,
        "1.00000000000000000000000000000000001")),
    *(row(quantity=quantity) for quantity in (
        "1.5", "-2", "0", "99999999999999999999", "10001")),
    row(code="A/B"), row(code="."), row(code=".."), row(code="x" * 70), row(invoice="5" * 300),
    row(invoice="536366", customer="1" * 101),
    "536365,85123A,too few cells",
])
def test_a_row_that_cannot_be_sold_is_left_out_and_harms_no_other(bad):
    ledger = ledger_of(row(), bad)
    assert [outcome.row for outcome in ledger.left_out] == [3]
    assert ledger.invoices[0].total_minor == 6 * 255


def test_quantities_merge_only_up_to_what_an_order_takes():
    ledger = ledger_of(row(quantity="9000"), row(quantity="2000"))
    assert ledger.invoices[0].lines[0].quantity == 9000
    assert "more than 10000" in ledger.left_out[0].reason


def test_an_invoice_takes_no_more_than_a_total_that_an_order_may_have():
    dear = {"price": "9999999999.99", "quantity": "9000"}
    ledger = ledger_of(row(**dear), row(code="J", **dear))
    assert [line.code for line in ledger.invoices[0].lines] == ["85123A"]
    assert ledger.left_out[0].reason == "the invoice's total is more than £90,071,992,547,409.91"


def test_a_description_of_nothing_visible_is_no_name():
    assert ledger_of(row(description="\u200b"), row(description="HEART")).names == {
        "85123A": "HEART"}


def test_names_are_the_first_description_that_is_not_empty():
    ledger = ledger_of(row(description=""), row(description="  Cafe\u0301 tin "),
                       row(description="X"))
    assert ledger.names == {"85123A": "Caf\u00e9 tin"}


def test_another_file_is_refused():
    with pytest.raises(retail_ledger.LedgerError):
        retail_ledger.read_ledger(["a,b,c", "1,2,3"])
    with pytest.raises(retail_ledger.LedgerError):
        retail_ledger.read_ledger([])


@pytest.mark.parametrize("header", [
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
    "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
])
def test_the_data_set_is_read_as_its_own_editions_write_it(tmp_path, header):
    path = tmp_path / "ledger.csv"
    path.write_bytes(f"{header}\r\n536365,22086,\xa35 NOTE,6,12/1/2010 8:26,2.55,17850.0,EIRE\r\n"
                     .encode("cp1252"))
    ledger = retail_ledger.read_ledger_file(path)
    invoice, = ledger.of_kind(SOLD)
    assert (invoice.customer, invoice.total_minor, invoice.country) == ("17850", 1530, "EIRE")
    assert ledger.names == {"22086": "\xa35 NOTE"}


def test_a_mark_of_utf_8_is_no_part_of_the_header(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text(f"{HEADER}\n{row(description='PIÑATA')}\n", encoding="utf-8-sig")
    assert retail_ledger.read_ledger_file(path).names == {"85123A": "PIÑATA"}


def test_columns_may_stand_in_any_order():
    names = HEADER.split(",")[::-1]
    ledger = retail_ledger.read_ledger([",".join(names), ",".join(row().split(",")[::-1])])
    assert ledger.invoices[0].total_minor == 6 * 255


def test_what_a_quotation_mark_too_many_swallows_is_left_out_line_by_line():
    ledger = ledger_of(row(), row(description='"HEART'), row(description='"TIN"'), row(code="J"))
    assert [left_out.row for left_out in ledger.left_out] == [3, 4]
    assert [line.code for line in ledger.invoices[0].lines] == ["85123A", "J"]


@pytest.mark.parametrize("size", [10, 200_000])
def test_a_quotation_mark_that_is_never_closed_harms_no_row_before_it(size):
    ledger = ledger_of(row(), row(description='"' + "x" * size), row(code="J"))
    assert [left_out.row for left_out in ledger.left_out][0] == 3
    assert ledger.invoices[0].lines[0].rows == [2]


def test_a_description_may_have_quotation_marks_and_line_breaks_within():
    ledger = ledger_of(row(description='SET 3" TINS'), '536365,J,"TWO\n', 'LINES ""A""",1,,1,,')
    assert (ledger.names, ledger.left_out) == ({"85123A": 'SET 3" TINS', "J": 'TWO LINES "A"'}, [])
    assert ledger.invoices[0].lines[1].rows == [4]


RETAIL_DATA = pathlib.Path(__file__).parents[3].parent / "shared/data/online_retail_2010-12.csv"


@pytest.mark.skipif(not RETAIL_DATA.exists(), reason=f"{RETAIL_DATA} is not there")
def test_the_real_ledger_is_understood_whole():
    ledger = retail_ledger.read_ledger_file(RETAIL_DATA)
    kinds = {kind: len(ledger.of_kind(kind))
             for kind in (SOLD, CANCELLED, ZERO_PRICED, FEES_ONLY, NOTHING)}
    assert kinds == {SOLD: 268, CANCELLED: 29, ZERO_PRICED: 12, FEES_ONLY: 1, NOTHING: 0}
    fees = {outcome.invoice for outcome in ledger.left_out if outcome.reason.startswith("fee")}
    sold = {invoice.number for invoice in ledger.of_kind(SOLD)}
    assert len(fees & sold) == 8
    doubled = {invoice.number for invoice in ledger.invoices
               if any(line.sku != line.code for line in invoice.lines)}
    assert doubled == {"536544", "536592"}
    rows = sum(len(line.rows) for invoice in ledger.invoices for line in invoice.lines)
    assert rows + len(ledger.left_out) == 5217
