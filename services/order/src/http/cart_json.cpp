#include "http/cart_json.hpp"

#include <mercato/json/or_null.hpp>

namespace order::api {
namespace {

using mercato::json::or_null;

/// Null where no client could read it exactly.
Json total_of_line(const Offer& offer, std::int64_t quantity) {
  const Money total{offer.unit_price.amount_minor * quantity, offer.unit_price.currency};
  return total.amount_minor > kMaxTotalMinor ? Json(nullptr) : to_json(total);
}

Json cart_line_json(const Cart::Line& line) {
  const auto& offer = line.item.last_seen;
  Json json = Json::object();
  json["product_id"] = line.item.product.str();
  json["sku"] = or_null(offer, &Offer::sku);
  json["name"] = or_null(offer, &Offer::name);
  json["quantity"] = line.item.quantity;
  json["unit_price"] = offer ? to_json(offer->unit_price) : Json(nullptr);
  json["line_total"] = offer ? total_of_line(*offer, line.item.quantity) : Json(nullptr);
  json["available"] = or_null(line.available);
  return json;
}

}  // namespace

Json to_json(const Cart& cart) {
  Json json = Json::object();
  auto& lines = json["lines"] = Json::array();
  for (const auto& line : cart.lines) lines.push_back(cart_line_json(line));
  const auto total = cart.total();
  json["total"] = total ? to_json(*total) : Json(nullptr);
  json["stale"] = cart.stale;
  return json;
}

}  // namespace order::api
