#include "domain/password_policy.hpp"

#include <algorithm>

namespace user {
namespace {

std::size_t character_count(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;  // not a continuation byte
  }));
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::optional<std::string> weakness_of(std::string_view password, std::string_view email) {
  if (character_count(password) < kMinPasswordLength) {
    return "Must be at least " + std::to_string(kMinPasswordLength) + " characters.";
  }
  if (equal_ignoring_case(password, email) ||
      equal_ignoring_case(password, email.substr(0, email.find('@')))) {
    return "Must not be the e-mail address.";
  }
  if (is_common_password(password)) return "Is among the passwords that are guessed first.";
  return std::nullopt;
}

}  // namespace user
