#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "domain/user.hpp"

namespace user {

/// A signed-in device, as its owner sees it.
struct Session {
  SessionId id;
  mercato::Timestamp created_at{};
  mercato::Timestamp last_used_at{};
  std::optional<std::string> user_agent;
  std::optional<mercato::Timestamp> ended_at = std::nullopt;  // or ran out; of a live one nothing
};

/// What a client holds: a token for the APIs, and one to get the next pair with.
struct TokenPair {
  std::string access_token;
  std::chrono::seconds expires_in{};  // of the access token, from when it was made
  std::string refresh_token;
};

/// The answer to whoever proved who they are.
struct SignedIn {
  User user;
  SessionId session;
  TokenPair tokens;
};

}  // namespace user
