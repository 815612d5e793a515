"""The replay of a retail ledger, against a shop that stands in for an installation."""

import io
import json
import re
import sys
import time

import pytest
import replay
import retail_refunds
from replay_outcome import ProgressBar, print_summary, replay_key
from retail_accounts import email_of
from stand_in_shop import Shop, ledger_of, replay_of, row, run


@pytest.fixture
def shop() -> Shop:
    return Shop()


def reasons(outcome) -> list[tuple[int, str]]:
    return [(left.row, left.reason) for left in outcome.left_out]


# Sales.

def test_sold_invoices_are_confirmed_at_their_own_prices_in_file_order(shop):
    outcome = run(shop, row(1, price="1.00"), row(2, price="2.00"), row(3, price="1.00"),
                  row(3, price="3.00"))
    assert outcome.failures == []
    assert [order["total"]["amount"] for order in shop.orders.values()] == [600, 1200, 2400]
    assert (outcome.confirmed, outcome.sold_minor) == (3, 4200)


def test_a_second_run_changes_nothing(shop):
    rows = [row(1), row(2, price="2.00"), row(3, customer=""), row("C4", quantity=-2)]
    first = run(shop, *rows)
    before = shop.state()
    second = run(shop, *rows)
    assert shop.state() == before
    assert second.failures == []
    assert (second.sold_minor, second.refunded_minor, second.confirmed, second.refunds) == (
        first.sold_minor, first.refunded_minor, first.confirmed, first.refunds)
    assert (first.of_earlier_runs, second.of_earlier_runs) == (0, 3)


def test_a_second_run_changes_nothing_when_stored_answers_are_forgotten(shop):
    rows = [row(1), row("C4", quantity=-2)]
    run(shop, *rows)
    before = shop.state()
    shop.stored.clear()
    assert run(shop, *rows).failures == []
    assert shop.state() == before


def test_a_longer_ledger_sells_only_what_is_new(shop):
    run(shop, row(1), row(2, customer="a", price="2.00"))
    outcome = run(shop, row(1), row(2, customer="a", price="2.00"), row(3, customer="a"))
    assert outcome.failures == []
    assert (len(shop.orders), outcome.confirmed, outcome.of_earlier_runs) == (3, 3, 2)


@pytest.mark.parametrize("change, refusal", [
    ({"on_hand": 0}, "out_of_stock"),
    ({"price": {"amount": 7, "currency": "GBP"}}, "price_changed"),
])
def test_what_somebody_else_spoils_is_refused_and_sold_by_the_next_run(shop, change, refusal):
    rows = [row(1), row(2)]
    outcome = replay_of(shop, *rows).run(
        lambda done, _: shop.products["K"].update(change) if done == 1 else None)
    assert outcome.confirmed == 1
    assert len(outcome.failures) == 1 and refusal in outcome.failures[0]
    assert run(shop, *rows).failures == []
    assert [order["status"] for order in shop.orders.values()] == [
        "confirmed", "rejected", "confirmed"]


def test_invoices_and_customers_may_have_names_of_any_letters(shop):
    outcome = run(shop, row("T 10 é", customer="t7 x"), row("T11", customer="t7é"),
                  row("T12", customer="T7"), row("T13", customer="t7"))
    assert outcome.failures == []
    assert len(shop.users) == 5
    assert all(re.fullmatch(r"[a-z0-9@.-]+", email) for email in shop.users)


def test_goods_without_a_visible_name_are_named_by_their_code(shop):
    assert run(shop, row(1, description="\u200b")).failures == []
    assert shop.products["K"]["name"] == "K"


# Cancellations.

def test_two_rows_of_one_cancellation_are_refunded_apart(shop):
    rows = [row(1, quantity=12), row("C2", quantity=-6), row("C2", quantity=-6, price="0.95")]
    for outcome in run(shop, *rows), run(shop, *rows):
        assert outcome.failures == []
        assert outcome.refunded_minor == shop.refunded() == 1200
        assert outcome.refunded_invoices == 1


def test_two_equal_rows_of_one_cancellation_are_refunded_apart(shop):
    outcome = run(shop, row(1, quantity=12), row("C2", quantity=-6), row("C2", quantity=-6))
    assert outcome.failures == []
    assert outcome.refunded_minor == shop.refunded() == 1200


def test_one_cancellation_of_two_sales_refunds_each_at_its_price(shop):
    outcome = run(shop, row(1), row(2, price="0.95"), row("C3", quantity=-6),
                  row("C3", quantity=-6, price="0.95"))
    assert outcome.failures == []
    assert outcome.refunded_minor == shop.refunded() == 600 + 570


