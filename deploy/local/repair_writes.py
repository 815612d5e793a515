"""How the steps of repairs.py are written, each into the database of one service."""

import json

from repairs import (
    AskProvider, CancelAgain, LookAtDispute, Recreate, RecreatePayment, RecreateRefund, Refund,
    ReleaseAgain, RememberRefund, RememberUndo, RestockAgain, SellAgain)


class Refused(Exception):
    """The database is not as the step needs it."""


# Nobody but the order knew where to; ZZ is the CLDR's code for an unknown region.
UNKNOWN_ADDRESS = {**dict.fromkeys(("name", "line1", "city", "postal_code"), "unknown"),
                   "country": "ZZ"}
TRACE = "0" * 31 + "1"


def only_one(cursor) -> None:
    if cursor.rowcount != 1:
        raise Refused("it has moved on meanwhile")


def recreate(cursor, step: Recreate) -> None:
    payment = step.payment
    cursor.execute("""
        WITH lines AS (
          INSERT INTO order_line (order_id, product_id, position, quantity, sku, name, unit_price)
          SELECT %(id)s::uuid, l.* FROM unnest(%(products)s::uuid[], %(positions)s::int[],
                                         %(quantities)s::int[], %(skus)s::text[], %(names)s::text[],
                                         %(prices)s::bigint[]) AS l)
        INSERT INTO orders (id, user_id, status, total, currency, shipping_address, payment_id,
                            payment_status, trace_id, created_at, updated_at)
        VALUES (%(id)s, %(user)s, 'pending', %(total)s, %(currency)s, %(address)s, %(payment)s,
                %(paid)s, %(trace)s,
                to_timestamp(('x' || left(replace(%(id)s, '-', ''), 12))::bit(48)::bigint / 1000.0),
                now())""", {
        "id": step.order_id, "user": payment.user_id, "total": payment.amount,
        "currency": payment.currency, "address": json.dumps(UNKNOWN_ADDRESS),
        "payment": payment.id, "trace": TRACE,
        "paid": "captured" if "refunded" in payment.status else payment.status,
        "products": [line.product_id for line in step.lines],
        "positions": [line.position for line in step.lines],
        "quantities": [line.quantity for line in step.lines],
        "skus": [line.sku for line in step.lines], "names": [line.name for line in step.lines],
        "prices": [line.unit_price for line in step.lines]})
    reason = "payment_declined" if step.becomes == "rejected" else None
    cursor.execute("""UPDATE orders SET status = %s, version = version + 1, reject_reason = %s
                       WHERE id = %s""", (step.becomes, reason, step.order_id))
    if step.becomes != "confirmed":
        owe(cursor, step.order_id, "undo")
    elif payment.status == "authorized":
        owe(cursor, step.order_id, "capture")
    note(cursor, step.order_id, "from what payment and catalog know")


def owe(cursor, order_id: str, kind: str) -> None:
    cursor.execute("""INSERT INTO saga (id, order_id, kind, trace_id) VALUES (%s, %s, %s, %s)""",
                   (order_id, order_id, kind, TRACE))


def note(cursor, order_id: str, detail: str) -> None:
    cursor.execute("""INSERT INTO order_step (order_id, step, service, attempt, outcome, detail, at,
                                              trace_id)
                      VALUES (%s, 'repair', 'order', 1, 'ok', %s, now(), %s)""",
                   (order_id, detail, TRACE))


def cancel_again(cursor, step: CancelAgain) -> None:
    cursor.execute("""UPDATE orders SET status = 'cancelling', version = version + 1,
                                        trace_id = %s, updated_at = now()
                       WHERE id = %s AND status = 'confirmed'""", (TRACE, step.order_id))
    only_one(cursor)
    owe(cursor, step.order_id, "undo")
    note(cursor, step.order_id, "cancelled, as payment and catalog know")


def remember_refund(cursor, step: RememberRefund) -> None:
    refund = step.refund
    cursor.execute("""
        UPDATE orders SET refunded = refunded + %s, version = version + 1, updated_at = now(),
               payment_status = CASE WHEN refunded + %s = total THEN 'refunded'
                                     ELSE 'partially_refunded' END
         WHERE id = %s RETURNING currency""", (refund.amount, refund.amount, step.order_id))
    only_one(cursor)
    cursor.execute("""INSERT INTO refund (id, order_id, amount, currency, reason, restock, status,
                                          created_at)
                      VALUES (%s, %s, %s, %s, %s, %s, 'succeeded', now())""",
                   (refund.id, step.order_id, refund.amount, cursor.fetchone()[0], refund.reason,
                    bool(refund.goods)))
    for position, (product_id, quantity) in enumerate(refund.goods):
        cursor.execute("INSERT INTO refund_line VALUES (%s, %s, %s, %s)",
                       (refund.id, product_id, position, quantity))
        cursor.execute("""UPDATE order_line SET refunded = refunded + %s
                           WHERE order_id = %s AND product_id = %s""",
                       (quantity, step.order_id, product_id))
        only_one(cursor)
    note(cursor, step.order_id, "a refund, as payment and catalog know it")


