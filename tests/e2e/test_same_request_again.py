"""A request that is sent again is answered again, and does nothing again."""

import collections
import secrets

from system import at_once


def test_the_same_post_twice_is_answered_with_the_same_bytes(system, buyer):
    body, key = system.order_body(system.product()), secrets.token_hex(16)
    first = system.place(buyer, body, key)
    again = system.place(buyer, body, key)
    assert first.status == 201, first.text()
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert len(system.intents(first.json()["id"])) == 1


def test_fifty_at_once_with_one_key_make_one_order(system, buyer):
    product = system.product(on_hand=100)
    body, key = system.order_body(product), secrets.token_hex(16)
    answers = at_once(
        [lambda: system.place(system.anonymous().as_user(buyer.token), body, key)] * 50)
    seen = collections.Counter((answer.status, answer.code) for answer in answers)
    assert set(seen) <= {(201, None), (409, "request_in_progress")}, seen
    assert len({answer.body for answer in answers if answer.status == 201}) == 1
    for answer in answers:
        if answer.status == 409:
            assert int(answer.headers["retry-after"]) >= 1
    assert system.stock(product)["on_hand"] == 99
    assert len(buyer.call("GET", "/api/v1/orders", expect=(200,)).json()["data"]) == 1


def test_a_decline_is_answered_again_too(system, buyer):
    body = system.order_body(system.product(), method="pm_card_chargeDeclined")
    key = secrets.token_hex(16)
    first, again = system.place(buyer, body, key), system.place(buyer, body, key)
    assert first.status == 402
    assert (again.status, again.body) == (first.status, first.body)


def test_a_key_is_good_for_one_request_only(system, buyer):
    product, key = system.product(), secrets.token_hex(16)
    assert system.place(buyer, system.order_body(product), key).status == 201
    other = system.place(buyer, system.order_body(product, quantity=2), key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert system.place(system.buyer(), system.order_body(product), key).status == 201


def test_an_order_needs_a_key(system, buyer):
    body = system.order_body(system.product())
    missing = buyer.call("POST", "/api/v1/orders", body)
    assert (missing.status, missing.code) == (400, "idempotency_key_missing")
    for bad in ("x" * 256, "a\tb"):
        answer = buyer.call("POST", "/api/v1/orders", body, key=bad)
        assert (answer.status, answer.code) == (400, "invalid_idempotency_key"), bad


def test_a_refused_request_leaves_its_key_free(system, buyer):
    body, key = system.order_body(system.product()), secrets.token_hex(16)
    assert system.place(buyer, {**body, "lines": []}, key).status == 422
    assert system.place(buyer, body, key).status == 201
