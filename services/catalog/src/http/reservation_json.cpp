#include "http/reservation_json.hpp"

#include <set>
#include <utility>

namespace catalog::api {
namespace {

namespace json = mercato::json;

constexpr std::size_t kMaxLines = 1000;
constexpr std::int64_t kMaxQuantity = 10'000;

template <class IdType>
IdType read_id(json::Reader& object, std::string_view key) {
  const auto text = object.text(key, {.max = 100});
  const auto id = IdType::parse(text);
  if (!id && !text.empty()) object.fail(key, "invalid_format", "Must be a UUID.");
  return id.value_or(IdType());
}

void read_lines(json::Reader& body, ReservationRequest& request) {
  std::set<ProductId> seen;
  body.objects("lines", 1, kMaxLines, [&](json::Reader& line) {
    const auto product = read_id<ProductId>(line, "product_id");
    request.products.push_back(product);
    request.quantities.push_back(line.integer("quantity", {.min = 1, .max = kMaxQuantity}));
    if (!seen.insert(product).second) {
      line.fail("product_id", "invalid_format", "Each product may stand in one line only.");
    }
  });
}

}  // namespace

Json to_json(OrderId order, const Reserved& reserved) {
  auto lines = Json::array();
  for (const auto& line : reserved.lines) {
    lines.push_back({{"product_id", line.product.str()},
                     {"sku", line.sku},
                     {"name", line.name},
                     {"quantity", line.quantity},
                     {"unit_price", to_json(line.unit_price)}});
  }
  return {{"order_id", order.str()},
          {"expires_at", mercato::to_rfc3339(reserved.expires_at)},
          {"lines", std::move(lines)}};
}

Json to_json(const OutOfStock& shortages) {
  auto lines = Json::array();
  for (const auto& line : shortages) {
    lines.push_back({{"product_id", line.product.str()},
                     {"sku", line.sku},
                     {"requested", line.requested},
                     {"available", line.available}});
  }
  return {{"lines", std::move(lines)}};
}

Json to_json(const NotOrderable& unsold) {
  auto lines = Json::array();
  for (const auto& line : unsold) {
    lines.push_back({{"product_id", line.product.str()}, {"reason", line.reason}});
  }
  return {{"lines", std::move(lines)}};
}

ReservationRequest parse_reservation(std::string_view body) {
  json::Reader reader(json::parse(body));
  ReservationRequest request;
  request.order = read_id<OrderId>(reader, "order_id");
  read_lines(reader, request);
  reader.finish();
  return request;
}

RestockRequest parse_restock(OrderId order, std::string_view body) {
  json::Reader reader(json::parse(body));
  RestockRequest request;
  request.refund = reader.text("refund_id", {.max = 100});
  if (request.refund == "release") {
    reader.fail("refund_id", "invalid_format", "Must be a refund's id.");
  }
  request.returned.order = order;
  read_lines(reader, request.returned);
  reader.finish();
  return request;
}

}  // namespace catalog::api
