#include "storage/pg_checkout_store.hpp"

#include <exception>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "storage/invariants.hpp"
#include "storage/order_rows.hpp"

namespace order::storage {
namespace {

/// Order, product, SKU, name, price.
using OfferColumns = db::Columns<5>;

void add_offers(OfferColumns& columns, const Order& order) {
  for (const auto& line : order.lines) {
    if (!line.offer) continue;
    columns.add(order.id, line.product, line.offer->sku, line.offer->name,
                line.offer->unit_price.amount_minor);
  }
}

/// Order, product, quantity, position.
using OrderLineColumns = db::Columns<4>;

void add_lines(OrderLineColumns& columns, const Order& order) {
  int position = 0;
  for (const auto& line : order.lines) {
    columns.add(order.id, line.product, line.quantity, ++position);
  }
}

template <class T, class F>
auto map(const std::optional<T>& value, F&& function) -> std::optional<decltype(function(*value))> {
  if (!value) return std::nullopt;
  return function(*value);
}

std::optional<std::int64_t> amount(const std::optional<Money>& money) {
  return map(money, [](const Money& each) { return each.amount_minor; });
}
std::optional<std::string> currency(const std::optional<Money>& money) {
  return map(money, [](const Money& each) { return each.currency; });
}

}  // namespace

// Step 0 in one statement, of however many orders: no key, no order. Two requests with one key meet
// at the key's row: the later one waits for the earlier one's commit and then finds the key taken.
constexpr db::Statement kBegin{"begin_checkouts", R"(
  WITH asked AS MATERIALIZED (
    SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::bigint[], $7::text[],
                         $8::text[], $9::timestamptz[], $10::text[], $11::uuid[], $12::bigint[],
                         $13::text[], $14::boolean[])
      AS a (subject, key, fingerprint, order_id, wait_ms, address, trace_id, at, payment_method,
            address_id, expected_total, expected_currency, from_cart)),
  claimed AS (
    INSERT INTO idempotency_key (subject, key, fingerprint, order_id, owner, answer_by)
    SELECT subject, key, fingerprint, order_id, $1, now() + wait_ms * interval '1 millisecond'
      FROM asked ORDER BY subject, key
    ON CONFLICT DO NOTHING RETURNING order_id),
  granted AS MATERIALIZED (SELECT asked.* FROM asked JOIN claimed USING (order_id)),
  placed AS (
    INSERT INTO orders (id, user_id, status, shipping_address, trace_id, created_at, updated_at)
    SELECT order_id, subject, 'pending', address::jsonb, trace_id, at, at FROM granted
    RETURNING id, number),
  listed AS (
    INSERT INTO order_line (order_id, product_id, quantity, position)
    SELECT line.* FROM unnest($15::uuid[], $16::uuid[], $17::int[], $18::int[])
                       AS line (order_id, product_id, quantity, position)
      JOIN granted USING (order_id)),
  owed AS (
    INSERT INTO saga (id, order_id, kind, lease, next_run_at, started_at, trace_id,
                      idempotency_key, payment_method, address_id, expected_total,
                      expected_currency, from_cart)
    SELECT order_id, order_id, 'checkout', $1, now() + interval '2 s', at, trace_id,
           key, payment_method, address_id, expected_total, expected_currency, from_cart
      FROM granted)
  SELECT id, number FROM placed)"};

std::vector<PgCheckoutStore::Number> PgCheckoutStore::insert(
    const std::vector<const Beginning*>& beginnings) {
  db::Columns<13> asked;
  OrderLineColumns lines;
  for (const auto* each : beginnings) {
    const auto& [checkout, key] = *each;
    const auto& order = checkout.order;
    const auto& request = checkout.request;
    // What is left of the wait by now: it began before the order waited for its turn here.
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        checkout.until - clock_.steady_now());
    asked.add(key.user, key.key, key.fingerprint, order.id, left.count(),
              to_json(order.shipping_address), checkout.saga.trace_id, order.created_at,
              request.payment_method, request.address, amount(request.expected_total),
              currency(request.expected_total), request.from_cart);
    add_lines(lines, order);
  }
  std::unordered_map<OrderId, std::int64_t> placed;
  for (const auto& row : pool_.execute_with(mercato::Deadline::never(), kBegin,
                                            db::parameters(instance_, asked, lines))) {
    placed.emplace(db::id<OrderId>(row, "id"), db::integer(row, "number"));
  }
  std::vector<Number> numbers;
  numbers.reserve(beginnings.size());
  for (const auto* each : beginnings) {
    const auto found = placed.find(each->checkout.order.id);
    numbers.push_back(found == placed.end() ? Number() : Number(found->second));
  }
  return numbers;
}