def sell_again(cursor, step: SellAgain) -> None:
    """As a checkout does: held, then sold. never_oversold refuses what is not there any more."""
    cursor.execute("""INSERT INTO reservation (order_id, status, expires_at)
                      VALUES (%s, 'expired', now()) ON CONFLICT DO NOTHING""", (step.order_id,))
    cursor.execute("SELECT status FROM reservation WHERE order_id = %s FOR UPDATE",
                   (step.order_id,))
    if cursor.fetchone()[0] == "expired":
        for line in sorted(step.lines, key=lambda line: line.product_id):
            cursor.execute("UPDATE stock SET reserved = reserved + %s WHERE product_id = %s",
                           (line.quantity, line.product_id))
            if cursor.rowcount != 1:
                raise Refused(f"product {line.product_id} is gone")
            cursor.execute("""
                INSERT INTO reservation_line (order_id, product_id, position, quantity, sku, name,
                                              unit_price, currency)
                VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
                (step.order_id, line.product_id, line.position, line.quantity, line.sku, line.name,
                 line.unit_price, step.currency))
    cursor.execute("""UPDATE reservation SET status = 'held', expires_at = now() + interval '1 hour'
                       WHERE order_id = %s AND status IN ('held', 'expired')""", (step.order_id,))
    cursor.execute("SELECT commit_reservation(%s)", (step.order_id,))
    if (outcome := cursor.fetchone()[0]) != "committed":
        raise Refused(f"its stock is {outcome}")


def release_again(cursor, step: ReleaseAgain) -> None:
    cursor.execute("SELECT release_reservation(%s)", (step.order_id,))


def restock_again(cursor, step: RestockAgain) -> None:
    products, quantities = zip(*step.refund.goods)
    cursor.execute("SELECT restock_reservation(%s, %s, %s::uuid[], %s::bigint[])",
                   (step.order_id, step.refund.id, list(products), list(quantities)))
    if (outcome := cursor.fetchone()[0]) != "restocked":
        raise Refused(f"the restock is {outcome}")


def recreate_payment(cursor, step: RecreatePayment) -> None:
    """Not known yet how it ended: what the provider says of the intent decides. What it gave back
    already waits for the service to find the money taken, so that only the rest is asked back.
    Where the service has given it up or a void came first, its row is there: of what was voided
    without having been authorised nothing is in the ledger."""
    order, refunds = step.order, step.intent.refunds
    cursor.execute("""
        INSERT INTO payment (id, order_id, user_id, amount, currency, payment_method, status,
                             intent_id, void_requested, refund_waiting, trace_id)
        VALUES (%s, %s, %s, %s, %s, %s, 'unknown', %s, %s, %s, %s)
        ON CONFLICT (order_id) DO UPDATE
          SET id = excluded.id, user_id = excluded.user_id, amount = excluded.amount,
              currency = excluded.currency, payment_method = excluded.payment_method,
              status = excluded.status, intent_id = excluded.intent_id,
              void_requested = excluded.void_requested, refund_waiting = excluded.refund_waiting,
              trace_id = excluded.trace_id, next_attempt_at = now(), attempts = 0
          WHERE payment.status = 'voided' AND payment.authorized = 0""",
        (order.payment_id, order.id, order.user_id, order.total, order.currency,
         step.intent.payment_method, step.intent.id, step.undone,
         sum(refund.amount for refund in refunds), TRACE))
    only_one(cursor)
    for refund in refunds:
        insert_refund(cursor, order.payment_id, refund, "waiting")


def insert_refund(cursor, payment_id: str, refund: Refund, status: str) -> None:
    cursor.execute("""INSERT INTO refund (id, payment_id, amount, reason, status)
                      VALUES (%s, %s, %s, %s, %s)""",
                   (refund.id, payment_id, refund.amount, refund.reason or "repaired", status))


def remember_undo(cursor, step: RememberUndo) -> None:
    cursor.execute("""UPDATE orders SET refunded = %s, payment_status = 'refunded',
                                        version = version + 1, trace_id = %s, updated_at = now()
                       WHERE id = %s AND status IN ('rejected', 'cancelled')
                         AND payment_status = 'voided'""",
                   (step.given_back, TRACE, step.order_id))
    only_one(cursor)
    note(cursor, step.order_id, "its money went back, as payment knows")


def ask_provider(cursor, step: AskProvider) -> None:
    cursor.execute("""UPDATE payment SET capture_requested = capture_requested OR NOT %s,
                                         void_requested = void_requested OR %s,
                                         next_attempt_at = now()
                       WHERE order_id = %s AND status = 'authorized'""",
                   (step.undone, step.undone, step.order_id))
    only_one(cursor)


def recreate_refund(cursor, step: RecreateRefund) -> None:
    """Counted as promised, as when it was asked for; the provider's books say that it was paid."""
    cursor.execute("""UPDATE payment SET refund_pending = refund_pending + %s WHERE id = %s""",
                   (step.refund.amount, step.payment_id))
    only_one(cursor)
    insert_refund(cursor, step.payment_id, step.refund, "pending")


def look_at_dispute(cursor, step: LookAtDispute) -> None:
    """As the service notes a webhook: it reads the dispute, and posts what the bank did."""
    cursor.execute("""INSERT INTO dispute (id, provider_id, payment_id) VALUES (make_id(), %s, %s)
                      ON CONFLICT (provider_id)
                      DO UPDATE SET hints = dispute.hints + 1, next_look_at = now()""",
                   (step.dispute.id, step.payment_id))


# The database in which a step is taken, and how.
WRITES = {
    Recreate: ("order", recreate), CancelAgain: ("order", cancel_again),
    RememberRefund: ("order", remember_refund),
    SellAgain: ("catalog", sell_again), ReleaseAgain: ("catalog", release_again),
    RestockAgain: ("catalog", restock_again),
    RecreatePayment: ("payment", recreate_payment), AskProvider: ("payment", ask_provider),
    RecreateRefund: ("payment", recreate_refund),
    LookAtDispute: ("payment", look_at_dispute), RememberUndo: ("order", remember_undo),
}
