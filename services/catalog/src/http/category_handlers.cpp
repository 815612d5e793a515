#include "http/category_handlers.hpp"

#include <utility>

#include <mercato/http/problem.hpp>

#include "http/product_json.hpp"

namespace catalog::api {

namespace http = mercato::http;

http::Answer CategoryHandlers::list_categories(const http::Request&) {
  auto data = Json::array();
  for (const auto& category : categories_.list()) data.push_back(to_json(category));
  return http::json_response({{"data", std::move(data)}, {"next_cursor", nullptr}});
}

http::Answer CategoryHandlers::create_category(const http::Request& request) {
  const auto category = parse_new_category(request.body);
  categories_.insert(category);
  return http::json_response(to_json(category), 201);
}

}  // namespace catalog::api