constexpr db::Statement kOrderNumber{"order_number", "SELECT number FROM orders WHERE id = $1"};

std::optional<KeyRecord> PgCheckoutStore::begin(Checkout& checkout, const RequestKey& key) {
  std::exception_ptr failure;
  try {
    if (const auto number = beginnings_.run({checkout, key})) {
      checkout.order.number = *number;
      return std::nullopt;
    }
  } catch (const std::exception&) {
    failure = std::current_exception();
  }
  auto taken = find_taken(checkout.order.id, key, failure);
  if (!taken) {
    checkout.order.number =
        db::integer(pool_.execute(kOrderNumber, checkout.order.id)[0], "number");
  }
  return taken;
}

/// What has the key that `order` was not stored under, it seems. The connection may have broken
/// after the statement took effect: the key tells, and nothing is returned if the order has it. If
/// nothing is there, nothing was stored.
std::optional<KeyRecord> PgCheckoutStore::find_taken(OrderId order, const RequestKey& key,
                                                     const std::exception_ptr& failure) {
  auto record = answers_.find(key.user, key.key);
  if (record && record->order == order) return std::nullopt;
  if (failure) std::rethrow_exception(failure);
  // The key may have been freed between the two statements: the client may try again at once.
  if (!record) throw request_in_progress();
  return record;
}

// Orders that are refused before they were begun: a row each of what the statements above and below
// make in two, and the trigger writes both moves. No saga: nothing was asked of anybody.
constexpr db::Statement kRefuse{"refuse_checkouts", R"(
  WITH asked AS MATERIALIZED (
    SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[],
                         $8::text[], $9::timestamptz[], $10::timestamptz[], $11::int[],
                         $12::text[], $13::text[], $14::bytea[])
      AS a (subject, key, fingerprint, order_id, address, reason, trace_id, created_at, refused_at,
            answer_status, content_type, location, body)),
  claimed AS (
    INSERT INTO idempotency_key (subject, key, fingerprint, order_id, owner, status, content_type,
                                 location, body)
    SELECT subject, key, fingerprint, order_id, $1, answer_status, content_type, location, body
      FROM asked ORDER BY subject, key
    ON CONFLICT DO NOTHING RETURNING order_id),
  granted AS MATERIALIZED (SELECT asked.* FROM asked JOIN claimed USING (order_id)),
  placed AS (
    INSERT INTO orders (id, user_id, status, version, event_version, shipping_address,
                        reject_reason, trace_id, created_at, updated_at)
    SELECT order_id, subject, 'rejected', 2, 2, address::jsonb, reason, trace_id, created_at,
           refused_at
      FROM granted),
  listed AS (
    INSERT INTO order_line (order_id, product_id, quantity, position)
    SELECT line.* FROM unnest($15::uuid[], $16::uuid[], $17::int[], $18::int[])
                       AS line (order_id, product_id, quantity, position)
      JOIN granted USING (order_id)),
  logged AS (
    INSERT INTO order_step (order_id, step, service, attempt, outcome, detail, at, trace_id)
    SELECT s.order_id, s.step, s.service, s.attempt, s.outcome, s.detail, s.at, s.trace_id
      FROM unnest($19::uuid[], $20::text[], $21::text[], $22::int[], $23::text[], $24::text[],
                  $25::timestamptz[], $26::text[])
           WITH ORDINALITY
           AS s (order_id, step, service, attempt, outcome, detail, at, trace_id, position)
      JOIN granted USING (order_id)
     ORDER BY s.position),
  remembered AS (
    INSERT INTO seen_active (user_id) SELECT DISTINCT subject FROM granted
    ORDER BY subject ON CONFLICT DO NOTHING)
  SELECT order_id FROM granted)"};

