#include "http/product_handlers.hpp"

#include <map>
#include <utility>

#include <mercato/error/error.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/http/query.hpp>

#include "domain/currency.hpp"
#include "domain/edit_product.hpp"
#include "http/preconditions.hpp"
#include "http/product_json.hpp"

namespace catalog::api {
namespace {

namespace http = mercato::http;

// A shared cache may serve it for a second, then once more while it asks again; for a day when we
// are gone (RFC 5861).
constexpr const char* kPublic = "public, max-age=1, stale-while-revalidate=1, stale-if-error=86400";

ProductId product_id(const http::Request& request) { return ProductId(request.path_uuid("id")); }

http::Response product_response(const Product& product, http::Response response) {
  response.headers.set("ETag", etag_of(product));
  return response;
}

http::Response readable(const http::Request& request, const std::optional<Product>& product) {
  if (!product) throw mercato::not_found();
  auto response = is_unchanged(request, *product) ? http::no_content()
                                                  : http::json_response(to_json(*product));
  if (response.status == 204) response.status = 304;
  response.headers.set("Cache-Control", kPublic);
  return product_response(*product, std::move(response));
}

ProductSort read_sort(http::QueryReader& query, bool has_text) {
  static const std::map<std::string, ProductSort, std::less<>> sorts = {
      {"newest", ProductSort::newest},       {"price", ProductSort::price},
      {"-price", ProductSort::price_descending}, {"name", ProductSort::name},
      {"relevance", ProductSort::relevance}, {"bestselling", ProductSort::bestselling}};
  const auto sort = query.choice(
      "sort", {"relevance", "newest", "price", "-price", "name", "bestselling"});
  if (!sort) return has_text ? ProductSort::relevance : ProductSort::newest;
  return sorts.find(*sort)->second;
}

ProductFilter read_filter(http::QueryReader& query, const std::string& shop_currency) {
  ProductFilter filter;
  filter.text = query.text("q");
  if (filter.text && filter.text->empty()) filter.text.reset();
  filter.category = query.text("category", 100);
  filter.min_price = query.integer("min_price", 0, kMaxPriceMinor);
  filter.max_price = query.integer("max_price", 0, kMaxPriceMinor);
  filter.currency = query.text("currency", 3);
  if (filter.currency && !is_currency(*filter.currency)) {
    query.fail("currency", "invalid_format", "Must be an ISO 4217 code.");
  }
  filter.in_stock = query.boolean("in_stock").value_or(false);
  filter.sort = read_sort(query, filter.text.has_value());
  const bool compares_prices = filter.min_price || filter.max_price ||
                               filter.sort == ProductSort::price ||
                               filter.sort == ProductSort::price_descending;
  if (compares_prices && !filter.currency) filter.currency = shop_currency;
  return filter;
}

/// What a cursor is bound to.
std::string fingerprint(const http::Request& request) {
  std::string filters;
  for (const auto* name :
       {"q", "category", "min_price", "max_price", "currency", "in_stock", "sort"}) {
    filters.append(name).append("=").append(request.query(name).value_or("")).append("\n");
  }
  return filters;
}

std::optional<Position> read_cursor(const http::Request& request, const std::string& filters) {
  const auto cursor = request.query("cursor");
  if (!cursor) return std::nullopt;
  const auto key = http::decode_cursor(*cursor, filters);
  const auto id = key.size() == 2 ? ProductId::parse(key[1]) : std::nullopt;
  if (!id) throw mercato::Error(mercato::ErrorKind::bad_request, "invalid_cursor", "Bad cursor.");
  return Position{key[0], *id};
}

}  // namespace

http::Answer ProductHandlers::list_products(const http::Request& request) {
  http::QueryReader query(request);
  const auto filter = read_filter(query, shop_currency_);
  const auto limit = query.limit();
  query.finish();
  const auto filters = fingerprint(request);
  // One more than is shown tells whether there is another page.
  const auto rows = products_.list(filter, read_cursor(request, filters), limit + 1);
  auto data = Json::array();
  for (std::size_t i = 0; i < rows.size() && i < limit; ++i) {
    data.push_back(to_json(rows[i].product));
  }
  Json page = Json::object();
  page["data"] = std::move(data);
  page["next_cursor"] = nullptr;
  if (rows.size() > limit) {
    const auto& last = rows[limit - 1].position;
    page["next_cursor"] = http::encode_cursor({last.key, last.id.str()}, filters);
  }
  auto response = http::json_response(page);
  response.headers.set("Cache-Control", kPublic);
  return response;
}

http::Answer ProductHandlers::get_product(const http::Request& request) {
  return readable(request, products_.find(product_id(request)));
}

http::Answer ProductHandlers::get_product_by_sku(const http::Request& request) {
  return readable(request, products_.find_by_sku(std::string(request.path_parameter("sku"))));
}

http::Answer ProductHandlers::create_product(const http::Request& request) {
  const auto product =
      products_.insert(parse_new_product(request.body), request.trace.trace_id);
  return product_response(
      product, http::created(to_json(product), "/api/v1/products/" + product.id.str()));
}

http::Answer ProductHandlers::patch_product(const http::Request& request) {
  const auto id = product_id(request);
  const auto precondition = if_match(request);
  const auto change = parse_product_change(request.body);
  const auto product =
      catalog::patch_product(products_, id, change, precondition, request.trace.trace_id);
  return product_response(product, http::json_response(to_json(product)));
}

http::Answer ProductHandlers::archive_product(const http::Request& request) {
  catalog::archive_product(products_, product_id(request), if_match(request),
                           request.trace.trace_id);
  return http::no_content();
}

http::Answer ProductHandlers::import_products(const http::Request& request) {
  if (importing_.test_and_set()) throw mercato::unavailable("Another import is running.");
  const struct Leave {
    std::atomic_flag& flag;
    ~Leave() { flag.clear(); }
  } leave{importing_};
  ImportProducts import(importer_, parse_import_line, request.trace.trace_id);
  request.read_body([&import](std::string_view piece) {
    import.feed(piece);
    return true;
  });
  return http::json_response(to_json(import.finish()));
}

}  // namespace catalog::api
