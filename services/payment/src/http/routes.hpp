#pragma once

#include <mercato/events/outbox_feed.hpp>
#include <mercato/http/router.hpp>

#include "http/export_handlers.hpp"
#include "http/internal_handlers.hpp"
#include "http/ledger_handlers.hpp"
#include "http/payment_handlers.hpp"
#include "http/webhook_handlers.hpp"

namespace payment::api {

struct Handlers {
  InternalHandlers& internal;
  PaymentHandlers& payments;
  LedgerHandlers& ledger;
  WebhookHandlers& webhooks;
  ExportHandlers& exports;
  mercato::events::OutboxFeed& feed;
};

/// Every route of the service. The handlers must outlive the router.
[[nodiscard]] mercato::http::Router routes(const Handlers& handlers);

}  // namespace payment::api
