#include "storage/order_rows.hpp"

#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <mercato/json/json.hpp>

namespace order::storage {
namespace {

namespace json = mercato::json;

template <class T>
T known(std::optional<T> value, const char* what) {
  if (!value) throw std::logic_error(std::string("unknown ") + what + " in the database");
  return *value;
}

std::optional<std::string> member(const json::Value& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? std::nullopt
                               : std::optional<std::string>(found->get<std::string>());
}

Address read_address(const std::string& text) {
  const auto object = json::parse(text);
  Address address;
  address.name = object.at("name").get<std::string>();
  address.line1 = object.at("line1").get<std::string>();
  address.line2 = member(object, "line2");
  address.city = object.at("city").get<std::string>();
  address.region = member(object, "region");
  address.postal_code = object.at("postal_code").get<std::string>();
  address.country = object.at("country").get<std::string>();
  address.phone = member(object, "phone");
  return address;
}

Order read_order(const db::Row& row) {
  Order order;
  order.id = db::id<OrderId>(row, "id");
  order.number = db::integer(row, "number");
  order.user = db::id<UserId>(row, "user_id");
  order.status = known(parse_order_status(db::text(row, "status")), "order status");
  order.version = db::integer(row, "version");
  if (const auto total = db::optional_integer(row, "total")) {
    order.total = {*total, db::text(row, "currency")};
  }
  order.refunded_minor = db::integer(row, "refunded");
  order.refund_pending_minor = db::integer(row, "refund_pending");
  if (const auto address = db::optional_text(row, "shipping_address")) {
    order.shipping_address = read_address(*address);
  }
  if (const auto payment = db::optional_uuid(row, "payment_id")) {
    order.payment = {
        PaymentId(*payment),
        known(parse_payment_status(db::text(row, "payment_status")), "payment status")};
  }
  if (const auto reason = db::optional_text(row, "reject_reason")) {
    order.reject_reason = known(parse_reason(*reason), "reason");
  }
  const auto carrier = db::optional_text(row, "carrier");
  const auto number = db::optional_text(row, "tracking_number");
  if (carrier || number) order.tracking = {carrier, number};
  order.created_at = db::timestamp(row, "created_at");
  order.updated_at = db::timestamp(row, "updated_at");
  return order;
}

OrderLine read_line(const db::Row& row, const std::optional<Money>& total) {
  OrderLine line;
  line.product = db::id<ProductId>(row, "product_id");
  line.quantity = db::integer(row, "quantity");
  line.refunded_quantity = db::integer(row, "refunded");
  const auto unit_price = db::optional_integer(row, "unit_price");
  // Read a moment later than the order: prices count only if the order has a total.
  if (unit_price && total) {
    line.offer = Offer{db::text(row, "sku"), db::text(row, "name"), {*unit_price, total->currency}};
  }
  return line;
}

constexpr db::Statement kReadOrders{"read_orders", R"(
  SELECT id, number, user_id, status, version, currency, total, refunded, refund_pending,
         shipping_address, payment_id, payment_status, reject_reason, carrier, tracking_number,
         created_at, updated_at
    FROM orders WHERE id = ANY ($1::uuid[]))"};

// A hundred orders of a thousand lines each would take more memory than there is, so that they are
// not all read at once. The limit of the statement; as many lines are a few megabytes of JSON.
constexpr std::size_t kMostLines = 3'001;
static_assert(kMostLines > 3 * kMaxLines, "three whole orders, and the beginning of the next one");

constexpr db::Statement kReadLines{"read_lines", R"(
  SELECT order_id, product_id, quantity, sku, name, unit_price, refunded
    FROM order_line WHERE order_id = ANY ($1::uuid[])
   ORDER BY order_id DESC, position LIMIT 3001)"};

/// Whether all lines of an order are among `lines`: of the last one the rest may have been left.
bool is_whole(const Order& order, const db::Result& lines) {
  return std::cmp_less(lines.size(), kMostLines) ||
         db::id<OrderId>(lines[lines.size() - 1], "order_id") < order.id;
}

}  // namespace

std::vector<Order> read_orders(const Execute& execute, const std::vector<OrderId>& ids) {
  if (ids.empty()) return {};
  const auto wanted = db::array(ids);
  std::unordered_map<OrderId, Order> found;
  for (const auto& row : execute(kReadOrders, wanted)) {
    auto order = read_order(row);
    found.emplace(order.id, std::move(order));
  }
  const auto lines = execute(kReadLines, wanted);
  for (const auto& row : lines) {
    const auto order = found.find(db::id<OrderId>(row, "order_id"));
    if (order == found.end()) continue;
    order->second.lines.push_back(read_line(row, order->second.total));
  }
  std::vector<Order> orders;
  orders.reserve(found.size());
  for (const auto& id : ids) {
    const auto order = found.find(id);
    if (order == found.end()) continue;
    if (!is_whole(order->second, lines)) break;
    orders.push_back(std::move(order->second));
  }
  return orders;
}

std::optional<std::string> to_json(const std::optional<Address>& address) {
  if (!address) return std::nullopt;
  auto object = json::Value::object();
  object["name"] = address->name;
  object["line1"] = address->line1;
  if (address->line2) object["line2"] = *address->line2;
  object["city"] = address->city;
  if (address->region) object["region"] = *address->region;
  object["postal_code"] = address->postal_code;
  object["country"] = address->country;
  if (address->phone) object["phone"] = *address->phone;
  return json::dump(object);
}

void add_steps(StepColumns& columns, OrderId order, const StepLog& log) {
  for (const auto& entry : log.entries()) {
    columns.add(order, entry.step, entry.service, entry.attempt, entry.outcome, entry.detail,
                entry.at, entry.trace_id);
  }
}

constexpr db::Statement kInsertSteps{"insert_steps", R"(
  INSERT INTO order_step (order_id, step, service, attempt, outcome, detail, at, trace_id)
  SELECT s.order_id, s.step, s.service, s.attempt, s.outcome, s.detail, s.at, s.trace_id
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[],
                $7::timestamptz[], $8::text[])
         WITH ORDINALITY
         AS s (order_id, step, service, attempt, outcome, detail, at, trace_id, position)
   ORDER BY s.position)"};

void insert_steps(db::Transaction& transaction, OrderId order, const StepLog& log) {
  if (log.entries().empty()) return;
  StepColumns steps;
  add_steps(steps, order, log);
  transaction.execute_with(kInsertSteps, db::parameters(steps));
}

constexpr db::Statement kPostponeSaga{"postpone_saga", R"(
  UPDATE saga SET version = version + 1, attempt = attempt + 1, lease = NULL,
                  next_run_at = now() + $3 * interval '1 millisecond'
   WHERE id = $1 AND version = $2)"};

bool postpone_saga(db::Transaction& transaction, const Saga& saga, const StepLog& log,
                   std::chrono::milliseconds delay) {
  const auto result = transaction.execute(kPostponeSaga, saga.id, saga.version, delay.count());
  if (result.affected_rows() == 0) return false;
  insert_steps(transaction, saga.order, log);
  return true;
}

}  // namespace order::storage
