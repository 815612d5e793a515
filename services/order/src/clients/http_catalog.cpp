#include "clients/http_catalog.hpp"

#include <utility>

#include "clients/neighbour_call.hpp"

namespace order::clients {
namespace {

namespace http = mercato::http;
namespace json = mercato::json;

constexpr const char* kReservations = "/internal/v1/reservations";

std::string reservation_path(OrderId order, const char* action) {
  return std::string(kReservations) + "/" + order.str() + action;
}

json::Value to_json(const std::vector<RequestedLine>& lines) {
  auto array = json::Value::array();
  for (const auto& line : lines) {
    array.push_back({{"product_id", line.product.str()}, {"quantity", line.quantity}});
  }
  return array;
}

ProductId read_product_id(const json::Value& line) {
  return ProductId::parse(line.at("product_id").get_ref<const std::string&>())
      .value_or(ProductId());
}

StockKeeper::Reserved read_reserved(const json::Value& body) {
  StockKeeper::Reserved reserved;
  for (const auto& line : body.at("lines")) {
    const auto& price = line.at("unit_price");
    reserved.lines.push_back(
        {{read_product_id(line), line.at("quantity").get<std::int64_t>()},
         {line.at("sku").get<std::string>(),
          line.at("name").get<std::string>(),
          {price.at("amount").get<std::int64_t>(), price.at("currency").get<std::string>()}}});
  }
  return reserved;
}

OutOfStock read_shortages(const json::Value& body) {
  OutOfStock refusal;
  for (const auto& line : body.at("lines")) {
    refusal.lines.push_back({read_product_id(line), line.at("sku").get<std::string>(),
                             line.at("requested").get<std::int64_t>(),
                             line.at("available").get<std::int64_t>()});
  }
  return refusal;
}

NotOrderable read_unsold(const json::Value& body) {
  NotOrderable refusal;
  for (const auto& line : body.at("lines")) {
    refusal.lines.push_back({read_product_id(line), line.at("reason").get<std::string>()});
  }
  return refusal;
}

}  // namespace

HttpCatalog::HttpCatalog(http::ClientOptions options) : client_(std::move(options)) {
  count_unexpected("catalog", {"reserve", "commit", "release", "restock"});
}

StockKeeper::Reservation HttpCatalog::reserve(OrderId order,
                                              const std::vector<RequestedLine>& lines,
                                              mercato::Deadline deadline) {
  const json::Value body{{"order_id", order.str()}, {"lines", to_json(lines)}};
  auto reply = ask("reserve_stock", client_, http::Method::post, kReservations, body, deadline);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  try {
    if (said.status == 200 || said.status == 201) return read_reserved(said.body);
    if (said.status == 409 && said.code == "out_of_stock") return read_shortages(said.body);
    if (said.status == 409 && said.code == "not_orderable") return read_unsold(said.body);
    if (said.status == 409 && said.code == "illegal_transition") return Withdrawn{};
  } catch (const json::Value::exception&) {
  }
  return unexpected("catalog", "reserve", said);
}

StockKeeper::Commitment HttpCatalog::commit(OrderId order, mercato::Deadline deadline) {
  auto reply = ask("commit_stock", client_, http::Method::post, reservation_path(order, "/commit"),
                   {}, deadline);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  if (said.status == 200) return Done{};
  if (said.status == 409 && said.code == "reservation_expired") return Expired{};
  if (said.status == 409 && said.code == "illegal_transition") return Withdrawn{};
  return unexpected("catalog", "commit", said);
}

StockKeeper::Release HttpCatalog::release(OrderId order, mercato::Deadline deadline) {
  auto reply = ask("release_stock", client_, http::Method::post,
                   reservation_path(order, "/release"), {}, deadline);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  if (said.status == 200) return Done{};
  return unexpected("catalog", "release", said);
}

StockKeeper::Restock HttpCatalog::restock(OrderId order, RefundId refund,
                                          const std::vector<RequestedLine>& lines,
                                          mercato::Deadline deadline) {
  const json::Value body{{"refund_id", refund.str()}, {"lines", to_json(lines)}};
  auto reply = ask("restock", client_, http::Method::post, reservation_path(order, "/restock"),
                   body, deadline);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  if (said.status == 200 || said.status == 201) return Done{};
  if (said.status == 409 && said.code == "illegal_transition") return Withdrawn{};
  return unexpected("catalog", "restock", said);
}

}  // namespace order::clients
