#include "clients/http_webhooks.hpp"

#include <charconv>
#include <stdexcept>
#include <utility>

#include <mercato/crypto/crypto.hpp>
#include <mercato/metrics/metrics.hpp>
#include <mercato/tracing/span.hpp>

namespace order::clients {
namespace {

namespace crypto = mercato::crypto;
namespace http = mercato::http;
namespace tracing = mercato::tracing;

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::size_t kSecretBytes = 32;

std::optional<std::chrono::seconds> retry_after(const http::Response& response) {
  const auto value = response.headers.get("Retry-After");
  if (!value) return std::nullopt;
  unsigned seconds = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), seconds);
  const bool whole = error == std::errc() && end == value->data() + value->size();
  return whole ? std::optional(std::chrono::seconds(seconds)) : std::nullopt;
}

Attempt to_attempt(const http::Outcome& outcome) {
  if (const auto* not_sent = std::get_if<http::NotSent>(&outcome)) {
    return NotDelivered{std::nullopt, not_sent->reason, false, std::nullopt};
  }
  if (const auto* unknown = std::get_if<http::Unknown>(&outcome)) {
    return NotDelivered{std::nullopt, unknown->reason, false, std::nullopt};
  }
  const auto& response = std::get<http::Answered>(outcome).response;
  const auto status = response.status;
  if (status >= 200 && status < 300) return Delivered{status};
  return NotDelivered{status, "status " + std::to_string(status), status == 410,
                      retry_after(response)};
}

void count(const Attempt& attempt) {
  mercato::metrics::registry()
      .counter("order_webhook_attempts_total", "Attempts to tell merchants' systems of events.",
               {{"outcome", std::holds_alternative<Delivered>(attempt) ? "delivered" : "failed"}})
      .add();
}

}  // namespace

Attempt HttpWebhooks::send(const DueDelivery& delivery, mercato::Timestamp at) {
  const auto id = delivery.event_id.str();
  const auto timestamp = std::to_string(mercato::unix_seconds(at));
  http::StrangerRequest request;
  request.url = delivery.url;
  request.headers.set("webhook-id", id);
  request.headers.set("webhook-timestamp", timestamp);
  request.headers.set("webhook-signature",
                      webhook_signature(delivery.secret, id, timestamp, delivery.body));
  request.body = delivery.body;
  tracing::Work work(tracing::Span::Kind::client, "webhook",
                     tracing::TraceContext::resume(delivery.trace_id));
  work.note("url.full", delivery.url.substr(0, delivery.url.find('?')));
  request.headers.set("traceparent", tracing::current().traceparent());
  auto attempt = to_attempt(client_.post(request));
  if (std::holds_alternative<NotDelivered>(attempt)) work.fail();
  count(attempt);
  return attempt;
}

std::optional<WebhookUrlPolicy::Refusal> HttpWebhooks::refusal(const std::string& url) const {
  const auto refused = client_.refusal(url);
  return refused ? std::optional(Refusal{refused->malformed, refused->reason}) : std::nullopt;
}

std::string make_webhook_secret() {
  return std::string(kSecretPrefix) + crypto::base64(crypto::random_bytes(kSecretBytes));
}

std::string webhook_signature(const std::string& secret, const std::string& id,
                              const std::string& timestamp, const std::string& body) {
  const auto key = secret.starts_with(kSecretPrefix)
                       ? crypto::parse_base64(secret.substr(kSecretPrefix.size()))
                       : std::nullopt;
  if (!key) throw std::invalid_argument("not a webhook secret");
  return "v1," + crypto::base64(crypto::hmac_sha256(*key, id + "." + timestamp + "." + body));
}

}  // namespace order::clients
