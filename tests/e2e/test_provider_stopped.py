"""While the payment provider is away, orders wait, and nothing else does."""

import time

import pytest
from system import at_once, await_true


@pytest.fixture
def provider_stopped(system):
    done = system.dev("stop", "psp")
    assert done.returncode == 0, done.stdout
    yield
    system.start("psp")


def test_two_hundred_orders_wait_and_a_sign_in_does_not(system, provider_stopped):
    product = system.product(on_hand=1000)
    body = system.order_body(product)
    buyers = system.buyers(20)
    email, password = system.account()
    sign_ins = []

    def sign_in_meanwhile():
        await_true(lambda: system.query(
            "order", "SELECT count(*) FROM orders WHERE status = 'pending'")[0][0] >= 150,
            4, "orders wait")
        for _ in range(5):
            began = time.monotonic()
            system.anonymous().sign_in(email, password)
            sign_ins.append(time.monotonic() - began)

    def place(number):
        buyer = system.anonymous().as_user(buyers[number % len(buyers)].token)
        began = time.monotonic()
        return system.place(buyer, body, wait_s=4), time.monotonic() - began

    answers = at_once([sign_in_meanwhile, *[lambda n=n: place(n) for n in range(200)]])[1:]
    assert {answer.status for answer, _ in answers} == {202}
    assert all(answer.json()["status"] == "pending" for answer, _ in answers)
    # Neither is a matter of milliseconds on a machine that runs other tests as well: what counts is
    # that orders are not kept past their wait, and sign-ins not until orders are done with it.
    assert max(took for _, took in answers) < 8
    assert max(sign_ins) < 4, sign_ins

    system.start("psp")
    back = time.monotonic()
    orders = [answer.json()["id"] for answer, _ in answers]
    for order_id in orders:
        left = 10 - (time.monotonic() - back)
        assert system.await_final(system.admin(), order_id, max(left, 0.1))["status"] == "confirmed"
    assert system.stock(product)["on_hand"] == 800
    for order_id in orders[::20]:
        system.await_paid(system.admin(), order_id, "captured")
        assert len([i for i in system.intents(order_id) if i["amount_received"] > 0]) == 1


def test_an_order_that_does_not_wait_is_answered_at_once(system, buyer, provider_stopped):
    began = time.monotonic()
    answer = system.place(buyer, system.order_body(system.product()), wait_s=0)
    assert time.monotonic() - began < 1
    assert answer.status == 202
    assert answer.headers["location"].endswith(answer.json()["id"])
    system.start("psp")
    assert system.await_final(buyer, answer.json()["id"], 10)["status"] == "confirmed"
