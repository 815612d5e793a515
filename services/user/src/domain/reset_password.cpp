#include "domain/reset_password.hpp"

#include <utility>

#include <mercato/error/error.hpp>

#include "domain/password_policy.hpp"

namespace user {

void ResetPassword::reset_password(const std::string& token, const std::string& password) {
  const auto user = tokens_.find(Purpose::password_reset, token);
  if (!user) throw mercato::not_found();
  if (auto weakness = weakness_of(password, user->email)) {
    throw mercato::validation_failed({{"/password", "weak_password", std::move(*weakness)}});
  }
  if (!tokens_.reset_password(token, passwords_.hash(password))) throw mercato::not_found();
}

void verify_email(AccountTokens& tokens, const std::string& token) {
  if (!tokens.verify_email(token)) throw mercato::not_found();
}

}  // namespace user