std::vector<bool> PgCheckoutStore::insert_refused(
    const std::vector<const RefusedCheckout*>& refused) {
  db::Columns<13> asked;
  OrderLineColumns lines;
  StepColumns steps;
  for (const auto* each : refused) {
    const auto& [checkout, key, answer] = *each;
    const auto& order = checkout.order;
    asked.add(key.user, key.key, key.fingerprint, order.id, to_json(order.shipping_address),
              map(order.reject_reason, [](Reason reason) { return name(reason); }),
              checkout.saga.trace_id, order.created_at, order.updated_at, answer.status,
              answer.content_type, answer.location, db::bytea(answer.body));
    add_lines(lines, order);
    add_steps(steps, order.id, checkout.log);
  }
  std::unordered_set<OrderId> stored;
  for (const auto& row : pool_.execute_with(mercato::Deadline::never(), kRefuse,
                                            db::parameters(instance_, asked, lines, steps))) {
    stored.insert(db::id<OrderId>(row, "order_id"));
  }
  std::vector<bool> outcomes;
  outcomes.reserve(refused.size());
  for (const auto* each : refused) outcomes.push_back(stored.contains(each->checkout.order.id));
  return outcomes;
}

std::optional<KeyRecord> PgCheckoutStore::refuse(const Checkout& checkout, const RequestKey& key,
                                                 const Answer& answer) {
  std::exception_ptr failure;
  try {
    if (refusals_.run({checkout, key, answer})) return std::nullopt;
  } catch (const std::exception&) {
    failure = std::current_exception();
  }
  return find_taken(checkout.order.id, key, failure);
}

constexpr db::Statement kLoad{"load_checkout", R"(
  SELECT idempotency_key, payment_method, address_id, expected_total, expected_currency, from_cart,
         buyer_checked, extract(epoch FROM now() - payment_asked_at)::bigint AS payment_silent_for_s
    FROM saga WHERE id = $1 AND kind = 'checkout' AND version = $2)"};

std::optional<Checkout> PgCheckoutStore::load(Saga saga) {
  const auto rows = pool_.execute(kLoad, saga.id, saga.version);
  if (rows.empty()) return std::nullopt;
  auto orders = read_orders(
      [this](const db::Statement& statement, const db::Parameter& parameter) {
        return pool_.execute(statement, parameter);
      },
      {saga.order});
  if (orders.empty() || orders.front().status != OrderStatus::pending) return std::nullopt;

  const auto& row = rows[0];
  Checkout checkout;
  checkout.order = std::move(orders.front());
  checkout.key = db::text(row, "idempotency_key");
  checkout.request.payment_method = db::text(row, "payment_method");
  checkout.request.address = map(db::optional_uuid(row, "address_id"),
                                 [](const mercato::Uuid& id) { return AddressId(id); });
  if (const auto expected = db::optional_integer(row, "expected_total")) {
    checkout.request.expected_total = {*expected, db::text(row, "expected_currency")};
  }
  checkout.request.from_cart = db::boolean(row, "from_cart");
  checkout.buyer_checked = db::boolean(row, "buyer_checked");
  checkout.payment_silent_for =
      map(db::optional_integer(row, "payment_silent_for_s"),
          [](std::int64_t seconds) { return std::chrono::seconds(seconds); });
  checkout.saga = std::move(saga);
  return checkout;
}

