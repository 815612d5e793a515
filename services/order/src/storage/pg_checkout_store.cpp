#include "storage/pg_checkout_store.hpp"

#include <utility>

#include "storage/order_rows.hpp"

namespace order::storage {
namespace {

struct OfferColumns {
  std::vector<ProductId> products;
  std::vector<std::string> skus;
  std::vector<std::string> names;
  std::vector<std::int64_t> prices;

  explicit OfferColumns(const Order& order) {
    for (const auto& line : order.lines) {
      if (!line.offer) continue;
      products.push_back(line.product);
      skus.push_back(line.offer->sku);
      names.push_back(line.offer->name);
      prices.push_back(line.offer->unit_price.amount_minor);
    }
  }
};

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

// Step 0 in one statement, so in one round trip: no key, no order. Two requests with one key meet
// at the key's row: the later one waits for the earlier one's commit and then finds the key taken.
constexpr db::Statement kBegin{"begin_checkout", R"(
  WITH claimed AS (
    INSERT INTO idempotency_key (subject, key, fingerprint, order_id, owner, answer_by)
    VALUES ($1, $2, $3, $4, $5, now() + $16 * interval '1 millisecond')
    ON CONFLICT DO NOTHING RETURNING order_id),
  placed AS (
    INSERT INTO orders (id, user_id, status, shipping_address, trace_id, created_at, updated_at)
    SELECT order_id, $1, 'pending', $6::jsonb, $7, $8::timestamptz, $8 FROM claimed
    RETURNING id, number),
  listed AS (
    INSERT INTO order_line (order_id, product_id, position, quantity)
    SELECT placed.id, line.product_id, line.position, line.quantity
      FROM placed, unnest($9::uuid[], $10::int[])
                   WITH ORDINALITY AS line (product_id, quantity, position)),
  owed AS (
    INSERT INTO saga (id, order_id, kind, lease, next_run_at, started_at, trace_id,
                      idempotency_key, payment_method, address_id, expected_total,
                      expected_currency, from_cart)
    SELECT placed.id, placed.id, 'checkout', $5, now() + interval '2 s', $8, $7,
           $2, $11, $12, $13, $14, $15 FROM placed)
  SELECT number FROM placed)"};

bool PgCheckoutStore::insert(Checkout& checkout, const RequestKey& key) {
  auto& order = checkout.order;
  const auto& request = checkout.request;
  std::vector<ProductId> products;
  std::vector<std::int64_t> quantities;
  for (const auto& line : order.lines) {
    products.push_back(line.product);
    quantities.push_back(line.quantity);
  }
  const auto rows = pool_.execute(
      kBegin, key.user, key.key, key.fingerprint, order.id, instance_,
      to_json(order.shipping_address), checkout.saga.trace_id, order.created_at,
      db::array(products), db::array(quantities), request.payment_method, request.address,
      amount(request.expected_total), currency(request.expected_total), request.from_cart,
      checkout.wait.count());
  if (rows.empty()) return false;
  order.number = db::integer(rows[0], "number");
  return true;
}

constexpr db::Statement kOrderNumber{"order_number", "SELECT number FROM orders WHERE id = $1"};

std::optional<KeyRecord> PgCheckoutStore::begin(Checkout& checkout, const RequestKey& key) {
  try {
    if (insert(checkout, key)) return std::nullopt;
  } catch (const std::exception&) {
    // The connection may have broken after the statement took effect: the key tells. If nothing is
    // there, nothing was stored.
    const auto record = answers_.find(key.user, key.key);
    if (!record || record->order != checkout.order.id) throw;
    const auto rows = pool_.execute(kOrderNumber, checkout.order.id);
    checkout.order.number = db::integer(rows[0], "number");
    return std::nullopt;
  }
  auto record = answers_.find(key.user, key.key);
  // The key may have been freed between the two statements: the client may try again at once.
  if (!record) throw request_in_progress();
  return record;
}

constexpr db::Statement kLoad{"load_checkout", R"(
  SELECT idempotency_key, payment_method, address_id, expected_total, expected_currency, from_cart,
         buyer_checked
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
  checkout.saga = std::move(saga);
  return checkout;
}

// The pivot in one statement: everything hangs on the order still being pending. The trigger on
// orders records the move and its event. After `answer_by` the client may have been told that the
// order is pending, by a process that died before it could write that down: whoever ends the wait
// then writes just that.
constexpr db::Statement kSettle{"settle_checkout", R"(
  WITH settled AS (
    UPDATE orders SET status = $2, version = version + 1, currency = $3, total = $4,
                      shipping_address = $5::jsonb, payment_id = $6, payment_status = $7,
                      reject_reason = $8, trace_id = $9, updated_at = $10
     WHERE id = $1 AND status = 'pending' RETURNING id, user_id),
  priced AS (
    UPDATE order_line SET sku = offer.sku, name = offer.name, unit_price = offer.unit_price
      FROM settled, unnest($11::uuid[], $12::text[], $13::text[], $14::bigint[])
                    AS offer (product_id, sku, name, unit_price)
     WHERE order_line.order_id = settled.id AND order_line.product_id = offer.product_id),
  owed AS (
    UPDATE saga SET kind = $15, version = version + 1, attempt = 1, started_at = $10,
                    next_run_at = now() + interval '2 s', payment_method = NULL
      FROM settled WHERE saga.id = settled.id),
  logged AS (
    INSERT INTO order_step (order_id, step, service, attempt, outcome, detail, at, trace_id)
    SELECT settled.id, s.step, s.service, s.attempt, s.outcome, s.detail, s.at, $9
      FROM settled, unnest($16::text[], $17::text[], $18::int[], $19::text[], $20::text[],
                           $21::timestamptz[])
                    WITH ORDINALITY AS s (step, service, attempt, outcome, detail, at, position)
     ORDER BY s.position),
  remembered AS (
    INSERT INTO seen_active (user_id) SELECT user_id FROM settled WHERE $22
    ON CONFLICT DO NOTHING),
  answered AS (
    UPDATE idempotency_key AS k
       SET status = $24, content_type = $25, location = $26, body = $27::bytea
      FROM settled
     WHERE $24::int IS NOT NULL AND k.subject = settled.user_id AND k.key = $23
       AND k.order_id = settled.id AND k.status IS NULL
       AND coalesce(clock_timestamp() < k.answer_by, true)
    RETURNING 1)
  SELECT (SELECT count(*) FROM settled) AS settled, (SELECT count(*) FROM answered) AS answered)"};

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
  const bool confirmed = order.status == OrderStatus::confirmed;
  const bool empties_cart = confirmed && checkout.request.from_cart;
  const bool disabled = order.reject_reason == Reason::user_disabled;
  const OfferColumns offers(order);
  StepColumns steps;
  steps.add(order.id, checkout.log);
  const auto settle_in = [&](auto& database) {
    const auto rows = database.execute(
        kSettle, order.id, name(order.status), currency(order.total), amount(order.total),
        to_json(order.shipping_address),
        map(order.payment, [](const OrderPayment& payment) { return payment.id; }),
        map(order.payment, [](const OrderPayment& payment) { return name(payment.status); }),
        map(order.reject_reason, [](Reason reason) { return name(reason); }),
        checkout.saga.trace_id, order.updated_at, db::array(offers.products),
        db::array(offers.skus), db::array(offers.names), db::array(offers.prices),
        name(confirmed ? SagaKind::capture : SagaKind::undo), steps.steps(), steps.services(),
        steps.attempts(), steps.outcomes(), steps.details(), steps.times(), checkout.buyer_checked,
        checkout.key, map(answer, [](const Answer& each) { return each.status; }),
        map(answer, [](const Answer& each) { return each.content_type; }),
        map(answer, [](const Answer& each) { return each.location; }),
        map(answer, [](const Answer& each) { return db::bytea(each.body); }));
    return Settled{db::integer(rows[0], "settled") == 1, db::integer(rows[0], "answered") == 1};
  };
  if (answer && !empties_cart && !disabled) return settle_in(pool_);

