#pragma once

#include <mercato/events/outbox_feed.hpp>
#include <mercato/http/router.hpp>

#include "http/category_handlers.hpp"
#include "http/dead_letter_handlers.hpp"
#include "http/offer_handlers.hpp"
#include "http/product_handlers.hpp"
#include "http/reservation_handlers.hpp"
#include "http/stock_handlers.hpp"

namespace catalog::api {

struct Handlers {
  ProductHandlers& products;
  CategoryHandlers& categories;
  StockHandlers& stock;
  ReservationHandlers& reservations;
  OfferHandlers& offers;
  DeadLetterHandlers& letters;
  mercato::events::OutboxFeed& feed;
};

/// Every route of the service. The handlers must outlive the router.
[[nodiscard]] mercato::http::Router routes(const Handlers& handlers);

}  // namespace catalog::api
