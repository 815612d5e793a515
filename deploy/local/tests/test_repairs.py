"""What is done to a database that was set back, by what its neighbours know."""

from dataclasses import replace

from repairs import (
    AskProvider, CancelAgain, Dispute, Hold, Intent, Line, LookAtDispute, Order, Payment, Recreate,
    RecreatePayment, RecreateRefund, Refund, ReleaseAgain, RememberRefund, RememberUndo,
    RestockAgain, SellAgain, Unrepairable, catalog_steps, differs, dispute_steps, order_steps,
    payment_steps)

LINES = (Line("p1", 0, 3, "SKU", "Thing", 100),)
REFUND = Refund("r1", 100, "broken", (("p1", 1),))
ORDER = Order("o1", "u1", "confirmed", 300, "GBP", "pay1", "captured", lines=LINES)
PAYMENT = Payment("pay1", "o1", "u1", 300, "GBP", "captured", captured=300, intent="pi_1")
HOLD = Hold("o1", "committed", LINES)
INTENT = Intent("pi_1", "o1", "succeeded", 300, "pm_card_visa")
LOST = Dispute("dp_1", "pi_1", "lost")


def lost(payment=PAYMENT, hold=HOLD):
    """The steps when the order is gone."""
    return order_steps({}, [payment], {hold.order_id: hold} if hold else {})


def kept(order=ORDER, payment=PAYMENT, hold=HOLD):
    return order_steps({order.id: order}, [payment], {hold.order_id: hold})


def by_provider(order=ORDER, payment=PAYMENT, *intents):
    return payment_steps({order.id: order}, {payment.order_id: payment} if payment else {},
                         {order.id: list(intents)})


def test_a_sold_order_is_written_down_as_sold():
    assert lost() == [Recreate("o1", "confirmed", PAYMENT, LINES)]
    authorized = replace(PAYMENT, status="authorized")
    assert lost(authorized) == [Recreate("o1", "confirmed", authorized, LINES)]


def test_an_order_that_was_not_sold_is_undone():
    for payment, hold in ((replace(PAYMENT, status="authorized"), replace(HOLD, status="held")),
                          (replace(PAYMENT, status="voided"), replace(HOLD, status="released")),
                          (replace(PAYMENT, status="refunded", void_requested=True), HOLD),
                          (PAYMENT, replace(HOLD, status="released"))):
        assert [step.becomes for step in lost(payment, hold)] == ["cancelling"]


def test_a_declined_order_stays_rejected():
    declined = replace(PAYMENT, status="declined")
    assert [step.becomes for step in lost(declined)] == ["rejected"]


def test_without_its_lines_no_order_is_invented():
    assert isinstance(*lost(hold=None), Unrepairable)
    assert isinstance(*lost(hold=replace(HOLD, lines=())), Unrepairable)


def test_stock_of_an_order_that_nobody_knows_or_paid_goes_back():
    assert order_steps({}, [], {"o1": HOLD}) == [ReleaseAgain("o1")]
    assert order_steps({}, [], {"o1": replace(HOLD, status="released")}) == []


def test_orders_come_back_in_the_order_in_which_they_were_made():
    payments = [replace(PAYMENT, id=f"pay{n}", order_id=f"o{n}") for n in (3, 1, 2)]
    holds = {f"o{n}": replace(HOLD, order_id=f"o{n}") for n in (1, 2, 3)}
    assert [step.order_id for step in order_steps({}, payments, holds)] == ["o1", "o2", "o3"]


def test_what_is_as_the_neighbours_know_it_is_left_alone():
    assert kept() == []
    assert catalog_steps({"o1": ORDER}, {"o1": HOLD}) == []
    assert not differs(ORDER, PAYMENT)


def test_what_is_still_worked_on_is_left_alone():
    busy = replace(ORDER, busy=True)
    assert kept(busy, replace(PAYMENT, status="voided")) == []
    assert lost(replace(PAYMENT, busy=True)) == []
    assert catalog_steps({"o1": busy}, {}) == []
    assert not differs(busy, replace(PAYMENT, refunded=1))
    assert not differs(ORDER, replace(PAYMENT, busy=True, refunded=1))


