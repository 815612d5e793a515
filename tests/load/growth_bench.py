"""What an operation costs when there are many products and many past orders.

usage: RATE_LIMITS=off ./dev up && /usr/bin/python3 tests/load/growth_bench.py [--orders N ...]

The past is written by SQL into the databases of a running installation, which is good for nothing
else afterwards: orders of made-up customers over a year, each confirmed and captured, with its
lines, history, payment, journals, reservation and movements. After each size the same operations
are measured: CPU by /proc, of all processes together, and how long one client waits. Products come
by tests/load/catalog_bench.py, before.
"""

import argparse
import datetime
import json
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "deploy" / "local"))

# pylint: disable=wrong-import-position
import bench  # noqa: E402
import installation  # noqa: E402
import psycopg2  # noqa: E402
from gateway_client import Gateway, admin_of, run_program  # noqa: E402

SIZES = (1_000, 100_000, 1_000_000)
BATCH = 50_000
CHECKOUTS = 500
READS = 1_000
CLIENTS = 8
PROCESSES = (*bench.SERVICES, "gateway", *bench.DATABASES, "redis")

# Order number n of the past: its id tells its time (UUIDv7), as those of real ones do, and is the
# same in every statement of a run.
UNTIL = datetime.datetime.now(datetime.UTC)
AGE = "(interval '365 days' * (1 - n / 1000001.0))"
STAMP = f"(extract(epoch FROM %(until)s::timestamptz - {AGE}) * 1000)::bigint"
ORDER = f"(lpad(to_hex({STAMP}), 12, '0') || '7000' || '8' || lpad(to_hex(n), 15, '0'))::uuid"
CUSTOMER = "md5('customer ' || n %% 50000)::uuid"
PRODUCT = "(%(products)s::uuid[])[1 + (n * 7 + i) %% %(count)s]"
NUMBERS = "generate_series(%(first)s::bigint, %(last)s::bigint) AS n"
PAST = {
    "order": ("orders order_line order_event order_step", f"""
  INSERT INTO orders (id, user_id, status, version, event_version, currency, total,
                      shipping_address, payment_id, payment_status, trace_id, created_at,
                      updated_at)
  SELECT {ORDER}, {CUSTOMER}, 'confirmed', 3, 2, 'GBP', 3000, %(address)s::jsonb, {ORDER},
         'captured', md5(n::text), now() - {AGE}, now() - {AGE} FROM {NUMBERS};
  INSERT INTO order_line (order_id, product_id, position, quantity, sku, name, unit_price)
  SELECT {ORDER}, {PRODUCT}, i, 1, 'PAST', 'Of the past', 1000
    FROM {NUMBERS}, generate_series(1, 3) AS i ON CONFLICT DO NOTHING;
  INSERT INTO order_event (order_id, seq, from_status, to_status, at, trace_id)
  SELECT {ORDER}, i, CASE i WHEN 1 THEN 'new' ELSE 'pending' END,
         CASE i WHEN 1 THEN 'pending' ELSE 'confirmed' END, now() - {AGE}, md5(n::text)
    FROM {NUMBERS}, generate_series(1, 2) AS i;
  INSERT INTO order_step (order_id, step, service, attempt, outcome, detail, at, trace_id)
  SELECT {ORDER}, 'step ' || i, 'catalog', 1, 'ok', '', now() - {AGE}, md5(n::text)
    FROM {NUMBERS}, generate_series(1, 5) AS i"""),
    "payment": ("payment ledger_journal", f"""
  INSERT INTO payment (id, order_id, user_id, amount, currency, payment_method, status, authorized,
                       captured, intent_id, event_version, trace_id, created_at, updated_at)
  SELECT {ORDER}, {ORDER}, {CUSTOMER}, 3000, 'GBP', 'pm_card_visa', 'captured', 3000, 3000,
         'pi_past_' || n, 2, md5(n::text), now() - {AGE}, now() - {AGE} FROM {NUMBERS};
  INSERT INTO ledger_journal (order_id, operation, ref, currency, provider_holds, customer_holds,
                              at)
  SELECT {ORDER}, 'authorize', {ORDER}, 'GBP', 3000, -3000, now() - {AGE} FROM {NUMBERS};
  INSERT INTO ledger_journal (order_id, operation, ref, currency, provider_holds, customer_holds,
                              provider_receivable, sales, at)
  SELECT {ORDER}, 'capture', {ORDER}, 'GBP', -3000, 3000, 3000, -3000, now() - {AGE}
    FROM {NUMBERS}"""),
    "catalog": ("reservation reservation_line stock_movement", f"""
  INSERT INTO reservation (order_id, status, expires_at)
  SELECT {ORDER}, 'committed', now() - {AGE} FROM {NUMBERS};
  INSERT INTO reservation_line (order_id, product_id, position, quantity, sku, name, unit_price,
                                currency)
  SELECT {ORDER}, {PRODUCT}, i, 1, 'PAST', 'Of the past', 1000, 'GBP'
    FROM {NUMBERS}, generate_series(1, 3) AS i ON CONFLICT DO NOTHING;
  INSERT INTO stock_movement (product_id, kind, delta, order_id, at)
  SELECT {PRODUCT}, 'sale', -1, {ORDER}, now() - {AGE}
    FROM {NUMBERS}, generate_series(1, 3) AS i ON CONFLICT DO NOTHING"""),
}
ADDRESS = json.dumps({"name": "Ada Lovelace", "line1": "12 St James's Square", "city": "London",
                      "postal_code": "SW1Y 4JH", "country": "GB"})


