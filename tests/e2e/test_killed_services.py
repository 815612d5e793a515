"""kill -9 of any one service in the middle of the business day."""

import concurrent.futures
import itertools
import threading
import time

import pytest

ORDERS = 500
CLIENTS = 8


def acknowledged_orders(system, product, kill_after: int, name: str) -> tuple[list[str], float]:
    """Places ORDERS orders, kills the service in their middle and starts it again; the ids that a
    2xx answer named, and when the service was back."""
    buyers = system.buyers(CLIENTS)
    body = system.order_body(product)
    numbers = itertools.count()
    reached = threading.Event()
    acknowledged: list[str] = []

    def client(buyer):
        for number in numbers:
            if number >= ORDERS:
                return
            if number == kill_after:
                reached.set()
            try:
                answer = system.place(buyer, body, wait_s=2)
            except OSError:
                buyer.close()
                continue
            if answer.status in (201, 202):
                acknowledged.append(answer.json()["id"])

    with concurrent.futures.ThreadPoolExecutor(max_workers=CLIENTS) as pool:
        clients = [pool.submit(client, buyer) for buyer in buyers]
        assert reached.wait(60)
        system.kill(name)
        system.start(name)
        for done in clients:
            done.result()
    return acknowledged, time.monotonic()


@pytest.mark.parametrize("name", ["user", "catalog", "order", "payment"])
def test_every_acknowledged_order_survives_and_settles(system, name):
    product = system.product(on_hand=100_000)
    acknowledged, back = acknowledged_orders(system, product, ORDERS // 2, name)
    assert len(acknowledged) > ORDERS // 4
    admin = system.admin()
    for order_id in acknowledged:
        left = 10 - (time.monotonic() - back)
        order = system.await_final(admin, order_id, max(left, 0.1))
        assert order["status"] == "confirmed", order
    reconciled = system.reconcile()
    assert reconciled.returncode == 0, reconciled.stdout
