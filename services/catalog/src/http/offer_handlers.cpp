#include "http/offer_handlers.hpp"

#include <mercato/http/problem.hpp>
#include <mercato/json/reader.hpp>

#include "http/product_json.hpp"

namespace catalog::api {
namespace {

namespace http = mercato::http;
namespace json = mercato::json;

constexpr std::size_t kMaxProducts = 1000;

std::vector<ProductId> read_products(const http::Request& request) {
  std::vector<ProductId> products;
  json::Reader body(json::parse(request.body));
  for (const auto& text : body.texts("product_ids", 1, kMaxProducts, {.max = 36})) {
    const auto id = ProductId::parse(text);
    if (!id) body.fail("product_ids", "invalid_format", "Must be UUIDs.");
    products.push_back(id.value_or(ProductId()));
  }
  body.finish();
  return products;
}

}  // namespace

http::Answer OfferHandlers::list_offers(const http::Request& request) {
  auto offers = Json::array();
  for (const auto& offer : offers_.list(read_products(request))) {
    offers.push_back({{"product_id", offer.product.str()},
                      {"sku", offer.sku},
                      {"name", offer.name},
                      {"price", to_json(offer.price)},
                      {"status", offer.archived ? "archived" : "active"},
                      {"available", offer.available}});
  }
  return http::json_response({{"offers", std::move(offers)}});
}

}  // namespace catalog::api