// The pivot in one statement, of however many orders: everything hangs on an order still being
// pending. The trigger on orders records the move and its event. After `answer_by` the client may
// have been told that the order is pending, by a process that died before it could write that down:
// whoever ends the wait then writes just that.
constexpr db::Statement kSettle{"settle_checkouts", R"(
  WITH asked AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::uuid[],
                         $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::text[],
                         $12::boolean[], $13::text[], $14::int[], $15::text[], $16::text[],
                         $17::bytea[])
      AS a (order_id, new_status, new_currency, new_total, address, payment, new_payment_status,
            reason, trace, at, saga_kind, buyer_checked, key, answer_status, content_type, location,
            body)),
  settled AS (
    UPDATE orders SET status = new_status, version = version + 1, currency = new_currency,
                      total = new_total, shipping_address = address::jsonb, payment_id = payment,
                      payment_status = new_payment_status, reject_reason = reason,
                      trace_id = trace, updated_at = at
      FROM asked WHERE id = asked.order_id AND status = 'pending'
    RETURNING id, user_id),
  due AS MATERIALIZED (
    SELECT asked.*, user_id FROM settled JOIN asked ON order_id = id),
  priced AS (
    UPDATE order_line SET sku = offer.sku, name = offer.name, unit_price = offer.unit_price
      FROM unnest($18::uuid[], $19::uuid[], $20::text[], $21::text[], $22::bigint[])
           AS offer (order_id, product_id, sku, name, unit_price)
      JOIN due USING (order_id)
     WHERE order_line.order_id = offer.order_id AND order_line.product_id = offer.product_id),
  owed AS (
    UPDATE saga SET kind = saga_kind, version = version + 1, attempt = 1, started_at = at,
                    next_run_at = now() + interval '2 s', payment_method = NULL
      FROM due WHERE saga.id = due.order_id),
  logged AS (
    INSERT INTO order_step (order_id, step, service, attempt, outcome, detail, at, trace_id)
    SELECT s.order_id, s.step, s.service, s.attempt, s.outcome, s.detail, s.at, s.trace_id
      FROM unnest($23::uuid[], $24::text[], $25::text[], $26::int[], $27::text[], $28::text[],
                  $29::timestamptz[], $30::text[])
           WITH ORDINALITY
           AS s (order_id, step, service, attempt, outcome, detail, at, trace_id, position)
      JOIN due USING (order_id)
     ORDER BY s.position),
  remembered AS (
    INSERT INTO seen_active (user_id) SELECT DISTINCT user_id FROM due WHERE buyer_checked
    ORDER BY user_id ON CONFLICT DO NOTHING),
  answered AS (
    UPDATE idempotency_key AS k
       SET status = answer_status, content_type = due.content_type, location = due.location,
           body = due.body
      FROM due
     WHERE answer_status IS NOT NULL AND k.subject = due.user_id AND k.key = due.key
       AND k.order_id = due.order_id AND k.status IS NULL
       AND coalesce(clock_timestamp() < k.answer_by, true)
    RETURNING due.order_id)
  SELECT due.order_id, answered.order_id IS NOT NULL AS answered
    FROM due LEFT JOIN answered USING (order_id))"};

std::vector<CheckoutStore::Settled> PgCheckoutStore::settle_all(
    const std::vector<const Settlement*>& settlements, const Execute& execute) {
  db::Columns<17> asked;
  OfferColumns offers;
  StepColumns steps;
  std::unordered_map<OrderId, Settled> outcomes;
  for (const auto* settlement : settlements) {
    const auto& [checkout, answer] = *settlement;
    const auto& order = checkout.order;
    // Two runners may be at one saga; the first has to be over before the second can lose.
    if (!outcomes.emplace(order.id, Settled{}).second) {
      throw std::logic_error("one order is settled twice at once");
    }
    const bool confirmed = order.status == OrderStatus::confirmed;
    asked.add(order.id, name(order.status), currency(order.total), amount(order.total),
              to_json(order.shipping_address),
              map(order.payment, [](const OrderPayment& payment) { return payment.id; }),
              map(order.payment, [](const OrderPayment& payment) { return name(payment.status); }),
              map(order.reject_reason, [](Reason reason) { return name(reason); }),
              checkout.saga.trace_id, order.updated_at,
              name(confirmed ? SagaKind::capture : SagaKind::undo), checkout.buyer_checked,
              checkout.key, map(answer, [](const Answer& each) { return each.status; }),
              map(answer, [](const Answer& each) { return each.content_type; }),
              map(answer, [](const Answer& each) { return each.location; }),
              map(answer, [](const Answer& each) { return db::bytea(each.body); }));
    add_offers(offers, order);
    add_steps(steps, order.id, checkout.log);
  }
  for (const auto& row : execute(kSettle, db::parameters(asked, offers, steps))) {
    outcomes[db::id<OrderId>(row, "order_id")] = {true, db::boolean(row, "answered")};
  }
  std::vector<Settled> settled;
  settled.reserve(settlements.size());
  for (const auto* each : settlements) settled.push_back(outcomes[each->checkout.order.id]);
  return settled;
}

// What some settlements need besides has statements of its own: each part of a statement costs,
// also where it finds nothing to do.

// What was bought leaves the cart; what was put in since then stays.
constexpr db::Statement kTakeFromCart{"take_bought_from_cart", R"(
  WITH taken AS (
    DELETE FROM cart_line AS c USING order_line AS l
     WHERE l.order_id = $1 AND c.user_id = $2 AND l.product_id = c.product_id
       AND c.quantity <= l.quantity)
  UPDATE cart_line AS c SET quantity = c.quantity - l.quantity FROM order_line AS l
   WHERE l.order_id = $1 AND c.user_id = $2 AND l.product_id = c.product_id
     AND c.quantity > l.quantity)"};

constexpr db::Statement kForgetActive{"forget_seen_active",
                                      "DELETE FROM seen_active WHERE user_id = $1"};

