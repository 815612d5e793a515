#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <mercato/clock/clock.hpp>
#include <mercato/http/router.hpp>

#include "domain/recent_payments.hpp"
#include "storage/pg_provider_events.hpp"

namespace payment::api {

/// Whether `header` (Stripe-Signature: t=<seconds>,v1=<hex>[,v1=…]) signs `body` with `secret` and
/// is not more than 300 s from `now`. Compared in constant time.
[[nodiscard]] bool is_signed(std::string_view header, std::string_view body,
                             const std::string& secret, mercato::Timestamp now);

/// The provider's events: hints that wake whoever asks the provider. From any thread.
class WebhookHandlers {
 public:
  WebhookHandlers(storage::PgProviderEvents& events, const RecentPayments& recent,
                  std::string secret, std::function<void()> wake, const mercato::Clock& clock)
      : events_(events), recent_(recent), secret_(std::move(secret)), wake_(std::move(wake)),
        clock_(clock) {}

  /// Error 400 `invalid_signature` unless the provider signed it.
  [[nodiscard]] mercato::http::Answer take_provider_event(const mercato::http::Request& request);

 private:
  storage::PgProviderEvents& events_;
  const RecentPayments& recent_;
  std::string secret_;
  std::function<void()> wake_;
  const mercato::Clock& clock_;
};

}  // namespace payment::api
