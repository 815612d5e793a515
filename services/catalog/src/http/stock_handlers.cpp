#include "http/stock_handlers.hpp"

#include <mercato/error/error.hpp>
#include <mercato/http/etag.hpp>
#include <mercato/http/problem.hpp>

#include "http/product_json.hpp"
#include "storage/pg_stock_repository.hpp"

namespace catalog::api {
namespace {

namespace http = mercato::http;
namespace json = mercato::json;

struct AdjustmentRequest {
  std::int64_t delta = 0;
  std::string reason;
};

AdjustmentRequest parse_adjustment(std::string_view body) {
  json::Reader reader(json::parse(body));
  AdjustmentRequest adjustment;
  adjustment.delta = reader.integer("delta", {.min = -kMaxOnHand, .max = kMaxOnHand});
  if (adjustment.delta == 0 && reader.ok()) {
    reader.fail("delta", "out_of_range", "Must not be 0.");
  }
  adjustment.reason = reader.text("reason", {.max = 500});
  reader.finish();
  return adjustment;
}

Json to_json(const storage::StockAdjustment& adjustment) {
  return {{"id", adjustment.id.str()},
          {"product_id", adjustment.product.str()},
          {"delta", adjustment.delta},
          {"reason", adjustment.reason},
          {"on_hand", adjustment.on_hand},
          {"created_at", mercato::to_rfc3339(adjustment.created_at)}};
}

}  // namespace

http::Answer StockHandlers::get_stock(const http::Request& request) {
  const ProductId id(request.path_uuid("id"));
  const auto level = stock_.find(id);
  if (!level) throw mercato::not_found();
  return http::with_etag(
      request, http::json_response({{"product_id", id.str()},
                                    {"on_hand", level->on_hand},
                                    {"reserved", level->reserved},
                                    {"available", level->on_hand - level->reserved}}));
}

http::Answer StockHandlers::adjust_stock(const http::Request& request) {
  const ProductId id(request.path_uuid("id"));
  const auto key = mercato::idempotency::required_key_of(request);
  return guard_.run(request, key, [&](mercato::db::Transaction& transaction) {
    const auto wanted = parse_adjustment(request.body);
    return http::json_response(
        to_json(storage::adjust_stock(transaction, id, wanted.delta, wanted.reason)), 201);
  });
}

}  // namespace catalog::api
