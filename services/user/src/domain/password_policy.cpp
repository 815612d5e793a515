#include "domain/password_policy.hpp"

#include <algorithm>

namespace user {
namespace {

std::size_t character_count(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;  // not a continuation byte
  }));
}

}  // namespace

std::optional<std::string> weakness_of(const NewPassword& password, std::string_view email_key) {
  if (character_count(password.text) < kMinPasswordLength) {
    return "Must be at least " + std::to_string(kMinPasswordLength) + " characters.";
  }
  if (password.spelling == email_key ||
      password.spelling == email_key.substr(0, email_key.find('@'))) {
    return "Must not be the e-mail address.";
  }
  if (is_common_password(password.text)) return "Is among the passwords that are guessed first.";
  return std::nullopt;
}

}  // namespace user
