"""What earlier runs of a replay left in the installation."""

from collections.abc import Iterable

from gateway_client import Gateway, listed
from retail_accounts import EMAIL_PREFIXES, email_of
from retail_ledger import Invoice

SOLD_STATUSES = ("confirmed", "shipped", "delivered")


class EarlierRuns:
    """The accounts of a ledger's customers, and the orders placed with them.

    What was sold stays sold: neither its stock nor its prices are brought again.
    """

    def __init__(self, admin: Gateway, customers: Iterable[str]):
        wanted = {email_of(customer) for customer in customers}
        users = {user["email"]: user["id"] for prefix in EMAIL_PREFIXES
                 for user in listed(admin, "/api/v1/users", email_prefix=prefix)
                 if user["email"] in wanted}
        self.emails = set(users)
        self._orders: dict[str, list[dict]] = {}  # by the first line of the address
        for user_id in users.values():
            for order in listed(admin, "/api/v1/admin/orders", user_id=user_id):
                self._orders.setdefault(order["shipping_address"]["line1"], []).append(order)

    def order_of(self, invoice: Invoice) -> dict | None:
        """The oldest order that sold just what the invoice holds."""
        rows = sorted((line.sku, line.quantity, line.price_minor) for line in invoice.lines)
        return next((order for order in reversed(self._of(invoice))
                     if order["status"] in SOLD_STATUSES and lines_of(order) == rows), None)

    def refusals_of(self, invoice: Invoice) -> int:
        """How many orders for it were rejected."""
        return sum(order["status"] == "rejected" for order in self._of(invoice))

    def _of(self, invoice: Invoice) -> list[dict]:
        return self._orders.get(first_address_line(invoice), [])


def first_address_line(invoice: Invoice) -> str:
    """By which an order tells of which invoice it is."""
    return f"Invoice {invoice.number}"


def lines_of(order: dict) -> list[tuple[str, int, int]]:
    return sorted((line["sku"], line["quantity"], line["unit_price"]["amount"])
                  for line in order["lines"])
