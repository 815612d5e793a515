#include "http/webhook_handlers.hpp"

#include <algorithm>

#include <mercato/http/body.hpp>
#include <mercato/http/etag.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/http/query.hpp>
#include <mercato/idempotency/idempotency.hpp>
#include <mercato/json/reader.hpp>

#include "http/order_answers.hpp"
#include "http/order_requests.hpp"
#include "http/pages.hpp"
#include "http/webhook_json.hpp"

namespace order::api {
namespace {

namespace http = mercato::http;

WebhookEndpointId endpoint_id(const http::Request& request) {
  return WebhookEndpointId(request.path_uuid("id"));
}

std::string location_of(WebhookEndpointId id) {
  return "/api/v1/webhook-endpoints/" + id.str();
}

CreateWebhookCommand parse_webhook_endpoint(const http::Request& request) {
  CreateWebhookCommand command;
  mercato::json::Reader body(mercato::json::parse(request.body));
  command.url = body.text("url", {.max = 2'048});
  for (auto& event : body.texts("events", 1, 50, {.max = 100})) {
    if (!is_webhook_event(event)) body.fail("events", "invalid_format", "No such event: " + event);
    const auto& known = command.events;
    if (std::find(known.begin(), known.end(), event) == known.end()) {
      command.events.push_back(std::move(event));
    }
  }
  body.finish();
  if (const auto key = mercato::idempotency::key_of(request)) {
    command.key = RequestKey{UserId(request.caller.subject), *key,
                             mercato::idempotency::fingerprint_of(request)};
  }
  return command;
}

/// The one answer that tells the secret.
Answer tell_secret(const WebhookEndpoint& endpoint, const std::string& secret) {
  auto body = to_json(endpoint);
  body["secret"] = secret;
  return to_answer(http::created(body, location_of(endpoint.id)));
}

}  // namespace

http::Answer WebhookHandlers::create_webhook_endpoint(const http::Request& request) {
  const auto command = keyed_answers_.parse(request, parse_webhook_endpoint);
  const auto created = create_.create(command, tell_secret);
  wake_();
  return to_response(created.answer, created.replayed);
}

http::Answer WebhookHandlers::list_webhook_endpoints(const http::Request& request) {
  http::QueryReader query(request);
  const PageRequest<WebhookEndpointId> page(request, query, {});
  return render(page, webhooks_.list(page.before(), page.rows()));
}

http::Answer WebhookHandlers::get_webhook_endpoint(const http::Request& request) {
  return http::with_etag(request, http::json_response(to_json(get(request))));
}

http::Answer WebhookHandlers::delete_webhook_endpoint(const http::Request& request) {
  if (!webhooks_.remove(endpoint_id(request))) throw mercato::not_found("No such endpoint.");
  return http::no_content();
}

http::Answer WebhookHandlers::list_webhook_deliveries(const http::Request& request) {
  http::QueryReader query(request);
  const PageRequest<WebhookDeliveryId> page(request, query, {});
  const auto endpoint = get(request);
  return render(page, webhooks_.list_deliveries(endpoint.id, page.before(), page.rows()));
}

http::Answer WebhookHandlers::redeliver_webhook(const http::Request& request) {
  const auto endpoint = endpoint_id(request);
  const WebhookDeliveryId delivery(request.path_uuid("delivery_id"));
  return keyed_answers_.run(request, [&]() -> http::Response {
    http::refuse_body(request);
    const auto again = webhooks_.redeliver(endpoint, delivery);
    if (!again) throw mercato::not_found("No such delivery.");
    wake_();
    return http::json_response(to_json(*again));
  });
}

WebhookEndpoint WebhookHandlers::get(const http::Request& request) {
  auto endpoint = webhooks_.find(endpoint_id(request));
  if (!endpoint) throw mercato::not_found("No such endpoint.");
  return std::move(*endpoint);
}

}  // namespace order::api
