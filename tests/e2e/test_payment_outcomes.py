"""Whatever the payment provider does, nobody pays twice and no order hangs."""

import pytest


@pytest.mark.parametrize("method", ["pm_card_chargeDeclined",
                                    "pm_card_chargeDeclinedInsufficientFunds", "pm_unheard_of"])
def test_a_decline_gives_the_stock_back_and_takes_nothing(system, buyer, method):
    product = system.product(on_hand=3)
    answer = system.place(buyer, system.order_body(product, 2, method))
    assert (answer.status, answer.code) == (402, "payment_declined"), answer.text()
    problem = answer.json()
    assert problem["decline_code"]
    order = system.order(buyer, problem["order_id"])
    assert (order["status"], order["reject_reason"]) == ("rejected", "payment_declined")
    assert system.stock(product)["available"] == 3
    assert all(intent["amount_received"] == 0 and intent["status"] != "requires_capture"
               for intent in system.intents(order["id"]))


@pytest.mark.parametrize("method", ["pm_card_visa", "pm_card_mastercard", "pm_fault_error_then_ok",
                                    "pm_fault_slow", "pm_fault_timeout", "pm_fault_webhook_only"])
def test_a_payment_that_succeeds_in_the_end_is_taken_once(system, buyer, method):
    product = system.product(on_hand=3)
    answer = system.place(buyer, system.order_body(product, 1, method))
    assert answer.status in (201, 202), answer.text()
    order_id = answer.json()["id"]
    # The provider's time-out is at most 3 s; ten more are allowed after it.
    assert system.await_final(buyer, order_id, 13)["status"] == "confirmed"
    payment = system.await_paid(buyer, order_id, "captured")
    assert payment["captured"] == payment["amount"]
    charged = [intent for intent in system.intents(order_id) if intent["amount_received"] > 0]
    assert [intent["amount_received"] for intent in charged] == [1999]
    assert system.stock(product) == {"product_id": product["id"], "on_hand": 2, "reserved": 0,
                                     "available": 2}
