"""What happens to an account everywhere when it is disabled, deleted or asked for."""

import secrets

import pytest
from system import ADDRESS, await_true

PASSWORD = "a phrase nobody guesses"


@pytest.fixture
def somebody(system):
    """An account, signed in, with its e-mail address and what signing in gave."""
    email = f"somebody-{secrets.token_hex(8)}@example.com"
    anonymous = system.anonymous()
    assert anonymous.register(email, PASSWORD, "Ada Lovelace").status == 201
    signed_in = anonymous.call("POST", "/api/v1/sessions", {"email": email, "password": PASSWORD},
                               expect=(201,)).json()
    return anonymous.as_user(signed_in["access_token"]), email, signed_in


def test_who_is_disabled_cannot_order_within_half_a_minute(system, somebody):
    buyer, email, signed_in = somebody
    user_id = signed_in["user"]["id"]
    product = system.product(on_hand=10_000)
    assert system.place(buyer, system.order_body(product)).status == 201
    system.admin().call("PATCH", f"/api/v1/users/{user_id}", {"status": "disabled"}, expect=(200,))

    refused = system.anonymous().call("POST", "/api/v1/sessions/refresh",
                                      {"refresh_token": signed_in["refresh_token"]})
    assert (refused.status, refused.code) == (401, "refresh_token_invalid")
    for password, status, code in ((PASSWORD, 403, "user_disabled"),
                                   ("not the password", 401, "invalid_credentials")):
        answer = system.anonymous().call("POST", "/api/v1/sessions",
                                         {"email": email, "password": password})
        assert (answer.status, answer.code) == (status, code)

    def order_is_refused():
        answer = system.place(buyer, system.order_body(product))
        assert answer.status in (201, 202, 403), answer.text()
        return answer if answer.status == 403 else None
    assert await_true(order_is_refused, 30, "no more orders").code == "user_disabled"

    system.admin().call("PATCH", f"/api/v1/users/{user_id}", {"status": "active"}, expect=(200,))
    again = system.anonymous().sign_in(email, PASSWORD)
    await_true(lambda: system.place(again, system.order_body(product)).status == 201, 30,
               "who is enabled orders again")


def test_who_is_deleted_leaves_nothing_behind(system, somebody):
    buyer, email, signed_in = somebody
    user_id = signed_in["user"]["id"]
    product = system.product()
    order = system.place(buyer, system.order_body(product))
    assert order.status == 201
    buyer.call("PUT", f"/api/v1/cart/items/{product['id']}", {"quantity": 2}, expect=(200,))
    buyer.call("POST", "/api/v1/users/me/addresses", ADDRESS, key=secrets.token_hex(8),
               expect=(201,))
    buyer.call("DELETE", "/api/v1/users/me", expect=(204,))

    assert buyer.call("GET", "/api/v1/users/me").status == 401
    refused = system.anonymous().call("POST", "/api/v1/sessions/refresh",
                                      {"refresh_token": signed_in["refresh_token"]})
    assert (refused.status, refused.code) == (401, "refresh_token_invalid")
    assert system.admin().call("GET", f"/api/v1/users/{user_id}").status == 404
    assert system.query("user", "SELECT email, name, password_hash FROM users WHERE id = %s",
                        user_id) == [(None, None, None)]
    for table, column in (("session", "user_id"), ("address", "user_id"),
                          ("account_token", "user_id"), ("idempotency_key", "subject")):
        assert system.query("user", f"SELECT FROM {table} WHERE {column} = %s", user_id) == [], \
            table

    for table, column in (("cart_line", "user_id"), ("idempotency_key", "subject"),
                          ("seen_active", "user_id")):
        await_true(lambda: system.query(  # noqa: B023
            "order", f"SELECT FROM {table} WHERE {column} = %s", user_id) == [], 10,  # noqa: B023
            f"{table} of the order service holds nothing of them")

    # The order stays, for the merchant; the e-mail address is free for somebody new.
    kept = system.admin().call("GET", f"/api/v1/orders/{order.json()['id']}", expect=(200,)).json()
    assert kept["status"] in ("confirmed", "cancelled")
    registered = system.anonymous().register(email, PASSWORD, "Somebody Else")
    assert registered.status == 201 and registered.json()["id"] != user_id


def test_the_last_admin_stays(system):
    admin = system.admin()
    me = admin.call("GET", "/api/v1/users/me", expect=(200,)).json()["id"]
    for answer in (admin.call("DELETE", "/api/v1/users/me"),
                   admin.call("PATCH", f"/api/v1/users/{me}", {"role": "customer"}),
                   admin.call("PATCH", f"/api/v1/users/{me}", {"status": "disabled"})):
        assert (answer.status, answer.code) == (409, "last_admin"), answer.text()


def test_everybody_gets_all_that_is_held_about_them(system, somebody):
    buyer, email, signed_in = somebody
    product = system.product()
    first = system.place(buyer, system.order_body(product, 2)).json()
    system.await_paid(buyer, first["id"], "captured")
    system.admin().call("POST", f"/api/v1/orders/{first['id']}/refunds",
                        {"reason": "broken", "lines": [{"product_id": product["id"],
                                                        "quantity": 1}]},
                        key=secrets.token_hex(8), expect=(201,))
    declined = system.place(buyer, system.order_body(product, method="pm_card_chargeDeclined"))
    assert declined.status == 402
    buyer.call("PUT", f"/api/v1/cart/items/{product['id']}", {"quantity": 3}, expect=(200,))
    address = buyer.call("POST", "/api/v1/users/me/addresses", ADDRESS, expect=(201,)).json()

    export = buyer.call("GET", "/api/v1/users/me/export", expect=(200,)).json()
    assert export["user"]["email"] == email
    assert export["addresses"] == [address]
    assert [session["current"] for session in export["sessions"]] == [True]
    assert [line["quantity"] for line in export["cart"]["lines"]] == [3]
    assert [order["id"] for order in export["orders"]] == [declined.json()["order_id"],
                                                           first["id"]]
    order = export["orders"][1]
    assert order["timeline"] and [refund["reason"] for refund in order["refunds"]] == ["broken"]
    assert {payment["order_id"] for payment in export["payments"]} == {
        order["id"] for order in export["orders"]}

    system.kill("payment")
    try:
        answer = buyer.call("GET", "/api/v1/users/me/export")
        assert (answer.status, answer.code) == (503, "unavailable")
        assert answer.headers["retry-after"]
    finally:
        system.start("payment")


def test_keys_are_rotated_while_people_shop(system, somebody):
    buyer, email, _ = somebody
    done = system.dev("rotate", "jwt")
    assert done.returncode == 0, done.stdout
    assert buyer.call("GET", "/api/v1/cart").status == 200
    new = system.anonymous().sign_in(email, PASSWORD)
    for path in ("/api/v1/cart", "/api/v1/users/me"):
        assert new.call("GET", path).status == 200
