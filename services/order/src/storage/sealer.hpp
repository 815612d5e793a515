#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <mercato/crypto/crypto.hpp>
#include <mercato/error/error.hpp>

#include "domain/ids.hpp"

namespace order::storage {

/// Seals what must not be read in the database: secrets of webhooks, and answers that tell them.
/// Immutable; from any thread.
class Sealer {
 public:
  /// `key` has 32 bytes, or none: then nothing can be sealed.
  explicit Sealer(std::string key) : key_(std::move(key)) {}

  /// As bytes for a bytea column; `context` has to be given again to unseal. Error 503 without key.
  [[nodiscard]] std::string seal(const std::string& plain, const std::string& context) const {
    if (key_.empty()) throw mercato::unavailable("Webhooks are not set up here.");
    return mercato::crypto::seal(plain, key_, context);
  }
  /// Throws std::runtime_error if it was sealed with another key, or for something else.
  [[nodiscard]] std::string unseal(const std::string& sealed, const std::string& context) const {
    auto plain = key_.empty() ? std::nullopt : mercato::crypto::unseal(sealed, key_, context);
    if (!plain) throw std::runtime_error("SEALING_KEY does not open " + context);
    return std::move(*plain);
  }

 private:
  std::string key_;
};

/// What a sealed value is for: it opens in its own place only.
[[nodiscard]] inline std::string secret_context(WebhookEndpointId endpoint) {
  return "the secret of webhook endpoint " + endpoint.str();
}
[[nodiscard]] inline std::string answer_context(UserId user, const std::string& key) {
  return "the answer of " + user.str() + " to " + key;
}

}  // namespace order::storage
