#include "clients/http_holdings.hpp"

#include <exception>
#include <utility>
#include <variant>

#include <mercato/error/error.hpp>
#include <mercato/log/log.hpp>

namespace user::clients {
namespace {

namespace http = mercato::http;
namespace json = mercato::json;

// As many as the payment service takes at once. A page of large orders ends sooner by itself, as an
// answer may have 8 MiB (ClientOptions::max_response_bytes).
constexpr const char* kPageSize = "limit=100";

json::Value ask(http::Client& neighbour, const std::string& path, mercato::Deadline deadline) {
  http::ClientRequest request;
  request.path = path;
  request.idempotent = true;
  request.deadline = deadline;
  const auto outcome = neighbour.call(request);
  const auto* answered = std::get_if<http::Answered>(&outcome);
  if (answered == nullptr || answered->response.status != 200) {
    const auto status = answered == nullptr ? 0 : answered->response.status;
    mercato::log::warn("an export is not complete", {{"path", path}, {"status", status}});
    throw mercato::unavailable("A part of it cannot be had now. Try again shortly.");
  }
  return json::parse(answered->response.body, json::kNeighbourLimits);
}

/// A JSON array that grows as text: of many orders only one page is ever in memory as values.
class ArrayText {
 public:
  void add(const json::Value& items) {
    for (const auto& item : items) {
      if (text_.size() > 1) text_ += ',';
      text_ += json::dump(item);
    }
  }
  std::string take() && { return std::move(text_ += ']'); }

 private:
  std::string text_ = "[";
};

std::string ids_of(const json::Value& orders) {
  std::string ids;
  for (const auto& order : orders) {
    ids.append(ids.empty() ? "" : ",").append(order.at("id").get_ref<const std::string&>());
  }
  return ids;
}

}  // namespace

HttpHoldings::HttpHoldings(http::ClientOptions order, http::ClientOptions payment)
    : order_(std::move(order)), payment_(std::move(payment)) {}

Holdings HttpHoldings::get(UserId user, mercato::Deadline deadline) {
  const auto path = "/internal/v1/users/" + user.str();
  Holdings holdings;
  holdings.cart = json::dump(ask(order_, path + "/cart", deadline));
  ArrayText orders;
  ArrayText payments;
  std::string cursor;
  do {
    const auto page = ask(order_, path + "/orders?" + kPageSize + cursor, deadline);
    const auto& data = page.at("data");
    orders.add(data);
    if (!data.empty()) {
      payments.add(
          ask(payment_, path + "/payments?order_ids=" + ids_of(data), deadline).at("data"));
    }
    const auto& next = page.at("next_cursor");
    cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
  } while (!cursor.empty());
  holdings.orders = std::move(orders).take();
  holdings.payments = std::move(payments).take();
  return holdings;
}

}  // namespace user::clients
