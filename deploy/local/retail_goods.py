"""The catalog's products that a ledger sells."""

import json
import urllib.parse
from collections.abc import Iterable

from gateway_client import ApiError, Gateway
from import_products import import_lines
from retail_ledger import Invoice, Line

PRICE_ATTEMPTS = 5


def pounds_of(amount_minor: int) -> dict:
    return {"amount": amount_minor, "currency": "GBP"}


class Goods:
    """Products as this run knows them: id, and the version of its last own write."""

    def __init__(self, admin: Gateway):
        self._admin = admin
        self._known: dict[str, tuple[str, str]] = {}  # SKU: id, ETag
        self._price: dict[str, int] = {}

    def stock(self, invoices: Iterable[Invoice], names: dict[str, str]) -> list[str]:
        """Brings all that these invoices sell, each at its first price and with as much as they
        need together. Returns what the catalog refused."""
        wanted: dict[str, int] = {}
        first: dict[str, Line] = {}
        for line in (line for invoice in invoices for line in invoice.lines):
            first.setdefault(line.sku, line)
            wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        products = [{"sku": sku, "name": names.get(line.code, line.code),
                     "price": pounds_of(line.price_minor),
                     "on_hand": wanted[sku]} for sku, line in first.items()]
        done = import_lines(self._admin, (json.dumps(product).encode() for product in products))
        self._price = {sku: line.price_minor for sku, line in first.items()}
        return [f"product {products[error['line'] - 1]['sku']}: {error['detail']}"
                for error in done["errors"]]

    def id_of(self, sku: str) -> str:
        return self._find(sku)[0]

    def set_price(self, sku: str, price_minor: int) -> None:
        if self._price.get(sku) == price_minor:
            return
        product_id, etag = self._find(sku)
        for _ in range(PRICE_ATTEMPTS):
            answer = self._admin.call(
                "PATCH", f"/api/v1/products/{product_id}",
                {"price": pounds_of(price_minor)},
                headers={"Content-Type": "application/merge-patch+json", "If-Match": etag},
                expect=(200, 412))
            if answer.status == 200:
                self._known[sku] = product_id, answer.headers["etag"]
                self._price[sku] = price_minor
                return
            # Somebody else changed it meanwhile, or we did and the answer was lost: look again,
            # then set our price over theirs.
            product_id, etag = self._find(sku, again=True)
        raise ApiError(answer, "PATCH", f"/api/v1/products/{product_id}")

    def _find(self, sku: str, again: bool = False) -> tuple[str, str]:
        if again or sku not in self._known:
            answer = self._admin.call(
                "GET", f"/api/v1/products/by-sku/{urllib.parse.quote(sku)}", expect=(200,))
            self._known[sku] = answer.json()["id"], answer.headers["etag"]
        return self._known[sku]
