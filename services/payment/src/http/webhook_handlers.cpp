#include "http/webhook_handlers.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <mercato/crypto/crypto.hpp>
#include <mercato/http/problem.hpp>

#include "http/provider_event_json.hpp"

namespace payment::api {
namespace {

namespace crypto = mercato::crypto;
namespace http = mercato::http;
using mercato::Error;
using mercato::ErrorKind;

constexpr std::int64_t kToleranceSeconds = 300;

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds);
  return error == std::errc() && stop == end ? std::optional(seconds) : std::nullopt;
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
  const auto event = parse_provider_event(request.body);
  const auto status = recent_.status_of(event.intent);
  const bool tells_news = !status || !follows_from(event.type, *status);
  if (tells_news && events_.take(event)) wake_();
  return http::json_response({{"received", true}});
}

}  // namespace payment::api
