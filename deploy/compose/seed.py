#!/usr/bin/env python3
"""Fills the catalog before the gateway opens: speaks to the services themselves.

usage: seed.py    with USER_URL, CATALOG_URL, ADMIN_EMAIL and ADMIN_PASSWORD_FILE
"""

import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "local"))

from gateway_client import Gateway, run_program  # noqa: E402  (found through the path above)
from import_products import import_lines, report  # noqa: E402
from seed import make_categories, product  # noqa: E402

PRODUCTS = 200


def main() -> None:
    password = pathlib.Path(os.environ["ADMIN_PASSWORD_FILE"]).read_text(encoding="utf-8").strip()
    signed_in = Gateway(os.environ["USER_URL"]).sign_in(os.environ["ADMIN_EMAIL"], password)
    catalog = Gateway(os.environ["CATALOG_URL"]).as_user(signed_in.token)
    first = catalog.call("GET", "/api/v1/products?limit=1", expect=(200,)).json()
    if first["data"]:
        print("the catalog has goods already")
        return
    make_categories(catalog)
    report(import_lines(catalog, (json.dumps(product(n)).encode()
                                  for n in range(1, PRODUCTS + 1))))


if __name__ == "__main__":
    run_program(main)