def test_a_cancelled_row_is_spread_over_sales_at_its_price_first_and_then_the_latest(shop):
    outcome = run(shop, row(1), row(2, price="2.00"), row(3, price="3.00"), row("C4", quantity=-14))
    assert outcome.failures == []
    assert [line.split("gives back ")[1] for line in outcome.refunds] == [
        "6 x K, £6.00", "6 x K, £18.00 (the ledger says £6.00)",
        "2 x K, £4.00 (the ledger says £2.00)"]
    assert shop.refunded() == outcome.refunded_minor == 2800


def test_a_row_that_cancels_more_than_is_left_is_reported_with_what_is(shop):
    outcome = run(shop, row(1), row(2), row("C3", quantity=-9), row("C4", quantity=-6),
                  row("C5", quantity=-3))
    assert reasons(outcome) == [(5, "cancels 6, but of the 12 sold to this customer earlier only "
                                    "3 are left to give back")]
    assert shop.refunded() == 1200


def test_a_cancellation_without_an_earlier_sale_is_reported(shop):
    outcome = run(shop, row("C1", quantity=-1), row(2), row("C3", quantity=-1, customer="a"),
                  row("C4", quantity=-1, customer=""), row("C5", quantity=-1, code="J"))
    unknown = "cancelled, but no earlier sale of it to this customer is known"
    assert reasons(outcome) == [(2, unknown), (4, unknown),
                                (5, "cancelled, but the customer is unknown"), (6, unknown)]
    assert outcome.failures == []


def test_a_second_price_is_given_back_as_the_code_it_is_of(shop):
    outcome = run(shop, row(1, code="X"), row(1, code="X-2", price="7.00"),
                  row(1, code="X", price="2.00"), row("C2", code="X", price="2.00", quantity=-6),
                  row("C2", code="X", quantity=-6), row("C3", code="X-2", quantity=-1))
    assert outcome.failures == []
    assert [line.split("gives back ")[1].split(",")[0] for line in outcome.refunds] == [
        "6 x X-3", "6 x X", "1 x X-2"]
    assert outcome.refunded_minor == shop.refunded() == 1200 + 600 + 700


def test_pending_refunds_are_found_on_later_pages_of_the_list(shop):
    shop.refund_status, shop.page = "pending", 3
    codes = [f"K{number}" for number in range(8)]
    rows = [row(1, code=code) for code in codes]
    rows += [row("C2", code=code, quantity=-6) for code in codes]
    for outcome in run(shop, *rows), run(shop, *rows):
        assert outcome.failures == []
        assert outcome.refunded_minor == 8 * 600


def test_a_refund_that_fails_leaves_the_other_rows_of_its_invoice(shop, monkeypatch):
    monkeypatch.setattr(retail_refunds, "REFUND_TIMEOUT_S", 0)
    shop.refund_status = "pending"
    outcome = run(shop, row(1), row("C2", quantity=-1), row("C2", code="J", quantity=-1),
                  row("C2", quantity=-2))
    assert outcome.failures == ["invoice C2, line 3: the refund is pending",
                                "invoice C2, line 5: the refund is pending"]
    assert [number for number, _ in reasons(outcome)] == [4]


def test_no_older_sale_is_given_back_in_place_of_one_that_failed(shop):
    rows = [row(1), row(2), row("C3"), row("C3", quantity=-6)]
    broken = replay_of(shop, *rows)
    place = broken._place

    def place_all_but_the_second(invoice):
        if invoice.number == "2":
            raise replay.NotAccountedFor("the order is rejected")
        return place(invoice)

    broken._place = place_all_but_the_second
    assert len(broken.run(lambda *_: None).failures) == 2
    assert shop.refunded() == 0
    assert run(shop, *rows).failures == []
    assert shop.refunded() == 600


# Services that go away.

@pytest.mark.parametrize("path", [
    "/api/v1/users", "/api/v1/sessions", "/api/v1/products/import", "/api/v1/products/p-K",
    "/api/v1/products/by-sku/K", "/api/v1/orders", "/api/v1/orders/[^/]*/refunds"])
@pytest.mark.parametrize("how", ["away", "unheard"])
def test_a_service_that_comes_back_is_missed_by_no_invoice(shop, path, how):
    this = replay_of(shop, row(1), row(2, price="2.00"), row("C3", quantity=-6), row(4))
    getattr(shop, how)[path] = 2
    outcome = this.run(lambda *_: None)
    assert outcome.failures == []
    assert [order["total"]["amount"] for order in shop.orders.values()] == [600, 1200, 600]
    assert shop.refunded() == 600


