// The signature of a provider's event. Nobody can make one up.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <mercato/clock/clock.hpp>

#include "http/webhook_handlers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto half = text.find('\n');
  const auto header = text.substr(0, half);
  const auto body = half == std::string_view::npos ? std::string_view() : text.substr(half + 1);
  const auto now = mercato::parse_rfc3339("2026-01-31T12:00:00Z");
  if (payment::api::is_signed(header, body, "whsec_secret", *now)) std::abort();
  return 0;
}
