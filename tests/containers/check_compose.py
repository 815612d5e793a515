#!/usr/bin/env python3
"""The journey of README.md against `docker compose up`, and what its own containers take.

usage: check_compose.py [--gateway http://127.0.0.1:8080] [--project NAME] [--memory MIB]
"""

import argparse
import json
import pathlib
import secrets
import sys

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "local"))

from crowd import ADDRESS  # noqa: E402  (as below: found through the path above)
from engine import memory_mib  # noqa: E402
from gateway_client import Gateway, run_program, settled_order  # noqa: E402

OWN = ("gateway", "user", "catalog", "order", "payment")


def journey(gateway: Gateway) -> None:
    """Registers, buys, buys the same again, and reads what happened."""
    email, password = f"grace-{secrets.token_hex(6)}@example.com", secrets.token_urlsafe(18)
    registered = gateway.register(email, password, "Grace Hopper")
    assert registered.status == 201, registered.text()
    buyer = gateway.sign_in(email, password)
    product = gateway.call("GET", "/api/v1/products/by-sku/DEMO-0001", expect=(200,)).json()
    body = {"lines": [{"product_id": product["id"], "quantity": 2}],
            "payment_method": "pm_card_visa", "shipping_address": ADDRESS}
    key = secrets.token_hex(16)
    first = buyer.call("POST", "/api/v1/orders", body, key=key, expect=(201, 202))
    again = buyer.call("POST", "/api/v1/orders", body, key=key, expect=(first.status,))
    assert again.body == first.body, "the same request got another answer"
    order = settled_order(buyer, first.json()["id"])
    assert order["status"] == "confirmed", order
    timeline = buyer.call("GET", f"/api/v1/orders/{order['id']}/timeline", expect=(200,)).json()
    print(f"order {order['number']} is {order['status']}: "
          + " → ".join(each["step"] for each in timeline["data"]))
    closed = gateway.call("GET", "/internal/v1/users")
    assert closed.status == 404, closed.text()


def main() -> None:
    parser = argparse.ArgumentParser(description="The journey of README.md, in containers.")
    parser.add_argument("--gateway", default="http://127.0.0.1:8080")
    parser.add_argument("--project", default=ROOT.name.lower(), help="as Compose calls it")
    parser.add_argument("--memory", type=float, default=150.0,
                        help="MiB that our own containers may take together")
    options = parser.parse_args()
    ready = Gateway(options.gateway).call("GET", "/readyz", expect=(200,)).json()
    assert ready["status"] == "ok", json.dumps(ready)
    used = {name: mib for name, mib in memory_mib(options.project).items() if name in OWN}
    journey(Gateway(options.gateway))
    print("memory  " + "  ".join(f"{name} {mib:.1f}" for name, mib in sorted(used.items()))
          + f"  together {sum(used.values()):.1f} MiB")
    assert set(used) == set(OWN), f"not all run: {sorted(used)}"
    assert sum(used.values()) < options.memory, "our own containers take too much memory"


if __name__ == "__main__":
    run_program(main)
