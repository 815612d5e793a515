"""Each promise that an answer makes is held against the order at rest."""

import pytest
from promises import Charge, Rest, Said, broken_promises

CHARGED = Charge("pi_1", "succeeded", 300, 0)


def said(status, path="/api/v1/orders", **changes):
    return Said(**{"client": 0, "method": "POST", "path": path, "key": "k1", "sent": b"{}",
                   "status": status, "body": b"{}", "order_id": "o1", **changes})


def rest(status="confirmed", charges=(CHARGED,), **changes):
    return Rest(**{"status": status, "total": 300, "refunded": 0, "charges": list(charges),
                   **changes})


def broken(found, *answers):
    return [line.split()[0] for line in broken_promises(answers, {"o1": found} if found else {})]


def test_a_confirmed_order_stays_sold():
    assert broken(rest(), said(201)) == []
    assert broken(rest("delivered"), said(201)) == []
    assert broken(rest("rejected", [], reject_reason="out_of_stock"), said(201)) == ["I6"]


def test_an_order_that_was_acknowledged_is_there():
    assert broken(None, said(202)) == ["I4"]
    assert broken(None, said(402)) == ["I4"]


def test_a_pending_order_settles():
    assert broken(rest(), said(202)) == []
    assert broken(rest("rejected", [], reject_reason="payment_declined"), said(202)) == []
    assert broken(rest("pending", []), said(202)) == ["I5"]


def test_a_refused_order_stays_refused():
    assert broken(rest("rejected", [], reject_reason="payment_declined"), said(402)) == []
    assert broken(rest("rejected", [], reject_reason="out_of_stock"), said(402)) == ["I6"]
    assert broken(rest(), said(409)) == ["I6"]


def test_only_a_cancel_or_a_refused_capture_undoes_a_confirmed_order():
    gone = rest("cancelled", [])
    assert broken(gone, said(201), said(202, "/api/v1/orders/o1/cancel")) == []
    assert broken(gone, said(201)) == ["I6"]
    assert broken(rest("cancelled", [], reject_reason="capture_failed"), said(201)) == []
    assert broken_promises([said(201)], {"o1": gone}, {"/api/v1/orders/o1/cancel"}) == []


@pytest.mark.parametrize("act, kept, not_kept", [
    ("cancel", ["cancelled"], ["confirmed", "shipped"]),
    ("ship", ["shipped", "delivered"], ["confirmed"]),
    ("deliver", ["delivered"], ["shipped"]),
])
def test_what_was_done_stays_done(act, kept, not_kept):
    for status in kept:
        charges = [] if status == "cancelled" else [CHARGED]
        assert broken(rest(status, charges), said(200, f"/api/v1/orders/o1/{act}")) == []
    for status in not_kept:
        assert broken(rest(status), said(200, f"/api/v1/orders/o1/{act}")) == ["I6"]


def test_a_double_charge_at_the_provider_is_named():
    second = Charge("pi_2", "requires_capture", 0, 0)
    assert broken(rest(charges=[CHARGED, second])) == ["I2"]
    assert broken(rest(charges=[CHARGED, Charge("pi_2", "canceled", 0, 0)])) == []


def test_money_that_does_not_fit_the_order_is_named():
    assert broken(rest(charges=[])) == ["I6"]
    assert broken(rest(charges=[Charge("pi_1", "succeeded", 200, 0)])) == ["I6"]
    assert broken(rest(refunded=100)) == ["I2"]
    assert broken(rest("rejected", reject_reason="out_of_stock")) == ["I6"]
    assert broken(rest("cancelled", [Charge("pi_1", "succeeded", 300, 300)])) == []


def test_only_stored_answers_come_again():
    assert said(201).repeatable
    assert said(409, code="out_of_stock").repeatable
    assert not said(409, code="request_in_progress").repeatable
    assert not said(201, key=None).repeatable
    assert not said(503).repeatable
