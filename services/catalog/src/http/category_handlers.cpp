#include "http/category_handlers.hpp"

#include <utility>

#include <mercato/http/problem.hpp>

#include "http/caching.hpp"
#include "http/product_json.hpp"
#include "storage/pg_category_repository.hpp"

namespace catalog::api {

namespace http = mercato::http;

http::Answer CategoryHandlers::list_categories(const http::Request& request) {
  auto data = Json::array();
  for (const auto& category : categories_.list()) data.push_back(to_json(category));
  auto response = http::json_response({{"data", std::move(data)}, {"next_cursor", nullptr}});
  allow_caching(request, response);
  return response;
}

http::Answer CategoryHandlers::create_category(const http::Request& request) {
  const auto key = mercato::idempotency::key_of(request);
  return guard_.run(request, key, [&](mercato::db::Transaction& transaction) {
    const auto category = parse_new_category(request.body);
    storage::insert_category(transaction, category);
    return http::json_response(to_json(category), 201);
  });
}

}  // namespace catalog::api
