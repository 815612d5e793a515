#include "http/routes.hpp"

#include <string>

namespace payment::api {
namespace {

namespace http = mercato::http;
using http::on;

}  // namespace

http::Router routes(InternalHandlers& internal, PublicHandlers& visible,
                    WebhookHandlers& webhooks, ExportHandlers& exports,
                    mercato::events::OutboxFeed& feed) {
  using enum http::Method;
  using Internal = InternalHandlers;
  using Public = PublicHandlers;
  using Feed = mercato::events::OutboxFeed;
  const http::RouteOptions peer{.access = http::Access::peer};
  const http::RouteOptions finishing{.access = http::Access::peer,
                                     .urgency = http::Urgency::finish};
  const http::RouteOptions customer{.access = http::Access::subject};
  const http::RouteOptions admin{.access = http::Access::admin};
  // The signature speaks for the provider, whatever it calls its body.
  const http::RouteOptions provider{.access = http::Access::anonymous,
                                    .any_content_type = true};

  http::Router router;
  const std::string payments = "/internal/v1/payments";
  router.add(post, payments, peer, on(internal, &Internal::authorize_payment));
  router.add(post, payments + "/{order_id}/capture", finishing,
             on(internal, &Internal::capture_payment));
  router.add(post, payments + "/{order_id}/void", finishing, on(internal, &Internal::void_payment));
  router.add(post, payments + "/{order_id}/refunds", finishing,
             on(internal, &Internal::refund_payment));
  router.add(get, "/internal/v1/users/{id}/payments", peer,
             on(exports, &ExportHandlers::export_payments));
  router.add(get, "/internal/v1/events", peer, on(feed, &Feed::list_events));
  router.add(get, "/api/v1/payments", customer, on(visible, &Public::list_payments));
  router.add(get, "/api/v1/payments/{id}", customer, on(visible, &Public::get_payment));
  router.add(get, "/api/v1/ledger/balances", admin, on(visible, &Public::get_balances));
  router.add(get, "/api/v1/ledger/entries", admin, on(visible, &Public::list_ledger_entries));
  router.add(post, "/api/v1/webhooks/payment-provider", provider,
             on(webhooks, &WebhookHandlers::take_provider_event));
  return router;
}

}  // namespace payment::api