def test_an_order_that_was_cancelled_since_is_cancelled_again():
    assert kept(payment=replace(PAYMENT, status="voided")) == [CancelAgain("o1")]
    assert kept(hold=replace(HOLD, status="released")) == [CancelAgain("o1")]


def test_a_refund_that_was_paid_since_is_remembered_with_the_goods_that_came_back():
    paid = replace(PAYMENT, refunds=(replace(REFUND, goods=()),))
    assert kept(payment=paid, hold=replace(HOLD, back={"r1": REFUND.goods})) == [
        RememberRefund("o1", REFUND)]
    assert kept(replace(ORDER, refunds=(REFUND,)), paid) == []


def test_what_was_sold_since_is_sold_again():
    for hold in ({}, {"o1": replace(HOLD, status="held")}, {"o1": replace(HOLD, status="expired")}):
        assert catalog_steps({"o1": ORDER}, hold) == [SellAgain("o1", "GBP", LINES)]


def test_what_was_given_up_since_goes_back_to_the_shelf():
    cancelled = replace(ORDER, status="cancelled")
    assert catalog_steps({"o1": cancelled}, {"o1": HOLD}) == [ReleaseAgain("o1")]
    assert catalog_steps({"o1": cancelled}, {}) == []


def test_what_a_refund_brought_back_since_goes_to_the_shelf_once():
    order = replace(ORDER, refunds=(REFUND,))
    assert catalog_steps({"o1": order}, {"o1": HOLD}) == [RestockAgain("o1", REFUND)]
    back = replace(HOLD, back={"r1": REFUND.goods})
    assert catalog_steps({"o1": order}, {"o1": back}) == []


def test_a_lost_payment_is_read_from_the_provider():
    assert differs(ORDER, None)
    assert by_provider(ORDER, None, INTENT) == [RecreatePayment("o1", ORDER, INTENT)]


def test_a_lost_payment_comes_back_also_while_its_capture_is_owed():
    owing = replace(ORDER, payment_status="authorized", busy=True)
    held = replace(INTENT, status="requires_capture")
    assert differs(owing, None)
    assert by_provider(owing, None, held) == [RecreatePayment("o1", owing, held)]
    assert not differs(replace(owing, status="pending", payment_id=None), None)


def test_a_payment_given_up_by_a_database_that_had_lost_its_intent_is_read_from_the_provider():
    given_up = replace(PAYMENT, status="voided")
    held = replace(INTENT, status="requires_capture")
    cancelled = replace(ORDER, status="cancelled", payment_status="voided")
    for order, intent in ((ORDER, INTENT), (cancelled, held)):
        assert differs(order, given_up)
        assert by_provider(order, given_up, intent) == [RecreatePayment("o1", order, intent)]
    assert by_provider(cancelled, given_up, replace(INTENT, status="canceled")) == []
    assert by_provider(cancelled, given_up) == []


def test_a_payment_that_was_voided_after_its_authorisation_stays_so():
    voided = replace(PAYMENT, status="voided", authorized=300)
    cancelled = replace(ORDER, status="cancelled", payment_status="voided")
    assert not differs(cancelled, voided)
    assert by_provider(ORDER, voided, replace(INTENT, status="canceled")) == []
    assert isinstance(*by_provider(ORDER, voided, INTENT), Unrepairable)


def test_money_of_an_order_that_was_undone_without_its_payment_goes_back():
    cancelling = replace(ORDER, status="cancelling", busy=True)
    for order in (cancelling, replace(ORDER, status="cancelled", payment_status="voided"),
                  replace(ORDER, status="rejected", payment_status="authorized")):
        for status in ("requires_capture", "succeeded"):
            step, = by_provider(order, None, replace(INTENT, status=status))
            assert step.undone


def test_a_sold_order_keeps_its_money_and_what_went_back_is_not_asked_back():
    sold, = by_provider(ORDER, None, INTENT)
    repaid, = by_provider(replace(ORDER, status="cancelled", payment_status="refunded"), None,
                          INTENT)
    assert not sold.undone and not repaid.undone