def write_past(env: dict[str, str], first: int, last: int, products: list[str]) -> None:
    """Orders number `first` to `last`, without the events that nobody was there to hear."""
    for service, (tables, statements) in PAST.items():
        connection = psycopg2.connect(env[f"{service.upper()}_DATABASE_URL"],
                                      options="-c statement_timeout=0")
        connection.autocommit = True
        with connection.cursor() as cursor:
            for table in tables.split():
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for begin in range(first, last + 1, BATCH):
                for statement in statements.split(";"):
                    cursor.execute(statement, {"first": begin, "last": min(last, begin + BATCH - 1),
                                               "products": products, "count": len(products),
                                               "until": UNTIL,
                                               "address": ADDRESS})
            for table in tables.split():
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
                cursor.execute(f"VACUUM ANALYZE {table}")
        connection.close()


def past_order(env: dict[str, str], number: int) -> str:
    connection = psycopg2.connect(env["ORDER_DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM orders WHERE trace_id = md5(%s) LIMIT 1", (str(number),))
        found = cursor.fetchone()[0]
    connection.close()
    return found


def spent() -> float:
    return sum(bench.cpu_ms(name) for name in PROCESSES)


def measure(name: str, gateway: Gateway, path: str) -> None:
    times = []
    for _ in range(READS // 10):
        gateway.call("GET", path, expect=(200,))
    before = spent()
    for _ in range(READS):
        began = time.perf_counter()
        gateway.call("GET", path, expect=(200,))
        times.append((time.perf_counter() - began) * 1000)
    cpu = (spent() - before) / READS
    print(f"  {name:<34}{cpu:>8.3f} CPU-ms   p50 {statistics.median(times):.2f} ms", flush=True)


def measure_checkouts(env: dict[str, str], build: pathlib.Path, form: list[str]) -> None:
    bench.load(build, env, CHECKOUTS // 5, CLIENTS, form)
    bench.await_settled(env)
    before = spent()
    result = bench.load(build, env, CHECKOUTS, CLIENTS, form)
    bench.await_settled(env)
    cpu = (spent() - before) / CHECKOUTS
    print(f"  {'checkout of 3 lines':<34}{cpu:>8.3f} CPU-ms   p50 {result['p50_ms']:.1f} ms, "
          f"{result['rate']:.0f}/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures an installation with a long past.")
    parser.add_argument("--orders", type=int, nargs="+", default=SIZES, help="sizes, growing")
    options = parser.parse_args()
    build = pathlib.Path(__file__).parents[2] / "build" / "release"
    env = installation.load()
    admin = admin_of(env)
    products = bench.goods(admin, 60)
    written = 0
    with bench.order_form(env, products[:3], CLIENTS) as form:
        for size in options.orders:
            write_past(env, written + 1, size, products)
            written = size
            print(f"{size} past orders", flush=True)
            measure_checkouts(env, build, form)
            # A new connection: one that was idle while the past was written has been closed.
            straight = Gateway(env["ORDER_URL"], admin.token, patience_s=0)
            measure("an order by id", straight, f"/api/v1/orders/{past_order(env, size // 2)}")
            measure("the newest 20 orders (admin)", straight, "/api/v1/orders?limit=20")
            measure("confirmed orders (admin)", straight, "/api/v1/orders?status=confirmed")
            measure("ledger balances (admin)",
                    Gateway(env["PAYMENT_URL"], admin.token, patience_s=0),
                    "/api/v1/ledger/balances")


if __name__ == "__main__":
    run_program(main)
