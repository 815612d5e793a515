#include "http/password_json.hpp"

#include <utility>

#include <mercato/json/nfc.hpp>
#include <mercato/json/spelling.hpp>

namespace user::api {
namespace {

namespace json = mercato::json;

// Above what create-admin took before it knew a limit.
constexpr std::size_t kMaxKnownPassword = 1'000;

/// As it is; Reader's texts hold no control characters.
std::optional<std::string> read_password(json::Reader& body, std::string_view key) {
  const auto* const value = body.raw(key);
  if (value == nullptr || value->is_null()) {
    body.fail(key, "required", "Must be given.");
  } else if (!value->is_string()) {
    body.fail(key, "wrong_type", "Must be a string.");
  } else {
    return json::to_nfc(value->get_ref<const std::string&>());
  }
  return std::nullopt;
}

}  // namespace

std::optional<NewPassword> read_new_password(json::Reader& body, std::string_view key) {
  auto text = read_password(body, key);
  if (!text) return std::nullopt;
  if (json::length(*text) > kMaxPasswordLength) {
    body.fail(key, "too_long",
              "Must be at most " + std::to_string(kMaxPasswordLength) + " characters.");
    return std::nullopt;
  }
  auto spelling = json::spelling_key(*text);
  return NewPassword{std::move(*text), std::move(spelling)};
}

std::string read_known_password(json::Reader& body, std::string_view key) {
  auto text = read_password(body, key).value_or("");
  return json::length(text) <= kMaxKnownPassword ? text : std::string();
}

}  // namespace user::api
