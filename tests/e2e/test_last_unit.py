"""Many want what only one can have."""

import collections

from system import at_once


def test_of_a_hundred_buyers_of_the_last_unit_exactly_one_gets_it(system):
    product = system.product(on_hand=1)
    body = system.order_body(product)
    buyers = system.buyers(100)
    answers = at_once([lambda buyer=buyer: system.place(buyer, body, wait_s=10)
                       for buyer in buyers])
    seen = collections.Counter((answer.status, answer.code) for answer in answers)
    assert seen == {(201, None): 1, (409, "out_of_stock"): 99}, seen
    refused = next(answer for answer in answers if answer.status == 409).json()
    assert refused["lines"] == [{"product_id": product["id"], "sku": product["sku"],
                                 "requested": 1, "available": 0}]
    assert system.stock(product) == {"product_id": product["id"], "on_hand": 0, "reserved": 0,
                                     "available": 0}


def test_a_rejected_order_stays_readable(system, buyer):
    product = system.product(on_hand=1)
    answer = system.place(buyer, system.order_body(product, quantity=2))
    assert (answer.status, answer.code) == (409, "out_of_stock")
    order = system.order(buyer, answer.json()["order_id"])
    assert (order["status"], order["reject_reason"]) == ("rejected", "out_of_stock")
    assert order["total"] is None
