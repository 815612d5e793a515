#include "http/product_handlers.hpp"

#include <utility>

#include <mercato/error/error.hpp>
#include <mercato/http/etag.hpp>
#include <mercato/http/problem.hpp>

#include "domain/edit_product.hpp"
#include "http/caching.hpp"
#include "http/preconditions.hpp"
#include "http/product_json.hpp"
#include "http/product_query.hpp"
#include "storage/pg_product_repository.hpp"

namespace catalog::api {
namespace {

namespace http = mercato::http;

ProductId product_id(const http::Request& request) { return ProductId(request.path_uuid("id")); }

http::Response product_response(const Product& product, std::string body, int status = 200) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers.set("ETag", etag_of({product.id, product.version, product.available}));
  return response;
}

}  // namespace

http::Answer ProductHandlers::list_products(const http::Request& request) {
  const auto query = read_product_query(request, shop_currency_);
  const auto page = products_.list(query.filter, query.after, query.limit);
  http::Response response;
  response.body = bodies_.page_of(
      page.products, page.next ? std::optional(cursor_of(*page.next, request)) : std::nullopt);
  allow_caching(request, response);
  return response;
}

http::Response ProductHandlers::read(const http::Request& request,
                                     std::optional<ProductBodies::Current> current) {
  if (!current) throw mercato::not_found();
  http::Response response;
  auto etag = etag_of(current->state);
  if (http::is_known(request, etag)) {
    response.status = 304;
  } else {
    response.body = bodies_.body_of(*current);
    etag = etag_of(current->state);  // a change in between was read with the body
  }
  response.headers.set("ETag", std::move(etag));
  allow_caching(request, response);
  return response;
}

http::Answer ProductHandlers::get_product(const http::Request& request) {
  return read(request, bodies_.find(product_id(request)));
}

http::Answer ProductHandlers::get_product_by_sku(const http::Request& request) {
  return read(request, bodies_.find_by_sku(std::string(request.path_parameter("sku"))));
}

http::Answer ProductHandlers::create_product(const http::Request& request) {
  const auto key = mercato::idempotency::key_of(request);
  return guard_.run(request, key, [&](mercato::db::Transaction& transaction) {
    const auto product = storage::insert_product(transaction, parse_new_product(request.body),
                                                 request.trace.trace_id);
    auto response = product_response(product, bodies_.body_of(product), 201);
    response.headers.set("Location", "/api/v1/products/" + product.id.str());
    return response;
  });
}

http::Answer ProductHandlers::patch_product(const http::Request& request) {
  const auto id = product_id(request);
  const auto precondition = if_match(request);
  const auto change = parse_product_change(request.body);
  const auto product =
      catalog::patch_product(products_, id, change, precondition, request.trace.trace_id);
  return product_response(product, bodies_.body_of(product));
}

http::Answer ProductHandlers::archive_product(const http::Request& request) {
  const auto id = product_id(request);
  catalog::archive_product(products_, id, if_match(request), request.trace.trace_id);
  return http::no_content();
}

http::Answer ProductHandlers::import_products(const http::Request& request) {
  if (importing_.test_and_set()) throw mercato::unavailable("Another import is running.");
  const struct Leave {
    std::atomic_flag& flag;
    ~Leave() { flag.clear(); }
  } leave{importing_};
  ImportProducts import(importer_, parse_import_line, request.trace.trace_id,
                        request.deadline);
  request.read_body([&import](std::string_view piece) {
    import.feed(piece);
    return true;
  });
  return http::json_response(to_json(import.finish()));
}

}  // namespace catalog::api
