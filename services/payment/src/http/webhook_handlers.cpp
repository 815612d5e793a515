#include "http/webhook_handlers.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include <mercato/crypto/crypto.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/json/json.hpp>

namespace payment::api {
namespace {

namespace crypto = mercato::crypto;
namespace http = mercato::http;
namespace json = mercato::json;
using mercato::Error;
using mercato::ErrorKind;

constexpr std::int64_t kToleranceSeconds = 300;
constexpr std::size_t kMaxIdBytes = 255;

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds);
  return error == std::errc() && stop == end ? std::optional(seconds) : std::nullopt;
}

std::string text_in(const json::Value& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The intent that an event is about: its object is the intent itself, or names it.
std::string intent_of(const json::Value& event) {
  if (!event.contains("data") || !event["data"].is_object()) return {};
  const auto object = event["data"].value("object", json::Value());
  return text_in(object, "object") == "payment_intent" ? text_in(object, "id")
                                                       : text_in(object, "payment_intent");
}

std::string dispute_of(const json::Value& event) {
  if (!event.contains("data") || !event["data"].is_object()) return {};
  const auto object = event["data"].value("object", json::Value());
  return text_in(object, "object") == "dispute" ? text_in(object, "id") : std::string();
}

/// Whether a payment that came so far is what the event tells of: most events find their payment
/// settled by the very answer that they follow.
bool follows_from(std::string_view event_type, PaymentStatus status) {
  using enum PaymentStatus;
  const bool taken = status == captured || status == partially_refunded || status == refunded;
  if (event_type == "payment_intent.succeeded") return taken;
  if (event_type == "payment_intent.amount_capturable_updated") {
    return taken || status == authorized;
  }
  return false;
}

}  // namespace

bool is_signed(std::string_view header, std::string_view body, const std::string& secret,
               mercato::Timestamp now) {
  std::string_view time;
  std::vector<std::string_view> signatures;
  while (!header.empty()) {
    const auto part = header.substr(0, header.find(','));
    header.remove_prefix(std::min(part.size() + 1, header.size()));
    const auto start = std::min(part.find_first_not_of(' '), part.size());
    const auto item = part.substr(start);
    if (item.starts_with("t=")) time = item.substr(2);
    if (item.starts_with("v1=")) signatures.push_back(item.substr(3));
  }
  const auto sent = parse_seconds(time);
  if (!sent) return false;
  const auto seconds = mercato::unix_seconds(now);
  if (*sent < seconds - kToleranceSeconds || *sent > seconds + kToleranceSeconds) return false;
  const auto expected = crypto::to_hex(
      crypto::hmac_sha256(secret, std::string(time) + "." + std::string(body)));
  bool found = false;
  for (const auto& signature : signatures) {
    found = crypto::equal_constant_time(signature, expected) || found;
  }
  return found;
}

http::Answer WebhookHandlers::take_provider_event(const http::Request& request) {
  const auto signature = request.header("Stripe-Signature");
  if (!signature || !is_signed(*signature, request.body, secret_, clock_.now())) {
    throw Error(ErrorKind::bad_request, "invalid_signature",
                "The body is not signed by the provider, or was signed too long ago.");
  }
  const auto body = json::parse(request.body);
  storage::ProviderEvent event{text_in(body, "id"), text_in(body, "type"), "", "", request.body};
  if (event.id.empty() || event.id.size() > kMaxIdBytes || event.type.empty() ||
      event.type.size() > kMaxIdBytes) {
    throw Error(ErrorKind::bad_request, "bad_request", "Not an event.");
  }
  event.intent = intent_of(body);
  event.dispute = dispute_of(body);
  const auto status = recent_.status_of(event.intent);
  const bool tells_news = !status || !follows_from(event.type, *status);
  if (tells_news && events_.take(event)) wake_();
  return http::json_response({{"received", true}});
}

}  // namespace payment::api
