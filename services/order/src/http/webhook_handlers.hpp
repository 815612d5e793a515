#pragma once

#include <functional>
#include <utility>

#include <mercato/http/router.hpp>

#include "domain/create_webhook_endpoint.hpp"
#include "domain/webhook_repository.hpp"
#include "http/keyed_answer.hpp"

namespace order::api {

/// Webhook endpoints and their deliveries over HTTP, for admins. From any thread; does not own what
/// it is given.
class WebhookHandlers {
 public:
  /// `wake` is called when something has become due; must not block.
  WebhookHandlers(CreateWebhookEndpoint& create, WebhookRepository& webhooks,
                  KeyedAnswers& keyed_answers, std::function<void()> wake)
      : create_(create),
        webhooks_(webhooks),
        keyed_answers_(keyed_answers),
        wake_(std::move(wake)) {}

  mercato::http::Answer create_webhook_endpoint(const mercato::http::Request& request);
  mercato::http::Answer list_webhook_endpoints(const mercato::http::Request& request);
  mercato::http::Answer get_webhook_endpoint(const mercato::http::Request& request);
  mercato::http::Answer delete_webhook_endpoint(const mercato::http::Request& request);
  mercato::http::Answer list_webhook_deliveries(const mercato::http::Request& request);
  mercato::http::Answer redeliver_webhook(const mercato::http::Request& request);

 private:
  [[nodiscard]] WebhookEndpoint get(const mercato::http::Request& request);

  CreateWebhookEndpoint& create_;
  WebhookRepository& webhooks_;
  KeyedAnswers& keyed_answers_;
  std::function<void()> wake_;
};

}  // namespace order::api
