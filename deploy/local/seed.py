"""Fills the catalog with a made-up range of goods, through the gateway.

The same number always makes the same goods, so that seeding twice changes nothing but the stock.

usage: ./dev seed [--products N]
"""

import argparse
import json

import installation
from gateway_client import Gateway, admin_of, run_program
from import_products import import_lines, report

CATEGORIES = [
    ("kitchen", "Kitchen", None), ("mugs", "Mugs", "kitchen"), ("teapots", "Teapots", "kitchen"),
    ("home", "Home", None), ("candles", "Candles", "home"), ("cushions", "Cushions", "home"),
    ("stationery", "Stationery", None), ("notebooks", "Notebooks", "stationery"),
    ("garden", "Garden", None), ("planters", "Planters", "garden"),
]
KINDS = [("Mug", "mugs", 650), ("Teapot", "teapots", 2400), ("Candle", "candles", 1200),
         ("Cushion", "cushions", 1850), ("Notebook", "notebooks", 490),
         ("Planter", "planters", 1575)]
COLOURS = ["Ivory", "Slate", "Cobalt", "Olive", "Coral", "Amber", "Plum", "Chalk", "Moss", "Ink"]
MAKES = ["Stoneware", "Linen", "Oak", "Glass", "Enamel", "Wool", "Recycled", "Hand-thrown"]


def product(number: int) -> dict:
    kind, category, price = KINDS[number % len(KINDS)]
    colour = COLOURS[number // len(KINDS) % len(COLOURS)]
    make = MAKES[number // (len(KINDS) * len(COLOURS)) % len(MAKES)]
    series = number // (len(KINDS) * len(COLOURS) * len(MAKES))
    name = f"{colour} {make} {kind}" + (f" No. {series + 1}" if series else "")
    return {
        "sku": f"DEMO-{number:04}",
        "name": name,
        "description": f"{name}, made for daily use.",
        "category": category,
        "price": {"amount": price + number * 37 % 900, "currency": "GBP"},
        "on_hand": 500 + number * 13 % 500,
        "attributes": {"colour": colour, "material": make},
    }


def make_categories(admin: Gateway) -> None:
    known = {c["slug"]: c["id"] for c in
             admin.call("GET", "/api/v1/categories", expect=(200,)).json()["data"]}
    for slug, name, parent in CATEGORIES:
        if slug not in known:
            made = admin.call("POST", "/api/v1/categories",
                              {"slug": slug, "name": name,
                               "parent_id": known[parent] if parent else None}, expect=(201,))
            known[slug] = made.json()["id"]


def how_many(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of products")
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev seed", description="Fills the catalog.")
    parser.add_argument("--products", type=how_many, default=200, help="how many (200)")
    count = parser.parse_args().products
    admin = admin_of(installation.load())
    make_categories(admin)
    report(import_lines(admin, (json.dumps(product(n)).encode() for n in range(1, count + 1))))


if __name__ == "__main__":
    run_program(main)
