#pragma once

#include <mercato/events/outbox_feed.hpp>
#include <mercato/http/router.hpp>

#include "http/cart_handlers.hpp"
#include "http/export_handlers.hpp"
#include "http/operator_handlers.hpp"
#include "http/order_handlers.hpp"
#include "http/refund_handlers.hpp"
#include "http/webhook_handlers.hpp"
#include "storage/pg_inactive_users.hpp"

namespace order::api {

struct Handlers {
  OrderHandlers& orders;
  RefundHandlers& refunds;
  CartHandlers& carts;
  WebhookHandlers& webhooks;
  OperatorHandlers& operators;
  ExportHandlers& exports;
  mercato::events::OutboxFeed& feed;
  storage::PgInactiveUsers& inactive_users;
};

/// Every route of the service. An admin who was disabled changes nothing by them: Error 403
/// `user_disabled`. All that is given must outlive the router.
[[nodiscard]] mercato::http::Router routes(const Handlers& handlers);

}  // namespace order::api