def test_a_service_that_stays_away_ends_the_run_and_the_next_one_goes_on(shop):
    rows = [*(row(number) for number in range(1, 6)), row("C6", quantity=-99)]
    this = replay_of(shop, *rows, patience_s=0)

    def break_after_two(done, total):
        shop.away = {"/api/v1/orders": 1000} if done == 2 else {}

    outcome = this.run(break_after_two)
    assert (outcome.confirmed, outcome.reported_invoices) == (2, 0)
    assert outcome.failures[0].startswith("invoice 3: POST /api/v1/orders answered 502")
    assert outcome.failures[1].startswith("the 3 invoices after it: given up")
    shop.away = {}
    assert run(shop, *rows).failures == []
    assert len(shop.orders) == 5


def test_orders_without_an_end_fail_alone_but_three_in_a_row_end_the_run(shop, monkeypatch):
    monkeypatch.setattr(replay, "settled_order", lambda buyer, order_id: {
        **shop.orders[order_id], "status": "confirmed" if len(shop.orders) == 2 else "pending"})
    outcome = run(shop, *(row(number) for number in range(1, 9)))
    assert outcome.failures == [
        "invoice 1: the order is pending (None)",
        *(f"invoice {number}: the order is pending (None)" for number in (3, 4)),
        "invoice 5: 3 orders in a row stay pending",
        "the 3 invoices after it: given up, since a service stays away; the same command goes on "
        "from here"]


def test_when_the_catalog_stays_away_no_more_accounts_are_opened(shop):
    this = replay_of(shop, *(row(number, customer=str(number)) for number in range(200)),
                     patience_s=0)
    shop.away = {"/api/v1/products/import": 1000}
    this._accounts._pace = Slow()
    with pytest.raises(replay.ApiError):
        this.run(lambda *_: None)
    at_the_end = len(shop.users)
    time.sleep(0.1)
    assert len(shop.users) <= at_the_end + 1 < 100


class Slow:
    def wait(self):
        time.sleep(0.02)


def test_an_interrupted_run_waits_for_no_account(shop):
    this = replay_of(shop, row(1), row(2, customer="a"))
    this._accounts._pace = Slow()
    this._goods.stock = interrupted
    with pytest.raises(KeyboardInterrupt):
        this.run(lambda *_: None)
    assert this._accounts._closed.is_set()


def interrupted(*_):
    raise KeyboardInterrupt


def test_a_token_that_ran_out_is_replaced_by_signing_in_again(shop):
    this = replay_of(shop, *(row(number) for number in range(1, 4)), row("C4", quantity=-6))
    outcome = this.run(lambda done, total: shop.tokens.clear())
    assert outcome.failures == []
    assert (len(shop.orders), shop.refunded()) == (3, 600)


# What is told.

def test_a_key_is_the_same_for_the_same_and_fits_the_header():
    body = {"lines": [{"product_id": "a", "quantity": 1}]}
    assert replay_key("é", body) == replay_key("é", json.loads(json.dumps(body)))
    assert len({replay_key("é", body), replay_key("e", body), replay_key("é", {}),
                replay_key("é", body, 1)}) == 4
    assert re.fullmatch(r"[!-~]{1,255}", replay_key("é" * 500, body))


def test_every_customer_has_an_address_of_their_own():
    customers = ["", "17850", "t7", "T7", "t7 x", "x" * 300, "walk-in", "é"]
    assert len({email_of(customer) for customer in customers}) == len(customers)
    assert email_of("17850") == "customer-17850@example.com"


def test_progress_is_one_line_for_each_tenth_where_nobody_watches():
    out = io.StringIO()
    bar = ProgressBar(out)
    for done in range(311):
        bar(done, 310)
    lines = out.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[-1].endswith("310/310 invoices")


def test_without_an_output_nothing_is_told_and_nothing_breaks(shop, monkeypatch):
    this = replay_of(shop, row(1))
    monkeypatch.setattr(sys, "stdout", None)
    print_summary(ledger_of(row(1)), this.run(ProgressBar()), 1.0)


def test_the_summary_counts_every_invoice(shop, capsys):
    rows = [row(1), row("C2", quantity=-2), row("C3", quantity=-9), row(4, price="0"),
            row(5, code="POST")]
    print_summary(ledger_of(*rows), run(shop, *rows), 1.0)
    told = capsys.readouterr().out
    assert "1 of 1 sold are confirmed, £6.00 to the penny" in told
    assert "2 cancellations: 1 refunded (£2.00), 1 reported" in told
    assert "1 of zero prices only, 1 of fees only" in told
    assert "line 3: C2 gives back 2 x K, £2.00" in told
    assert "line 4: C3 K: cancels 9" in told
    assert "all 5 invoices are accounted for" in told
