#include "http/routes.hpp"

namespace catalog::api {
namespace {

namespace http = mercato::http;
using http::on;

}  // namespace

http::Router routes(const Handlers& handlers) {
  using enum http::Method;
  using Products = ProductHandlers;
  using Categories = CategoryHandlers;
  using Stock = StockHandlers;
  using Reservations = ReservationHandlers;
  using Feed = mercato::events::OutboxFeed;
  auto& [products, categories, stock, reservations, offers, letters, feed] = handlers;
  const http::RouteOptions anyone{.access = http::Access::anonymous};
  const http::RouteOptions admin{.access = http::Access::admin};
  const http::RouteOptions peer{.access = http::Access::peer};
  const http::RouteOptions finishing{.access = http::Access::peer,
                                     .urgency = http::Urgency::finish};
  const http::RouteOptions importing{.access = http::Access::admin,
                                     .deadline = std::chrono::seconds(120),
                                     .max_body_bytes = 64UL * 1024 * 1024,
                                     .stream_body = true,
                                     .content_type = "application/x-ndjson"};

  http::Router router;
  router.add(get, "/api/v1/products", anyone, on(products, &Products::list_products));
  router.add(post, "/api/v1/products", admin, on(products, &Products::create_product));
  router.add(post, "/api/v1/products/import", importing, on(products, &Products::import_products));
  router.add(get, "/api/v1/products/by-sku/{sku}", anyone,
             on(products, &Products::get_product_by_sku));
  router.add(get, "/api/v1/products/{id}", anyone, on(products, &Products::get_product));
  router.add(patch, "/api/v1/products/{id}", admin, on(products, &Products::patch_product));
  router.add(del, "/api/v1/products/{id}", admin, on(products, &Products::archive_product));
  router.add(get, "/api/v1/products/{id}/stock", admin, on(stock, &Stock::get_stock));
  router.add(post, "/api/v1/products/{id}/stock-adjustments", admin,
             on(stock, &Stock::adjust_stock));
  router.add(get, "/api/v1/categories", anyone, on(categories, &Categories::list_categories));
  router.add(post, "/api/v1/categories", admin, on(categories, &Categories::create_category));

  router.add(get, "/api/v1/admin/catalog/dead-letters", admin,
             on(letters, &DeadLetterHandlers::list_dead_letters));
  router.add(post, "/api/v1/admin/catalog/dead-letters/{id}/redrive", admin,
             on(letters, &DeadLetterHandlers::redrive_dead_letter));

  router.add(post, "/internal/v1/reservations", peer,
             on(reservations, &Reservations::reserve_stock));
  router.add(post, "/internal/v1/reservations/{order_id}/commit", finishing,
             on(reservations, &Reservations::commit_reservation));
  router.add(post, "/internal/v1/reservations/{order_id}/release", finishing,
             on(reservations, &Reservations::release_reservation));
  router.add(post, "/internal/v1/reservations/{order_id}/restock", finishing,
             on(reservations, &Reservations::restock_reservation));
  router.add(get, "/internal/v1/events", peer, on(feed, &Feed::list_events));
  router.add(post, "/internal/v1/offers", peer, on(offers, &OfferHandlers::list_offers));
  return router;
}

}  // namespace catalog::api
