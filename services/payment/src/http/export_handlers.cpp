#include "http/export_handlers.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <mercato/http/problem.hpp>
#include <mercato/http/query.hpp>

#include "http/payment_json.hpp"

namespace payment::api {
namespace {

namespace http = mercato::http;

constexpr std::size_t kMaxOrders = 100;
constexpr std::size_t kMaxListBytes = kMaxOrders * 37;  // a UUID and its comma

/// "id,id,…"
std::vector<OrderId> read_order_ids(const http::Request& request) {
  http::QueryReader query(request);
  const auto list = query.text("order_ids", kMaxListBytes).value_or("");
  std::vector<OrderId> ids;
  for (std::string_view rest = list; !rest.empty();) {
    const auto word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    const auto id = OrderId::parse(word);
    if (!id) {
      query.fail("order_ids", "invalid_format", "Must be UUIDs with commas between them.");
      break;
    }
    ids.push_back(*id);
  }
  query.finish();
  return ids;
}

}  // namespace

http::Answer ExportHandlers::export_payments(const http::Request& request) {
  const UserId user(request.path_uuid("id"));
  auto data = Json::array();
  for (const auto order : read_order_ids(request)) {
    const auto payment = payments_.find_of_order(order);
    if (payment && payment->user == user) data.push_back(to_json(*payment));
  }
  return http::json_response({{"data", std::move(data)}});
}

}  // namespace payment::api
