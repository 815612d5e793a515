"""What operators look at: traces, live figures, metrics."""

import re

import scrape
from installation import SERVICES
from named_metrics import named_metrics
from system import await_true

# Counted from the first one on: there is no such metric before.
RARE = {"order_unexpected_answers_total", "payment_unexpected_answers_total"}


def trace(system, order_id: str, until: str) -> str:
    """What ./dev trace prints once `until` stands in it: some lines are written a moment later."""
    def printed():
        done = system.dev("trace", order_id)
        return done.stdout if done.returncode == 0 and until in done.stdout else None
    return await_true(printed, 15, f"the trace of {order_id} names {until}")


def test_an_order_is_one_trace_through_all_processes(system, buyer):
    order = system.place(buyer, system.order_body(system.product()), wait_s=10).json()
    trace(system, order["id"], "event payment.captured")
    printed = trace(system, order["id"], "gateway  POST /api/v1/orders")  # it writes once a second
    assert printed.count("trace ") == 1 and re.match(r"trace [0-9a-f]{32}\n", printed)
    for line in ("gateway  POST /api/v1/orders  201", "order  POST /api/v1/orders  201",
                 "user  GET /internal/v1/users/{id}  200",
                 "catalog  POST /internal/v1/reservations  201",
                 "payment  POST /internal/v1/payments  20", "psp-sandbox  POST /v1/payment_intents",
                 f"order {order['id']} pending → confirmed", "event order.confirmed"):
        assert line in printed, f"{line}\n{printed}"


def test_a_failing_provider_is_found_by_name(system, buyer):
    body = system.order_body(system.product(), method="pm_fault_timeout")
    order = system.place(buyer, body, wait_s=10).json()
    printed = trace(system, order["id"], "no answer from a neighbour")
    assert "peer: provider" in printed


def test_what_an_order_asked_of_databases_and_neighbours_is_in_its_trace(system, buyer):
    order = system.place(buyer, system.order_body(system.product()), wait_s=10).json()
    printed = trace(system, order["id"], "order  saga capture")
    for line in ("order  sql begin_checkouts", "order  step reserve_stock",
                 "catalog  sql ", "order  POST catalog", "payment  POST provider",
                 "order  step capture_payment"):
        assert line in printed, f"{line}\n{printed}"
    step, call, asked = (re.search(rf"^ *[\d.]+  [ █▏]{{32}}  ( *){line}", printed, re.M)[1]
                         for line in ("order  step reserve_stock", "order  POST catalog",
                                      "catalog  POST /internal/v1/reservations  201"))
    assert len(step) < len(call) < len(asked), printed


def test_what_is_not_known_has_no_trace(system):
    done = system.dev("trace", "00000000000000000000000000000001")
    assert done.returncode == 1
    assert "nothing is known" in done.stdout


def test_top_shows_every_service(system):
    done = system.dev("top", "--once", "--every", "0.5")
    assert done.returncode == 0, done.stdout
    for name in SERVICES:
        assert re.search(rf"^{name} +\d", done.stdout, re.M), done.stdout
    assert "owed to orders" in done.stdout


def test_every_metric_of_rules_and_dashboards_is_exported(system, buyer):
    assert system.place(buyer, system.order_body(system.product()), wait_s=10).status == 201

    def missing():
        exported = {re.sub(r"_(bucket|sum|count)$", "", sample.name) for name in SERVICES
                    for sample in scrape.scrape(system.env[f"{name.upper()}_URL"])}
        return named_metrics() - exported - RARE
    await_true(lambda: not missing(), 30, "all metrics are exported")
