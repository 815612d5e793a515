#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <mercato/json/reader.hpp>

#include "domain/password_policy.hpp"

namespace user::api {

// Passwords in bodies: any characters (but NUL, which no JSON text that is read has), brought into
// NFC, with nothing trimmed away.

/// One that is to become an account's, and may still be weak; nothing if it is none, which has been
/// complained about then.
[[nodiscard]] std::optional<NewPassword> read_new_password(mercato::json::Reader& body,
                                                           std::string_view key);

/// One that is to be an account's already. One that is longer than any account's is wrong as any
/// other: it is read as the empty one, which is nobody's and costs no more to check.
[[nodiscard]] std::string read_known_password(mercato::json::Reader& body, std::string_view key);

}  // namespace user::api