constexpr db::Statement kFreeKeyOfOrder{"free_key_of_order", R"(
  DELETE FROM idempotency_key
   WHERE subject = $1 AND key = $2 AND order_id = $3 AND status IS NULL
     AND coalesce(clock_timestamp() < answer_by, true))"};

CheckoutStore::Settled PgCheckoutStore::settle(const Checkout& checkout,
                                               const std::optional<Answer>& answer) {
  const auto& order = checkout.order;
  const bool empties_cart =
      order.status == OrderStatus::confirmed && checkout.request.from_cart;
  const bool disabled = order.reject_reason == Reason::user_disabled;
  const Settlement settlement{checkout, answer};
  if (answer && !empties_cart && !disabled) {
    return keeping_invariants([&] { return settlements_.run(settlement); });
  }
  const auto settle_alone = [&](db::Transaction& transaction) {
    auto settled = settle_all({&settlement}, [&](const auto& statement, const auto& parameters) {
                     return transaction.execute_with(statement, parameters);
                   }).front();
    if (!settled.settled) return settled;
    if (empties_cart) transaction.execute(kTakeFromCart, order.id, order.user);
    if (disabled) transaction.execute(kForgetActive, order.user);
    if (!answer) {
      const auto freed = transaction.execute(kFreeKeyOfOrder, order.user, checkout.key, order.id);
      settled.answered = freed.affected_rows() == 1;
    }
    return settled;
  };
  return keeping_invariants([&] { return pool_.transact(settle_alone); });
}

// What clients can see of the order changes only with what is new: the total, the address.
constexpr db::Statement kKeepProgress{"keep_checkout_progress", R"(
  UPDATE orders SET version = version + 1, currency = $2, total = $3, shipping_address = $4::jsonb,
                    payment_id = $5, payment_status = $6, updated_at = $7
   WHERE id = $1 AND status = 'pending'
     AND (total IS DISTINCT FROM $3 OR shipping_address IS DISTINCT FROM $4::jsonb
          OR payment_id IS DISTINCT FROM $5))"};

constexpr db::Statement kKeepOffers{"keep_offers", R"(
  UPDATE order_line SET sku = offer.sku, name = offer.name, unit_price = offer.unit_price
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[])
         AS offer (order_id, product_id, sku, name, unit_price)
   WHERE order_line.order_id = offer.order_id AND order_line.product_id = offer.product_id
     AND order_line.unit_price IS NULL)"};

constexpr db::Statement kKeepLearned{"keep_learned", R"(
  UPDATE saga SET buyer_checked = $2,
                  payment_asked_at = CASE WHEN $3 THEN coalesce(payment_asked_at, now()) END
   WHERE id = $1)"};

// Thrown to roll back what a runner wrote before it saw that another one has the saga now.
struct TakenOver {};

void PgCheckoutStore::postpone(const Checkout& checkout, std::chrono::milliseconds delay) try {
  const auto& order = checkout.order;
  OfferColumns offers;
  add_offers(offers, order);
  const auto keep_progress = [&](db::Transaction& transaction) {
    // The order first, as in every statement that writes both, so that they cannot deadlock.
    transaction.execute(
        kKeepProgress, order.id, currency(order.total), amount(order.total),
        to_json(order.shipping_address),
        map(order.payment, [](const OrderPayment& payment) { return payment.id; }),
        map(order.payment, [](const OrderPayment& payment) { return name(payment.status); }),
        clock_.now());
    if (!postpone_saga(transaction, checkout.saga, checkout.log, delay)) throw TakenOver();
    transaction.execute(kKeepLearned, checkout.saga.id, checkout.buyer_checked,
                        checkout.payment_silent_for.has_value());
    transaction.execute_with(kKeepOffers, db::parameters(offers));
  };
  keeping_invariants([&] { pool_.transact(keep_progress); });
} catch (const TakenOver&) {
  // Nothing was written. Whoever has the saga reserves again, which gives the same reservation.
}

// Whoever was lost since may have been written down by a checkout that was under way.
constexpr db::Statement kSeenActive{"was_seen_active", R"(
  SELECT 1 FROM seen_active AS s
   WHERE s.user_id = $1
     AND NOT EXISTS (SELECT 1 FROM inactive_user AS i WHERE i.user_id = s.user_id))"};

bool PgCheckoutStore::was_seen_active(UserId user) {
  return !pool_.execute(kSeenActive, user).empty();
}

}  // namespace order::storage
