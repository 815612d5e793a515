#include "http/ledger_handlers.hpp"

#include <optional>
#include <utility>

#include <mercato/http/query.hpp>

#include "http/pages.hpp"
#include "http/payment_json.hpp"

namespace payment::api {

namespace http = mercato::http;

http::Answer LedgerHandlers::get_balances(const http::Request&) {
  auto data = Json::array();
  for (const auto& balance : ledger_.balances()) data.push_back(to_json(balance));
  return http::json_response({{"data", std::move(data)}});
}

http::Answer LedgerHandlers::list_ledger_entries(const http::Request& request) {
  http::QueryReader query(request);
  const auto order = query.uuid("order_id");
  const PageRequest<storage::EntryId> page(request, query, {"order_id"});
  return render(page, ledger_.entries(order ? std::optional(OrderId(*order)) : std::nullopt,
                                      page.before(), page.rows()));
}

}  // namespace payment::api