  return pool_.transact([&](db::Transaction& transaction) {
    auto settled = settle_in(transaction);
    if (!settled.settled) return settled;
    if (empties_cart) transaction.execute(kTakeFromCart, order.id, order.user);
    if (disabled) transaction.execute(kForgetActive, order.user);
    if (!answer) {
      const auto freed = transaction.execute(kFreeKeyOfOrder, order.user, checkout.key, order.id);
      settled.answered = freed.affected_rows() == 1;
    }
    return settled;
  });
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
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[])
         AS offer (product_id, sku, name, unit_price)
   WHERE order_line.order_id = $1 AND order_line.product_id = offer.product_id
     AND order_line.unit_price IS NULL)"};

constexpr db::Statement kKeepBuyerChecked{"keep_buyer_checked",
                                          "UPDATE saga SET buyer_checked = $2 WHERE id = $1"};

// Thrown to roll back what a runner wrote before it saw that another one has the saga now.
struct TakenOver {};

void PgCheckoutStore::postpone(const Checkout& checkout, std::chrono::milliseconds delay) try {
  const auto& order = checkout.order;
  const OfferColumns offers(order);
  pool_.transact([&](db::Transaction& transaction) {
    // The order first, as in every statement that writes both, so that they cannot deadlock.
    transaction.execute(
        kKeepProgress, order.id, currency(order.total), amount(order.total),
        to_json(order.shipping_address),
        map(order.payment, [](const OrderPayment& payment) { return payment.id; }),
        map(order.payment, [](const OrderPayment& payment) { return name(payment.status); }),
        clock_.now());
    if (!postpone_saga(transaction, checkout.saga, checkout.log, delay)) throw TakenOver();
    transaction.execute(kKeepBuyerChecked, checkout.saga.id, checkout.buyer_checked);
    if (!offers.products.empty()) {
      transaction.execute(kKeepOffers, order.id, db::array(offers.products), db::array(offers.skus),
                          db::array(offers.names), db::array(offers.prices));
    }
  });
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
