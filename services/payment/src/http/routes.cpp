#include "http/routes.hpp"

namespace payment::api {
namespace {

namespace http = mercato::http;
using http::on;

}  // namespace

http::Router routes(const Handlers& handlers) {
  using enum http::Method;
  using Internal = InternalHandlers;
  using Payments = PaymentHandlers;
  using Ledger = LedgerHandlers;
  using Feed = mercato::events::OutboxFeed;
  auto& [internal, payments, ledger, webhooks, exports, feed] = handlers;
  const http::RouteOptions peer{.access = http::Access::peer};
  const http::RouteOptions finishing{.access = http::Access::peer,
                                     .urgency = http::Urgency::finish};
  const http::RouteOptions customer{.access = http::Access::subject};
  const http::RouteOptions admin{.access = http::Access::admin};
  // The signature speaks for the provider, whatever it calls its body.
  const http::RouteOptions provider{.access = http::Access::anonymous,
                                    .any_content_type = true};

  http::Router router;
  router.add(post, "/internal/v1/payments", peer, on(internal, &Internal::authorize_payment));
  router.add(post, "/internal/v1/payments/{order_id}/capture", finishing,
             on(internal, &Internal::capture_payment));
  router.add(post, "/internal/v1/payments/{order_id}/void", finishing,
             on(internal, &Internal::void_payment));
  router.add(post, "/internal/v1/payments/{order_id}/refunds", finishing,
             on(internal, &Internal::refund_payment));
  router.add(get, "/internal/v1/users/{id}/payments", peer,
             on(exports, &ExportHandlers::export_payments));
  router.add(get, "/internal/v1/events", peer, on(feed, &Feed::list_events));
  router.add(get, "/api/v1/payments", customer, on(payments, &Payments::list_payments));
  router.add(get, "/api/v1/payments/{id}", customer, on(payments, &Payments::get_payment));
  router.add(get, "/api/v1/ledger/balances", admin, on(ledger, &Ledger::get_balances));
  router.add(get, "/api/v1/ledger/entries", admin, on(ledger, &Ledger::list_ledger_entries));
  router.add(post, "/api/v1/webhooks/payment-provider", provider,
             on(webhooks, &WebhookHandlers::take_provider_event));
  return router;
}

}  // namespace payment::api
