"""Cancellations: which sales they take goods back from, and the refunds for that."""

import time
from dataclasses import dataclass, field

from gateway_client import Gateway, listed
from replay_outcome import NotAccountedFor, replay_key
from retail_ledger import Invoice, Line

REFUND_TIMEOUT_S = 60.0  # one that was asked for before the capture waits for it


@dataclass
class SoldLine:
    """A line of a confirmed order, and what of it is left to give back."""

    order_id: str
    product_id: str
    sku: str
    code: str
    price_minor: int
    quantity: int
    earlier_run: bool  # whether the order was found rather than placed
    left: int = field(init=False)

    def __post_init__(self):
        self.left = self.quantity


class NothingLeft(Exception):
    """Why a cancelled row takes nothing back; a reason to report it."""


class Sales:
    """What was sold to whom in this ledger, and not yet taken back."""

    def __init__(self):
        self._sold: dict[str, list[SoldLine]] = {}

    def add(self, invoice: Invoice, order: dict, earlier_run: bool) -> None:
        code_of = {line.sku: line.code for line in invoice.lines}
        self._sold.setdefault(invoice.customer, []).extend(
            SoldLine(order["id"], line["product_id"], line["sku"], code_of[line["sku"]],
                     line["unit_price"]["amount"], line["quantity"], earlier_run)
            for line in order["lines"])

    def share_out(self, customer: str, line: Line) -> list[tuple[SoldLine, int]]:
        """Which sales a cancelled row takes how much from: from those at its price first, and
        among these from the latest.

        Takes it off what is left of them; raises NothingLeft, and takes nothing, when all together
        have less left than is cancelled.
        """
        sold = self._of_code(customer, line)
        missing = line.quantity
        shares = []
        for sale in sorted(sold, key=lambda sale: sale.price_minor == line.price_minor,
                           reverse=True):
            quantity = min(sale.left, missing)
            if quantity:
                shares.append((sale, quantity))
                missing -= quantity
        if missing:
            raise NothingLeft(
                f"cancels {line.quantity}, but of the {sum(sale.quantity for sale in sold)} sold "
                f"to this customer earlier only {line.quantity - missing} are left to give back")
        for sale, quantity in shares:
            sale.left -= quantity
        return shares

    def _of_code(self, customer: str, line: Line) -> list[SoldLine]:
        """The latest first."""
        if not customer:
            raise NothingLeft("cancelled, but the customer is unknown")
        sold = [sale for sale in reversed(self._sold.get(customer, [])) if sale.code == line.code]
        if not sold:
            raise NothingLeft("cancelled, but no earlier sale of it to this customer is known")
        return sold


class Refunds:
    """Gives money back, each share of a cancelled row once, however often it is asked to."""

    def __init__(self, admin: Gateway):
        self._admin = admin
        self._counted: set[str] = set()

    def give_back(self, invoice: Invoice, line: Line, sale: SoldLine, quantity: int) -> int:
        """Returns the amount, in minor units."""
        row, = line.rows
        body = {"reason": f"Cancellation {invoice.number}, line {row}", "restock": True,
                "lines": [{"product_id": sale.product_id, "quantity": quantity}]}
        path = f"/api/v1/orders/{sale.order_id}/refunds"
        refund = self._of_earlier_run(path, body) if sale.earlier_run else None
        if refund is None:
            key = replay_key(invoice.number, row, sale.order_id, body)
            refund = self._admin.call("POST", path, body, key=key, expect=(201, 202)).json()
        if refund["id"] in self._counted:
            raise NotAccountedFor(f"refund {refund['id']} was counted for another row already")
        self._await(path, refund)
        self._counted.add(refund["id"])
        amount = refund["amount"]["amount"]
        if amount != sale.price_minor * quantity:
            raise NotAccountedFor(f"refund of {amount} for {quantity} x {sale.sku}")
        return amount

    def _of_earlier_run(self, path: str, body: dict) -> dict | None:
        """Stored answers are forgotten after a day; refunds are not."""
        return next((refund for refund in listed(self._admin, path)
                     if refund["reason"] == body["reason"] and refund["lines"] == body["lines"]
                     and refund["status"] != "failed"), None)

    def _await(self, path: str, refund: dict) -> None:
        deadline = time.monotonic() + REFUND_TIMEOUT_S
        status = refund["status"]
        while status == "pending" and time.monotonic() < deadline:
            time.sleep(0.1)
            status = next((known["status"] for known in listed(self._admin, path)
                           if known["id"] == refund["id"]), status)
        if status != "succeeded":
            raise NotAccountedFor(f"the refund is {status}")