def test_an_order_that_was_undone_without_its_payment_hears_that_money_went_back():
    undone = replace(ORDER, status="cancelled", payment_status="voided")
    repaid = replace(PAYMENT, status="refunded", refunded=300, void_requested=True)
    assert differs(undone, repaid)
    assert by_provider(undone, repaid, INTENT) == [RememberUndo("o1", 300)]
    told = replace(undone, payment_status="refunded", refunded=300)
    assert not differs(told, repaid)
    assert not differs(undone, replace(repaid, busy=True))


def test_an_intent_that_holds_no_money_does_not_hide_the_one_that_does():
    left_over = replace(INTENT, id="pi_0", status="requires_confirmation")
    assert by_provider(ORDER, None, left_over, INTENT) == [RecreatePayment("o1", ORDER, INTENT)]


def test_money_that_does_not_fit_is_left_to_a_person():
    assert isinstance(*by_provider(ORDER, None, INTENT, replace(INTENT, id="pi_2")), Unrepairable)
    assert isinstance(*by_provider(ORDER, None, replace(INTENT, amount=299)), Unrepairable)
    assert isinstance(*by_provider(ORDER, None), Unrepairable)


def test_where_nothing_was_ever_held_nothing_is_missing():
    assert by_provider(replace(ORDER, status="cancelled"), None) == []


def test_what_the_provider_did_since_is_asked_for_again():
    authorized = replace(PAYMENT, status="authorized")
    assert differs(ORDER, authorized)
    assert by_provider(ORDER, authorized, INTENT) == [AskProvider("o1", False)]
    gone = replace(INTENT, status="canceled")
    assert by_provider(ORDER, authorized, gone) == [AskProvider("o1", True)]


def test_a_refund_that_the_provider_paid_since_is_written_down():
    order = replace(ORDER, refunded=100)
    intent = replace(INTENT, refunds=(REFUND,))
    assert differs(order, PAYMENT)
    assert by_provider(order, PAYMENT, intent) == [RecreateRefund("o1", "pay1", REFUND)]
    assert by_provider(order, replace(PAYMENT, refunded=100, refunds=(REFUND,)), intent) == []


def test_a_dispute_that_is_not_known_or_not_to_be_so_far_is_looked_at():
    look = [LookAtDispute("o1", "pay1", LOST)]
    assert dispute_steps([PAYMENT], [LOST]) == look
    for status, steps in (("needs_response", look), ("lost", []), (None, [])):
        known = replace(PAYMENT, disputes=(Dispute("dp_1", None, status),))
        assert dispute_steps([known], [LOST]) == steps


def test_a_dispute_of_a_payment_that_nobody_has_yet_waits_for_it():
    assert dispute_steps([replace(PAYMENT, intent=None)], [LOST]) == []
    assert dispute_steps([PAYMENT], [replace(LOST, intent=None)]) == []


def test_what_the_bank_took_went_back_as_well():
    undone = replace(ORDER, status="cancelled", payment_status="refunded", refunded=300)
    kept = replace(PAYMENT, charged_back=200, refunded=100)
    assert by_provider(undone, kept, INTENT) == []
    assert by_provider(replace(undone, payment_status="voided", refunded=0), kept, INTENT) == [
        RememberUndo("o1", 300)]


def test_money_that_went_back_nobody_knows_how_is_left_to_a_person():
    undone = replace(ORDER, status="cancelled", payment_status="refunded", refunded=300)
    step, = by_provider(undone, replace(PAYMENT, charged_back=200), INTENT)
    assert isinstance(step, Unrepairable) and "300" in str(step) and "200" in str(step)
    sold = replace(ORDER, refunded=100)
    assert isinstance(*by_provider(sold, replace(PAYMENT, charged_back=100), INTENT), Unrepairable)


def test_a_step_says_what_is_done_for_which_order():
    assert str(ReleaseAgain("o1")) == "order o1: its goods go back to the shelf again"
    assert str(RestockAgain("o1", REFUND)).endswith("again (refund r1 over 100)")
    assert str(LookAtDispute("o1", "pay1", LOST)).endswith("as after a webhook (dp_1, lost)")
