#pragma once

#include <mercato/events/outbox_feed.hpp>
#include <mercato/http/router.hpp>

#include "http/export_handlers.hpp"
#include "http/internal_handlers.hpp"
#include "http/public_handlers.hpp"
#include "http/webhook_handlers.hpp"

namespace payment::api {

/// Every route of the service. The handlers must outlive the router.
[[nodiscard]] mercato::http::Router routes(InternalHandlers& internal, PublicHandlers& visible,
                                           WebhookHandlers& webhooks, ExportHandlers& exports,
                                           mercato::events::OutboxFeed& feed);

}  // namespace payment::api
