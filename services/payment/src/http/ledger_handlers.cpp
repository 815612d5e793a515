#include "http/ledger_handlers.hpp"

#include <optional>
#include <string>

#include <mercato/http/problem.hpp>
#include <mercato/http/query.hpp>

#include "http/pages.hpp"
#include "http/payment_json.hpp"

namespace payment::api {
namespace {

namespace http = mercato::http;

/// As text, since a JSON integer may have more digits than Json keeps.
std::string to_text(const storage::Balance& balance) {
  auto text = mercato::json::dump({{"account", balance.account}, {"currency", balance.currency}});
  text.back() = ',';
  return text + "\"balance\":" + balance.minor + "}";
}

}  // namespace

http::Answer LedgerHandlers::get_balances(const http::Request&) {
  std::string data;
  for (const auto& balance : ledger_.balances()) {
    if (!data.empty()) data += ',';
    data += to_text(balance);
  }
  http::Response response;
  response.body = "{\"data\":[" + data + "]}";
  return response;
}

http::Answer LedgerHandlers::list_ledger_entries(const http::Request& request) {
  http::QueryReader query(request);
  const auto order = query.uuid("order_id");
  const PageRequest<storage::EntryId> page(request, query, {"order_id"});
  return render(page, ledger_.entries(order ? std::optional(OrderId(*order)) : std::nullopt,
                                      page.before(), page.rows()));
}

}  // namespace payment::api
