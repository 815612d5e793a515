#include "security/argon2_passwords.hpp"

#include <mercato/crypto/crypto.hpp>

namespace user::security {

namespace crypto = mercato::crypto;

Argon2Passwords::Argon2Passwords()
    : nobodys_hash_(crypto::hash_password(crypto::random_bytes(32))) {}

std::string Argon2Passwords::hash(const std::string& password) {
  return crypto::hash_password(password);
}

bool Argon2Passwords::verify(const std::string& password, const std::optional<std::string>& hash) {
  const bool right = crypto::verify_password(password, hash.value_or(nobodys_hash_));
  return right && hash.has_value();
}

}  // namespace user::security
