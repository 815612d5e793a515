#include "http/order_json.hpp"

#include <optional>

#include <mercato/json/or_null.hpp>

namespace order::api {
namespace {

using mercato::json::or_null;

Json line_json(const OrderLine& line) {
  Json json = Json::object();
  json["product_id"] = line.product.str();
  json["sku"] = or_null(line.offer, &Offer::sku);
  json["name"] = or_null(line.offer, &Offer::name);
  json["quantity"] = line.quantity;
  json["unit_price"] = line.offer ? to_json(line.offer->unit_price) : Json(nullptr);
  json["line_total"] =
      line.offer ? to_json(Money{line.line_total_minor(), line.offer->unit_price.currency})
                 : Json(nullptr);
  return json;
}

Json address_json(const Address& address) {
  Json json = Json::object();
  json["name"] = address.name;
  json["line1"] = address.line1;
  if (address.line2) json["line2"] = *address.line2;
  json["city"] = address.city;
  if (address.region) json["region"] = *address.region;
  json["postal_code"] = address.postal_code;
  json["country"] = address.country;
  if (address.phone) json["phone"] = *address.phone;
  return json;
}

Json payment_json(const OrderPayment& payment) {
  Json json = Json::object();
  json["id"] = payment.id.str();
  json["status"] = name(payment.status);
  return json;
}

Json tracking_json(const Tracking& tracking) {
  Json json = Json::object();
  json["carrier"] = or_null(tracking.carrier);
  json["tracking_number"] = or_null(tracking.number);
  return json;
}

}  // namespace

Json to_json(const Money& money) {
  Json json = Json::object();
  json["amount"] = money.amount_minor;
  json["currency"] = money.currency;
  return json;
}

Json to_json(const Order& order) {
  Json json = Json::object();
  json["id"] = order.id.str();
  json["number"] = "M-" + std::to_string(order.number);
  json["user_id"] = order.user.str();
  json["status"] = name(order.status);
  auto& lines = json["lines"] = Json::array();
  for (const auto& line : order.lines) lines.push_back(line_json(line));
  json["total"] = order.total ? to_json(*order.total) : Json(nullptr);
  json["refunded"] = order.refunded_minor > 0
                         ? to_json(Money{order.refunded_minor, order.total->currency})
                         : Json(nullptr);
  json["shipping_address"] = or_null(order.shipping_address, address_json);
  json["payment"] = or_null(order.payment, payment_json);
  json["reject_reason"] = order.reject_reason ? Json(name(*order.reject_reason)) : Json(nullptr);
  json["tracking"] = or_null(order.tracking, tracking_json);
  json["created_at"] = mercato::to_rfc3339(order.created_at);
  json["updated_at"] = mercato::to_rfc3339(order.updated_at);
  return json;
}

Json to_json(const Refund& refund) {
  Json json = Json::object();
  json["id"] = refund.id.str();
  json["order_id"] = refund.order.str();
  json["amount"] = to_json(refund.amount);
  json["reason"] = refund.reason;
  json["restock"] = refund.restock;
  auto& lines = json["lines"] = Json::array();
  for (const auto& line : refund.lines) {
    lines.push_back({{"product_id", line.product.str()}, {"quantity", line.quantity}});
  }
  json["status"] = name(refund.status);
  json["created_at"] = mercato::to_rfc3339(refund.created_at);
  return json;
}

Json to_json(const TimelineEntry& entry) {
  Json json = Json::object();
  json["step"] = entry.step;
  json["service"] = entry.service;
  json["attempt"] = entry.attempt;
  json["outcome"] = entry.outcome;
  json["detail"] = entry.detail;
  json["at"] = mercato::to_rfc3339(entry.at);
  json["trace_id"] = entry.trace_id;
  return json;
}

std::string location_of(OrderId id) {
  return "/api/v1/orders/" + id.str();
}

std::string etag_of(const Order& order) {
  return '"' + std::to_string(order.version) + '"';
}

}  // namespace order::api
