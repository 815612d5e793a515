#include "mercato/redis/address.hpp"

#include <charconv>
#include <stdexcept>

namespace mercato::redis {
namespace {

constexpr std::string_view kPlain = "redis://";
constexpr std::string_view kTls = "rediss://";

[[noreturn]] void refuse() {
  throw std::invalid_argument("the URL of Redis must be redis[s]://[:password@]host[:port][/db]");
}

int number(std::string_view digits, int base, int max) {
  int value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc() || rest != end || value < 0 || value > max) refuse();
  return value;
}

std::string decode(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
    } else {
      if (at + 2 >= text.size()) refuse();
      decoded += static_cast<char>(number(text.substr(at + 1, 2), 16, 255));
      at += 2;
    }
  }
  return decoded;
}

}  // namespace

Address Address::parse(std::string_view url) {
  Address address;
  address.tls = url.starts_with(kTls);
  if (!address.tls && !url.starts_with(kPlain)) refuse();
  url.remove_prefix(address.tls ? kTls.size() : kPlain.size());
  const auto at = url.rfind('@');
  if (at != std::string_view::npos) {
    const auto colon = url.substr(0, at).find(':');
    if (colon == std::string_view::npos) refuse();
    address.username = decode(url.substr(0, colon));
    address.password = decode(url.substr(colon + 1, at - colon - 1));
    url.remove_prefix(at + 1);
  }
  const auto slash = url.find('/');
  if (slash != std::string_view::npos && slash + 1 < url.size()) {
    address.database = number(url.substr(slash + 1), 10, 1'000'000);
  }
  url = url.substr(0, slash);
  const auto colon = url.rfind(':');
  if (colon != std::string_view::npos && url.back() != ']') {
    address.port = static_cast<std::uint16_t>(number(url.substr(colon + 1), 10, 65535));
    url = url.substr(0, colon);
  }
  if (url.size() > 2 && url.front() == '[' && url.back() == ']') {  // an IPv6 address
    url = url.substr(1, url.size() - 2);
  }
  if (url.empty()) refuse();
  address.host = std::string(url);
  return address;
}

}  // namespace mercato::redis
