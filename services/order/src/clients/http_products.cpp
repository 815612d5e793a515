#include "clients/http_products.hpp"

#include <utility>

#include "clients/neighbour_call.hpp"

namespace order::clients {

namespace http = mercato::http;
namespace json = mercato::json;

HttpProducts::HttpProducts(http::ClientOptions options) : client_(std::move(options)) {}

ProductCatalog::Answer HttpProducts::find(ProductId product, mercato::Deadline deadline) {
  auto reply = ask(client_, http::Method::get, "/api/v1/products/" + product.str(), {}, deadline);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  if (said.status == 404 && said.code == "not_found") return NoSuchProduct{};
  if (said.status != 200) return unexpected("catalog", "find", said);
  try {
    const auto& price = said.body.at("price");
    Product found;
    found.offer = {
        said.body.at("sku").get<std::string>(),
        said.body.at("name").get<std::string>(),
        {price.at("amount").get<std::int64_t>(), price.at("currency").get<std::string>()}};
    found.available = said.body.at("available").get<std::int64_t>();
    found.archived = said.body.at("status") == "archived";
    return found;
  } catch (const json::Value::exception&) {
    return unexpected("catalog", "find", said);
  }
}

}  // namespace order::clients
