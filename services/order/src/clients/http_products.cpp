#include "clients/http_products.hpp"

#include <utility>

#include "clients/neighbour_call.hpp"

namespace order::clients {
namespace {

namespace http = mercato::http;
namespace json = mercato::json;

ProductCatalog::Product read_product(const json::Value& offer) {
  const auto& price = offer.at("price");
  ProductCatalog::Product product;
  product.offer = {
      offer.at("sku").get<std::string>(),
      offer.at("name").get<std::string>(),
      {price.at("amount").get<std::int64_t>(), price.at("currency").get<std::string>()}};
  product.available = offer.at("available").get<std::int64_t>();
  product.archived = offer.at("status") == "archived";
  return product;
}

ProductCatalog::Products read_products(const json::Value& body) {
  ProductCatalog::Products products;
  for (const auto& offer : body.at("offers")) {
    const auto id = ProductId::parse(offer.at("product_id").get_ref<const std::string&>());
    if (id) products.emplace(*id, read_product(offer));
  }
  return products;
}

}  // namespace

HttpProducts::HttpProducts(http::ClientOptions options) : client_(std::move(options)) {
  count_unexpected("catalog", {"list_offers"});
}

ProductCatalog::Answer HttpProducts::list(const std::vector<ProductId>& products,
                                          mercato::Deadline deadline) {
  auto ids = json::Value::array();
  for (const auto& product : products) ids.push_back(product.str());
  auto reply = ask("list_offers", client_, http::Method::post, "/internal/v1/offers",
                   {{"product_ids", ids}}, deadline);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  if (said.status != 200) return unexpected("catalog", "list_offers", said);
  try {
    return read_products(said.body);
  } catch (const json::Value::exception&) {
    return unexpected("catalog", "list_offers", said);
  }
}

}  // namespace order::clients
