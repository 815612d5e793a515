"""Events reach their consumers once each, whatever becomes of Redis."""

import concurrent.futures
import socket
import threading

import pytest
from system import await_true

ORDERS = 60
CLIENTS = 4


def redis_command(system, *words: str) -> bytes:
    """One command in Redis' own protocol; the first bytes of its answer."""
    host, _, port = system.env["REDIS_URL"].removeprefix("redis://").partition(":")
    text = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(text.encode())
        return connection.recv(4096)


def lose_by_flushing(system):
    assert redis_command(system, "FLUSHALL").startswith(b"+OK")


def lose_by_killing(system):
    system.kill("redis")
    system.start("redis")


def lose_and_stay_away(system):
    system.kill("redis")


def place_orders(system, product, meanwhile) -> int:
    """Places ORDERS orders and does something in their middle; how many were confirmed."""
    body = system.order_body(product)
    middle = threading.Barrier(CLIENTS + 1)

    def client(buyer) -> int:
        confirmed = 0
        for number in range(ORDERS // CLIENTS):
            if number == ORDERS // CLIENTS // 2:
                middle.wait(60)
            answer = system.place(buyer, body, wait_s=10)
            confirmed += answer.status == 201
        return confirmed

    with concurrent.futures.ThreadPoolExecutor(max_workers=CLIENTS) as pool:
        clients = [pool.submit(client, buyer) for buyer in system.buyers(CLIENTS)]
        middle.wait(60)
        meanwhile(system)
        return sum(done.result() for done in clients)


def sold(system, product) -> int:
    rows = system.query("catalog", "SELECT sold FROM product_sales WHERE product_id = %s",
                      product["id"])
    return rows[0][0] if rows else 0


def behind(system, consumer: str, producer: str) -> int:
    """How many of the producer's events the consumer did not apply yet."""
    newest = system.query(producer, "SELECT coalesce(max(published_seq), 0) FROM outbox")[0][0]
    rows = system.query(consumer, "SELECT sequence FROM event_cursor WHERE source = %s", producer)
    return newest - (rows[0][0] if rows else 0)


@pytest.mark.parametrize("lose", [lose_by_flushing, lose_by_killing, lose_and_stay_away])
def test_every_sale_is_counted_once_although_redis_lost_it(system, lose):
    product = system.product(on_hand=1000)
    try:
        confirmed = place_orders(system, product, lose)
        assert confirmed == ORDERS
        await_true(lambda: sold(system, product) == confirmed, 20, "all sales are counted")
    finally:
        system.start("redis")
    for consumer, producer in (("catalog", "order"), ("catalog", "user"), ("order", "user"),
                               ("order", "catalog")):
        await_true(lambda c=consumer, p=producer: behind(system, c, p) == 0, 20,
                   f"{consumer} has caught up with {producer}")
    assert sold(system, product) == confirmed
    assert system.dev("events", "dead").stdout == ""


def test_a_cart_follows_the_catalog(system, admin, buyer):
    product = system.product(price=500)
    buyer.call("PUT", f"/api/v1/cart/items/{product['id']}", {"quantity": 1}, expect=(200,))
    admin.call("PATCH", f"/api/v1/products/{product['id']}", {"name": "By another name"},
               headers={"If-Match": "*"}, expect=(200,))

    def remembered():
        return system.query("order", "SELECT name FROM cart_line WHERE product_id = %s",
                          product["id"]) == [("By another name",)]
    await_true(remembered, 10, "the cart knows the new name")


def test_a_deleted_account_leaves_no_cart(system, buyer):
    product = system.product()
    buyer.call("PUT", f"/api/v1/cart/items/{product['id']}", {"quantity": 1}, expect=(200,))
    buyer.call("DELETE", "/api/v1/users/me", expect=(204,))
    await_true(lambda: not system.query("order", "SELECT 1 FROM cart_line WHERE product_id = %s",
                                      product["id"]), 10, "the cart is gone")


def test_a_dead_letter_is_redriven_by_command(system):
    product = system.product()
    system.query("order", """
        INSERT INTO outbox (type, aggregate_id, version, data)
        VALUES ('order.confirmed', gen_random_uuid(), 1, '{"lines": "none"}') RETURNING event_id""")
    await_true(lambda: system.dev("events", "dead", "catalog").stdout, 10, "the letter is listed")
    assert system.dev("events", "redrive", "--all").returncode == 1
    system.query("catalog", """
        UPDATE dead_letter SET event = jsonb_set(event::jsonb, '{data}', jsonb_build_object(
          'lines', jsonb_build_array(jsonb_build_object('product_id', %s::text, 'quantity', 7))))
        RETURNING event_id""", product["id"])
    redriven = system.dev("events", "redrive", "--all")
    assert redriven.returncode == 0, redriven.stdout
    assert sold(system, product) == 7
    assert system.dev("events", "dead").stdout == ""
