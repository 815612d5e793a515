"""Ten mistakes that others have made in systems like this one, and the tests that must notice them.

Each is an edit of one source file: `old` must stand there exactly once. `suite` is a test binary,
`cases` what it is asked to run.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bug:
    name: str
    file: str
    old: str
    new: str
    suite: str
    cases: str


BUGS = (
    Bug("a release before its reserve leaves no tombstone",
        "services/catalog/migrations/0002_create_reservations.sql",
        "  INSERT INTO reservation (order_id, status, expires_at)\n"
        "  VALUES (p_order, 'released', clock_timestamp()) ON CONFLICT DO NOTHING;\n"
        "  IF FOUND THEN RETURN; END IF;\n",
        "",
        "catalog_integration_tests", "[stock]"),
    Bug("a saga is written back without looking whether it is still ours",
        "services/order/src/storage/order_rows.cpp",
        "WHERE id = $1 AND version = $2)",
        "WHERE id = $1 AND $2::bigint IS NOT NULL)",
        "order_integration_tests", "[crash]"),
    Bug("a movement of stock may be counted twice",
        "services/catalog/migrations/0001_create_products.sql",
        "CONSTRAINT movement_counts_once UNIQUE (order_id, product_id, kind, ref)",
        "CONSTRAINT movement_has_a_kind CHECK (kind <> '')",
        "catalog_integration_tests", "[stock]"),
    Bug("an event is ticked off whether or not its effect was kept",
        "shared/mercato/events/inbox.cpp",
        "  apply(transaction, news);\n  record(transaction, known, sequence);\n",
        "  static_cast<void>(fault_of([&] {\n"
        "    pool_.transact([&](db::Transaction& another) { apply(another, news); });\n"
        "  }));\n"
        "  record(transaction, known, sequence);\n",
        "shared_integration_tests", "[events]"),
    Bug("the outbox is read from the highest number that was seen",
        "shared/mercato/events/outbox_relay.cpp",
        "FROM outbox WHERE published_seq IS NULL ORDER BY id LIMIT $1) AS unpublished)",
        "FROM outbox WHERE published_seq IS NULL AND id > (\n"
        "        SELECT coalesce(max(id), 0) FROM outbox WHERE published_seq IS NOT NULL)\n"
        "      ORDER BY id LIMIT $1) AS unpublished)",
        "shared_integration_tests", "[events]"),
    Bug("the capture is asked for before the order is confirmed",
        "services/order/src/domain/place_order.cpp",
        "  const auto settled = parts_.store.settle(checkout, answer);\n",
        "  Saga early;\n"
        "  early.id = checkout.saga.id;\n"
        "  early.order = order.id;\n"
        "  early.kind = SagaKind::capture;\n"
        "  early.version = checkout.saga.version + 1;\n"
        "  parts_.dispatcher.dispatch(std::move(early));\n"
        "  const auto settled = parts_.store.settle(checkout, answer);\n",
        "order_unit_tests", "[place_order],[cancel_order]"),
    Bug("a call is repeated that has no key and may have been done",
        "shared/mercato/http/client.cpp",
        "const bool retry = worth_retrying(outcome) && request.idempotent &&",
        "const bool retry = worth_retrying(outcome) &&",
        "shared_integration_tests", "[http_client]"),
    Bug("a lease is ignored",
        "services/order/src/storage/pg_saga_store.cpp",
        "       AND CASE WHEN s.lease IS NULL THEN s.next_run_at <= now()",
        "       AND CASE WHEN s.lease IS NULL OR true THEN s.id <> ALL ($2::uuid[])",
        "order_integration_tests", "[crash],[order],[cancel_order]"),
    Bug("a refund is not held against what is left",
        "services/order/src/domain/refund.cpp",
        "refund.amount.amount_minor > left_minor || refund.amount.amount_minor < 1",
        "refund.amount.amount_minor < 1",
        "order_unit_tests", "[refund_order]"),
    Bug("money is counted in floating point",
        "services/order/src/domain/order.hpp",
        "    return offer->unit_price.amount_minor * quantity;\n",
        "    const auto price = static_cast<float>(offer->unit_price.amount_minor);\n"
        "    return static_cast<std::int64_t>(price * static_cast<float>(quantity));\n",
        "order_unit_tests", "[place_order],[refund_order]"),
)
