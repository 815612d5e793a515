"""The SQL of a checkout as scripts for pgbench: what the databases alone could do.

The statements are taken from the services' sources, so that they are the very ones; each runs for
one order, in a transaction of its own, as pgbench does it: one after the other, unpipelined.
"""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A number that makes one run of a script an order of its own, and the ids made of it.
HEAD = "\\set n random(1, 9000000000000000000)\n"
ORDER = "lpad(to_hex(:n::bigint), 32, '0')::uuid"
KEY = "to_hex(:n::bigint)"

ADDRESS = ('\'{"name": "Ada Lovelace", "line1": "12 St James\'\'s Square", "city": "London", '
           '"postal_code": "SW1Y 4JH", "country": "GB"}\'')
TRACE = "'4bf92f3577b34da6a3ce929d0e0e4736'"
ANSWER = "convert_to(repeat('{\"id\": \"an answer of six hundred bytes\"}', 16), 'UTF8')"
STEPS = (("check_buyer", "user"), ("reserve_stock", "catalog"), ("authorize_payment", "payment"),
         ("commit_stock", "catalog"))


def source_of(service: str, file: str) -> str:
    return (ROOT / "services" / service / "src" / "storage" / file).read_text(encoding="utf-8")


def statement(service: str, file: str, name: str) -> str:
    """The text of a statement that is defined as {"name", R"(…)"} or with_columns("name", …)."""
    found = re.search(rf'[{{(]"{name}", R"\((.*?)\)"', source_of(service, file), re.DOTALL)
    if not found:
        raise SystemExit(f"{service} has no statement named {name} any more")
    return found.group(1)


def payment_columns() -> str:
    found = re.search(r"kPaymentColumns\[\] =\s*(.*?);", source_of("payment", "payment_rows.hpp"),
                      re.DOTALL)
    if not found:
        raise SystemExit("the columns of a payment are defined otherwise now")
    return "".join(re.findall(r'"(.*?)"', found.group(1)))


def with_values(sql: str, values: list[str]) -> str:
    """`sql` with its $1… replaced; every one of them has to be there."""
    wanted = {int(number) for number in re.findall(r"\$(\d+)", sql)}
    if wanted != set(range(1, len(values) + 1)):
        raise SystemExit(f"a statement takes parameters {sorted(wanted)}, not {len(values)}")
    return re.sub(r"\$(\d+)", lambda number: f"({values[int(number.group(1)) - 1]})", sql) + ";\n"


def array(*elements: str) -> str:
    return f"ARRAY[{', '.join(elements)}]"


def steps_of(entries: tuple) -> list[str]:
    """order, step, service, attempt, outcome, detail, time, trace."""
    def column(value: str) -> str:
        return array(*[value] * len(entries))
    return [column(ORDER), array(*[f"'{step}'" for step, _ in entries]),
            array(*[f"'{service}'" for _, service in entries]), column("1"), column("'ok'"),
            column("''"), column("now()"), column(TRACE)]


def order_script(user: str, instance: str, products: list[str]) -> str:
    begin = [f"'{instance}'::uuid",
             array(f"'{user}'::uuid"), array(KEY), array(f"repeat({KEY}, 4)"), array(ORDER),
             array("10000"), array(ADDRESS), array(TRACE), array("now()"),
             array("'pm_card_visa'"), "ARRAY[NULL]", "ARRAY[NULL]", "ARRAY[NULL]", array("false"),
             array(*[ORDER] * 3), array(*[f"'{product}'" for product in products[:3]]),
             array("1", "1", "1"), array("1", "2", "3")]
    settle = [array(ORDER), array("'confirmed'"), array("'GBP'"), array("5997"), array(ADDRESS),
              array(ORDER), array("'authorized'"), "ARRAY[NULL]", array(TRACE), array("now()"),
              array("'capture'"), array("true"), array(KEY), array("201"),
              array("'application/json'"), array(f"'/api/v1/orders/' || {KEY}"), array(ANSWER),
              array(*[ORDER] * 3), array(*[f"'{product}'" for product in products[:3]]),
              array("'BENCH-1'", "'BENCH-2'", "'BENCH-3'"),
              array(*["'Benchmark'"] * 3), array(*["1999"] * 3),
              *steps_of(STEPS)]
    captured = [array(ORDER), "now()", *steps_of((("capture_payment", "payment"),))]
    return HEAD + "".join((
        with_values(statement("order", "pg_checkout_store.cpp", "begin_checkouts"), begin),
        with_values(statement("order", "pg_checkout_store.cpp", "settle_checkouts"), settle),
        with_values(statement("order", "pg_saga_store.cpp", "payments_captured"), captured)))


def catalog_script(products: list[str]) -> str:
    """Each order takes three neighbours of `products`, somewhere in the list."""
    every = array(*[f"'{product}'" for product in products])
    some = f"({every})[:first::int : :first::int + 2]"
    reserve = [array("0", "0", "0"), array(*[ORDER] * 3), array("1", "2", "3"), some,
               array("1", "1", "1"), "900"]
    return HEAD + f"\\set first random(1, {len(products) - 2})\n" + "".join((
        with_values(statement("catalog", "pg_reservation_store.cpp", "reserve_stock"), reserve),
        with_values(statement("catalog", "pg_reservation_store.cpp", "commit_reservations"),
                    [array(ORDER)])))


def payment_script(user: str) -> str:
    begin = [array(ORDER), array(ORDER), array(f"'{user}'::uuid"), array("5997"), array("'GBP'"),
             array("'pm_card_visa'"), array(f"'pi_' || {KEY}"), array("60000"), array(TRACE)]
    columns = payment_columns()
    return HEAD + "".join(
        with_values(statement("payment", "pg_payment_store.cpp", name).replace("{}", columns),
                    values)
        for name, values in (
            ("begin_authorizations", begin),
            ("record_authorizations", [array(ORDER), array("'visa'"), array("'4242'")]),
            ("record_captures", [array(ORDER)])))
