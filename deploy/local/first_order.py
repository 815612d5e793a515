"""Places the first order of an installation through the gateway, and shows it.

usage: first_order.py FILE    FILE gets the order's id, so that only one is ever placed.
"""

import pathlib
import secrets
import sys

import installation
from gateway_client import Gateway, admin_of, gateway_of, pounds, run_program, settled_order

ADDRESS = {"name": "Ada Lovelace", "line1": "12 St James's Square", "city": "London",
           "postal_code": "SW1Y 4JH", "country": "GB"}


def place(gateway: Gateway) -> dict:
    email = f"first-{secrets.token_hex(4)}@example.com"
    password = secrets.token_urlsafe(16)
    registered = gateway.register(email, password, ADDRESS["name"])
    if registered.status != 201:
        sys.exit(f"the first customer could not be registered: {registered.text()}")
    buyer = gateway.sign_in(email, password)

    lines = []
    for sku, quantity in (("DEMO-0001", 2), ("DEMO-0002", 1)):
        product = gateway.call("GET", f"/api/v1/products/by-sku/{sku}", expect=(200,)).json()
        lines.append({"product_id": product["id"], "quantity": quantity})
    answer = buyer.call(
        "POST", "/api/v1/orders",
        {"lines": lines, "payment_method": "pm_card_visa", "shipping_address": ADDRESS},
        key=f"first-order-{secrets.token_hex(8)}", expect=(201, 202))
    return settled_order(buyer, answer.json()["id"])


def show(order: dict, timeline: list[dict]) -> None:
    print(f"\norder {order['number']}  {order['status']}  {pounds(order['total'])}  "
          f"({order['id']})")
    for line in order["lines"]:
        print(f"  {line['quantity']:>3} x {line['sku']:<12} {line['name'] or '':<40} "
              f"{pounds(line['line_total']):>14}")
    print(f"\n  {'AT':<24} {'STEP':<18} {'SERVICE':<9} {'TRY':>3}  {'OUTCOME':<9} DETAIL")
    for entry in timeline:
        print(f"  {entry['at']:<24} {entry['step']:<18} {entry['service']:<9} "
              f"{entry['attempt']:>3}  {entry['outcome']:<9} {entry['detail'] or ''}")
    print()


def main() -> None:
    env = installation.load()
    order = place(gateway_of(env))
    pathlib.Path(sys.argv[1]).write_text(order["id"] + "\n", encoding="utf-8")
    timeline = admin_of(env).call("GET", f"/api/v1/orders/{order['id']}/timeline",
                                  expect=(200,)).json()
    show(order, timeline["data"])
    if order["status"] in ("pending", "rejected", "cancelling"):
        sys.exit(f"the first order is {order['status']}")


if __name__ == "__main__":
    run_program(main)
