#include "domain/create_webhook_endpoint.hpp"

#include <utility>

namespace order {

Answered CreateWebhookEndpoint::create(const CreateWebhookCommand& command, const Render& render) {
  const auto& key = command.key;
  if (key) {
    if (const auto record = answers_.find(key->user, key->key)) return answer_again(*key, *record);
  }
  if (const auto refusal = policy_.refusal(command.url)) {
    throw mercato::validation_failed(
        {{"/url", refusal->malformed ? "invalid_format" : "url_not_allowed", refusal->reason}});
  }
  WebhookEndpoint endpoint;
  endpoint.id = WebhookEndpointId::make();
  endpoint.url = command.url;
  endpoint.events = command.events;
  endpoint.created_at = clock_.now();
  const auto secret = make_secret_();
  auto answer = render(endpoint, secret);
  const auto keyed = key ? std::optional(WebhookRepository::Keyed{*key, answer}) : std::nullopt;
  const auto inserted = webhooks_.insert(endpoint, secret, keyed);
  if (const auto* record = std::get_if<KeyRecord>(&inserted)) return answer_again(*key, *record);
  if (std::holds_alternative<WebhookRepository::TooMany>(inserted)) {
    throw mercato::validation_failed(
        {{"", "out_of_range",
          "There may be at most " + std::to_string(kMaxWebhookEndpoints) + " endpoints."}});
  }
  return {std::move(answer), false};
}

Answered CreateWebhookEndpoint::answer_again(const RequestKey& key, const KeyRecord& record) {
  if (record.fingerprint != key.fingerprint) throw key_reused();
  if (!record.answer) throw request_in_progress();
  return {*record.answer, true};
}

}  // namespace order
